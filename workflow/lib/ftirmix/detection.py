"""Detection limits: the smallest share of a component that a model finds with 95 % probability.

A logistic dose-response on the logarithm of the share, at the thresholds that hold the false
alarms; the analogue of the limit of detection of analytical chemistry (IUPAC: a probability of
5 % for either kind of error, here with the study's own bound on false positives).
"""

from itertools import product

import numpy as np
import pandas as pd

from ftirmix.comparison import MODEL_COLUMNS, Contest, Trial, shared_bootstraps
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap, Estimate

DETECTION_COLUMNS = [
    "protocol", "task", "labels", "model", "component", "partner", "detection_limit", "low", "high",
    "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip
PROBABILITY = 0.95
# Shares between which a limit can be told; outside it is written as "at most" and "above".
LOWEST_SHARE, HIGHEST_SHARE = 0.02, 0.5
# Doublings are counted from here. Normal priors of these spreads keep the curve finite where the
# data separate: a slope of 5 per doubling takes the probability from 0.01 to 0.99 within two.
CENTRE = 0.1
INTERCEPT_SD, SLOPE_SD = 10.0, 5.0
STEPS, PRECISION = 30, 1e-5
SHARE_CLASSES = 64


def fit_curves(doublings: np.ndarray, hits: np.ndarray, trials: np.ndarray) -> np.ndarray:
    """Fit many logistic curves to the same shares by Newton's method, all at once.

    logit p = a + b doublings, with priors a ~ N(0, 10^2) and b ~ N(0, 5^2).

    Args:
        doublings: log2 of share over ``CENTRE``, shape (mixture,).
        hits: weight of the hits, shape (curve, mixture).
        trials: weight of all trials, shape (curve, mixture).

    Returns:
        a and b, shape (curve, 2).
    """
    design = np.stack([np.ones_like(doublings), doublings], axis=1)
    products = np.stack([np.ones_like(doublings), doublings, doublings**2], axis=1)
    prior = np.array([INTERCEPT_SD**-2, SLOPE_SD**-2])
    curves = np.zeros((len(hits), 2))
    for _ in range(STEPS):
        probability = 1 / (1 + np.exp(-np.clip(curves @ design.T, -30, 30)))
        slope = (hits - trials * probability) @ design - curves * prior
        aa, ab, bb = ((trials * probability * (1 - probability)) @ products).T
        aa, bb = aa + prior[0], bb + prior[1]
        # The 2 x 2 systems by hand: thousands of them cost more in a solver's overhead than in arithmetic.
        step = np.stack([bb * slope[:, 0] - ab * slope[:, 1], aa * slope[:, 1] - ab * slope[:, 0]], axis=1)
        step /= (aa * bb - ab**2)[:, None]
        # The penalised likelihood is concave; a bounded step keeps Newton from overshooting on it.
        curves += step * np.minimum(1, 3 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-9))
        if np.abs(step).max() < PRECISION:
            break
    return curves


def limits_from(curves: np.ndarray) -> np.ndarray:
    """Return the share at which each curve reaches the probability of detection.

    Args:
        curves: a and b, shape (curve, 2).

    Returns:
        shape (curve,); ``LOWEST_SHARE`` where it is reached there already, infinite where it is
        not reached at ``HIGHEST_SHARE``.
    """
    wanted = np.log(PROBABILITY / (1 - PROBABILITY))
    ends = np.log2(np.array([LOWEST_SHARE, HIGHEST_SHARE]) / CENTRE)
    at_lowest, at_highest = (curves[:, 0] + curves[:, 1] * end for end in ends)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = CENTRE * 2 ** np.clip((wanted - curves[:, 0]) / curves[:, 1], *ends)
    return np.where(at_highest < wanted, np.inf, np.where(at_lowest >= wanted, LOWEST_SHARE, between))


def classes_of_share(doublings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gather shares in narrow classes, so that thousands of replicates are fitted to dozens of points.

    With 64 classes over the range of a study a class is 5 % of its share wide; its mean stands for it.

    Args:
        doublings: log2 of share over ``CENTRE``, shape (mixture,).

    Returns:
        The mean of each class, shape (class,), and which mixture is in which, shape (mixture, class).
    """
    edges = np.linspace(doublings.min(), doublings.max(), SHARE_CLASSES + 1)[1:-1]
    _, place = np.unique(np.digitize(doublings, edges), return_inverse=True)
    gather = np.eye(place.max() + 1)[place]
    return doublings @ gather / gather.sum(axis=0), gather


def detection_limit(
    bootstrap: ClusterBootstrap, rows: np.ndarray, share: np.ndarray, hit: np.ndarray, minor: np.ndarray
) -> Estimate:
    """Estimate the detection limit of a group of mixtures.

    Args:
        bootstrap: over all mixtures.
        rows: positions of the group's mixtures, shape (n,).
        share: of the minor component, shape (n,).
        hit: whether it was found, shape (seed, n).
        minor: specimen codes of the minor component, shape (n,), for ``n_specimens``.
    """
    seeds = len(hit)
    by_seed = bootstrap.seed_weight(seeds).T
    by_seed = by_seed / by_seed.sum(axis=1, keepdims=True)
    # A mixture that three seeds have answered is one mixture: hits are shares of the seeds.
    hits = np.concatenate([hit.mean(axis=0, dtype=float)[None], by_seed @ hit.astype(float)])
    trials = np.concatenate([np.ones((1, len(rows))), bootstrap.weights[rows].T]).astype(float)
    centres, gather = classes_of_share(np.log2(share / CENTRE))
    limits = limits_from(fit_curves(centres, (hits * trials) @ gather, trials @ gather))
    tail = (1 - bootstrap.level) / 2
    # Infinite limits cannot be interpolated between: the neighbouring replicate is taken.
    low, high = np.quantile(limits[1:], [tail, 1 - tail], method="nearest")
    return Estimate(float(limits[0]), float(low), float(high), len(rows), len(np.unique(minor)), seeds)


def detection_table(trials: dict[Contest, Trial], statistics: StatisticsSettings, task: str) -> pd.DataFrame:
    """Build the table of ``DETECTION_COLUMNS``: all minors together, each, and each beside each partner.

    Args:
        trials: as for :func:`ftirmix.comparison.compare_models`.
        statistics: of the bootstrap.
        task: operating point at which partners are told apart, with curated labels; thousands of
            curves more for the others would say little.
    """
    rows = []
    bootstraps = shared_bootstraps(trials, statistics)
    for contest, trial in trials.items():
        mixtures = trial.mixtures
        chosen = np.flatnonzero((mixtures["composition"] == "binary") & mixtures["minor_share"].notna())
        if len(chosen) == 0:
            continue  # shares of measured mixtures are unknown
        bootstrap = bootstraps[contest.protocol, contest.labels]
        minor, partner = trial.slots[chosen, 0], trial.slots[chosen, 1]
        share = mixtures["minor_share"].to_numpy(dtype=float)[chosen]
        hit = trial.called[:, chosen, minor]
        of_minor = {"all": np.ones(len(chosen), bool), **{n: minor == i for i, n in enumerate(trial.components)}}
        beside = {"all": np.ones(len(chosen), bool), **{n: partner == i for i, n in enumerate(trial.components)}}
        partners = list(beside) if (contest.task, contest.labels) == (task, "curated") else ["all"]
        for component, other in [("all", "all"), *product(trial.components, partners)]:
            group = of_minor[component] & beside[other]
            if not group.any():
                continue
            found = vars(
                detection_limit(
                    bootstrap, chosen[group], share[group], hit[:, group], trial.specimens[chosen[group], 0]
                )
            )
            limit = {"component": component, "partner": other, "detection_limit": found["value"]}
            rows.append({**vars(contest), **limit, **{name: found[name] for name in DETECTION_COLUMNS[7:]}})
    return pd.DataFrame(rows, columns=DETECTION_COLUMNS)


def as_metric(table: pd.DataFrame) -> pd.DataFrame:
    """Write the limits over all partners as rows of the table of models; infinite where none was reached."""
    rows = table[table["partner"] == "all"].rename(columns={"detection_limit": "value"})
    rows = rows.assign(composition="binary", fold="all", metric="detection_limit", share_low=None, share_high=None)
    return rows.reindex(columns=MODEL_COLUMNS)


def limit_text(share: float) -> str:
    """Write a limit in per cent: ``≤2``, ``7.4``, ``23`` or ``>50``."""
    if np.isinf(share):
        return f">{100 * HIGHEST_SHARE:g}"
    if share <= LOWEST_SHARE:
        return f"≤{100 * LOWEST_SHARE:g}"
    return f"{100 * share:.1f}" if share < 0.1 else f"{100 * share:.0f}"
