"""All measures of quality of spectra on one grid."""

import numpy as np
import pandas as pd

from ftirmix.quality.baseline import robust_baseline
from ftirmix.quality.dispersion import phase
from ftirmix.quality.gases import CO2_WINDOW_CM1, co2_height, vapour_fit
from ftirmix.quality.interference import fringes
from ftirmix.quality.names import FEWEST, MEASURES, TINY
from ftirmix.quality.points import fill_gaps, quantile, within
from ftirmix.quality.shape import longest_run, negative_share, noise_of
from ftirmix.spectra import check_grid


def measure_quality(
    absorbance: np.ndarray, wavenumber: np.ndarray, valid: np.ndarray | None = None, *, vapour: np.ndarray
) -> pd.DataFrame:
    """Measure the quality of spectra as they were measured: no baseline subtracted, no window bridged.

    All sizes are relative to the spectrum's own highest band, so that the scale does not matter, but for
    ``highest_absorbance``; the offset matters to that and to ``variation`` alone. The highest band is
    the 99th percentile of |absorbance - baseline| outside the window of CO2: up or down, so that a spectrum
    upside down keeps its size, and no single spike. Columns:

    - ``measured_share``: of the grid.
    - ``variation``: range over the largest absolute value; 0 for a constant.
    - ``noise_share``: sd of the noise, from the median absolute second difference (:func:`noise_of`). Pure
      noise has 0.39: its own 99th percentile is taken for a band.
    - ``highest_absorbance``: as given, a saturation where the unit is absolute.
    - ``flat_top_cm1``: longest run of points at the maximum outside the window of CO2, within 1e-6 of the highest
      band; one point is the grid's step.
    - ``negative_share``: area of bands that point down over the area of all (:func:`negative_share`).
    - ``vapour_share``, ``vapour_correlation``: signed height of the highest vapour line, and how well
      the narrow structure agrees with vapour (:func:`vapour_fit`).
    - ``co2_share``: signed extreme of the CO2 doublet over the line between its feet.
    - ``fringe_share``, ``fringe_period_cm1``: amplitude and period of interference (:func:`fringes`).
    - ``baseline_share``: highest minus lowest point of the baseline (:func:`robust_baseline`).
    - ``phase_deg``: 0 for bands that absorb, near 90 or -90 for the shape of a derivative, as total reflection and
      strong dispersion make them, 180 for bands upside down (:func:`phase`).

    Args:
        absorbance: on the study's grid, shape (spectrum, wavenumber); NaN where not measured.
        wavenumber: evenly spaced, cm^-1, shape (wavenumber,).
        valid: which values were measured, shape (spectrum, wavenumber) or (wavenumber,); all if None.
        vapour: water vapour on the same grid, see :func:`vapour_spectrum`, shape (wavenumber,).

    Returns:
        One row per spectrum, columns ``MEASURES``. NaN: too little was measured, of the spectrum or of the
        window, or the grid lacks the window, or (all but the first two and the highest) the spectrum is constant.

    Raises:
        ValueError: shapes do not fit, or the grid is uneven or shorter than ten points.
    """
    absorbance = np.asarray(absorbance, dtype=float)
    check_shapes(absorbance, wavenumber, vapour)
    known = np.isfinite(absorbance)
    if valid is not None:
        known &= np.asarray(valid, dtype=bool)
    columns = {name: np.full(len(absorbance), np.nan) for name in MEASURES}
    columns["measured_share"] = known.mean(axis=1)
    enough = np.flatnonzero(columns["measured_share"] >= FEWEST)
    filled = fill_gaps(absorbance[enough], known[enough], wavenumber)
    high, low = filled.max(axis=1), filled.min(axis=1)
    level = np.maximum(np.abs(high), np.abs(low))
    columns["highest_absorbance"][enough] = high
    columns["variation"][enough] = (high - low) / np.where(level > 0, level, 1.0)
    varied = columns["variation"][enough] > TINY
    rows = enough[varied]
    if len(rows):
        scaled = (filled[varied] - low[varied, None]) / (high - low)[varied, None]
        for name, values in measures_of(scaled, wavenumber, known[rows], vapour).items():
            columns[name][rows] = values
    return pd.DataFrame(columns, columns=list(MEASURES))


def check_shapes(absorbance: np.ndarray, wavenumber: np.ndarray, vapour: np.ndarray) -> None:
    """Raise ValueError unless all three belong to one even grid of ten points or more."""
    check_grid(wavenumber)
    steps = np.diff(wavenumber)
    if len(wavenumber) < 10 or np.ptp(steps) > 1e-6 * steps[0]:
        raise ValueError("the wavenumber grid must be even and have at least ten points; resample the spectra first")
    if absorbance.ndim != 2 or absorbance.shape[1] != len(wavenumber):
        raise ValueError(f"absorbance has shape {absorbance.shape}, expected (spectrum, {len(wavenumber)})")
    if vapour.shape != wavenumber.shape:
        raise ValueError(f"vapour has shape {vapour.shape}, expected {wavenumber.shape}: make it on the same grid")


def measures_of(
    scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray, vapour: np.ndarray
) -> dict[str, np.ndarray]:
    """Measure spectra without gaps that were scaled to a range from zero to one; see :func:`measure_quality`.

    Args:
        scaled: shape (spectrum, wavenumber).
        wavenumber: shape (wavenumber,).
        known: which values were measured and not filled, shape (spectrum, wavenumber).
        vapour: shape (wavenumber,).
    """
    baseline = robust_baseline(scaled)
    bands = scaled - baseline
    outside = known & ~within(wavenumber, CO2_WINDOW_CM1)
    height = np.maximum(quantile(np.abs(bands), outside, 0.99), TINY)
    top = np.where(outside, scaled, -np.inf).max(axis=1) - 1e-6 * height
    noise = noise_of(scaled, known)
    vapour_height, vapour_correlation = vapour_fit(scaled, wavenumber, known, vapour)
    amplitude, period = fringes(scaled, wavenumber, known)
    step = float(wavenumber[1] - wavenumber[0])
    return {
        "noise_share": noise / height,
        "flat_top_cm1": longest_run(outside & (scaled >= top[:, None])) * step,
        "negative_share": negative_share(bands, noise, outside),
        "vapour_share": vapour_height / height,
        "vapour_correlation": vapour_correlation,
        "co2_share": co2_height(scaled, wavenumber, known) / height,
        "fringe_share": amplitude / height,
        "fringe_period_cm1": period,
        "baseline_share": np.ptp(baseline, axis=1) / height,
        "phase_deg": phase(np.where(outside, bands, 0.0)),
    }
