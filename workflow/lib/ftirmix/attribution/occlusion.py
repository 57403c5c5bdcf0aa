"""Occlusion, a reference beside the class activation maps: what the logit loses when a window loses its bands."""

import numpy as np
from torch import nn

from ftirmix.attribution.faithfulness import logits_of

WIDTH_CM1, STRIDE_CM1 = 32.0, 16.0


def window_starts(points: int, width: int, stride: int) -> np.ndarray:
    """Return where windows begin: every ``stride`` points until one reaches the end; the last may be cut there."""
    count = 1 + max(-(-(points - width) // stride), 0)
    return stride * np.arange(count)


def chords(absorbance: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Draw a straight line between the first and the last point of a window, from (spectrum, wavenumber).

    Returns:
        shape (spectrum, stop - start).
    """
    part = np.linspace(0.0, 1.0, stop - start, dtype=np.float32)
    first, last = absorbance[:, start, None], absorbance[:, stop - 1, None]
    return first + part * (last - first)


def occlusion(
    network: nn.Module,
    absorbance: np.ndarray,
    components: np.ndarray,
    step_cm1: float,
    width_cm1: float = WIDTH_CM1,
    stride_cm1: float = STRIDE_CM1,
    baseline: np.ndarray | None = None,
) -> np.ndarray:
    """Slide a window along a spectrum, draw a straight line in it, and see how far one logit falls.

        L(nu) = mean over windows W that hold nu of  y(x) - y(x with a straight line in W)

    The papers' grey patch, or zero, is no spectrum's value: the network would answer to two steps
    that no instrument has measured, and to a derivative of them. A line between the window's ends
    takes away what stands out in the window and keeps the spectrum continuous; of a band wider
    than the window it takes only what is bent there.

    The one map here that asks for no derivative and no layer. Its windows decide its resolution.

    Args:
        network: in evaluation mode, returns (logits, ...) for absorbance of shape (batch, wavenumber).
        absorbance: x, shape (spectrum, wavenumber).
        components: logit of each spectrum, shape (spectrum,).
        step_cm1: distance of neighbouring grid points.
        width_cm1: of the window; at least three points, since a line through two changes nothing.
        stride_cm1: from one window to the next, at most ``width_cm1``.
        baseline: what stands in a window in place of the line, shape (spectrum, wavenumber).

    Returns:
        Attribution map in logit units, signed, shape (spectrum, wavenumber).

    Raises:
        ValueError: the window has fewer than three points, or windows leave points uncovered.

    References:
        Zeiler and Fergus 2014, Visualizing and understanding convolutional networks, section 4.2.
        arXiv:1311.2901; the line in place of the patch is the project's.
    """
    width, stride = round(width_cm1 / step_cm1), round(stride_cm1 / step_cm1)
    if width < 3 or not 1 <= stride <= width:
        raise ValueError(f"windows of {width} points every {stride}: a window needs three, and no gap to the next")
    absorbance = np.ascontiguousarray(absorbance, dtype=np.float32)
    points = absorbance.shape[1]
    whole = logits_of(network, absorbance, components)
    total, covered = np.zeros(absorbance.shape), np.zeros(points)
    for start in window_starts(points, width, stride):
        window = slice(start, min(start + width, points))
        changed = absorbance.copy()
        changed[:, window] = chords(absorbance, window.start, window.stop) if baseline is None else baseline[:, window]
        total[:, window] += (whole - logits_of(network, changed, components))[:, None]
        covered[window] += 1
    return (total / covered).astype(np.float32)
