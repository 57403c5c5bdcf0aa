"""Assigned bands: which vibrations a component must show, and which show another one."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from ftirmix.errors import StudyError
from ftirmix.spectra import Spectra

COLUMNS = [
    "component", "role", "pattern", "vibration", "low_cm1", "high_cm1", "minimum_height", "maximum_width_cm1",
    "smoothing_cm1", "reference",
]  # fmt: skip
ROLES = ("required", "forbidden")


@dataclass(frozen=True)
class Profile:
    """What the band rules look at, for spectra on one grid.

    Attributes:
        wavenumber: grid in cm^-1, shape (wavenumber,).
        smoothed: absorbance after smoothing, shape (spectrum, wavenumber).
        peak: height above the chord's higher foot where a local maximum lies, else 0, same shape.
        curvature: absolute second difference of the unsmoothed absorbance, same shape, zero at both ends.
    """

    wavenumber: np.ndarray
    smoothed: np.ndarray
    peak: np.ndarray
    curvature: np.ndarray


def read_assignments(path: Path) -> pd.DataFrame:
    """Read the table of assigned bands (``COLUMNS``).

    Rows of role ``required`` must each be seen in a spectrum of the component. Rows of role
    ``forbidden`` that share a ``pattern`` together betray another material. Minimum heights, as shares
    of the maximum, ask whether a band is there at all and so lie far below its height in a clean
    reference: halving or doubling all of them changes the suspects of the public spectra by 3 %. A ``smoothing_cm1``
    of its own is for bands that the usual smoothing would join with their neighbour; it is NaN elsewhere.

    Raises:
        StudyError: a column is missing, a role is unknown, a window is upside down, a forbidden
            band names no pattern, a minimum height is not a share of the maximum, or a smoothing not above 0.
    """
    text = ["component", "role", "pattern", "vibration", "reference"]
    frame = pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=False, na_values={
        name: [""] for name in COLUMNS if name not in text
    })  # fmt: skip
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise StudyError(f"{path}: column {missing[0]!r} is missing")
    problems = {
        f"role must be one of {', '.join(ROLES)}": ~frame["role"].isin(ROLES),
        "low_cm1 must lie below high_cm1": ~(frame["low_cm1"] < frame["high_cm1"]),
        "a forbidden band needs the pattern it belongs to": (frame["role"] == "forbidden") & (frame["pattern"] == ""),
        "minimum_height is a share of the maximum, above 0 and at most 1": ~frame["minimum_height"].between(1e-6, 1),
        "smoothing_cm1 must be above 0, or empty for the config's": frame["smoothing_cm1"] <= 0,
    }
    for problem, rows in problems.items():
        if rows.any():
            raise StudyError(f"{path}, line {int(np.flatnonzero(rows)[0]) + 2}: {problem}")
    return frame[COLUMNS]


def profiles(
    spectra: Spectra, assignments: pd.DataFrame, smoothing_cm1: float, chord_cm1: float
) -> dict[float, Profile]:
    """Prepare spectra for the band rules, once for every smoothing that they ask for and for the usual one.

    Args:
        spectra: absorbance of unit maximum on an even grid.
        assignments: assigned bands; those without a smoothing of their own take the usual one.
        smoothing_cm1: the usual standard deviation of the Gaussian filter; also the key of its profile.
        chord_cm1: how far the feet of a band may lie.
    """
    asked = {smoothing_cm1, *assignments["smoothing_cm1"].dropna().astype(float)}
    return {value: profile(spectra, value, chord_cm1) for value in sorted(asked)}


def profile(spectra: Spectra, smoothing_cm1: float, chord_cm1: float) -> Profile:
    """Prepare spectra for the band rules.

    The height of a peak is counted from the higher of the two lowest points within ``chord_cm1``
    on either side, so a slope, a shoulder or a broad background has none.

    Args:
        spectra: absorbance of unit maximum on an even grid.
        smoothing_cm1: standard deviation of the Gaussian filter.
        chord_cm1: how far the feet of a band may lie.
    """
    step = float(spectra.wavenumber[1] - spectra.wavenumber[0])
    absorbance = spectra.absorbance.astype(float)
    smoothed = gaussian_filter1d(absorbance, smoothing_cm1 / step, axis=1, mode="nearest")
    reach = max(1, round(chord_cm1 / step))
    size = reach + 1
    # One-sided windows: the filter's origin moves the window to end, or to begin, at the point.
    shift = size // 2
    left = minimum_filter1d(smoothed, size, axis=1, mode="nearest", origin=(size - 1) - shift)
    right = minimum_filter1d(smoothed, size, axis=1, mode="nearest", origin=-shift)
    padded = np.pad(smoothed, ((0, 0), (1, 1)), mode="edge")
    highest = (smoothed >= padded[:, :-2]) & (smoothed >= padded[:, 2:])
    highest[:, [0, -1]] = False  # what rises to the end of the window has its maximum beyond it
    curvature = np.pad(np.abs(np.diff(absorbance, 2, axis=1)), ((0, 0), (1, 1)))
    peak = np.where(highest, smoothed - np.maximum(left, right), 0.0)
    return Profile(spectra.wavenumber, smoothed, peak, curvature)


def inside(wavenumber: np.ndarray, low_cm1: float, high_cm1: float) -> np.ndarray:
    """Mark the grid points of a window, both ends included, shape (wavenumber,)."""
    return (wavenumber >= low_cm1) & (wavenumber <= high_cm1)


def band_height(view: Profile, low_cm1: float, high_cm1: float) -> np.ndarray:
    """Return the highest peak in a window as a share of the maximum, 0 if none, shape (spectrum,)."""
    window = view.peak[:, inside(view.wavenumber, low_cm1, high_cm1)]
    return window.max(axis=1, initial=0.0)


def band_width(view: Profile, low_cm1: float, high_cm1: float) -> np.ndarray:
    """Return the full width in cm^-1 at half the absorbance of the highest point of a window.

    A band that merges with its neighbour above half its height counts with it: that is how the
    amide bands of protein differ from those of nylon. Shape (spectrum,).
    """
    window = np.flatnonzero(inside(view.wavenumber, low_cm1, high_cm1))
    step = view.wavenumber[1] - view.wavenumber[0]
    widths = np.zeros(len(view.smoothed))
    if not len(window):
        return widths
    for row, smoothed in enumerate(view.smoothed):
        top = window[np.argmax(smoothed[window])]
        below = np.flatnonzero(smoothed < smoothed[top] / 2)
        low, high = below[below < top], below[below > top]
        first = low[-1] if len(low) else -1
        last = high[0] if len(high) else len(smoothed)
        widths[row] = (last - first - 1) * step
    return widths


def noise_around(view: Profile, low_cm1: float, high_cm1: float) -> np.ndarray:
    """Estimate the noise in and around a window, as a share of the maximum.

    The median absolute second difference is scaled to the standard deviation of white noise
    (variance of 1, -2, 1 is 6). Bands are few points wide and leave a median alone; lines of water
    vapour, a line every few points, do not. Shape (spectrum,).
    """
    window = inside(view.wavenumber, low_cm1, high_cm1)
    window[[0, -1]] = False
    if not window.any():
        return np.zeros(len(view.curvature))
    return 1.4826 * np.median(view.curvature[:, window], axis=1) / np.sqrt(6)
