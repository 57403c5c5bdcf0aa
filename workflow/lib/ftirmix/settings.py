"""The config as frozen dataclasses, one per section; the schema describes every field."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PreprocessingSettings:
    """Section ``preprocessing``."""

    low_cm1: float
    high_cm1: float
    step_cm1: float
    tolerance_cm1: float
    co2_window_cm1: tuple[float, float]
    baseline: str
    baseline_lam: float


@dataclass(frozen=True)
class NuisanceSettings:
    """Section ``mixtures.nuisance``: sizes as shares of the mixture's highest band."""

    noise_median: float
    noise_p95: float
    vapour_median: float
    vapour_p95: float
    vapour_negative_share: float
    baseline_median: float
    baseline_p95: float
    shift_sd_cm1: float


@dataclass(frozen=True)
class MixtureSettings:
    """Section ``mixtures``."""

    share_bins: tuple[tuple[float, float], ...]
    per_pair_and_bin: int
    pure_per_component: int
    pure_share: float
    laboratory_weight_cap: int
    nuisance: NuisanceSettings
