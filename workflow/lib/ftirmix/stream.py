"""Fresh training mixtures, batch by batch."""

from dataclasses import dataclass

import numpy as np

from ftirmix.axis import Axis
from ftirmix.mixtures import compose
from ftirmix.nuisance import draw_nuisance
from ftirmix.recipes import EndmemberPool, RecipeSampler
from ftirmix.settings import MixtureSettings, NuisanceSettings
from ftirmix.spectra import Spectra


@dataclass(frozen=True)
class MixtureStream:
    """Everything that a training batch is composed from.

    Attributes:
        endmembers: absorbance of unit maximum, shape (endmember, wavenumber).
        axis: of the endmembers.
        materials: spectra of what nuisances add, unit maximum, each of shape (wavenumber,).
        sampler: draws recipes over the rows of ``endmembers``.
        nuisance: ranges of the nuisances.
    """

    endmembers: np.ndarray
    axis: Axis
    materials: dict[str, np.ndarray]
    sampler: RecipeSampler
    nuisance: NuisanceSettings

    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Compose one batch: absorbance (batch, wavenumber) and mixing ratios (batch, component)."""
        recipes = self.sampler.draw(size, rng)
        draw = draw_nuisance(size, self.axis.wavenumber, self.materials, self.nuisance, rng, baseline_fitted=True)
        composed = compose(self.endmembers, recipes, draw, self.axis)
        return composed.absorbance, recipes.ratio_matrix(len(self.sampler.pool.components))


@dataclass(frozen=True)
class ShuffledStream(MixtureStream):
    """A stream whose mixing ratios belong to other mixtures of the same batch: nothing can be learnt from it.

    What a network trained on it still tells about unseen mixtures would be an error of the test.
    """

    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Compose one batch and permute its mixing ratios."""
        absorbance, ratios = super().batch(size, rng)
        return absorbance, rng.permutation(ratios)


@dataclass(frozen=True)
class WindowCut:
    """How often, and how far, the low end of the window is missing in training mixtures.

    Attributes:
        share: of the mixtures.
        highest_cm1: the low end is missing up to a wavenumber drawn evenly between the window's own and this one.
    """

    share: float
    highest_cm1: float


@dataclass(frozen=True)
class CutStream(MixtureStream):
    """A stream of which some mixtures were not measured down to the low end of the window.

    Detectors for imaging end at 720 to 900 cm^-1. The value at the low end is taken for all below, as it is in
    spectra that are to be identified.
    """

    cut: WindowCut

    def batch(self, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Compose one batch and cut some of it."""
        absorbance, ratios = super().batch(size, rng)
        lowest = self.axis.wavenumber[0]
        ends = np.where(rng.random(size) < self.cut.share, rng.uniform(lowest, self.cut.highest_cm1, size), lowest)
        return cut_low_end(absorbance, self.axis.wavenumber, ends), ratios


def cut_low_end(absorbance: np.ndarray, wavenumber: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Repeat each spectrum's value at its low end over all that lies below, and scale it to unit maximum again.

    Args:
        absorbance: shape (spectrum, wavenumber).
        wavenumber: ascending grid, cm^-1.
        ends: lowest wavenumber that was measured, one per spectrum.
    """
    first = np.searchsorted(wavenumber, ends)
    source = np.maximum(np.arange(len(wavenumber)), np.minimum(first, len(wavenumber) - 1)[:, None])
    cut = np.take_along_axis(absorbance, source, axis=1)
    highest = cut.max(axis=1, keepdims=True)
    return cut / np.where(highest > 0, highest, 1.0)


def shuffled_labels(stream: MixtureStream, held_out: np.ndarray, seed: int) -> tuple[ShuffledStream, np.ndarray]:
    """Shuffle the labels of training and of validation, by which early stopping would see the truth.

    Args:
        stream: of training mixtures.
        held_out: mixing ratios of the validation mixtures, shape (mixture, component).
        seed: of the network.
    """
    return ShuffledStream(**vars(stream)), np.random.default_rng([seed, 1]).permutation(held_out)


def stream_of(
    endmembers: Spectra,
    components: list[str],
    settings: MixtureSettings,
    materials: dict[str, np.ndarray],
    co2_window: tuple[float, float],
    complete: bool = True,
) -> MixtureStream:
    """Prepare the stream of training mixtures from the endmembers of the training subset."""
    pool = EndmemberPool(endmembers.table, components, settings.laboratory_weight_cap, complete)
    sampler = RecipeSampler(pool, settings)
    axis = Axis(endmembers.wavenumber, co2_window)
    return MixtureStream(endmembers.absorbance, axis, materials, sampler, settings.nuisance)
