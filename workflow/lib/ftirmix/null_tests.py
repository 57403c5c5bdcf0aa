"""Null tests: where nothing can be known, models must be at chance, or the figures beside them are worth nothing.

* ``same_polymer``: mixtures of two specimens of one polymer against pure spectra of it, other
  specimens, by the share of the second. A few per cent of a second specimen change nothing that a
  model may know; half of it makes an average, which resembles its polymer more than one specimen
  does. So ``resemblance``, a cosine that nothing has learned, is asked the same.
* ``redrawn``: two draws of nuisances of the same compositions.
* ``shuffled_labels``: networks trained on labels of other mixtures. One such network separates
  polymers by chance, in a random direction that thousands of test spectra only confirm; so
  several are trained, and the interval covers networks as well as specimens.
* ``true_labels``: the study's own fits on the same test spectra, to show that the test can fail.

All are areas under the ROC curve: the chance that a spectrum of the first kind scores above one of
the second, ties counting half. Scores are compared within one fit, fold and component only.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.comparison import LOWEST_HEADLINE_SHARE, MIXED
from ftirmix.recipes import ABSENT
from ftirmix.statistics import ClusterBootstrap, Estimate

NULL_COLUMNS = [
    "protocol", "model", "null_test", "score", "component", "share_low", "share_high", "value", "low", "high",
    "expected", "at_chance", "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip
CHANCE = 0.5


@dataclass(frozen=True)
class Scored:
    """Scores of one model on the test mixtures of a protocol.

    Attributes:
        scores: shape (fit, mixture, component); NaN for mixtures of folds that a fit has not seen.
        present: truth, shape (mixture, component).
        fold: of each mixture, shape (mixture,).
        composition: of each mixture, shape (mixture,).
    """

    scores: np.ndarray
    present: np.ndarray
    fold: np.ndarray
    composition: np.ndarray

    def highest_absent(self) -> np.ndarray:
        """Return the highest score of any absent component, shape (fit, mixture)."""
        return np.where(self.present, -np.inf, self.scores).max(axis=2)

    def of_component(self, component: int) -> np.ndarray:
        """Return one component's score, shape (fit, mixture)."""
        return self.scores[:, :, component]


def wins(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return which of the first outscore which of the second, ties counting half.

    Args:
        above: scores, shape (n,).
        below: scores, shape (m,).

    Returns:
        shape (n, m).
    """
    difference = above[:, None] - below[None]
    return (difference > 0) + 0.5 * (difference == 0)


def mean_auc(
    bootstrap: ClusterBootstrap, groups: list[tuple[np.ndarray, np.ndarray, np.ndarray]], fold: np.ndarray,
    apart: bool = False,
) -> Estimate:  # fmt: skip
    """Estimate the mean over components of the area under the ROC curve.

    Args:
        bootstrap: over all mixtures.
        groups: per component the scores, (fit, mixture), and the positions of the mixtures that
            should score above and of those that should score below; pairs are formed within a fold.
        fold: of each mixture, shape (mixture,).
        apart: whether pairs that share a specimen are left out.
    """
    fits = groups[0][0].shape[0]
    weights, by_fit = bootstrap.weights, bootstrap.seed_weight(fits)
    values, replicates, used = [], [], []
    for scores, above, below in groups:
        total, count = 0.0, 0
        over = under = np.zeros(weights.shape[1], dtype=np.float32)
        for number in np.unique(fold[above]):
            first, second = above[fold[above] == number], below[fold[below] == number]
            kept = strangers(bootstrap.specimens[first], bootstrap.specimens[second], apart)
            pairs = np.stack([kept * wins(row[first], row[second]) for row in scores]).astype(np.float32)
            total, count = total + float(pairs.sum()), count + fits * float(kept.sum())
            left, right = weights[first], weights[second]
            won = np.stack([((matrix.T @ left) * right).sum(axis=0) for matrix in pairs])
            over = over + (won * by_fit).sum(axis=0)
            under = under + ((kept.T @ left) * right).sum(axis=0) * by_fit.sum(axis=0)
            used += [first, second]
        if count:
            values.append(total / count)
            replicates.append(over / under)
    rows = np.unique(np.concatenate(used)) if used else np.array([], dtype=int)
    specimens = bootstrap.specimens[rows]
    counts = (len(rows), len(np.unique(specimens[specimens >= 0])), fits)
    if not values:
        return Estimate(np.nan, np.nan, np.nan, *counts)
    tail = (1 - bootstrap.level) / 2
    low, high = np.quantile(np.mean(replicates, axis=0), [tail, 1 - tail])
    return Estimate(float(np.mean(values)), float(low), float(high), *counts)


def strangers(first: np.ndarray, second: np.ndarray, apart: bool) -> np.ndarray:
    """Return which pairs of mixtures count: all, or those without a specimen in common.

    Args:
        first: specimen codes, shape (n, slot).
        second: specimen codes, shape (m, slot).
        apart: whether pairs that share a specimen are left out.

    Returns:
        0 or 1, shape (n, m).
    """
    shared = np.zeros((len(first), len(second)), dtype=bool)
    if apart:
        for codes in first.T:
            for others in second.T:
                shared |= (codes[:, None] == others) & (codes[:, None] != ABSENT)
    return (~shared).astype(np.float32)


def same_polymer_rows(
    scored: Scored, bins: pd.DataFrame, bootstrap: ClusterBootstrap, components: list[str]
) -> list[dict]:
    """Tell mixtures of two specimens of one polymer from pure spectra of other specimens of it.

    Args:
        scored: scores of pure spectra and of mixtures of one polymer.
        bins: share_low and share_high of the second specimen, NaN for pure spectra.
        bootstrap: over the mixtures.
        components: names.
    """
    rows = []
    low = bins["share_low"].to_numpy(dtype=float)
    own = scored.present & (scored.present.sum(axis=1) == 1)[:, None]
    for name, score in (("highest_absent", lambda _: scored.highest_absent()), ("own", scored.of_component)):
        for start, stop in sorted(set(bins.dropna().itertuples(index=False, name=None))):
            groups = {}
            for index, component in enumerate(components):
                above = np.flatnonzero(own[:, index] & (scored.composition == "same_polymer") & (low == start))
                below = np.flatnonzero(own[:, index] & (scored.composition == "pure"))
                groups[component] = (score(index), above, below)
            estimate = mean_auc(bootstrap, list(groups.values()), scored.fold, apart=True)
            rows.append(row_of("same_polymer", name, "all", estimate, CHANCE, start, stop))
    return rows


def resemblance(absorbance: np.ndarray, scored: Scored, specimens: np.ndarray) -> np.ndarray:
    """Say how much each spectrum resembles its polymer: a cosine of first derivatives, learned from nothing.

    Args:
        absorbance: shape (mixture, wavenumber).
        scored: truth, fold and composition of the same mixtures.
        specimens: codes, shape (mixture, slot).

    Returns:
        cosine with the mean of the fold's pure spectra of other specimens, for components that
        are present, else zero, shape (mixture, component).
    """
    slope = np.gradient(absorbance, axis=1)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True)
    result = np.zeros(scored.present.shape)
    for number in np.unique(scored.fold):
        for index in range(scored.present.shape[1]):
            rows = np.flatnonzero(scored.present[:, index] & (scored.fold == number))
            pure = rows[scored.composition[rows] == "pure"]
            mean = strangers(specimens[rows], specimens[pure], apart=True) @ slope[pure]
            length = np.maximum(np.linalg.norm(mean, axis=1), np.finfo(float).tiny)
            result[rows, index] = (mean * slope[rows]).sum(axis=1) / length
    return result


def redrawn_rows(
    first: Scored, second: Scored, called: tuple[np.ndarray, np.ndarray], bins: pd.DataFrame,
    bootstrap: ClusterBootstrap, components: list[str],
) -> list[dict]:  # fmt: skip
    """Tell two nuisance draws of the same compositions, and count how often the answer is the same.

    Args:
        first, second: scores of the two draws, mixtures in the same order.
        called: components called in the two draws, each (fit, mixture, component).
        bins: share_low and share_high of every mixture.
        bootstrap: over the mixtures.
        components: names.
    """
    rows = []
    everything = np.arange(len(first.fold))
    for index, component in enumerate(components):
        own = np.flatnonzero(first.present[:, index])
        later = second.of_component(index)[:, own]
        ahead = later - first.of_component(index)[:, own]
        won = (ahead > 0) + 0.5 * (ahead == 0)
        rows.append(row_of("redrawn", "own", component, bootstrap.estimate(own, won), CHANCE))
    ahead = second.highest_absent() - first.highest_absent()
    won = (ahead > 0) + 0.5 * (ahead == 0)
    rows.append(row_of("redrawn", "highest_absent", "all", bootstrap.estimate(everything, won), CHANCE))
    agree = (called[0] == called[1]).all(axis=2).astype(float)
    mixed = np.isin(first.composition, MIXED)
    low = bins["share_low"].to_numpy(dtype=float)
    rows.append(row_of("repeated_answer", "called_set", "all", bootstrap.estimate(everything, agree), None))
    for start, stop in sorted(set(bins.loc[mixed, ["share_low", "share_high"]].itertuples(index=False, name=None))):
        chosen = np.flatnonzero(mixed & (low == start))
        estimate = bootstrap.estimate(chosen, agree[:, chosen])
        rows.append(row_of("repeated_answer", "called_set", "all", estimate, None, start, stop))
    return rows


def presence_rows(
    name: str, scored: Scored, shares: np.ndarray, bootstrap: ClusterBootstrap, components: list[str]
) -> list[dict]:
    """Tell mixtures with a component from those without, by its score; a minor below the headline share is left out.

    Args:
        name: of the test.
        scored: scores of the fits.
        shares: lowest share of each mixture's bin, NaN where there is none.
        bootstrap: over the mixtures.
        components: names.
    """
    used = ~(shares < LOWEST_HEADLINE_SHARE) & (scored.composition != "same_polymer")
    used &= ~np.isnan(scored.scores).any(axis=(0, 2))
    groups = {}
    for index, component in enumerate(components):
        there = scored.present[:, index]
        groups[component] = (scored.of_component(index), np.flatnonzero(used & there), np.flatnonzero(used & ~there))
    return per_component(name, "own", groups, bootstrap, scored.fold)


def per_component(
    name: str, score: str, groups: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], bootstrap: ClusterBootstrap,
    fold: np.ndarray,
) -> list[dict]:  # fmt: skip
    """List the mean over components and every component."""
    rows = [row_of(name, score, "all", mean_auc(bootstrap, list(groups.values()), fold), CHANCE)]
    for component, group in groups.items():
        rows.append(row_of(name, score, component, mean_auc(bootstrap, [group], fold), CHANCE))
    return rows


def row_of(
    name: str, score: str, component: str, estimate: Estimate, expected: float | None,
    share_low: float | None = None, share_high: float | None = None,
) -> dict:  # fmt: skip
    """Write one row of ``NULL_COLUMNS``; at_chance says whether the interval covers what is expected."""
    inside = None if expected is None else bool(estimate.low <= expected <= estimate.high)
    return {
        "null_test": name, "score": score, "component": component, "share_low": share_low, "share_high": share_high,
        **vars(estimate), "expected": expected, "at_chance": inside,
    }  # fmt: skip
