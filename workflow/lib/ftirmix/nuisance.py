"""What an instrument, a room and the field add to a spectrum, at the ranges that were measured."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.axis import Axis
from ftirmix.bands import CO2, VAPOUR, material_spectrum
from ftirmix.settings import MixtureSettings, NuisanceSettings

# z-value of the 95th percentile of a normal distribution: log-normal spreads are given by their
# median and 95th percentile, the two figures that were measured.
Z95 = 1.6449

# Baselines mostly rise to low wavenumbers, where the evanescent wave reaches deeper.
RISING_SHARE = 0.8


@dataclass(frozen=True)
class Nuisance:
    """One draw per mixture.

    Attributes:
        shift_cm1: shift of the wavenumber axis, shape (mixture,).
        broadening_cm1: width (FWHM) of the line that a coarser resolution adds, shape (mixture,).
        additive: noise, baseline, water vapour, CO2 and what lies on the specimen, as a share of
            the mixture's highest band, shape (mixture, wavenumber).
    """

    shift_cm1: np.ndarray
    broadening_cm1: np.ndarray
    additive: np.ndarray


def nuisance_materials(bands: pd.DataFrame, settings: MixtureSettings, wavenumber: np.ndarray) -> dict[str, np.ndarray]:
    """Return the spectra, of unit maximum, of everything that nuisances and hard negatives add."""
    negatives = {negative.material for negative in settings.hard_negatives}
    return added_materials(bands, settings.nuisance, wavenumber, negatives)


def added_materials(
    bands: pd.DataFrame, settings: NuisanceSettings, wavenumber: np.ndarray, more: Collection[str] = ()
) -> dict[str, np.ndarray]:
    """Return the spectra, of unit maximum, of everything that nuisances add, and of ``more`` materials."""
    names = {VAPOUR, CO2, *more} | {interferent.material for interferent in settings.interferents}
    return {name: material_spectrum(bands, name, wavenumber) for name in sorted(names)}


def draw_nuisance(
    count: int,
    wavenumber: np.ndarray,
    materials: dict[str, np.ndarray],
    settings: NuisanceSettings,
    rng: np.random.Generator,
    baseline_fitted: bool = False,
) -> Nuisance:
    """Draw nuisances at the ranges measured on environmental ATR spectra.

    Args:
        count: number of mixtures.
        wavenumber: grid in cm^-1, shape (wavenumber,).
        materials: of :func:`nuisance_materials`.
        settings: sizes as shares of the highest band.
        rng: random generator; the same state gives the same draw.
        baseline_fitted: draw what a baseline fit leaves behind instead of the baseline itself.
    """
    noise_sd = log_normal(settings.noise_median, settings.noise_p95, count, rng)
    heights = {VAPOUR: log_normal(settings.vapour_median, settings.vapour_p95, count, rng)}
    heights[VAPOUR] *= np.where(rng.random(count) < settings.vapour_negative_share, -1, 1)
    heights[CO2] = rng.uniform(settings.co2_low, settings.co2_high, count)
    for interferent in settings.interferents:
        height = np.exp(rng.uniform(np.log(interferent.low), np.log(interferent.high), count))
        drawn = np.where(rng.random(count) < interferent.share, height, 0.0)
        heights[interferent.material] = heights.get(interferent.material, 0.0) + drawn
    additive = rng.standard_normal((count, len(wavenumber)), dtype=np.float32)
    additive *= noise_sd[:, None].astype(np.float32)
    additive += np.stack([*heights.values()], axis=1).astype(np.float32) @ np.stack(
        [materials[name] for name in heights]
    ).astype(np.float32)
    if baseline_fitted:
        size = log_normal(settings.residue_median, settings.residue_p95, count, rng)
        additive += slow_waves(size, wavenumber, rng).astype(np.float32)
    else:
        size = log_normal(settings.baseline_median, settings.baseline_p95, count, rng)
        additive += baseline(size, wavenumber, rng).astype(np.float32)
    broadened = rng.random(count) < settings.broadening_share
    return Nuisance(
        rng.normal(0.0, settings.shift_sd_cm1, count), np.where(broadened, settings.broadening_cm1, 0.0), additive
    )


def add_nuisance(absorbance: np.ndarray, nuisance: Nuisance, axis: Axis) -> np.ndarray:
    """Measure spectra as an instrument in a room would: on its axis, with what it and the room add.

        clean = place(absorbance),  measured = clean + max(clean) bridge(additive)

    Args:
        absorbance: shape (mixture, wavenumber).
        nuisance: one draw per mixture.
        axis: of the absorbance.

    Returns:
        shape (mixture, wavenumber).
    """
    clean = axis.place(absorbance, nuisance.shift_cm1, nuisance.broadening_cm1)
    measured = axis.bridge(nuisance.additive) * clean.max(axis=1, keepdims=True)
    measured += clean
    return measured


def log_normal(median: float, p95: float, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw log-normal values with a given median and 95th percentile (zero median: zeros)."""
    if median == 0:
        return np.zeros(count)
    return median * np.exp(rng.standard_normal(count) * np.log(p95 / median) / Z95)


def baseline(height: np.ndarray, wavenumber: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw baselines: a slope, mostly rising to low wavenumbers, bent and with slow waves on it.

    Args:
        height: peak-to-peak size, shape (mixture,).
        wavenumber: shape (wavenumber,).

    Returns:
        shape (mixture, wavenumber), lowest value zero.
    """
    position = (wavenumber - wavenumber[0]) / (wavenumber[-1] - wavenumber[0])
    bend = rng.uniform(0.5, 3.0, len(height))[:, None]
    rising = rng.random(len(height)) < RISING_SHARE
    slope = np.where(rising[:, None], (1 - position) ** bend, position**bend)
    waves = slow_waves(np.full(len(height), 0.3), wavenumber, rng)
    shape = slope + waves
    shape -= shape.min(axis=1, keepdims=True)
    return shape / shape.max(axis=1, keepdims=True) * height[:, None]


def slow_waves(height: np.ndarray, wavenumber: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw sums of three slow cosines, as baseline subtraction leaves them behind.

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
