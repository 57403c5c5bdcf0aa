"""Choose, on validation mixtures, what turns a network's numbers into answers."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from ftirmix.identification.calibration import RATIO_EDGES, Calibration, called_ratios, novelty, ratio_bin, witnesses
from ftirmix.metrics import choose_thresholds

# Errors in a bin below which its neighbours are asked as well: a quantile of 5 % needs some twenty.
FEWEST_ERRORS = 60
# Logistic regression without a penalty, written as one too weak to matter.
HARDLY_ANY_PENALTY = 1e6


def calibrate(
    components: list[str], logits: np.ndarray, scores: np.ndarray, foreign_share: np.ndarray, ratios: np.ndarray,
    foreign_logits: np.ndarray, highest_rate: float, highest_lost: float, level: float,
) -> Calibration:  # fmt: skip
    """Choose everything on validation mixtures.

    Args:
        components: the study's, and the foreign one behind them.
        logits: of validation mixtures, which hold nothing foreign, shape (mixture, component).
        scores: of validation mixtures, same shape.
        foreign_share: that unmixing gives to foreign references in them, shape (mixture,).
        ratios: true mixing ratios, same shape.
        foreign_logits: of foreign spectra whose family the network was not trained on, (spectrum, component);
            for the probability of foreign material only.
        highest_rate: bound on the false-positive rate, of the study's components together and of the foreign one.
        highest_lost: bound on the share of mixtures that are called unknown.
        level: coverage of the intervals of mixing ratios, e.g. 0.9.
    """
    present = ratios > 0
    plastic = choose_thresholds(logits[:, :-1], present[:, :-1], highest_rate)
    seen_by = witnesses(logits, foreign_share)
    known = [np.sort(values) for values in seen_by]
    strange = novelty(*seen_by, *known)
    seen = np.any(logits[:, :-1] >= plastic, axis=1)
    unknown_above = choose_unknown(strange, seen, highest_lost)
    left = strange <= unknown_above
    beside = float(np.quantile(logits[left, -1], 1 - highest_rate, method="higher"))
    threshold = np.append(plastic, np.nextafter(beside, np.inf))
    pairs = [platt(logits[:, place], present[:, place]) for place in range(len(components) - 1)]
    both = np.concatenate([logits[:, -1], foreign_logits[:, -1]])
    pairs.append(platt(both, np.arange(len(both)) >= len(logits)))
    called = (logits >= threshold) & left[:, None]
    predicted = called_ratios(scores, called)
    shown = called & present
    low, high = conformal(predicted[shown], ratios[shown], level)
    return Calibration(
        components=tuple(components),
        slope=tuple(float(slope) for slope, _ in pairs),
        offset=tuple(float(offset) for _, offset in pairs),
        threshold=tuple(threshold.tolist()),
        strongest=tuple(known[0].astype(float).tolist()),
        margin=tuple(known[1].astype(float).tolist()),
        foreign_share=tuple(known[2].astype(float).tolist()),
        unknown_above=unknown_above,
        ratio_edges=RATIO_EDGES,
        ratio_low=tuple(low.tolist()),
        ratio_high=tuple(high.tolist()),
        level=level,
    )


def choose_unknown(strange: np.ndarray, seen: np.ndarray, highest_lost: float) -> float:
    """Choose the lowest novelty above which all is called unknown, within a bound on plastics lost.

    Args:
        strange: novelty of mixtures of plastics.
        seen: whether any component of theirs reaches its threshold; those of which none does are lost whatever
            the novelty, and count.
        highest_lost: share of the mixtures that may be lost.
    """
    spare = int(np.floor(highest_lost * len(strange) + 1e-9)) - int((~seen).sum())
    ordered = np.sort(strange[seen])[::-1]
    if spare <= 0 or not len(ordered):
        return float(ordered[0]) if len(ordered) else np.inf
    return float(ordered[min(spare, len(ordered) - 1)])


def platt(logit: np.ndarray, present: np.ndarray) -> tuple[float, float]:
    """Fit slope and offset of a calibrated probability (Platt 1999), never a falling one.

    Returns slope 1 and offset 0 where only one answer is there to learn from.
    """
    if present.all() or not present.any():
        return 1.0, 0.0
    fit = LogisticRegression(C=HARDLY_ANY_PENALTY, max_iter=1000).fit(logit[:, None].astype(float), present)
    return max(float(fit.coef_[0, 0]), 1e-3), float(fit.intercept_[0])


def conformal(predicted: np.ndarray, true: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return quantiles of the errors per bin of the predicted ratio, with the correction for few of them.

    Split conformal prediction (Vovk 2012, Mondrian by bins): with n errors the upper end is their
    ceil((n + 1) (1 + level) / 2)-th, so that a new one is below it with at least that probability.
    A bin with few errors takes those of its neighbours in as well.
    """
    edges = np.array(RATIO_EDGES)
    place = ratio_bin(predicted, edges)
    error = true - predicted
    low, high = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for number in range(len(edges) - 1):
        reach = 0
        chosen = error[place == number]
        while len(chosen) < FEWEST_ERRORS and reach < len(edges):
            reach += 1
            chosen = error[np.abs(place - number) <= reach]
        low[number] = -upper_quantile(-chosen, (1 + level) / 2)
        high[number] = upper_quantile(chosen, (1 + level) / 2)
    return low, high


def upper_quantile(errors: np.ndarray, share: float) -> float:
    """Return the ceil((n + 1) share)-th smallest error, the highest one if there are too few; 0 without any."""
    if not len(errors):
        return 0.0
    rank = min(int(np.ceil((len(errors) + 1) * share)), len(errors))
    return float(np.sort(errors)[rank - 1])
