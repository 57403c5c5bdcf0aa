"""Thresholds and scores: what is called present, and how often that is right."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def choose_thresholds(scores: np.ndarray, present: np.ndarray, highest_rate: float) -> np.ndarray:
    """Choose thresholds within a bound on false positives; to be used on validation samples only.

    The false-positive rate is the share of samples with at least one absent component called.
    All components get the same threshold: of those that keep the bound, the one with the most
    exact matches. Thresholds tuned one by one do not transfer from specimen to specimen. Tuned on
    one half of the default study's validation specimens for 3 %, they gave 10 % false positives on
    the other half with the CNN (12 % with NNLS), a common threshold 4 % (4 %); tuned for 10 %, a
    common one gave 8 % and found more (exact match 0.78) than single ones that ended at 10 % (0.76).
    No test specimen entered that comparison (13 fits of the CNN, 5 of NNLS, 12 halves each).

    Args:
        scores: higher means more likely present, shape (sample, component).
        present: truth, shape (sample, component); at least one component present per sample.
        highest_rate: bound on the false-positive rate.

    Returns:
        shape (component,); a component is called where its score is at or above its threshold.
    """
    samples, components = scores.shape
    # A sample is spoiled by thresholds up to its highest absent score, and exact above that one
    # and up to its lowest present score.
    highest_absent = np.where(present, -np.inf, scores).max(axis=1)
    lowest_present = np.where(present, scores, np.inf).min(axis=1)
    levels = np.unique(scores)
    candidates = np.concatenate([levels[:1], (levels[:-1] + levels[1:]) / 2, [np.nextafter(levels[-1], np.inf)]])
    spoiled = samples - np.searchsorted(np.sort(highest_absent), candidates, side="left")
    found = samples - np.searchsorted(np.sort(lowest_present), candidates, side="left")
    both = samples - np.searchsorted(np.sort(np.minimum(highest_absent, lowest_present)), candidates, side="left")
    exact = found - both  # all present called, no absent one
    allowed = spoiled <= highest_rate * samples + 1e-9
    best = np.flatnonzero(allowed & (exact == exact[allowed].max()))
    # Several neighbouring thresholds do equally well: the middle one is farthest from both ends.
    return np.full(components, candidates[best[len(best) // 2]])


def limits_of(
    scores: np.ndarray, present: np.ndarray, composition: np.ndarray, highest_rates: Sequence[float]
) -> dict[str, np.ndarray]:
    """Choose the thresholds of every presence task on validation samples.

    Args:
        scores: shape (sample, component).
        present: truth, same shape.
        composition: of every sample; two specimens of one polymer are there for the null tests,
            not to set thresholds on.
        highest_rates: bounds on the false-positive rate, one task each.

    Returns:
        Thresholds, shape (component,), by name of the task.
    """
    use = composition != "same_polymer"
    return {task_name(rate): choose_thresholds(scores[use], present[use], rate) for rate in highest_rates}


def task_name(highest_rate: float) -> str:
    """Name the task of telling presence at a bound on false positives, e.g. ``presence_fp3``."""
    return f"presence_fp{100 * highest_rate:g}"


def outcomes(
    scores: np.ndarray, ratios: np.ndarray, present: np.ndarray, truth: np.ndarray, thresholds: np.ndarray
) -> pd.DataFrame:
    """Judge every sample and component.

    Args:
        scores: higher means more likely present, shape (sample, component).
        ratios: predicted mixing ratio, same shape.
        present: which components are present, same shape.
        truth: true mixing ratio, NaN where it is unknown, same shape.
        thresholds: shape (component,).

    Returns:
        One row per sample and component, sample-major: called, present, ratio_error.
    """
    called = scores >= thresholds
    return pd.DataFrame(
        {
            "called": called.ravel(),
            "present": present.ravel(),
            "ratio_error": np.abs(ratios - truth).ravel(),
        }
    )
