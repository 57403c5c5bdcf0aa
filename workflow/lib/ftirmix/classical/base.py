"""What every classical model is fitted on, and what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftirmix.spectra import Spectra
from ftirmix.stream import MixtureStream

# Arrays, plain values and scikit-learn estimators by name: all that a fit leaves behind.
State = dict[str, Any]


@dataclass(frozen=True)
class Training:
    """The training subset of a fold, as endmembers and as mixtures of them.

    Attributes:
        components: names of the components.
        absorbance: endmembers of unit maximum, shape (endmember, wavenumber).
        component: index of each endmember's component, shape (endmember,).
        mixtures: composed of those endmembers, shape (mixture, wavenumber).
        ratios: true mixing ratios of the mixtures, shape (mixture, component).
    """

    components: list[str]
    absorbance: np.ndarray
    component: np.ndarray
    mixtures: np.ndarray
    ratios: np.ndarray

    @property
    def presence(self) -> np.ndarray:
        """Return which components are in each mixture, boolean, shape (mixture, component)."""
        return self.ratios > 0


@dataclass(frozen=True)
class Method:
    """One family of classical models.

    Attributes:
        settings: dataclass of the options of one candidate.
        fit: (training, options, seed) -> state.
        answer: (state, absorbance of shape (spectrum, wavenumber)) -> presence scores, higher is likelier, and
            mixing ratios, non-negative with rows summing to one, both of shape (spectrum, component).
    """

    settings: type
    fit: Callable[[Training, Any, int], State]
    answer: Callable[[State, np.ndarray], tuple[np.ndarray, np.ndarray]]


def training_of(
    endmembers: Spectra, components: list[str], stream: MixtureStream, mixtures: int, seed: int
) -> Training:
    """Compose the training mixtures of a fold, from the very stream that networks train on.

    Args:
        endmembers: of the training subset.
        components: the study's components.
        stream: of those endmembers.
        mixtures: how many to compose.
        seed: the same seed gives the same mixtures.
    """
    absorbance, ratios = stream.batch(mixtures, np.random.default_rng(seed))
    component = np.array([components.index(name) for name in endmembers.table["component"]])
    return Training(components, endmembers.absorbance, component, absorbance, ratios)


def shares_of(amounts: np.ndarray) -> np.ndarray:
    """Turn predicted amounts into mixing ratios: negative ones are none, rows sum to one.

    Args:
        amounts: shape (spectrum, component).

    Returns:
        same shape; a spectrum without any positive amount gets equal ratios.
    """
    positive = np.clip(amounts, 0, None).astype(float)
    total = positive.sum(axis=1, keepdims=True)
    return np.where(total > 0, positive / np.where(total > 0, total, 1.0), 1.0 / amounts.shape[1])
