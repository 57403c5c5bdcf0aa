"""The papers' task: one softmax class per pure polymer and per binary mixture, of one laboratory.

Chen et al. 2026 (Spectrochim. Acta A 361, 128060) and He et al. 2025 (Microchem. J.) publish the
accuracy of such a task on a random split; how many classes, spectra and ratios they had is not
published. Ratios from 10 to 90 % and equal classes are this project's reconstruction.
"""

from dataclasses import replace
from itertools import combinations

import numpy as np

from ftirmix.settings import MixtureSettings, RandomSettings, TrainingShares, settings

TASK = "classes"


def mixtures_of(mixtures: dict, random: dict | None, components: list[str]) -> MixtureSettings:
    """Read section ``mixtures`` as a protocol uses it.

    Args:
        mixtures: the section.
        random: section ``protocols.random`` where that is the protocol, else None.
        components: the study's components.
    """
    choices = settings(MixtureSettings, mixtures)
    return random_settings(choices, settings(RandomSettings, random), len(components)) if random else choices


def random_settings(choices: MixtureSettings, task: RandomSettings, components: int) -> MixtureSettings:
    """Return the mixtures of the papers' task: equal classes, one share bin, no hard cases.

    Mixing laws and nuisances stay those of the study.

    Args:
        choices: section ``mixtures``.
        task: section ``protocols.random``.
        components: number of components.
    """
    pure = components / len(classes_of(components))
    return replace(
        choices,
        share_bins=((task.lowest_share, 0.5),),
        per_pair_and_bin=task.per_class,
        pure_per_component=task.per_class,
        ternary_per_minor_and_bin=0,
        same_polymer_per_component=0,
        hard_negatives=(),
        training_shares=TrainingShares(pure=pure, same_polymer=0.0, ternary=0.0),
    )


def classes_of(components: int) -> np.ndarray:
    """Return which components make up each class, pure ones first, boolean, shape (class, component)."""
    sets = [(index,) for index in range(components)] + list(combinations(range(components), 2))
    return np.array([[index in chosen for index in range(components)] for chosen in sets])


def class_numbers(present: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the class of every sample.

    Args:
        present: which components are in each sample, shape (sample, component).
        classes: shape (class, component).

    Returns:
        shape (sample,).

    Raises:
        ValueError: a sample's set of components is no class.
    """
    same = (present[:, None] == classes[None]).all(axis=2)
    if not same.any(axis=1).all():
        raise ValueError("a sample is of no class: the softmax task knows pure polymers and binary mixtures only")
    return same.argmax(axis=1)


def component_margins(logits: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Turn logits of classes into one score per component.

    The score is the best logit of the classes with the component, less the best of those without:
    above zero exactly for the components of the winning class.

    Args:
        logits: shape (sample, class).
        classes: shape (class, component).

    Returns:
        shape (sample, component).
    """
    wide = logits[:, :, None].astype(float)
    inside = np.where(classes, wide, -np.inf).max(axis=1)
    outside = np.where(classes, -np.inf, wide).max(axis=1)
    return inside - outside
