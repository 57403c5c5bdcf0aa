"""Integrated gradients, a reference beside the class activation maps: along a path, at the spectrum itself."""

import numpy as np
import torch
from torch import nn

BATCH = 256


def integrated_gradients(
    network: nn.Module, absorbance: np.ndarray, baseline: np.ndarray, components: np.ndarray, steps: int = 8
) -> np.ndarray:
    """Integrate the gradient of one logit per spectrum on the straight line from a baseline.

        L(nu) = (x - b)(nu) mean over k of dy/dx(nu) at b + (k - 1/2)/steps (x - b)

    The map sums to the change of the logit from b to x, up to the error of the midpoint rule. With
    the spectrum without the component for b, it is the counterfactual and needs the truth; with b
    = 0 it needs nothing, but passes through spectra that no instrument has measured.

    Args:
        network: returns (logits, ...) for absorbance of shape (batch, wavenumber).
        absorbance: x, shape (spectrum, wavenumber).
        baseline: b, same shape.
        components: logit of each spectrum, shape (spectrum,).
        steps: points on the line.

    Returns:
        shape (spectrum, wavenumber), in logit units.

    References:
        Sundararajan et al. 2017, Axiomatic attribution for deep networks, Eq. 1. arXiv:1703.01365.
    """
    maps = np.empty(absorbance.shape, dtype=np.float32)
    for start in range(0, len(absorbance), BATCH):
        rows = slice(start, start + BATCH)
        origin = torch.from_numpy(np.asarray(baseline[rows], dtype=np.float32))
        way = torch.from_numpy(np.asarray(absorbance[rows], dtype=np.float32)) - origin
        chosen = torch.from_numpy(components[rows])[:, None]
        total = torch.zeros_like(way)
        for step in range(steps):
            point = (origin + (step + 0.5) / steps * way).requires_grad_(True)
            total += torch.autograd.grad(network(point)[0].gather(1, chosen).sum(), point)[0]
        maps[rows] = (way * total / steps).numpy()
    return maps
