"""What is told of foreign material against what is lost of plastics, wherever the bound of novelty is put."""

import numpy as np
import pandas as pd

from ftirmix.identification.calibrating import choose_unknown
from ftirmix.identification.calibration import strangeness
from ftirmix.identification.evaluation import asked, row_of
from ftirmix.identification.foreign import KIN
from ftirmix.identification.identifier import Identifier
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra
from ftirmix.statistics import ClusterBootstrap, specimen_codes

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
        foreign: spectra of foreign materials, with the column suspect; kin and minerals are left out.
        statistics: replicates, level and seed of the bootstrap over specimens.
        lost: shares of the mixtures, at most.

    Returns:
        Per share the mean share lost by the networks (equal mixtures may make it less), the share of spectra told
        unknown with its interval, and the mean of families; for labels not in doubt, and for all as they stand.
    """
    part = foreign.table["part"].to_numpy()
    unknown, real = np.zeros((len(lost), len(part)), dtype=bool), np.zeros((len(lost), len(without)))
    for number, identifier in enumerate(without):
        rows = np.flatnonzero(part == number)
        known, seen = strangeness_of(identifier, mixtures.absorbance)
        strange, called = strangeness_of(identifier, foreign.absorbance[rows])
        for place, share in enumerate(lost):
            bound = choose_unknown(known, seen, share)
            unknown[place, rows] = (strange > bound) | ~called
            real[place, number] = ((known > bound) | ~seen).mean()
    judged = (part >= 0) & (foreign.table["family"] != KIN).to_numpy()
    rows_out = []
    for labels, rows in {
        "not in doubt": judged & ~foreign.table["suspect"].to_numpy(),
        "as they stand": judged,
    }.items():
        chosen, counted = foreign.take(rows).table, unknown[:, rows]
        bootstrap = ClusterBootstrap(specimen_codes(chosen["specimen"].map(lambda name: [name])), **statistics)
        for place, share in enumerate(lost):
            estimate = bootstrap.estimate(np.arange(len(chosen)), counted[place][None])
            families = pd.Series(counted[place]).groupby(chosen["family"]).mean()
            row = {"bound": share, "lost": real[place].mean(), "n_mixtures": len(mixtures.table)}
            row |= row_of("unknown", estimate) | {"mean_of_families": families.mean(), "labels": labels}
            rows_out.append(row)
    return pd.DataFrame(rows_out)


def strangeness_of(identifier: Identifier, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the novelty of spectra, and whether any polymer is called in them; none is unknown whatever the bound."""
    calibration = identifier.calibration
    logits, _, foreign_share = asked(identifier, absorbance)
    called = np.any(logits[:, :-1] >= np.array(calibration.threshold[:-1]), axis=1)
    return strangeness(calibration, logits, foreign_share), called
