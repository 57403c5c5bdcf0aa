"""What is told of foreign material against what is lost of plastics, wherever the bound of novelty is put."""

import numpy as np
import pandas as pd

from ftirmix.identification.calibration import novelty, witnesses
from ftirmix.identification.evaluation import row_of
from ftirmix.identification.foreign import KIN
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.searching import Searcher
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra
from ftirmix.statistics import ClusterBootstrap, specimen_codes
from ftirmix.training import infer

# Shares of test mixtures of plastics that are lost.
LOST = (0.01, 0.02, 0.03, 0.05, 0.1)


def tradeoff_table(
    without: list[Identifier], mixtures: MixtureSet, foreign: Spectra, statistics: dict, lost: tuple[float, ...] = LOST
) -> pd.DataFrame:
    """Tell how much foreign material of families never shown is unknown where a given share of plastics is lost.

    Each network is asked for the test mixtures, which gives the bound at which it loses that share of them, and for the
    part of the families that it was not shown. So this describes what networks and witnesses can tell, whatever
    bound they use: the usual comparison of detectors at a fixed rate of false alarms. The bound that is in
    use was chosen on validation mixtures, and is judged by the other tables.

    Args:
        without: by part of the families, an identifier that was shown all the others.
        mixtures: of unseen specimens of plastics, nothing foreign in them.
        foreign: spectra of foreign materials; kin and minerals are left out.
        statistics: replicates, level and seed of the bootstrap over specimens.
        lost: shares of the mixtures, at most.

    Returns:
        Per share the mean share lost by the networks (equal mixtures may make it less), the share of spectra told
        unknown with its interval, and the mean of families.
    """
    part = foreign.table["part"].to_numpy()
    table = foreign.table[(part >= 0) & (foreign.table["family"] != KIN).to_numpy()]
    unknown, real = np.zeros((len(lost), len(foreign.table))), np.zeros((len(lost), len(without)))
    for number, identifier in enumerate(without):
        rows = np.flatnonzero(part == number)
        known, strange = strangeness(identifier, mixtures.absorbance), strangeness(identifier, foreign.absorbance[rows])
        for place, share in enumerate(lost):
            bound = bound_at(known, share)
            unknown[place, rows] = strange > bound
            real[place, number] = (known > bound).mean()
    chosen = table.index.to_numpy()
    bootstrap = ClusterBootstrap(specimen_codes(table["specimen"].map(lambda name: [name])), **statistics)
    every = np.arange(len(table))
    families = table["family"].to_numpy()
    result = []
    for place, share in enumerate(lost):
        hits = unknown[place, chosen]
        mean = pd.Series(hits).groupby(families).mean()
        row = {"bound": share, "lost": real[place].mean(), "n_mixtures": len(mixtures.table)}
        row |= row_of("unknown", bootstrap.estimate(every, hits[None])) | {"mean_of_families": mean.mean()}
        result.append(row)
    return pd.DataFrame(result)


def strangeness(identifier: Identifier, absorbance: np.ndarray) -> np.ndarray:
    """Return the novelty of spectra; infinite where no polymer is called, which is unknown whatever the bound."""
    absorbance = np.asarray(absorbance, dtype=np.float32)
    chosen = identifier.calibration
    logits, _ = infer(identifier.network, absorbance)
    share = Searcher(identifier.library, identifier.components).unmix(absorbance)[1][:, -1]
    known = [np.array(values) for values in (chosen.strongest, chosen.margin, chosen.foreign_share)]
    nothing = ~(logits[:, :-1] >= np.array(chosen.threshold[:-1])).any(axis=1)
    return np.where(nothing, np.inf, novelty(*witnesses(logits, share), *known))


def bound_at(strange: np.ndarray, share: float) -> float:
    """Return the lowest bound above which no more than a share of the values lies."""
    ordered = np.sort(strange)[::-1]
    return float(ordered[min(int(np.floor(share * len(ordered) + 1e-9)), len(ordered) - 1)])
