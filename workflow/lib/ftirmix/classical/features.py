"""What the supervised models see of a spectrum: its first derivative, of unit norm, and the main directions of it."""

import numpy as np
from scipy.signal import savgol_filter

from ftirmix.classical.base import State


def first_derivative(absorbance: np.ndarray, window: int) -> np.ndarray:
    """Savitzky-Golay first derivative, second order, per grid point; shape as given."""
    return savgol_filter(np.asarray(absorbance, dtype=float), window, 2, deriv=1, axis=-1)


def unit_derivative(absorbance: np.ndarray, window: int) -> np.ndarray:
    """First derivative of unit norm, so that spectra of sharp bands count no more than others; shape as given.

    A spectrum without any slope stays zero.
    """
    derivative = first_derivative(absorbance, window)
    norm = np.linalg.norm(derivative, axis=1, keepdims=True)
    return derivative / np.where(norm > 0, norm, 1.0)


def fit_projection(absorbance: np.ndarray, window: int, directions: int) -> State:
    """Find the principal components of unit derivatives.

    Args:
        absorbance: training mixtures, shape (mixture, wavenumber).
        window: points of the derivative, odd.
        directions: number of principal components.

    Returns:
        window, mean (wavenumber,), and basis (wavenumber, direction) scaled such that the projections have a mean
        square of one in total, which makes widths of kernels comparable between studies.
    """
    derivative = unit_derivative(absorbance, window)
    mean = derivative.mean(axis=0)
    centred = derivative - mean
    values, vectors = np.linalg.eigh(centred.T @ centred / len(centred))  # ascending
    basis = vectors[:, ::-1][:, :directions]
    # The sign of an eigenvector is arbitrary: the largest entry is made positive.
    basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(basis.shape[1])])
    total = values[::-1][:directions].sum()
    return {"window": window, "mean": mean, "basis": basis / np.sqrt(total if total > 0 else 1.0)}


def project(projection: State, absorbance: np.ndarray) -> np.ndarray:
    """Return the principal components of spectra, shape (spectrum, direction)."""
    return (unit_derivative(absorbance, projection["window"]) - projection["mean"]) @ projection["basis"]
