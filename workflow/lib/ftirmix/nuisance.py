"""What an instrument and a room add to a spectrum: shift, noise, baseline residue, water vapour."""

from dataclasses import dataclass

import numpy as np

from ftirmix.settings import NuisanceSettings

# z-value of the 95th percentile of a normal distribution: log-normal spreads are given by their
# median and 95th percentile, the two figures that were measured.
Z95 = 1.6449


@dataclass(frozen=True)
class Nuisance:
    """One draw per mixture.

    Attributes:
        shift_cm1: shift of the wavenumber axis, shape (mixture,).
        additive: noise + baseline residue + water vapour, as a share of the mixture's highest
            band, shape (mixture, wavenumber).
    """

    shift_cm1: np.ndarray
    additive: np.ndarray


def draw_nuisance(
    count: int,
    wavenumber: np.ndarray,
    vapour: np.ndarray,
    settings: NuisanceSettings,
    rng: np.random.Generator,
) -> Nuisance:
    """Draw nuisances at the ranges measured on environmental ATR spectra.

    Args:
        count: number of mixtures.
        wavenumber: grid in cm^-1, shape (wavenumber,).
        vapour: spectrum of water vapour with unit maximum, shape (wavenumber,).
        settings: medians and 95th percentiles, as shares of the highest band.
        rng: random generator; the same state gives the same draw.
    """
    noise_sd = log_normal(settings.noise_median, settings.noise_p95, count, rng)
    vapour_height = log_normal(settings.vapour_median, settings.vapour_p95, count, rng)
    vapour_height *= np.where(rng.random(count) < settings.vapour_negative_share, -1, 1)
    baseline_height = log_normal(settings.baseline_median, settings.baseline_p95, count, rng)
    additive = rng.standard_normal((count, len(wavenumber)), dtype=np.float32)
    additive *= noise_sd[:, None].astype(np.float32)
    additive += np.outer(vapour_height, vapour).astype(np.float32)
    additive += baseline_residue(baseline_height, wavenumber, rng).astype(np.float32)
    return Nuisance(rng.normal(0.0, settings.shift_sd_cm1, count), additive)


def log_normal(median: float, p95: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw log-normal values with a given median and 95th percentile (zero median: zeros)."""
    if median == 0:
        return np.zeros(count)
    return median * np.exp(rng.standard_normal(count) * np.log(p95 / median) / Z95)


def baseline_residue(height: np.ndarray, wavenumber: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw what baseline subtraction leaves behind: a sum of three slow cosines.

    Args:
        height: peak-to-peak size, shape (mixture,).
        wavenumber: shape (wavenumber,).

    Returns:
        shape (mixture, wavenumber).
    """
    position = (wavenumber - wavenumber[0]) / (wavenumber[-1] - wavenumber[0])
    waves = np.cos(np.pi * np.outer(np.arange(1, 4), position))
    residue = rng.standard_normal((len(height), 3)) @ waves
    span = residue.max(axis=1) - residue.min(axis=1)
    return residue * (height / np.maximum(span, 1e-12))[:, None]
