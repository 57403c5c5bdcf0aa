"""Intensity units: check a declared unit against the values, convert to absorbance."""

import numpy as np

# Lowest transmittance that is converted as it stands: below 0.1 % (absorbance 3) an ATR
# detector reads noise, and zero or negative values have no logarithm.
LOWEST_TRANSMITTANCE = 1e-3

UNITS = ("absorbance", "scaled_absorbance", "transmittance", "percent_transmittance")


def contradiction(unit: str, intensities: list[np.ndarray]) -> str | None:
    """Say why a declared unit cannot be right for a set of spectra, or return None.

    Two things are looked at over the whole set, so that one black or blank particle does not
    decide: the side on which the baseline lies (transmittance bands point down, absorbance bands
    up; measured as the position of the median between the 1st and 99th percentile), and the
    level of the baseline on the unit's scale.

    Args:
        unit: one of ``UNITS``.
        intensities: one array of finite values per spectrum, any lengths.

    Raises:
        ValueError: the unit is not one of ``UNITS``, or there are no spectra.
    """
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
    if not intensities:
        raise ValueError("a unit cannot be checked without spectra")
    quantiles = np.array([np.quantile(values, [0.01, 0.5, 0.99]) for values in intensities])
    low, median, high = quantiles.T
    varied = high > low
    if not varied.any():
        return None
    position = float(np.median((median[varied] - low[varied]) / (high[varied] - low[varied])))
    level, top = float(np.median(median)), float(np.median(high))
    if unit in ("transmittance", "percent_transmittance"):
        full = 1.0 if unit == "transmittance" else 100.0
        if not 0.3 * full <= level <= 2.0 * full:
            return f"the median intensity is {level:.4g}, while {unit} lies near {full:g} between bands"
        if position < 0.5:
            return f"bands point up (median at {position:.2f} of the range), as in absorbance"
        return None
    if position > 0.5:
        return f"bands point down (median at {position:.2f} of the range), as in transmittance"
    if unit == "absorbance" and top > 10:
        return f"the 99th percentile is {top:.4g}; absorbance above 10 is not measurable (scaled?)"
    return None


def to_absorbance(intensity: np.ndarray, unit: str) -> np.ndarray:
    """Convert intensities to absorbance, A = -log10(T).

    Transmittance is floored at ``LOWEST_TRANSMITTANCE``; NaN stays NaN.

    Raises:
        ValueError: the unit is not one of ``UNITS``.
    """
    if unit in ("absorbance", "scaled_absorbance"):
        return np.asarray(intensity, dtype=float)
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
    full = 100.0 if unit == "percent_transmittance" else 1.0
    return -np.log10(np.maximum(np.asarray(intensity, dtype=float) / full, LOWEST_TRANSMITTANCE))
