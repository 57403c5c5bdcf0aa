"""The config as frozen dataclasses, one per section; the schema describes every field."""

import dataclasses
import typing
from dataclasses import dataclass
from typing import Any, TypeVar

Section = TypeVar("Section")


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
class CurationSettings:
    """Section ``curation``.

    Attributes:
        near_duplicate_cosine: at which two spectra of a laboratory are one specimen where none is
            recorded. Of 380 FLOPP specimens, all different objects, four have a neighbour that near.
        recorded_cosine: the same between recorded specimens. At 0.9995 a third of the spectra of Jung
            chains to one specimen of many animals; at 0.9999 no two of the 51 are joined.
        smoothing_cm1: Gaussian standard deviation for bands and derivatives. Six is the
            resolution at which the laboratories meet (4 to 8 cm^-1); from 4 to 10 it hardly matters
            for leave-one-laboratory-out agreement.
        chord_cm1: how far the feet of a band may lie; the narrowest gap between two assigned bands
            that must stay apart is about 50 (PTFE, 1150 and 1205).
        noise_reach_cm1: how far beside a band its noise is estimated.
        foreign_noise_factor: a foreign band must stand this many noise standard deviations high;
            five keeps the highest of a few hundred points of pure noise below it.
        vapour_window_cm1: where water vapour and the diamond absorb, so no evidence of a polymer.
        vapour_noise_window_cm1: where the lines of water vapour are counted as noise.
        blank_ratio: highest band outside the vapour window over that noise. Below ten, the
            conventional limit of quantification, no band shape can be judged.
        votes: nearest specimens that speak for a component. Two agreed better with the labels of
            FLOPP, Primpke, Thermo, Jung and Chabuka, laboratory by laboratory and without suspects, than
            one (mean over components 0.98 against 0.93), and as well as three, which fewer have.
        support_margin: how much more support another component needs. A spectrum of FLOPP, Jung,
            Kedzierski or Chabuka finds the nearest one of its own laboratory at a distance of 0.003 to
            0.009 (medians), so a smaller lead is within the repeatability of one material.
        stranger_cosine: a label that no other laboratory has can only be voted down by a reference
            at least this near: 92 of 100 spectra of those laboratories find their own label so near.
    """

    near_duplicate_cosine: float
    recorded_cosine: float
    smoothing_cm1: float
    chord_cm1: float
    noise_reach_cm1: float
    foreign_noise_factor: float
    vapour_window_cm1: tuple[float, float]
    vapour_noise_window_cm1: tuple[float, float]
    blank_ratio: float
    votes: int
    support_margin: float
    stranger_cosine: float


@dataclass(frozen=True)
class Interferent:
    """Entry of ``mixtures.nuisance.interferents``: what lies on a specimen of the field."""

    material: str
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class NuisanceSettings:
    """Sections ``mixtures.nuisance`` and ``simulator.nuisance``: sizes as shares of the spectrum's highest band."""

    noise_median: float
    noise_p95: float
    vapour_median: float
    vapour_p95: float
    vapour_negative_share: float
    baseline_median: float
    baseline_p95: float
    residue_median: float
    residue_p95: float
    co2_low: float
    co2_high: float
    shift_sd_cm1: float
    broadening_share: float
    broadening_cm1: float
    interferents: tuple[Interferent, ...]


@dataclass(frozen=True)
class SimulatorSettings:
    """Section ``simulator``; ``nuisance`` is what its measured spectra carry before they are preprocessed."""

    laboratories: int
    specimens: int
    height_sd: float
    width_sd: float
    position_sd_cm1: float
    dispersion_k_sd: float
    open_components: tuple[str, ...]
    open_specimens: int
    nuisance: NuisanceSettings
    seed: int


@dataclass(frozen=True)
class HardNegative:
    """Entry of ``mixtures.hard_negatives``: pure polymers under what looks like another one or is unknown."""

    name: str
    components: tuple[str, ...]
    material: str
    low: float
    high: float


@dataclass(frozen=True)
class TrainingShares:
    """Section ``mixtures.training_shares``; the rest is binary."""

    pure: float
    same_polymer: float
    ternary: float


@dataclass(frozen=True)
class MixtureSettings:
    """Section ``mixtures``."""

    share_bins: tuple[tuple[float, float], ...]
    per_pair_and_bin: int
    ternary_per_minor_and_bin: int
    pure_per_component: int
    same_polymer_per_component: int
    hard_negatives_per_component: int
    hard_negatives: tuple[HardNegative, ...]
    training_shares: TrainingShares
    side_by_side_share: float
    laboratory_weight_cap: int
    nuisance: NuisanceSettings


@dataclass(frozen=True)
class RandomSettings:
    """Section ``protocols.random``: the papers' task."""

    laboratory: str
    draws: int
    per_class: int
    lowest_share: float


@dataclass(frozen=True)
class NNLSSettings:
    """Entry of ``models.nnls.candidates``."""

    per_component: int
    derivative_window: int


@dataclass(frozen=True)
class NNLSRawSettings:
    """Entry of ``models.nnls_raw.candidates``."""

    per_component: int


@dataclass(frozen=True)
class NNLSWeightedSettings:
    """Entry of ``models.nnls_weighted.candidates``."""

    per_component: int
    derivative_window: int
    floor: float


@dataclass(frozen=True)
class LibrarySearchSettings:
    """Entry of ``models.library_search.candidates``."""

    per_component: int
    derivative_window: int
    best_pair: bool


@dataclass(frozen=True)
class PLSDASettings:
    """Entry of ``models.plsda.candidates``."""

    latent_variables: int
    derivative_window: int


@dataclass(frozen=True)
class SVMSettings:
    """Entry of ``models.svm.candidates``."""

    directions: int
    derivative_window: int
    penalty: float
    gamma: float


@dataclass(frozen=True)
class RandomForestSettings:
    """Entry of ``models.random_forest.candidates``."""

    directions: int
    derivative_window: int
    trees: int
    leaf: int
    features_per_split: float


@dataclass(frozen=True)
class GradientBoostingSettings:
    """Entry of ``models.gradient_boosting.candidates``."""

    directions: int
    derivative_window: int
    rounds: int
    learning_rate: float
    leaves: int


@dataclass(frozen=True)
class KNNSettings:
    """Entry of ``models.knn.candidates``."""

    directions: int
    derivative_window: int
    neighbours: int


@dataclass(frozen=True)
class TrainingSettings:
    """Section ``training``."""

    epochs: int
    mixtures_per_epoch: int
    batch: int
    weight_decay: float
    ratio_weight: float
    averaging: float
    patience: int


@dataclass(frozen=True)
class StatisticsSettings:
    """Section ``statistics``."""

    replicates: int
    level: float
    seed: int


def settings(cls: type[Section], section: dict[str, Any]) -> Section:
    """Build a settings object from its validated config section, lists becoming tuples."""
    hints = typing.get_type_hints(cls)
    values = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        value, hint = section[field.name], hints[field.name]
        entry = next(iter(typing.get_args(hint)), None)
        if dataclasses.is_dataclass(hint):
            value = settings(hint, value)  # type: ignore[arg-type]
        elif dataclasses.is_dataclass(entry):
            value = [settings(entry, item) for item in value]  # type: ignore[arg-type]
        values[field.name] = freeze(value)
    return cls(**values)


def freeze(value: Any) -> Any:
    """Turn lists, also nested ones, into tuples."""
    return tuple(freeze(item) for item in value) if isinstance(value, list) else value
