"""From measured spectra to absorbance on one grid: resample, CO2 window, baseline, normalise."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.integrate import cumulative_trapezoid

from ftirmix.axis import bridge_window
from ftirmix.baseline import arpls
from ftirmix.compiled_baseline import compiled_arpls
from ftirmix.settings import PreprocessingSettings
from ftirmix.spectra import IDENTITY, REJECTED_COLUMNS, Spectra
from ftirmix.units import to_absorbance


@dataclass(frozen=True)
class Preprocessed:
    """Spectra on the study's grid, and the table of those that could not be brought to it."""

    spectra: Spectra
    rejected: pd.DataFrame


def wavenumber_grid(settings: PreprocessingSettings) -> np.ndarray:
    """Return the study's wavenumber grid in cm^-1, both ends included where the step allows."""
    points = int(np.floor((settings.high_cm1 - settings.low_cm1) / settings.step_cm1 + 1e-9)) + 1
    return settings.low_cm1 + settings.step_cm1 * np.arange(points)


def resample(wavenumber: np.ndarray, absorbance: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Average a spectrum over each grid cell, so that finer sampling is not aliased.

    The spectrum is taken as linear between its points and integrated exactly over
    [nu - step/2, nu + step/2]; cells that reach beyond the measured range use the end value.

    Args:
        wavenumber: strictly ascending, shape (point,).
        absorbance: shape (point,).
        grid: evenly spaced, shape (wavenumber,).

    Returns:
        Mean absorbance per grid cell, shape (wavenumber,).
    """
    step = grid[1] - grid[0]
    edges = np.append(grid - step / 2, grid[-1] + step / 2)
    inside = np.clip(edges, wavenumber[0], wavenumber[-1])
    # All breakpoints of the integral: the measured points and the cell edges.
    knots = np.union1d(wavenumber, inside)
    integral = cumulative_trapezoid(np.interp(knots, wavenumber, absorbance), knots, initial=0.0)
    total = np.interp(edges, knots, integral)
    total += np.where(edges < knots[0], (edges - knots[0]) * absorbance[0], 0.0)
    total += np.where(edges > knots[-1], (edges - knots[-1]) * absorbance[-1], 0.0)
    return np.diff(total) / step


def subtract_baseline(
    absorbance: np.ndarray, grid: np.ndarray, settings: PreprocessingSettings, compiled: bool = False
) -> np.ndarray:
    """Subtract each spectrum's baseline (``none`` leaves it): arPLS of all at once, others as pybaselines has them.

    Args:
        absorbance: shape (spectrum, wavenumber).
        grid: shape (wavenumber,).
        settings: with the method and its stiffness.
        compiled: whether so many are to come that arPLS is worth compiling.
    """
    if settings.baseline == "none":
        return absorbance
    if settings.baseline == "arpls":
        fit = compiled_arpls if compiled else arpls
        return absorbance - fit(absorbance, settings.baseline_lam)
    # Imported here: it takes a second of every step, and hardly any fits other baselines.
    from pybaselines import Baseline

    fitter = Baseline(x_data=grid)
    method = getattr(fitter, settings.baseline)
    return np.stack([row - method(row, lam=settings.baseline_lam)[0] for row in absorbance])


def preprocess(measured: pa.Table, settings: PreprocessingSettings) -> Preprocessed:
    """Bring measured spectra to baseline-free absorbance of unit maximum on the study's grid.

    A spectrum is rejected, with its reason, if it was not measured over the whole window (but
    for ``settings.tolerance_cm1`` at either end) or if nothing rises above its baseline.
    """
    grid = wavenumber_grid(settings)
    kept: list[int] = []
    rows: list[np.ndarray] = []
    rejected: list[tuple[str, ...]] = []
    identity = measured.select([field.name for field in IDENTITY]).to_pandas()

    def reject(row: int, reason: str) -> None:
        entry = identity.iloc[row]
        rejected.append((entry["source"], entry["spectrum"], entry["label"], "preprocess", reason))

    columns = (measured.column(name) for name in ("wavenumber", "intensity", "unit"))
    for row, (wavenumber, intensity, unit) in enumerate(zip(*columns, strict=True)):
        points = wavenumber.values.to_numpy().astype(float)
        if points[0] > grid[0] + settings.tolerance_cm1 or points[-1] < grid[-1] - settings.tolerance_cm1:
            reject(
                row,
                f"was measured from {points[0]:.0f} to {points[-1]:.0f} cm-1, the study's window is "
                f"{grid[0]:.0f} to {grid[-1]:.0f} cm-1",
            )
            continue
        rows.append(resample(points, to_absorbance(intensity.values.to_numpy(), unit.as_py()), grid))
        kept.append(row)
    absorbance = np.stack(rows) if rows else np.empty((0, len(grid)))
    if len(absorbance):
        absorbance = bridge_window(absorbance, grid, settings.co2_window_cm1)
        absorbance = subtract_baseline(absorbance, grid, settings)
    highest = absorbance.max(axis=1, initial=0.0)
    usable = np.isfinite(absorbance).all(axis=1) & (highest > 0)
    for failed in np.flatnonzero(~usable):
        reject(kept[failed], "nothing rises above its baseline")
    absorbance = absorbance[usable] / highest[usable, None]
    table = identity.iloc[np.array(kept, dtype=int)[usable]].reset_index(drop=True)
    return Preprocessed(
        Spectra(grid, absorbance.astype(np.float32), table),
        pd.DataFrame(rejected, columns=REJECTED_COLUMNS),
    )
