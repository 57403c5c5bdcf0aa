"""Interference fringes of films."""

import numpy as np

from ftirmix.quality.points import unknown_of, within

# Free of strong bands. The nitrile (2237) and the isocyanate (2270) lie between, C-H stretching above.
FREE_WINDOWS_CM1 = ((1850.0, 2220.0), (2400.0, 2680.0))
# In windows of 280 cm^-1 a longer period cannot be told from a baseline.
FRINGE_PERIODS_CM1 = (20.0, 250.0)


def fringes(scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return amplitude and period of the strongest wave that two windows without bands have in common.

    In each window waves are fitted by least squares beside a parabola; a wave counts with its smaller amplitude of
    the two, for a film's fringes run through both and a band or the diamond's residue does not.

    Returns:
        Amplitude (half of crest to trough), period in cm^-1, each of shape (spectrum,).

    References:
        Lomb 1976, Astrophys. Space Sci. 39, 447 (least-squares spectrum); a film of thickness d and refractive
        index n has the period 1 / (2 n d).
    """
    places = [np.flatnonzero(within(wavenumber, window)) for window in FREE_WINDOWS_CM1]
    if any(len(inside) < 20 for inside in places):
        return np.full(len(scaled), np.nan), np.full(len(scaled), np.nan)
    longest = max(high - low for low, high in FREE_WINDOWS_CM1)
    # Four frequencies to a resolved one, so that no wave falls between two.
    frequency = np.arange(1 / FRINGE_PERIODS_CM1[1], 1 / FRINGE_PERIODS_CM1[0], 1 / (4 * longest))
    power = [
        ((scaled[:, inside] @ waves(wavenumber[inside], frequency)) ** 2)
        .reshape(len(scaled), len(frequency), 2)
        .sum(axis=2)
        / len(inside)
        for inside in places
    ]
    shared = np.sqrt(2 * np.minimum(*power))
    period = 1 / frequency[shared.argmax(axis=1)]
    unknown = np.logical_or(*(unknown_of(known, inside) for inside in places))
    return np.where(unknown, np.nan, shared.max(axis=1)), np.where(unknown, np.nan, period)


def waves(wavenumber: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Return an orthonormal pair per frequency that spans sine and cosine but for any parabola in them.

    Returns:
        shape (wavenumber, 2 x frequency).
    """
    centred = wavenumber - wavenumber.mean()
    slow = np.linalg.qr(np.vander(centred / np.ptp(centred), 3))[0]
    angle = 2 * np.pi * frequency[:, None] * centred
    pair = np.stack([np.cos(angle), np.sin(angle)], axis=2)
    pair -= slow @ (slow.T @ pair)
    return np.linalg.qr(pair)[0].transpose(1, 0, 2).reshape(len(wavenumber), -1)
