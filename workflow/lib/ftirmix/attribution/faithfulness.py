"""What a network answers when just the positions that a map points at change: the counterfactual, not zero."""

import numpy as np
from torch import nn

from ftirmix.attribution.scores import highest_positions
from ftirmix.training import infer


def logits_of(network: nn.Module, spectra: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Return one logit per spectrum, shape (spectrum,), for spectra of shape (spectrum, wavenumber)."""
    logits, _ = infer(network, spectra.astype(np.float32))
    return logits[np.arange(len(spectra)), components]


class Exchange:
    """Exchanges positions between mixtures and the same mixtures without a component.

        removal   = z(x) - z(x with the T highest positions taken from x_without)
        insertion = z(x_without with the T highest positions taken from x) - z(x_without)
        drop      = z(x) - z(x_without),   z the component's logit

    Setting positions to zero would show the network spectra that no mixture has; here every value
    that it sees is one of two real ones. removal / drop and insertion / drop say how much of the
    component's whole effect lies where a map points.

    Args:
        network: returns (logits, ...).
        absorbance: x, shape (row, wavenumber).
        without: x_without, same shape.
        components: logit of each row, shape (row,).

    References:
        After Petsiuk et al. 2018, RISE, section 4.2. arXiv:1806.07421; with counterfactuals for deletion.
    """

    def __init__(self, network: nn.Module, absorbance: np.ndarray, without: np.ndarray, components: np.ndarray) -> None:
        self._network, self._components = network, components
        self._whole, self._without = absorbance, without
        self._logit_whole, self._logit_without = self._logit(absorbance), self._logit(without)

    def _logit(self, spectra: np.ndarray) -> np.ndarray:
        return logits_of(self._network, spectra, self._components)

    def by(self, maps: np.ndarray, area: np.ndarray) -> dict[str, np.ndarray]:
        """Exchange the highest positions of maps; returns removal, insertion and drop, each (row,), logit units.

        Args:
            maps: one per row, shape (row, wavenumber).
            area: number of positions T, shape (row,).
        """
        top = highest_positions(maps, area)
        return {
            "removal": self._logit_whole - self._logit(np.where(top, self._without, self._whole)),
            "insertion": self._logit(np.where(top, self._whole, self._without)) - self._logit_without,
            "drop": self._logit_whole - self._logit_without,
        }
