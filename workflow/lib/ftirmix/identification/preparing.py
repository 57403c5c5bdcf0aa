"""Bring measured spectra to what the network was trained on, many at once, after a look at their quality."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from ftirmix.axis import bridge_window
from ftirmix.preprocessing import subtract_baseline, wavenumber_grid
from ftirmix.quality import QualityLimits, measure_quality, poor_reasons
from ftirmix.settings import PreprocessingSettings

# Axes whose operators are kept: a folder of one instrument has one or a few.
KEPT_AXES = 16
# Of neighbouring points: bands of 20 cm^-1 are seen by two.
WIDEST_STEP_CM1 = 16.0


@dataclass(frozen=True)
class Prepared:
    """Spectra behind the study's preprocessing.

    Attributes:
        absorbance: baseline-free, of unit maximum, float32, shape (spectrum, wavenumber); NaN where ``reasons`` speak.
        reasons: why a spectrum is too poor to be judged, empty where it is not.
        quality: measures, one row per spectrum.
    """

    absorbance: np.ndarray
    reasons: list[str]
    quality: pd.DataFrame


class Preparer:
    """Prepares spectra, remembering the axes that it has seen.

    Args:
        settings: preprocessing that the network was trained behind.
        measured_from_cm1: highest low end of a spectrum; below its own the end value is repeated.
        limits: of quality.
        vapour: water vapour on the study's grid, shape (wavenumber,).
    """

    def __init__(
        self, settings: PreprocessingSettings, measured_from_cm1: float, limits: QualityLimits, vapour: np.ndarray
    ) -> None:
        self.settings, self.limits, self.vapour = settings, limits, vapour
        self.measured_from_cm1 = max(measured_from_cm1, settings.low_cm1 + settings.tolerance_cm1)
        self.grid = wavenumber_grid(settings)
        # So many spectra are to come that their baselines are worth compiling.
        self.compiled = False
        self._operators: dict[bytes, csr_array] = {}

    def outside(self, wavenumber: np.ndarray) -> str:
        """Say what an axis lacks of the window, or return an empty string."""
        low, high, first, last = self.measured_from_cm1, self.grid[-1], wavenumber[0], wavenumber[-1]
        if first <= low and last >= high - self.settings.tolerance_cm1:
            return self.gap(wavenumber)
        return f"was measured from {first:.0f} to {last:.0f} cm-1; {low:.0f} to {high:.0f} cm-1 are needed"

    def gap(self, wavenumber: np.ndarray) -> str:
        """Say where points are too far apart, but in the window of CO2, which is bridged anyway."""
        inside = (wavenumber >= self.grid[0]) & (wavenumber <= self.grid[-1])
        points = wavenumber[inside]
        steps = np.diff(points)
        low, high = self.settings.co2_window_cm1
        wide = np.flatnonzero((steps > WIDEST_STEP_CM1) & ~((points[:-1] >= low - 8.0) & (points[1:] <= high + 8.0)))
        if not len(wide):
            return ""
        if len(wide) > len(steps) / 2:
            return f"its points are {np.median(steps):.0f} cm-1 apart; at most {WIDEST_STEP_CM1:.0f} are needed"
        start, end = points[wide[0]], points[wide[0] + 1]
        return f"has no points between {start:.0f} and {end:.0f} cm-1; bands there would be missed"

    def lacking(self, wavenumber: np.ndarray) -> str:
        """Say what is not there of the window, though enough is, or return an empty string."""
        low = self.grid[0]
        if wavenumber[0] <= low + self.settings.tolerance_cm1:
            return ""
        return f"; {low:.0f} to {wavenumber[0]:.0f} cm-1 were not measured"

    def on_grid(self, wavenumber: np.ndarray, absorbance: np.ndarray) -> np.ndarray:
        """Average spectra that share an axis over the cells of the grid, as :func:`preprocessing.resample` does.

        Args:
            wavenumber: strictly ascending, shape (point,).
            absorbance: shape (spectrum, point).
        """
        key = np.ascontiguousarray(wavenumber, dtype=float).tobytes()
        if key not in self._operators:
            if len(self._operators) >= KEPT_AXES:
                self._operators.pop(next(iter(self._operators)))
            self._operators[key] = resampling_operator(wavenumber, self.grid)
        return np.ascontiguousarray((self._operators[key] @ absorbance.T).T)

    def prepare(self, measured: np.ndarray, absolute: np.ndarray, first_cm1: np.ndarray) -> Prepared:
        """Judge the quality of spectra on the grid and take their baseline out.

        Args:
            measured: absorbance on the grid, shape (spectrum, wavenumber).
            absolute: whether its scale means anything, shape (spectrum,).
            first_cm1: lowest wavenumber that was measured, shape (spectrum,).
        """
        known = self.grid >= (first_cm1 - self.settings.tolerance_cm1)[:, None]
        quality = measure_quality(measured, self.grid, known, vapour=self.vapour)
        reasons = poor_reasons(quality, self.limits, absolute)
        good = np.array([not reason for reason in reasons], dtype=bool)
        absorbance = np.full(measured.shape, np.nan, dtype=np.float32)
        if good.any():
            clean = bridge_window(measured[good], self.grid, self.settings.co2_window_cm1)
            clean = subtract_baseline(clean, self.grid, self.settings, self.compiled)
            highest = clean.max(axis=1)
            usable = highest > 0
            rows = np.flatnonzero(good)
            absorbance[rows[usable]] = clean[usable] / highest[usable, None]
            for row in rows[~usable]:
                reasons[row] = "nothing rises above its baseline"
        return Prepared(absorbance, reasons, quality)


def resampling_operator(wavenumber: np.ndarray, grid: np.ndarray) -> csr_array:
    """Return the matrix that averages a spectrum over each grid cell, shape (wavenumber, point).

    The spectrum is linear between its points, so its integral over the part of a cell between two
    neighbouring knots (points and edges of cells) is that part times the mean of its two ends, and each end is a
    weighted mean of two points. Cells that reach beyond the measured range take the end value there.

    Args:
        wavenumber: strictly ascending, shape (point,).
        grid: evenly spaced, shape (wavenumber,).
    """
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    knots = np.union1d(wavenumber, edges)
    knots = knots[(knots >= edges[0]) & (knots <= edges[-1])]
    left = np.clip(np.searchsorted(wavenumber, knots, side="right") - 1, 0, len(wavenumber) - 2)
    share = np.clip((knots - wavenumber[left]) / (wavenumber[left + 1] - wavenumber[left]), 0.0, 1.0)
    parts = len(knots) - 1
    cell = np.clip(np.searchsorted(edges, (knots[:-1] + knots[1:]) / 2, side="right") - 1, 0, len(grid) - 1)
    half = np.diff(knots) / 2 / step
    # Both ends of every part, each by its lower and its upper point.
    ends = [np.arange(parts), np.arange(1, parts + 1)]
    rows = np.concatenate([cell, cell, cell, cell])
    columns = np.concatenate([left[ends[0]], left[ends[0]] + 1, left[ends[1]], left[ends[1]] + 1])
    values = np.concatenate(
        [half * (1 - share[ends[0]]), half * share[ends[0]], half * (1 - share[ends[1]]), half * share[ends[1]]]
    )
    return csr_array((values, (rows, columns)), shape=(len(grid), len(wavenumber)))
