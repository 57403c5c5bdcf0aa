"""Unmix spectra by references, and search them for the nearest one."""

import numpy as np
from scipy.optimize import nnls

from ftirmix.classical.features import first_derivative, unit_derivative
from ftirmix.identification.library import Library

WINDOW = 7  # of derivatives, in grid points


class Searcher:
    """Unmixing by, and searching in, one library; see :mod:`ftirmix.classical.nnls` for the fit.

    Args:
        library: references.
        components: the study's, and the foreign one behind them.
    """

    def __init__(self, library: Library, components: list[str]) -> None:
        self.library = library
        self._derivative = first_derivative(library.absorbance, WINDOW)
        self._q, self._r = np.linalg.qr(self._derivative.T)
        self._unit = unit_derivative(library.absorbance, WINDOW)
        self._member = np.array([[part == name for name in components] for part in library.component], dtype=float)

    def unmix(self, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit spectra by the library: coefficients (spectrum, reference) and shares (spectrum, component)."""
        targets = first_derivative(absorbance, WINDOW) @ self._q
        coefficients = np.stack([nnls(self._r, target)[0] for target in targets])
        shares = coefficients @ self._member
        total = shares.sum(axis=1, keepdims=True)
        return coefficients, np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)

    def search(self, absorbance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest references and their hit quality, the squared cosine of derivatives, best first.

        Returns:
            Row of the reference and quality, each of shape (spectrum, count).
        """
        quality = np.clip(unit_derivative(absorbance, WINDOW) @ self._unit.T, 0.0, None) ** 2
        order = np.argsort(-quality, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(quality, order, axis=1)
