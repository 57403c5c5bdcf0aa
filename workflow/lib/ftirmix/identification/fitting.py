"""Turn trained networks into an identifier: calibrate on validation mixtures, gather references."""

from pathlib import Path
from typing import Any

import numpy as np

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.identification.calibrating import calibrate
from ftirmix.identification.calibration import Calibration
from ftirmix.identification.foreign import ALL, FOREIGN, trains
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.library import Library
from ftirmix.identification.library_building import build_library
from ftirmix.identification.searching import Searcher
from ftirmix.identification.storage import read_foreign
from ftirmix.metrics import choose_thresholds
from ftirmix.mixture_sets import MixtureSet, read_mixtures
from ftirmix.models import load_network
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.settings import PreprocessingSettings, settings
from ftirmix.spectra import Spectra
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv
from ftirmix.training import infer


def fit_identifier(
    files: dict[str, Path], without: list[Path], fold: int, materials: str, left_out: str | None, round_name: str,
    preprocessing: dict, highest_rate: float, highest_lost: float, level: float, measured_from_cm1: float,
) -> tuple[Identifier, dict[str, Any]]:  # fmt: skip
    """Calibrate a network on validation mixtures, and gather references of what it was trained on.

    Args:
        files: model, validation, endmembers, split, foreign and bands.
        without: models that were not shown one part of the foreign families each, see :func:`calibrated`.
        fold: number of the fold.
        materials: which foreign materials trained, see :func:`ftirmix.identification.foreign.trains`.
        left_out: laboratory whose spectra did not train, or None.
        round_name: protocol and fold, in words.
        preprocessing: section of the config.
        highest_rate: see :func:`ftirmix.identification.calibrating.calibrate`.
        highest_lost: see there.
        level: see there.
        measured_from_cm1: highest low end of a spectrum that the network was trained to do with.

    Returns:
        The identifier, and the description of its network.
    """
    network, description = load_network(files["model"])
    components = description["components"]
    validation = read_mixtures(files["validation"])
    training = endmembers_of(read_endmembers(files["endmembers"]), read_csv(files["split"]), fold, "train")
    every = read_foreign(files["foreign"])
    seen = trains(every.table, materials) & (every.table["laboratory"] != left_out)
    if materials == ALL and left_out is None:
        seen &= every.table["fold"] != fold  # they tell what becomes of new specimens
    foreign = every.take(seen.to_numpy())
    plastics = training.take((training.table["component"] != FOREIGN).to_numpy())
    library = build_library(plastics, components[:-1], foreign, read_bands(files["bands"]))
    identifier = Identifier(
        network=network,
        calibration=calibrated(
            network, [load_network(path)[0] for path in without], library, components, validation,
            every.take(~every.table["suspect"].to_numpy()), highest_rate, highest_lost, level,
        ),
        library=library,
        unmixing_threshold=unmixing_threshold(library, components, validation, highest_rate),
        preprocessing=settings(PreprocessingSettings, preprocessing),
        measured_from_cm1=measured_from_cm1,
        about=about(description, training, foreign, validation, round_name),
    )  # fmt: skip
    return identifier, description


def calibrated(
    network: SpectrumNetwork, without: list[SpectrumNetwork], library: Library, components: list[str],
    validation: MixtureSet, foreign: Spectra, highest_rate: float, highest_lost: float, level: float,
) -> Calibration:  # fmt: skip
    """Calibrate a network.

    Args:
        network: trained on foreign material.
        without: by part of the families, a network that was shown all the others, and tells of that part how sure the
            foreign logit is. Without them that probability is the network's own.
        library: references that stand beside the network.
        components: the study's, and the foreign one behind them.
        validation: mixtures.
        foreign: spectra of foreign materials that are not in doubt, with the part of their family.
        highest_rate: see :func:`ftirmix.identification.calibration.calibrate`.
        highest_lost: see there.
        level: see there.
    """
    mixtures = judged_mixtures(validation)
    logits, scores = infer(network, mixtures.absorbance)
    unseen = [
        infer(other, foreign.absorbance[(foreign.table["part"] == part).to_numpy()])[0]
        for part, other in enumerate(without)
    ]
    foreign_logits = np.concatenate(unseen) if unseen else np.empty((0, len(components)))
    ratios = mixtures.ratio_matrix(components)
    foreign_share = Searcher(library, components).unmix(mixtures.absorbance)[1][:, -1]
    return calibrate(
        components, logits, scores, foreign_share, ratios, foreign_logits, highest_rate, highest_lost, level
    )


def judged_mixtures(mixtures: MixtureSet) -> MixtureSet:
    """Leave out mixtures of two specimens of one polymer, which are there for null tests."""
    return mixtures.take(np.flatnonzero(mixtures.table["composition"] != "same_polymer"))


def unmixing_threshold(library: Library, components: list[str], validation: MixtureSet, highest_rate: float) -> float:
    """Choose the share from which unmixing calls a component, by the bound that the network keeps as well."""
    mixtures = judged_mixtures(validation)
    shares = Searcher(library, components).unmix(mixtures.absorbance)[1]
    return float(choose_thresholds(shares, mixtures.presence(components), highest_rate)[0])


def about(
    description: dict[str, Any], training: Spectra, foreign: Spectra, validation: MixtureSet, round_name: str
) -> dict[str, Any]:
    """Say what an identifier rests on."""
    plastics = training.table[training.table["component"] != FOREIGN]
    counts = plastics.groupby("component")["specimen"].nunique()
    return {
        "architecture": description["architecture"],
        "seed": description["seed"],
        "round": round_name,
        "laboratories": sorted(plastics["laboratory"].unique().tolist()),
        "training_spectra": int(len(plastics)),
        "training_specimens": {name: int(count) for name, count in counts.items()},
        "foreign_spectra": int(len(foreign.table)),
        "foreign_materials": int(foreign.table["component"].nunique()),
        "validation_mixtures": int(len(validation.table)),
        "versions": description["versions"],
    }
