"""The wavenumber axis: shifts along it, resolution, and the window of CO2 that is bridged."""

from dataclasses import dataclass

import numpy as np

# sd = FWHM / 2.3548 for a Gaussian line shape.
FWHM_PER_SD = 2.3548
# Width in grid points that a kernel of three points can show.
WIDEST_POINTS = 2.0


@dataclass(frozen=True)
class Axis:
    """The wavenumber axis of a study.

    Attributes:
        wavenumber: ascending grid, cm^-1.
        co2_window: lowest and highest wavenumber of the bridged window, cm^-1.
    """

    wavenumber: np.ndarray
    co2_window: tuple[float, float]

    @property
    def step_cm1(self) -> float:
        """Distance of neighbouring grid points."""
        return float(self.wavenumber[1] - self.wavenumber[0])

    def place(self, absorbance: np.ndarray, shift_cm1: np.ndarray, broadening_cm1: np.ndarray) -> np.ndarray:
        """Shift and broaden each spectrum and bridge the window of CO2; linear in the absorbance.

        Args:
            absorbance: shape (mixture, wavenumber).
            shift_cm1: shift to higher wavenumbers, shape (mixture,).
            broadening_cm1: FWHM of the added line width, shape (mixture,).
        """
        step = self.step_cm1
        placed = broaden(shift_axis(absorbance, shift_cm1 / step), broadening_cm1 / step)
        return self.bridge(placed)

    def bridge(self, absorbance: np.ndarray) -> np.ndarray:
        """Bridge the window of CO2."""
        return bridge_window(absorbance, self.wavenumber, self.co2_window)


def shift_axis(absorbance: np.ndarray, shift_points: np.ndarray) -> np.ndarray:
    """Shift each spectrum along its axis by a fraction of points, linear between neighbours.

    A positive shift moves bands to higher wavenumbers; the end values are repeated. The
    operation is linear in the absorbance, so contributions pass through it exactly.

    Args:
        absorbance: shape (mixture, wavenumber).
        shift_points: shift in grid points, shape (mixture,).
    """
    points = absorbance.shape[1]
    source = np.arange(points) - shift_points[:, None]
    lower = np.floor(source).astype(np.int64)
    weight = (source - lower).astype(absorbance.dtype)
    low = np.take_along_axis(absorbance, np.clip(lower, 0, points - 1), axis=1)
    high = np.take_along_axis(absorbance, np.clip(lower + 1, 0, points - 1), axis=1)
    return low + weight * (high - low)


def broaden(absorbance: np.ndarray, fwhm_points: np.ndarray) -> np.ndarray:
    """Broaden each spectrum by a line of a few points' width, as a coarser resolution would.

    The kernel (a, 1 - 2 a, a) has the variance 2 a of a Gaussian of the given width, which is all
    that a width of at most two points can show on the grid; wider lines, on a finer grid, take it
    several times, and the variances add up. The end values are repeated.

    Args:
        absorbance: shape (mixture, wavenumber).
        fwhm_points: width of the line in grid points, shape (mixture,).
    """
    rows = np.flatnonzero(fwhm_points > 0)
    if len(rows) == 0:
        return absorbance
    passes = max(1, int(np.ceil((fwhm_points.max() / WIDEST_POINTS) ** 2)))
    share = ((fwhm_points[rows] / FWHM_PER_SD) ** 2 / 2 / passes).astype(absorbance.dtype)[:, None]
    chosen = absorbance[rows]
    for _ in range(passes):
        padded = np.concatenate([chosen[:, :1], chosen, chosen[:, -1:]], axis=1)
        chosen = chosen + share * (padded[:, :-2] + padded[:, 2:] - 2 * chosen)
    broadened = absorbance.copy()
    broadened[rows] = chosen
    return broadened


def bridge_window(absorbance: np.ndarray, grid: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Replace a window (CO2 of the room's air) by the straight line between its edges.

    Each edge is the mean of three points, so one noisy point does not tilt the line.

    Args:
        absorbance: shape (spectrum, wavenumber).
        grid: shape (wavenumber,).
        window: lowest and highest wavenumber of the window, cm^-1.
    """
    rows = np.flatnonzero((grid >= window[0]) & (grid <= window[1]))
    if len(rows) == 0:
        return absorbance
    first, last = int(rows[0]), int(rows[-1])
    below, above = absorbance[:, max(first - 3, 0) : first], absorbance[:, last + 1 : last + 4]
    left = (below if first else above).mean(axis=1)
    right = (above if last + 1 < len(grid) else below).mean(axis=1)
    share = (np.arange(first, last + 1) - first + 1) / (last - first + 2)
    bridged = absorbance.copy()
    bridged[:, first : last + 1] = left[:, None] + (right - left)[:, None] * share
    return bridged
