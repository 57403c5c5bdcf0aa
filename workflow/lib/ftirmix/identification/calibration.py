"""What turns a network's numbers into answers: probabilities, thresholds, and intervals of mixing ratios.

All of it is chosen on validation mixtures, whose specimens the network has not been trained on.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression

from ftirmix.metrics import choose_thresholds

# Predicted mixing ratios whose errors are told apart; a component called alone has a ratio of one.
RATIO_EDGES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98, 1.0)
# Errors in a bin below which its neighbours are asked as well: a quantile of 5 % needs some twenty.
FEWEST_ERRORS = 60
# Logistic regression without a penalty, written as one too weak to matter.
HARDLY_ANY_PENALTY = 1e6


@dataclass(frozen=True)
class Calibration:
    """Everything chosen on validation mixtures. The last component is the foreign one.

    Attributes:
        components: the study's components, and the foreign one behind them.
        slope: probability = 1 / (1 + exp(-(slope x logit + offset))), one per component.
        offset: see slope.
        threshold: logit from which a component is called; the foreign one's is that of "and something unknown".
        unknown_above: foreign logit less the highest of the others, above which all is unknown.
        ratio_edges: bins of the predicted mixing ratio.
        ratio_low: lower quantile of true less predicted ratio, one per bin.
        ratio_high: upper quantile, one per bin.
        level: intended coverage of the intervals.
    """

    components: tuple[str, ...]
    slope: tuple[float, ...]
    offset: tuple[float, ...]
    threshold: tuple[float, ...]
    unknown_above: float
    ratio_edges: tuple[float, ...]
    ratio_low: tuple[float, ...]
    ratio_high: tuple[float, ...]
    level: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def calibration_from(values: dict[str, Any]) -> Calibration:
    """Rebuild what :meth:`Calibration.as_dict` returned."""
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Calibration(**fields)


@dataclass(frozen=True)
class Judged:
    """Answers for some spectra.

    Attributes:
        probability: shape (spectrum, component), the foreign component last.
        present: which components are called; none of the study's where all is unknown.
        ratio: shares of the called components, zero for others; rows sum to one unless all is unknown.
        ratio_low: lower end of its interval; NaN where not called.
        ratio_high: upper end.
        unknown: whether nothing but foreign material is seen, shape (spectrum,).
    """

    probability: np.ndarray
    present: np.ndarray
    ratio: np.ndarray
    ratio_low: np.ndarray
    ratio_high: np.ndarray
    unknown: np.ndarray


def judge(calibration: Calibration, logits: np.ndarray, scores: np.ndarray) -> Judged:
    """Answer for some spectra.

    Args:
        calibration: of the network.
        logits: of presence, shape (spectrum, component), the foreign component last.
        scores: unnormalised mixing ratios, same shape.
    """
    probability = expit(logits * np.array(calibration.slope) + np.array(calibration.offset))
    present = logits >= np.array(calibration.threshold)
    unknown = (novelty(logits) > calibration.unknown_above) | ~present[:, :-1].any(axis=1)
    present[unknown, :-1] = False
    present[unknown, -1] = True
    ratio = called_ratios(scores, present)
    low, high = ratio_interval(calibration, ratio)
    low[~present], high[~present] = np.nan, np.nan
    return Judged(probability, present, ratio, low, high, unknown)


def novelty(logits: np.ndarray) -> np.ndarray:
    """Return by how much the foreign logit exceeds all others, shape (spectrum,)."""
    return logits[:, -1] - logits[:, :-1].max(axis=1)


def called_ratios(scores: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Return the shares of called components among each other, zero for others."""
    shares = softmax(scores.astype(float), axis=1) * present
    total = shares.sum(axis=1, keepdims=True)
    return np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)


def ratio_interval(calibration: Calibration, ratio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of every mixing ratio, within 0 and 1."""
    place = ratio_bin(ratio, np.array(calibration.ratio_edges))
    low = np.clip(ratio + np.array(calibration.ratio_low)[place], 0.0, 1.0)
    high = np.clip(ratio + np.array(calibration.ratio_high)[place], 0.0, 1.0)
    return low, high


def ratio_bin(ratio: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the bin of each ratio; an edge belongs to the bin above it, one to the last."""
    return np.clip(np.searchsorted(edges, ratio, side="right") - 1, 0, len(edges) - 2)


def calibrate(
    components: list[str], logits: np.ndarray, scores: np.ndarray, ratios: np.ndarray, foreign_logits: np.ndarray,
    highest_rate: float, highest_lost: float, level: float,
) -> Calibration:  # fmt: skip
    """Choose everything on validation mixtures.

    Args:
        components: the study's, and the foreign one behind them.
        logits: of validation mixtures, which hold nothing foreign, shape (mixture, component).
        scores: of validation mixtures, same shape.
        ratios: true mixing ratios, same shape.
        foreign_logits: of foreign spectra whose family the network was not trained on, (spectrum, component);
            for the probability of foreign material only.
        highest_rate: bound on the false-positive rate, of the study's components together and of the foreign one.
        highest_lost: bound on the share of mixtures that are called unknown.
        level: coverage of the intervals of mixing ratios, e.g. 0.9.
    """
    present = ratios > 0
    plastic = choose_thresholds(logits[:, :-1], present[:, :-1], highest_rate)
    unknown_above = choose_unknown(logits, plastic, highest_lost)
    left = novelty(logits) <= unknown_above
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
        unknown_above=unknown_above,
        ratio_edges=RATIO_EDGES,
        ratio_low=tuple(low.tolist()),
        ratio_high=tuple(high.tolist()),
        level=level,
    )


def choose_unknown(logits: np.ndarray, thresholds: np.ndarray, highest_lost: float) -> float:
    """Choose the lowest novelty above which all is called unknown, within a bound on plastics lost.

    Mixtures in which no component reaches its threshold are lost whatever the novelty; they count.
    """
    seen = (logits[:, :-1] >= thresholds).any(axis=1)
    spare = int(np.floor(highest_lost * len(logits) + 1e-9)) - int((~seen).sum())
    ordered = np.sort(novelty(logits[seen]))[::-1]
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
