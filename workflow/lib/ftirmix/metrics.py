"""Thresholds and scores: what is called present, and how often that is right."""

import numpy as np
import pandas as pd


def choose_thresholds(scores: np.ndarray, present: np.ndarray, highest_rate: float) -> np.ndarray:
    """Choose one threshold per component at a bounded rate of false positives.

    The rate is the share of samples with at least one absent component called. Starting from
    thresholds that call no absent component, each step lowers the threshold whose next move
    finds the most present components per newly spoiled sample, until no move keeps within the
    bound. To be used on validation samples only.

    Args:
        scores: higher means more likely present, shape (sample, component).
        present: truth, shape (sample, component).
        highest_rate: bound on the false-positive rate.

    Returns:
        shape (component,); a component is called where its score is at or above its threshold.
    """
    samples, components = scores.shape
    allowed = int(np.floor(highest_rate * samples + 1e-9))
    # For each component: absent samples by falling score, and how many present ones lie above.
    order = [
        np.flatnonzero(~present[:, c])[np.argsort(-scores[~present[:, c], c], kind="stable")] for c in range(components)
    ]
    position = np.zeros(components, dtype=int)
    spoiled = np.zeros(samples, dtype=bool)
    sorted_present = [np.sort(scores[present[:, c], c]) for c in range(components)]

    def found(component: int, at: int) -> int:
        """Count present components above the absent sample at a position of the order."""
        if at >= len(order[component]):
            return len(sorted_present[component])
        level = scores[order[component][at], component]
        return len(sorted_present[component]) - int(np.searchsorted(sorted_present[component], level, side="right"))

    while True:
        best, best_rate, best_target = -1, 0.0, 0
        budget = allowed - int(spoiled.sum())
        for component in range(components):
            if found(component, position[component]) == len(sorted_present[component]):
                continue  # all present ones are found: a lower threshold can only do harm
            cost, here = 0, found(component, position[component])
            # Look ahead over as many newly spoiled samples as the budget allows.
            fresh = ~spoiled[order[component][position[component] :]]
            for step, new in enumerate(fresh, start=1):
                cost += int(new)
                if cost > budget:
                    break
                gain = found(component, position[component] + step) - here
                rate = gain / (cost + 1e-3)
                if gain > 0 and rate > best_rate:
                    best, best_rate, best_target = component, rate, position[component] + step
        if best < 0:
            break
        spoiled[order[best][position[best] : best_target]] = True
        position[best] = best_target
    return np.array(
        [threshold_above(scores[:, c], order[c], position[c], sorted_present[c]) for c in range(components)]
    )


def threshold_above(scores: np.ndarray, absent: np.ndarray, position: int, present: np.ndarray) -> float:
    """Place a threshold half-way between the highest rejected absent score and the next called one."""
    rejected = scores[absent[position]] if position < len(absent) else -np.inf
    called = np.concatenate([scores[absent[:position]], present[present > rejected]])
    if len(called) == 0:
        return float(np.nextafter(rejected, np.inf))
    lowest = called[called > rejected].min() if np.any(called > rejected) else np.nextafter(rejected, np.inf)
    if not np.isfinite(rejected):
        return float(lowest)
    middle = (rejected + lowest) / 2
    return float(middle if middle > rejected else lowest)


def outcomes(scores: np.ndarray, ratios: np.ndarray, truth: np.ndarray, thresholds: np.ndarray) -> pd.DataFrame:
    """Judge every sample and component.

    Args:
        scores, ratios, truth: score, predicted and true mixing ratio, shape (sample, component).
        thresholds: shape (component,).

    Returns:
        One row per sample and component, sample-major: called, present, ratio_error, and, the
        same for all components of a sample, exact and false_positive.
    """
    present = truth > 0
    called = scores >= thresholds
    components = scores.shape[1]
    return pd.DataFrame(
        {
            "called": called.ravel(),
            "present": present.ravel(),
            "ratio_error": np.abs(ratios - truth).ravel(),
            "exact": np.repeat((called == present).all(axis=1), components),
            "false_positive": np.repeat((called & ~present).any(axis=1), components),
        }
    )
