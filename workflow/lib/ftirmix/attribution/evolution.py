"""DE-SSG-CAM: differential evolution weighs the SSG-CAM maps of several layers, on validation mixtures."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import differential_evolution

from ftirmix.attribution.scores import matched_area_iou

POPULATION, GENERATIONS = 8, 12


class LayerWeights(NamedTuple):
    """Weights of layers, each of shape (layer,) and summing to one, found in different ways.

    Attributes:
        evolved: by differential evolution.
        searched: the best of as many random weights as evolution has tried.
        best: the best single layer.
        mean: all layers alike.
        evaluations: number of weights that evolution, and the random search, tried.
    """

    evolved: np.ndarray
    searched: np.ndarray
    best: np.ndarray
    mean: np.ndarray
    evaluations: int


def relative(maps: np.ndarray) -> np.ndarray:
    """Scale each map to a highest absolute value of one, so that layers of different gradients compare.

    Args:
        maps: shape (..., wavenumber); a map of zeros stays as it is.
    """
    highest = np.abs(maps).max(axis=-1, keepdims=True)
    return np.divide(maps, highest, out=np.zeros_like(maps), where=highest > 0)


def joined(maps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted sum of relative maps: from (layer, row, wavenumber) to (row, wavenumber)."""
    return np.tensordot(weights, relative(maps), axes=1)


def weigh_layers(maps: np.ndarray, bands: np.ndarray, seed: int = 0) -> LayerWeights:
    """Find weights of layers whose joined map overlaps own bands most; to be used on validation mixtures only.

    The fitness knows the own bands: DE-SSG-CAM is supervised, and what it gains must be shown on
    other mixtures, beside what needs no truth (the mean) or as little effort (the best layer, a
    random search). Weights are not negative, so evolution may switch a layer off.

    A reconstruction: published is that differential evolution screens layers and weighs their maps;
    fitness, bounds, population and generations are the project's.

    Args:
        maps: of the component of every row at each layer, shape (layer, row, wavenumber).
        bands: mask of own bands, shape (row, wavenumber).
        seed: of evolution and random search.

    References:
        Storn and Price 1997, Differential evolution, J. Glob. Optim. 11, 341-359.
    """
    ready, layers, tried = relative(maps.astype(np.float32)), len(maps), 0

    def overlap(weights: np.ndarray) -> float:
        return float(np.nanmean(matched_area_iou(np.tensordot(weights.astype(np.float32), ready, axes=1), bands)))

    def misfit(weights: np.ndarray) -> float:
        nonlocal tried
        tried += 1
        return 1.0 - overlap(weights)

    found = differential_evolution(
        misfit, [(0.0, 1.0)] * layers, rng=seed, popsize=POPULATION, maxiter=GENERATIONS, polish=False, tol=0.0
    )
    candidates = np.random.default_rng(seed).dirichlet(np.ones(layers), tried)
    single = np.eye(layers)
    return LayerWeights(
        evolved=found.x / max(found.x.sum(), 1e-12),
        searched=max(candidates, key=overlap),
        best=max(single, key=overlap),
        mean=np.full(layers, 1.0 / layers),
        evaluations=tried,
    )
