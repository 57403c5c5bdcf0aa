"""Carbon dioxide and water vapour of the room's air."""

import numpy as np
import pandas as pd

from ftirmix.bands import VAPOUR, material_spectrum
from ftirmix.preprocessing import resample
from ftirmix.quality.names import TINY
from ftirmix.quality.points import unknown_of, within
from ftirmix.quality.shape import MEDIAN_OF_NORMAL

# The room's CO2: its two branches, the window that preprocessing bridges, and the feet beside it.
CO2_DOUBLET_CM1 = (2300.0, 2380.0)
CO2_WINDOW_CM1 = (2280.0, 2400.0)
CO2_FEET_CM1 = ((2250.0, 2280.0), (2400.0, 2430.0))
# Where lines of water vapour stand in the path of a mid-infrared beam through room air.
VAPOUR_WINDOWS_CM1 = ((1300.0, 1900.0), (3500.0, 3950.0))
VAPOUR_ROUNDS = 4


def vapour_spectrum(bands: pd.DataFrame, wavenumber: np.ndarray) -> np.ndarray:
    """Return water vapour as a spectrum shows it that was resampled to an even grid, shape (wavenumber,).

    Its lines are as narrow as a cell: sampled at the grid's points alone, their heights would depend on where
    the points happen to lie.

    Args:
        bands: the band table, see :func:`ftirmix.bands.read_bands`.
        wavenumber: evenly spaced, cm^-1.
    """
    fine = np.arange(wavenumber[0] - 10.0, wavenumber[-1] + 10.0, 0.5)
    return resample(fine, material_spectrum(bands, VAPOUR, fine), wavenumber)


def co2_height(scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the extreme of the CO2 doublet over the line between the means of its feet, signed, shape (spectrum,)."""
    doublet, left, right = (within(wavenumber, window) for window in (CO2_DOUBLET_CM1, *CO2_FEET_CM1))
    if not (doublet.any() and left.any() and right.any()):
        return np.full(len(scaled), np.nan)
    first, last = wavenumber[left].mean(), wavenumber[right].mean()
    below, above = scaled[:, left].mean(axis=1), scaled[:, right].mean(axis=1)
    share = (wavenumber[doublet] - first) / (last - first)
    over = scaled[:, doublet] - below[:, None] - (above - below)[:, None] * share
    extreme = np.take_along_axis(over, np.abs(over).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(unknown_of(known, doublet), np.nan, extreme)


def vapour_fit(
    scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray, vapour: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit water vapour to the narrow structure of the windows where it absorbs.

    Second differences of the spectrum are fitted by those of vapour, d = h v; points where a band of the specimen
    bends the spectrum more than noise and vapour do lose their weight, (1 + (r / 2 s)^2)^-2 with residual r of
    robust spread s.

    Returns:
        Height h of the highest line, signed, and the weighted correlation of d and v, each of shape (spectrum,).
    """
    parts = [np.flatnonzero(within(wavenumber, window)) for window in VAPOUR_WINDOWS_CM1]
    parts = [places for places in parts if len(places) > 2]
    if not parts or not vapour[np.concatenate(parts)].any():
        return np.full(len(scaled), np.nan), np.full(len(scaled), np.nan)
    second = np.concatenate([np.diff(scaled[:, places], n=2, axis=1) for places in parts], axis=1)
    line = np.concatenate([np.diff(vapour[places], n=2) for places in parts])
    height = np.zeros(len(scaled))
    for _ in range(VAPOUR_ROUNDS):
        left = second - height[:, None] * line
        spread = np.median(np.abs(left), axis=1, keepdims=True) / MEDIAN_OF_NORMAL + TINY
        weight = (1 + (left / (2 * spread)) ** 2) ** -2
        height = (weight * second) @ line / (weight @ line**2)
    power = (weight * second**2).sum(axis=1) * (weight @ line**2)
    correlation = (weight * second) @ line / np.sqrt(np.maximum(power, TINY**2))
    unknown = unknown_of(known, np.concatenate(parts))
    return np.where(unknown, np.nan, height), np.where(unknown, np.nan, correlation)
