"""Turn trained networks into an identifier: calibrate on validation mixtures, gather references."""

from typing import Any

import numpy as np

from ftirmix.identification.calibrating import calibrate
from ftirmix.identification.calibration import Calibration
from ftirmix.identification.foreign import FOREIGN
from ftirmix.identification.library import Library
from ftirmix.identification.searching import Searcher
from ftirmix.metrics import choose_thresholds
from ftirmix.mixture_sets import MixtureSet
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.spectra import Spectra
from ftirmix.training import infer


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
        foreign: spectra of foreign materials, with the part of their family.
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
