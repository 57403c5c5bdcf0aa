"""How far an identifier can be trusted: on foreign material it never saw, and on specimens and a laboratory as well."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ftirmix.identification.calibration import Judged, judge
from ftirmix.identification.fitting import judged_mixtures
from ftirmix.identification.foreign import IS_MINERAL, KIN, NO_PART, mixed_with_foreign
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.searching import Searcher
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra
from ftirmix.statistics import ClusterBootstrap, Estimate, specimen_codes
from ftirmix.stream import cut_low_end
from ftirmix.training import infer

ALL, MEAN_OF_FAMILIES = "all", "mean of families"
RELIABILITY_BINS = 10
FOREIGN_SHARES = ((0.05, 0.1), (0.1, 0.2), (0.2, 0.35), (0.35, 0.5), (0.5, 0.8), (0.8, 0.95))
MIXTURES_PER_BIN = 200
CUT_ENDS = (680.0, 700.0, 720.0, 750.0, 800.0, 850.0, 900.0, 950.0, 1000.0)
# Of shares of the components that intervals are told for.
COVERAGE_EDGES = (0.0, 0.1, 0.2, 0.35, 0.5, 0.8, 1.0)


def answers(identifier: Identifier, absorbance: np.ndarray, first_cm1: np.ndarray | None = None) -> Judged:
    """Let an identifier answer: its network, and unmixing by its references."""
    return judge(identifier.calibration, *asked(identifier, absorbance, first_cm1))


def asked(
    identifier: Identifier, absorbance: np.ndarray, first_cm1: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return logits and ratio scores of an identifier's network, and the share that unmixing calls foreign."""
    absorbance = np.asarray(absorbance, dtype=np.float32)
    foreign_share = Searcher(identifier.library, identifier.components).unmix(absorbance, first_cm1)[1][:, -1]
    return *infer(identifier.network, absorbance), foreign_share


def row_of(name: str, estimate: Estimate) -> dict:
    """Lay out an estimate under the name of its figure."""
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        "n": estimate.n_mixtures,
        "n_specimens": estimate.n_specimens,
    }


def told_by_parts(without: list[Identifier], foreign: Spectra) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let every part of the families be told by the network that was not shown it, and kin by the first one.

    Args:
        without: by part, an identifier that was shown all the others.
        foreign: spectra of foreign materials.

    Returns:
        Per spectrum whether it is called unknown, whether a polymer beside something unknown, and the polymer
        called for the most part, or nothing.
    """
    part = foreign.table["part"].to_numpy()
    unknown, beside = np.zeros(len(part)), np.zeros(len(part))
    called = np.full(len(part), "", dtype=object)
    for number, identifier in enumerate(without):
        rows = np.flatnonzero((part == number) | ((part == NO_PART) & (number == 0)))
        unknown[rows], beside[rows], called[rows] = told(identifier, foreign.absorbance[rows])
    return unknown, beside, called


def told(identifier: Identifier, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return for spectra what :func:`told_by_parts` returns, told by one identifier."""
    judged = answers(identifier, absorbance)
    strongest = judged.ratio[:, :-1].argmax(axis=1)
    names = np.array(identifier.components[:-1], dtype=object)[strongest]
    beside = judged.present[:, -1] & ~judged.unknown
    return judged.unknown.astype(float), beside.astype(float), np.where(judged.unknown, "", names)


def foreign_table(
    foreign: Spectra, told_of: tuple[np.ndarray, np.ndarray, np.ndarray], statistics: dict
) -> pd.DataFrame:
    """Tell what becomes of foreign material.

    Args:
        foreign: spectra of foreign materials.
        told_of: what was told of each, see :func:`told_by_parts`.
        statistics: replicates, level and seed of the bootstrap over specimens.

    Returns:
        Rows for every material, every family, and all: share called unknown, with interval; share in which a
        polymer is called beside something unknown; the polymer that is called most. ``all`` is the share of
        spectra, ``mean of families`` counts every family alike; kin is in neither.
    """
    table = foreign.table
    unknown, beside, called = told_of
    bootstrap = ClusterBootstrap(specimen_codes(table["specimen"].map(lambda name: [name])), **statistics)
    rows_out = []
    for family, material, rows in groups_of(table):
        wrong = pd.Series(called[rows][called[rows] != ""])
        rows_out.append(
            {
                "family": family,
                "material": material,
                **row_of("unknown", bootstrap.estimate(rows, unknown[rows][None])),
                "plastic_and_unknown": float(beside[rows].mean()),
                "called_most": wrong.mode().iloc[0] if len(wrong) else "",
            }
        )
    families = [row for row in rows_out if row["material"] == ALL and row["family"] not in (ALL, KIN)]
    mean = {
        "family": MEAN_OF_FAMILIES,
        "material": ALL,
        "unknown": float(np.mean([row["unknown"] for row in families])),
        "n": len(families),
        "plastic_and_unknown": float(np.mean([row["plastic_and_unknown"] for row in families])),
        "called_most": "",
    }
    return pd.DataFrame([rows_out[0], mean, *rows_out[1:]])


def materials_table(
    labelled: Spectra, told_of: tuple[np.ndarray, np.ndarray, np.ndarray], statistics: dict
) -> pd.DataFrame:
    """Tell what becomes of foreign material whose label is not in doubt, and of all that bears such a label.

    Args:
        labelled: spectra that their authors call foreign materials, with the column suspect.
        told_of: what was told of each, see :func:`told_by_parts`.
        statistics: replicates, level and seed of the bootstrap over specimens.

    Returns:
        The rows of :func:`foreign_table`; before the families its two sums over all labels as they stand, and what
        becomes of the families that are in doubt.
    """
    doubtful = labelled.table["suspect"].to_numpy()
    clear = foreign_table(labelled.take(~doubtful), tuple(part[~doubtful] for part in told_of), statistics)
    if not doubtful.any():
        return clear
    standing = foreign_table(labelled, told_of, statistics).iloc[:2]
    doubted = foreign_table(labelled.take(doubtful), tuple(part[doubtful] for part in told_of), statistics)
    doubted = doubted[(doubted["material"] == ALL) & ~doubted["family"].isin([ALL, MEAN_OF_FAMILIES])]
    added = [
        standing.assign(family=standing["family"] + ", labels as they stand"),
        doubted.assign(family=doubted["family"] + ", label in doubt"),
    ]
    return pd.concat([clear.iloc[:2], *added, clear.iloc[2:]], ignore_index=True)


def groups_of(table: pd.DataFrame) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield family, material and rows: all but kin, every family, every material."""
    yield ALL, ALL, np.flatnonzero(table["family"] != KIN)
    for family, rows in sorted(table.groupby("family").indices.items()):
        yield str(family), ALL, rows
    for (family, material), rows in sorted(table.groupby(["family", "component"]).indices.items()):
        yield str(family), str(material), rows


def cut_table(identifier: Identifier, mixtures: MixtureSet, ends: tuple[float, ...] = CUT_ENDS) -> pd.DataFrame:
    """Tell how an identifier fares with spectra that lack the low end of the window.

    Args:
        identifier: the identifier.
        mixtures: of the test.
        ends: lowest wavenumbers that were measured, cm^-1.
    """
    present = mixtures.presence(identifier.components)[:, :-1]
    binary = (mixtures.table["composition"] == "binary").to_numpy()
    rows = []
    for end in ends:
        ends_of = np.full(len(present), end)
        judged = answers(
            identifier, cut_low_end(mixtures.absorbance, mixtures.axis.wavenumber, ends_of), first_cm1=ends_of
        )
        called = judged.present[:, :-1]
        exact = (called == present).all(axis=1)
        rows.append(
            {
                "measured_from_cm1": end,
                "exact_match": exact.mean(),
                "exact_match_binary": exact[binary].mean() if binary.any() else np.nan,
                "false_positives": (called & ~present).any(axis=1).mean(),
                "lost": judged.unknown.mean(),
                "n": len(exact),
            }
        )
    return pd.DataFrame(rows)


def lost_table(judged: dict[str, tuple[MixtureSet, Judged]], statistics: dict) -> pd.DataFrame:
    """Tell which share of plastics is called unknown, by test and composition.

    Args:
        judged: by name of the test, its mixtures and the answers.
        statistics: replicates, level and seed of the bootstrap over specimens.
    """
    rows = []
    for name, (mixtures, answer) in judged.items():
        bootstrap = ClusterBootstrap(specimen_codes(mixtures.table["specimens"]), **statistics)
        for composition, inside in compositions(mixtures):
            values = {
                "lost": answer.unknown[inside],
                "plastic_and_unknown": (answer.present[:, -1] & ~answer.unknown)[inside],
            }
            row = {"test": name, "composition": composition}
            for figure, hits in values.items():
                row |= row_of(figure, bootstrap.estimate(inside, hits[None].astype(float)))
            rows.append(row)
    return pd.DataFrame(rows)


def compositions(mixtures: MixtureSet) -> Iterator[tuple[str, np.ndarray]]:
    """Yield compositions and their rows, all of them first."""
    composition = mixtures.table["composition"].to_numpy()
    yield ALL, np.arange(len(composition))
    for name in sorted(set(composition)):
        yield name, np.flatnonzero(composition == name)


def beside_table(without: list[Identifier], plastics: Spectra, foreign: Spectra, seed: int) -> pd.DataFrame:
    """Tell what is found in mixtures of unseen plastics with foreign material of families that were never shown.

    Args:
        without: as in :func:`told_by_parts`.
        plastics: test endmembers.
        foreign: spectra of foreign materials.
        seed: of the mixtures.
    """
    others = [foreign.take((foreign.table["part"] == number).to_numpy()) for number in range(len(without))]
    return mixture_table(list(zip(without, others, strict=True)), plastics, seed)


def filler_table(identifier: Identifier, plastics: Spectra, foreign: Spectra, fold: int, seed: int) -> pd.DataFrame:
    """Tell what is found in mixtures of unseen plastics with calculated minerals, of variants that did not train."""
    chosen = (foreign.table["part"] == IS_MINERAL) & (foreign.table["fold"] == fold)
    return mixture_table([(identifier, foreign.take(chosen.to_numpy()))], plastics, seed)


def mixture_table(told_by: list[tuple[Identifier, Spectra]], plastics: Spectra, seed: int) -> pd.DataFrame:
    """Mix plastics with foreign material and tell, by its share, what each identifier finds of either."""
    parts = []
    for number, (identifier, other) in enumerate(told_by):
        rng = np.random.default_rng([seed, number])
        for low, high in FOREIGN_SHARES:
            shares = rng.uniform(low, high, MIXTURES_PER_BIN)
            absorbance, table = mixed_with_foreign(plastics, other, shares, rng)
            judged = answers(identifier, absorbance)
            column = table["component"].map(identifier.components.index).to_numpy()
            absent = judged.present[:, :-1].sum(axis=1) - judged.present[np.arange(len(table)), column] > 0
            parts.append(
                pd.DataFrame(
                    {
                        "share_low": low,
                        "share_high": high,
                        "foreign_found": judged.present[:, -1],
                        "plastic_found": judged.present[np.arange(len(table)), column],
                        "absent_plastic_called": absent,
                        "unknown": judged.unknown,
                    }
                )
            )
    whole = pd.concat(parts, ignore_index=True)
    means = whole.groupby(["share_low", "share_high"]).mean().reset_index()
    return means.assign(n=whole.groupby(["share_low", "share_high"]).size().to_numpy())


def reliability_table(judged: dict[str, tuple[MixtureSet, Judged]], components: list[str]) -> pd.DataFrame:
    """Compare probabilities with how often they are right, in ten bins of equal numbers, and in sum.

    Returns:
        Per test its bins, and a row ``ece`` with the expected calibration error (Naeini et al. 2015): the mean
        distance of the two, weighted by numbers. One number per mixture and component.
    """
    rows = []
    for name, (mixtures, answer) in judged.items():
        probability = answer.probability[:, :-1].ravel()
        present = mixtures.presence(components)[:, :-1].ravel()
        parts = np.array_split(np.argsort(probability, kind="stable"), RELIABILITY_BINS)
        distance = 0.0
        for number, part in enumerate(parts):
            said, true = float(probability[part].mean()), float(present[part].mean())
            distance += abs(said - true) * len(part) / len(probability)
            rows.append({"test": name, "bin": str(number), "probability": said, "observed": true, "n": len(part)})
        rows.append({"test": name, "bin": "ece", "probability": distance, "observed": np.nan, "n": len(probability)})
    return pd.DataFrame(rows)


def coverage_table(
    judged: dict[str, tuple[MixtureSet, Judged]], components: list[str], statistics: dict
) -> pd.DataFrame:
    """Tell how often intervals of mixing ratios hold the truth, and how wide they are.

    Only components that are there and are called have an interval; rows are by their true share.
    """
    rows = []
    for name, (mixtures, answer) in judged.items():
        truth = mixtures.ratio_matrix(components)
        shown = answer.present & (truth > 0)
        held = shown & (answer.ratio_low <= truth) & (truth <= answer.ratio_high)
        width = np.where(shown, answer.ratio_high - answer.ratio_low, 0.0)
        bootstrap = ClusterBootstrap(specimen_codes(mixtures.table["specimens"]), **statistics)
        every = np.arange(len(truth))
        bounds = [(COVERAGE_EDGES[0], COVERAGE_EDGES[-1]), *zip(COVERAGE_EDGES[:-1], COVERAGE_EDGES[1:], strict=True)]
        for low, high in bounds:
            inside = shown & (truth > low) & (truth <= high)
            counts = inside.sum(axis=1)[None]
            estimate = bootstrap.estimate(every, (held & inside).sum(axis=1)[None], counts)
            rows.append(
                {
                    "test": name,
                    "share_low": low,
                    "share_high": high,
                    **row_of("coverage", estimate),
                    "mean_width": float(width[inside].mean()) if inside.any() else np.nan,
                    "n": int(inside.sum()),
                }
            )
    return pd.DataFrame(rows)


def judged_tests(
    identifiers: dict[str, Identifier], tests: dict[str, MixtureSet]
) -> dict[str, tuple[MixtureSet, Judged]]:
    """Let identifiers answer, each for the test of its name; mixtures of one polymer with itself are left out."""
    chosen = {name: judged_mixtures(mixtures) for name, mixtures in tests.items()}
    return {name: (chosen[name], answers(identifiers[name], chosen[name].absorbance)) for name in identifiers}
