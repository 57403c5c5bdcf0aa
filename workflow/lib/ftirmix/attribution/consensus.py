"""Consensus CAM: where all layers look, weighed by whose band it is and by how much light is absorbed there."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

# Smoothing of single maps before they are multiplied: a band that two layers place in neighbouring
# cells would else be lost. One position of the networks is as wide.
SIGMA_CM1 = 16.0
# Least factor of one layer, as a share of its highest value: no single layer has a veto.
FLOOR = 1e-3


def consensus_cam(
    maps: list[np.ndarray], logits: np.ndarray, absorbance: np.ndarray, step_cm1: float, sigma_cm1: float = SIGMA_CM1
) -> np.ndarray:
    """Combine the LayerCAM maps of several layers, and of several networks, to one map per component.

        G_i(nu) = geometric mean over maps of max(smooth(L_i) / max L_i, floor)
        C_i     = sqrt(x+) G_i S_i^2,   S_i = p_i G_i / sum_j p_j G_j

    The project's own. What one layer or network sees and others do not is mostly noise, which the
    geometric mean holds down. S is the part of a position that the component claims among all, by
    their probabilities p: a band is a component's own where nobody else claims it. Where the
    spectrum x absorbs nothing there is nothing to be found.

    Args:
        maps: on the wavenumber grid, of one layer and network each, shape (spectrum, component, wavenumber).
        logits: mean over networks, shape (spectrum, component).
        absorbance: shape (spectrum, wavenumber).
        step_cm1: distance of neighbouring grid points.
        sigma_cm1: of the Gaussian that single maps are smoothed with.

    Returns:
        Not negative, without a unit; shape (spectrum, component, wavenumber). Zero for a component
        of which no map has a positive part.
    """
    total = np.zeros(maps[0].shape)
    seen = np.zeros(maps[0].shape[:2], dtype=bool)
    for values in maps:
        smoothed = gaussian_filter1d(np.maximum(values.astype(float), 0.0), sigma_cm1 / step_cm1, axis=2)
        highest = smoothed.max(axis=2, keepdims=True)
        seen |= highest[:, :, 0] > 0
        relative = np.divide(smoothed, highest, out=np.zeros_like(smoothed), where=highest > 0)
        total += np.log(np.maximum(relative, FLOOR))
    agreed = np.exp(total / len(maps)) * seen[:, :, None]
    probability = 1.0 / (1.0 + np.exp(-logits.astype(float)))
    claimed = agreed * probability[:, :, None]
    everyone = claimed.sum(axis=1, keepdims=True)
    part = np.divide(claimed, everyone, out=np.zeros_like(claimed), where=everyone > 0)
    return agreed * part**2 * np.sqrt(np.maximum(absorbance, 0.0))[:, None]
