"""What turns a network's numbers into answers: probabilities, thresholds, and intervals of mixing ratios.

All of it is chosen on validation mixtures, whose specimens the network has not been trained on.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax

# Predicted mixing ratios whose errors are told apart; a component called alone has a ratio of one.
RATIO_EDGES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98, 1.0)


@dataclass(frozen=True)
class Calibration:
    """Everything chosen on validation mixtures. The last component is the foreign one.

    Attributes:
        components: the study's components, and the foreign one behind them.
        slope: probability = 1 / (1 + exp(-(slope x logit + offset))), one per component.
        offset: see slope.
        threshold: logit from which a component is called; the foreign one's is that of "and something unknown".
        strongest: of validation mixtures, the highest logit among the study's components, ascending.
        margin: by how much the foreign logit exceeds it, ascending.
        foreign_share: of validation mixtures, the share that unmixing gives to foreign references, ascending.
        unknown_above: novelty (see :func:`novelty`) above which all is unknown.
        ratio_edges: bins of the predicted mixing ratio.
        ratio_low: lower quantile of true less predicted ratio, one per bin.
        ratio_high: upper quantile, one per bin.
        level: intended coverage of the intervals.
    """

    components: tuple[str, ...]
    slope: tuple[float, ...]
    offset: tuple[float, ...]
    threshold: tuple[float, ...]
    strongest: tuple[float, ...]
    margin: tuple[float, ...]
    foreign_share: tuple[float, ...]
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


def judge(calibration: Calibration, logits: np.ndarray, scores: np.ndarray, foreign_share: np.ndarray) -> Judged:
    """Answer for some spectra.

    Args:
        calibration: of the network.
        logits: of presence, shape (spectrum, component), the foreign component last.
        scores: unnormalised mixing ratios, same shape.
        foreign_share: that unmixing gives to foreign references, shape (spectrum,).
    """
    probability = expit(logits * np.array(calibration.slope) + np.array(calibration.offset))
    present = logits >= np.array(calibration.threshold)
    strange = strangeness(calibration, logits, foreign_share)
    unknown = (strange > calibration.unknown_above) | ~present[:, :-1].any(axis=1)
    present[unknown, :-1] = False
    present[unknown, -1] = True
    ratio = called_ratios(scores, present)
    low, high = ratio_interval(calibration, ratio)
    low[~present], high[~present] = np.nan, np.nan
    return Judged(probability, present, ratio, low, high, unknown)


def strangeness(calibration: Calibration, logits: np.ndarray, foreign_share: np.ndarray) -> np.ndarray:
    """Return the :func:`novelty` of spectra beside the calibration's mixtures; arguments as of :func:`judge`."""
    known = [np.array(values) for values in (calibration.strongest, calibration.margin, calibration.foreign_share)]
    return novelty(*witnesses(logits, foreign_share), *known)


def witnesses(logits: np.ndarray, foreign_share: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what tells of foreign material: the highest polymer logit, the foreign one's margin over it, the share.

    Args:
        logits: shape (spectrum, component), the foreign component last.
        foreign_share: that unmixing gives to foreign references, shape (spectrum,).
    """
    strongest = logits[:, :-1].max(axis=1)
    return strongest, logits[:, -1] - strongest, foreign_share


def novelty(
    strongest: np.ndarray, margin: np.ndarray, foreign_share: np.ndarray, known_strongest: np.ndarray,
    known_margin: np.ndarray, known_share: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Tell how unlike plastics spectra are, by witnesses that err in different places.

    That no polymer is convincing, that foreign material is more so, and that unmixing needs foreign references. Each
    gives a conformal p-value, the share of known plastics at least as strange, (1 + number) / (1 + n) (Vovk et
    al. 2005, Algorithmic Learning in a Random World); their logarithms are added, as Fisher (1932) joins
    independent ones. These are not independent, so the sum is a score, whose bound is chosen on plastics.

    Args:
        strongest: see :func:`witnesses`, shape (spectrum,).
        margin: see there.
        foreign_share: see there.
        known_strongest: of known plastics, ascending.
        known_margin: the same.
        known_share: the same.

    Returns:
        Novelty, shape (spectrum,); zero for what is less strange than all that is known.
    """
    count = len(known_strongest)
    weaker = np.searchsorted(known_strongest, strongest, side="right")
    further = count - np.searchsorted(known_margin, margin, side="left")
    larger = count - np.searchsorted(known_share, foreign_share, side="left")
    return -np.log((1 + np.stack([weaker, further, larger])) / (1 + count)).sum(axis=0)


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
