"""Which points of spectra are looked at, and which were not measured."""

import numpy as np

from ftirmix.quality.names import FEWEST


def within(wavenumber: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Say which points lie in a window, ends included, shape (wavenumber,)."""
    return (wavenumber >= window[0]) & (wavenumber <= window[1])


def unknown_of(known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Say in which spectra too little of the ``places`` was measured, shape (spectrum,)."""
    return known[:, places].mean(axis=1) < FEWEST


def fill_gaps(absorbance: np.ndarray, known: np.ndarray, wavenumber: np.ndarray) -> np.ndarray:
    """Draw straight lines over what was not measured; end values are repeated. Same shape."""
    filled = absorbance.copy()
    for row in np.flatnonzero(~known.all(axis=1)):
        filled[row] = np.interp(wavenumber, wavenumber[known[row]], absorbance[row, known[row]])
    return filled


def quantile(values: np.ndarray, chosen: np.ndarray, share: float) -> np.ndarray:
    """Return the smallest chosen value of each row that at least ``share`` of them do not exceed, shape (row,).

    A row without chosen values has NaN.
    """
    ordered = np.sort(np.where(chosen, values, np.nan), axis=1)  # NaN comes last
    rank = np.maximum(np.ceil(share * chosen.sum(axis=1) - 1e-9).astype(int) - 1, 0)
    return np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0]
