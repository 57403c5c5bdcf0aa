"""Choose mixtures by rule, and gather what networks' maps make of their minor components."""

import numpy as np
import pandas as pd

from ftirmix.attribution.attended import attended
from ftirmix.attribution.every_map import Asked, consensus
from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.attribution.scores import matched_area_iou
from ftirmix.band_marks import BandMark, mark_bands
from ftirmix.map_figure import MapExample, NetworkMaps
from ftirmix.mixture_sets import MixtureSet
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.neglect import own_bands
from ftirmix.spectra import Spectra

# Shares near which an example is sought: seen by most networks, and near the limit of many.
SHARES = (0.25, 0.15)
# So many of its own bands should have an assignment, for the picture to say what a map should find.
LEAST_NAMED = 2
# At the last layer, from which the papers take their maps; the consensus is of all layers.
SINGLE = ("layer_cam", "hires_cam")


def choose_mixtures(shares: np.ndarray, minors: np.ndarray, clear: np.ndarray) -> list[int]:
    """Choose a mixture near each of ``SHARES``, each with another minor component.

    The choice is by rule, not by looks: of what may be shown, the mixture whose minor share is nearest.

    Args:
        shares: of the minor component, shape (mixture,).
        minors: the minor component, same shape.
        clear: whether it may be shown, same shape.

    Returns:
        Rows; fewer than shares where fewer minor components may be shown.
    """
    chosen: list[int] = []
    for wanted in SHARES:
        offers = np.flatnonzero(clear & ~np.isin(minors, minors[chosen]))
        if len(offers):
            chosen.append(int(offers[np.abs(shares[offers] - wanted).argmin()]))
    return chosen


def build_map_examples(
    networks: dict[str, SpectrumNetwork],
    mixtures: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    assignments: pd.DataFrame,
) -> list[MapExample]:
    """Choose the mixtures, and gather their truth and the networks' maps.

    Args:
        networks: in evaluation mode, by name.
        mixtures: test mixtures; only binary ones are used.
        endmembers: all endmembers of the study.
        components: the study's components, in the order of the networks' logits.
        assignments: of :func:`ftirmix.assignments.read_assignments`.
    """
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    minors = mixtures.table["minor_component"].to_numpy()
    own, marks = marked_bands(mixtures, endmembers, components, assignments)
    named = np.array([sum(mark.vibration != "" for mark in found) >= LEAST_NAMED for found in marks], dtype=bool)
    # Components of the user's own may have no assignments at all.
    rows = choose_mixtures(mixtures.table["minor_share"].to_numpy(), minors, named if named.any() else own)
    return [
        build_map_example(networks, mixtures.take(np.array([row])), endmembers, components, marks[row]) for row in rows
    ]


def marked_bands(
    mixtures: MixtureSet, endmembers: Spectra, components: list[str], assignments: pd.DataFrame
) -> tuple[np.ndarray, list[list[BandMark]]]:
    """Tell which minor components of binary mixtures have own bands, shape (mixture,), and mark those of each."""
    recipes = mixtures.recipes(endmembers.table, components)
    parts = mixtures.contributions(endmembers, recipes)[:, 0]
    bands = own_bands(mixtures.at_equal_ratio(endmembers, recipes), 0)[:, 0]
    required = assignments[assignments["role"] == "required"]
    table = mixtures.table
    marks = [
        mark_bands(mixtures.axis.wavenumber, part, own, required[required["component"] == minor], shift)
        for part, own, minor, shift in zip(parts, bands, table["minor_component"], table["shift_cm1"], strict=True)
    ]
    return np.array([own.any() for own in bands], dtype=bool), marks


def build_map_example(
    networks: dict[str, SpectrumNetwork],
    mixture: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    marks: list[BandMark],
) -> MapExample:
    """Gather spectrum, truth and maps of one binary mixture, given as a set of one."""
    recipes = mixture.recipes(endmembers.table, components)
    at_equal_ratio = mixture.at_equal_ratio(endmembers, recipes)
    row = mixture.table.iloc[0]
    names = [f"{name} {100 * ratio:.0f} %" for name, ratio in zip(row["components"], row["mixing_ratios"], strict=True)]
    maps = [
        network_maps(name, network, mixture, int(recipes.components[0, 0]), at_equal_ratio)
        for name, network in networks.items()
    ]
    coarsest = max(stride_of(network, list(network.layers)[-1]) for network in networks.values())
    bands = own_bands(at_equal_ratio, coarsest)[:, 0]
    return MapExample(
        title=f"{names[0]} in {row['components'][1]}, of {row['laboratory']} ({row['mixture']})",
        minor=row["components"][0],
        absorbance=mixture.absorbance[0],
        absorbance_iou=float(matched_area_iou(np.abs(mixture.absorbance), bands)[0]),
        names=names,
        contributions=mixture.contributions(endmembers, recipes)[0, : len(names)],
        bands=bands[0],
        marks=marks,
        networks=maps,
    )


def network_maps(
    name: str, network: SpectrumNetwork, mixture: MixtureSet, minor: int, at_equal_ratio: np.ndarray
) -> NetworkMaps:
    """Map one network's logit of the minor component, and score the maps as the study's tables do.

    Args:
        name: of the network.
        network: in evaluation mode.
        mixture: a set of one.
        minor: index of its minor component.
        at_equal_ratio: contributions at equal mixing ratio, shape (1, 2, wavenumber).
    """
    asked = Asked(mixture.absorbance, np.array([minor]), mixture.axis.step_cm1)
    layers = list(network.layers)
    stride, points = stride_of(network, layers[-1]), mixture.absorbance.shape[1]
    methods = {cam: CAM_METHODS[cam] for cam in SINGLE}
    logits, found = attribute_layers(network, *asked[:1], methods, layers[-1:], asked.step_cm1, asked.components)
    maps = {cam: on_grid(found[cam, layers[-1]][:, 0], points, stride) for cam in SINGLE}
    maps["consensus"] = consensus(network, asked, layers)
    bands = own_bands(at_equal_ratio, stride)[:, 0]
    unit, attention = attended(network, mixture.absorbance[0])
    return NetworkMaps(
        network=name,
        layer=layers[-1],
        logit=float(logits[0, minor]),
        maps={cam: values[0] for cam, values in maps.items()},
        iou={cam: float(matched_area_iou(values, bands)[0]) for cam, values in maps.items()},
        attention_unit=unit,
        attention=attention,
    )
