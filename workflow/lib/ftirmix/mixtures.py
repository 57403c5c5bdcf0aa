"""What mixtures look like: two mixing laws, what the instrument adds, and the exact truth.

All endmembers of a mixture come from one laboratory and one subset. The mixing ratio is the
weight of an endmember that was scaled to unit maximum: a share of peak height, not mass per cent.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ftirmix.axis import Axis
from ftirmix.nuisance import Nuisance, add_nuisance
from ftirmix.recipes import ABSENT, Recipes

LN10 = np.log(10.0)


@dataclass(frozen=True)
class Composed:
    """Composed mixtures.

    Attributes:
        absorbance: what the network sees, unit maximum, shape (mixture, wavenumber).
        scale: factor that brought each mixture to unit maximum, shape (mixture,).
    """

    absorbance: np.ndarray
    scale: np.ndarray


def mix(endmembers: np.ndarray, recipes: Recipes, without: int | None = None) -> np.ndarray:
    """Mix endmembers by each recipe's law, before anything that the instrument adds.

    Intimate (melt, powder):     A = sum_i r_i s_i
    Particles side by side:      A = -log10(sum_i r_i 10^(-h s_i)) / h

    with h the absolute absorbance of the highest band. Side by side, light that passes beside a
    strong band of the minor never meets it, so the minor is suppressed; the larger h, the more.

    Args:
        endmembers: absorbance of unit maximum, shape (endmember, wavenumber).
        recipes: what goes into each mixture.
        without: slot to leave out. Its place stays empty: it absorbs nothing, the others keep
            their ratios. None mixes everything.

    Returns:
        shape (mixture, wavenumber).
    """
    points = endmembers.shape[1]
    mixed = np.zeros((len(recipes), points), dtype=endmembers.dtype)
    intimate, beside = np.flatnonzero(recipes.height == 0), np.flatnonzero(recipes.height > 0)
    ratios = recipes.ratios.astype(endmembers.dtype)
    for slot in range(recipes.endmembers.shape[1]):
        if slot == without:
            continue
        rows = intimate[recipes.endmembers[intimate, slot] != ABSENT]
        mixed[rows] += ratios[rows, slot, None] * endmembers[recipes.endmembers[rows, slot]]
    if len(beside):
        height = recipes.height[beside, None].astype(endmembers.dtype)
        # sum_i r_i 10^(-h s_i) = 1 + sum_i r_i (10^(-h s_i) - 1): the ratios sum to one, and an
        # empty place adds nothing.
        lost = np.zeros((len(beside), points), dtype=endmembers.dtype)
        for slot in range(recipes.endmembers.shape[1]):
            if slot == without:
                continue
            filled = np.flatnonzero(recipes.endmembers[beside, slot] != ABSENT)
            rows = beside[filled]
            absorbed = np.expm1(-LN10 * height[filled] * endmembers[recipes.endmembers[rows, slot]])
            lost[filled] += ratios[rows, slot, None] * absorbed
        mixed[beside] = -np.log1p(lost) / (LN10 * height)
    return mixed


def compose(
    endmembers: np.ndarray,
    recipes: Recipes,
    nuisance: Nuisance,
    axis: Axis,
    subtract_baseline: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Composed:
    """Mix, add what the instrument and the room add, and preprocess as measured spectra are.

        clean = place(mix(s)),  x = scale (clean + max(clean) bridge(nuisance) - baseline)

    The nuisance is a share of the mixture's own highest band, so that mixtures are as noisy as
    pure spectra; ``scale`` brings x to unit maximum.

    Args:
        endmembers: absorbance of unit maximum, shape (endmember, wavenumber).
        recipes: what goes into each mixture.
        nuisance: one draw per mixture.
        axis: of the endmembers.
        subtract_baseline: the baseline step of preprocessing. Training goes without: fitting a
            baseline costs more than a step of a network, so its nuisance holds what such a fit
            leaves behind instead of the baseline itself.
    """
    mixed = add_nuisance(mix(endmembers, recipes), nuisance, axis)
    if subtract_baseline is not None:
        mixed = subtract_baseline(mixed)
    scale = 1.0 / mixed.max(axis=1).astype(float)
    return Composed((mixed * scale[:, None]).astype(np.float32), scale)


def contributions(
    endmembers: np.ndarray,
    recipes: Recipes,
    shift_cm1: np.ndarray,
    broadening_cm1: np.ndarray,
    scale: np.ndarray,
    axis: Axis,
) -> np.ndarray:
    """Return what each slot adds to its mixture, c_i = x - x_without_i.

    The nuisance, the baseline and the normalisation of the mixture are frozen, so that only the
    component changes: c_i = scale place(mix(s) - mix(s without i)), exactly. In an intimate
    mixture the contributions add up to the clean mixture; side by side they need not.

    Returns:
        shape (mixture, slot, wavenumber); zero in empty slots.
    """
    whole = mix(endmembers, recipes)
    parts = []
    for slot in range(recipes.endmembers.shape[1]):
        part = whole - mix(endmembers, recipes, without=slot)
        parts.append(axis.place(part, shift_cm1, broadening_cm1) * scale[:, None])
    return np.stack(parts, axis=1)
