"""Noise, flat tops and bands that point down."""

import numpy as np

from ftirmix.quality.names import TINY
from ftirmix.quality.points import quantile

# Median of |z| for a standard normal z; it turns a median of absolute deviations into a sd.
MEDIAN_OF_NORMAL = 0.6745
# The second difference (1, -2, 1) of independent noise has sqrt(6) times its sd.
SECOND_DIFFERENCE = np.sqrt(6.0)


def noise_of(scaled: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the sd of independent noise, from the median of |second differences|, shape (spectrum,).

        sd = median |a(i-1) - 2 a(i) + a(i+1)| / 0.6745 / sqrt(6)

    Bands bend fewer than half of the points. Points that were interpolated, because the instrument's own step
    is wider than the grid's, hide noise.

    References:
        Second differences: von Neumann et al. 1941, Ann. Math. Stat. 12, 153 (successive differences);
        median absolute deviation: Hampel 1974, J. Am. Stat. Assoc. 69, 383.
    """
    second = np.abs(np.diff(scaled, n=2, axis=1))
    measured = known[:, :-2] & known[:, 1:-1] & known[:, 2:]
    return quantile(second, measured, 0.5) / (MEDIAN_OF_NORMAL * SECOND_DIFFERENCE)


def longest_run(chosen: np.ndarray) -> np.ndarray:
    """Return the length of the longest run of chosen points, shape (row,)."""
    place = np.arange(1, chosen.shape[1] + 1, dtype=np.int32)
    last_before = np.maximum.accumulate(np.where(chosen, np.int32(0), place), axis=1)
    return (place - last_before).max(axis=1)


def negative_share(bands: np.ndarray, noise: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Return the area of bands that point down over the area of all, beyond 3 sd of the noise, shape (spectrum,).

    Zero where there is none. Transmittance read as absorbance, or a background dirtier than the specimen,
    turns bands upside down.
    """
    beyond = np.where(outside, np.maximum(np.abs(bands) - 3 * noise[:, None], 0.0), 0.0)
    total = beyond.sum(axis=1)
    down = np.where(bands < 0, beyond, 0.0).sum(axis=1)
    return down / np.maximum(total, TINY)
