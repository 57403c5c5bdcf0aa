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
        self._factors: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._unit = unit_derivative(library.absorbance, WINDOW)
        self._member = np.array([[part == name for name in components] for part in library.component], dtype=float)

    def unmix(self, absorbance: np.ndarray, first_cm1: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Fit spectra by the library, over what was measured of them.

        Args:
            absorbance: shape (spectrum, wavenumber).
            first_cm1: lowest wavenumber that was measured, one per spectrum; None where all were measured down to
                the grid's low end.

        Returns:
            Coefficients (spectrum, reference) and shares (spectrum, component).
        """
        derivative = first_derivative(absorbance, WINDOW)
        starts = self.starts(first_cm1, len(absorbance))
        coefficients = np.zeros((len(absorbance), len(self.library.name)))
        for start in np.unique(starts):
            rows = np.flatnonzero(starts == start)
            q, r = self.factors(int(start))
            coefficients[rows] = [nnls(r, target)[0] for target in derivative[rows, start:] @ q]
        shares = coefficients @ self._member
        total = shares.sum(axis=1, keepdims=True)
        return coefficients, np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)

    def starts(self, first_cm1: np.ndarray | None, count: int) -> np.ndarray:
        """Return from which grid point on each spectrum's derivative rests on measured values alone."""
        if first_cm1 is None:
            return np.zeros(count, dtype=int)
        first = np.searchsorted(self.library.wavenumber, first_cm1)
        return np.where(first > 0, np.minimum(first + WINDOW // 2, len(self.library.wavenumber) - 1), 0)

    def factors(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the QR factors of the references' derivatives from a grid point on."""
        if start not in self._factors:
            self._factors[start] = np.linalg.qr(self._derivative[:, start:].T)
        return self._factors[start]

    def search(self, absorbance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest references and their hit quality, the squared cosine of derivatives, best first.

        Returns:
            Row of the reference and quality, each of shape (spectrum, count).
        """
        quality = np.clip(unit_derivative(absorbance, WINDOW) @ self._unit.T, 0.0, None) ** 2
        order = np.argsort(-quality, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(quality, order, axis=1)
