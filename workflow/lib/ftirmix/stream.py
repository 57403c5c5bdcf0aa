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
