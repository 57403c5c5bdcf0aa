"""Score every map of a network's minor components against the truth, with controls beside them."""

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from ftirmix.attribution.consensus import consensus_cam
from ftirmix.attribution.evolution import LayerWeights, joined, weigh_layers
from ftirmix.attribution.faithfulness import exchanged
from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.attribution.path import integrated_gradients
from ftirmix.attribution.scores import matched_area_iou, pointing_game, rank_correlation
from ftirmix.map_names import SEEN_FROM
from ftirmix.map_scores import EXCHANGES, MAP_SCORE_SCHEMA
from ftirmix.mixture_sets import MixtureSet
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.neglect import own_band_attribution, own_bands
from ftirmix.spectra import Spectra

# A blurred copy of each map is a control of the scores: some reward mere smoothness.
BLUR_CM1 = 16.0
SPECTRUM, ALL_LAYERS = "spectrum", "all layers"
# Exchanging positions costs four answers of the network per map.
EXCHANGED = 4
# About as many validation mixtures as layers are weighed on: a few weights need no more.
WEIGHED_ON = 200
# Maps of all layers by the fields of LayerWeights.
WEIGHED = ("de_ssg_cam", "ssg_cam_searched", "ssg_cam_best", "ssg_cam_mean")


def score_network(
    network: SpectrumNetwork,
    mixtures: MixtureSet,
    validation: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    layers: list[str],
) -> pd.DataFrame:
    """Score the maps of the minor component of every binary mixture, and the controls.

    Args:
        network: in evaluation mode.
        mixtures: test mixtures; only binary ones are used.
        validation: validation mixtures, on whose binary ones layers are weighed.
        endmembers: all endmembers of the study.
        components: the study's components.
        layers: names of the layers, first to last.

    Returns:
        One row per mixture and map, columns of ``MAP_SCORE_SCHEMA``.
    """
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    recipes = mixtures.recipes(endmembers.table, components)
    step, points = mixtures.axis.step_cm1, len(mixtures.axis.wavenumber)
    contribution = mixtures.contributions(endmembers, recipes)[:, 0]
    maps = {
        (cam, layer): on_grid(values, points, stride_of(network, layer))
        for (cam, layer), values in maps_of_minors(network, mixtures, recipes.components[:, 0], layers).items()
    }
    weights = layer_weights(network, validation, endmembers, components, layers)
    stacked = np.stack([maps["ssg_cam", layer] for layer in layers])
    for name, values in zip(WEIGHED, (weights.evolved, weights.searched, weights.best, weights.mean), strict=True):
        maps[name, ALL_LAYERS] = joined(stacked, values)
    maps |= maps_of_spectra(network, mixtures.absorbance, contribution, recipes.components[:, 0])
    maps[("consensus", ALL_LAYERS)] = consensus_of_minors(network, mixtures, recipes.components[:, 0], layers)
    at_equal_ratio = mixtures.at_equal_ratio(endmembers, recipes)
    names, info = np.array(components), mixtures.table
    common = {
        "mixture": info["mixture"],
        "component": names[recipes.components[:, 0]],
        "partner": names[recipes.components[:, 1]],
        "share_low": info["share_low"],
        "share_high": info["share_high"],
        "specimens": info["specimens"],
    }
    frames = []
    for (cam, layer), values in maps.items():
        bands = own_bands(at_equal_ratio, stride_of(network, layer if layer in layers else layers[-1]))[:, 0]
        scores = score_maps(values, bands, contribution, step)
        scores |= exchange_some(network, mixtures.absorbance, contribution, values, bands, recipes.components[:, 0])
        frames.append(pd.DataFrame(common | {"cam": cam, "layer": layer} | scores))
    return pd.concat(frames, ignore_index=True)[MAP_SCORE_SCHEMA.names]


def score_maps(maps: np.ndarray, bands: np.ndarray, contribution: np.ndarray, step_cm1: float) -> dict[str, np.ndarray]:
    """Return the scores that need the truth alone and no further answer of the network, each of shape (row,).

    Args:
        maps: shape (row, wavenumber).
        bands: mask of the component's own bands, same shape.
        contribution: of the component, same shape.
        step_cm1: distance of neighbouring grid points.
    """
    blurred = gaussian_filter1d(maps.astype(float), BLUR_CM1 / step_cm1, axis=1)
    return {
        "iou": matched_area_iou(maps, bands),
        "iou_blurred": matched_area_iou(blurred, bands),
        "own_band_attribution": own_band_attribution(maps, bands),
        "pointing": pointing_game(maps, bands),
        "rank_correlation": rank_correlation(maps, contribution),
    }


def exchange_some(
    network: SpectrumNetwork, absorbance: np.ndarray, contribution: np.ndarray, maps: np.ndarray, bands: np.ndarray,
    minor: np.ndarray,
) -> dict[str, np.ndarray]:  # fmt: skip
    """Exchange the positions of maps in every ``EXCHANGED``-th mixture that has own bands; NaN elsewhere."""
    rows = np.flatnonzero(bands.any(axis=1))[::EXCHANGED]
    chosen = absorbance[rows], absorbance[rows] - contribution[rows], maps[rows], bands[rows].sum(axis=1), minor[rows]
    found = {name: np.full(len(maps), np.nan) for name in EXCHANGES}
    for name, values in exchanged(network, *chosen).items():
        found[name][rows] = values
    return found


def layer_weights(
    network: SpectrumNetwork, validation: MixtureSet, endmembers: Spectra, components: list[str], layers: list[str]
) -> LayerWeights:
    """Weigh the layers' SSG-CAM maps on the binary validation mixtures whose minor most networks see."""
    table = validation.table
    seen = (table["composition"] == "binary") & (table["minor_share"] >= SEEN_FROM)
    rows = np.flatnonzero(seen if seen.any() else table["composition"] == "binary")
    validation = validation.take(rows[:: max(len(rows) // WEIGHED_ON, 1)])
    recipes = validation.recipes(endmembers.table, components)
    step, points = validation.axis.step_cm1, len(validation.axis.wavenumber)
    method = {"ssg_cam": CAM_METHODS["ssg_cam"]}
    _, maps = attribute_layers(network, validation.absorbance, method, layers, step, recipes.components[:, 0])
    stacked = np.stack([on_grid(maps["ssg_cam", layer][:, 0], points, stride_of(network, layer)) for layer in layers])
    bands = own_bands(validation.at_equal_ratio(endmembers, recipes), stride_of(network, layers[-1]))[:, 0]
    return weigh_layers(stacked, bands)


def maps_of_minors(
    network: SpectrumNetwork, mixtures: MixtureSet, minor: np.ndarray, layers: list[str]
) -> dict[tuple[str, str], np.ndarray]:
    """Map the minor's logit by every method at every layer, shape (mixture, position) each."""
    step = mixtures.axis.step_cm1
    _, maps = attribute_layers(network, mixtures.absorbance, CAM_METHODS, layers, step, minor)
    return {key: values[:, 0] for key, values in maps.items()}


def consensus_of_minors(
    network: SpectrumNetwork, mixtures: MixtureSet, minor: np.ndarray, layers: list[str]
) -> np.ndarray:
    """Map the minor by the consensus of all layers, shape (mixture, wavenumber)."""
    step, points = mixtures.axis.step_cm1, len(mixtures.axis.wavenumber)
    method = {"layer_cam": CAM_METHODS["layer_cam"]}
    logits, maps = attribute_layers(network, mixtures.absorbance, method, layers, step)
    on_points = [on_grid(maps["layer_cam", layer], points, stride_of(network, layer)) for layer in layers]
    return consensus_cam(on_points, logits, mixtures.absorbance, step)[np.arange(len(minor)), minor]


def maps_of_spectra(
    network: SpectrumNetwork, absorbance: np.ndarray, contribution: np.ndarray, minor: np.ndarray
) -> dict[tuple[str, str], np.ndarray]:
    """Return integrated gradients and the controls, on the wavenumber grid, shape (mixture, wavenumber) each.

    ``random`` and ``absorbance`` know nothing of the component, ``contribution`` is the truth
    itself, which no map need reach: own bands are defined at equal mixing ratio.
    """
    without = absorbance - contribution
    found = {
        "integrated_gradients": integrated_gradients(network, absorbance, np.zeros_like(absorbance), minor),
        "integrated_gradients_counterfactual": integrated_gradients(network, absorbance, without, minor),
        "random": np.random.default_rng(0).random(absorbance.shape),
        "absorbance": np.abs(absorbance),
        "contribution": contribution,
    }
    return {(name, SPECTRUM): values for name, values in found.items()}
