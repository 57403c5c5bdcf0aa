"""Score every map of a network's minor components against the truth, with controls beside them."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from ftirmix.attribution.every_map import SPECTRUM, Asked, Maps, every_map
from ftirmix.attribution.evolution import LayerWeights, weigh_layers
from ftirmix.attribution.faithfulness import Exchange
from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.attribution.occlusion import occlusion
from ftirmix.attribution.path import integrated_gradients
from ftirmix.attribution.sanity import check_maps
from ftirmix.attribution.scores import matched_area_iou, pointing_game, rank_correlation
from ftirmix.map_names import SEEN_FROM
from ftirmix.map_scores import MAP_SCORE_SCHEMA
from ftirmix.mixture_sets import MixtureSet
from ftirmix.models.layers import SpectrumNetwork, folded
from ftirmix.neglect import own_band_attribution, own_bands
from ftirmix.recipes import Recipes
from ftirmix.spectra import Spectra

# A blurred copy of each map is a control of the scores: some reward mere smoothness.
BLUR_CM1 = 16.0
# Exchanging positions costs two answers of the network per map, the sanity checks four times all maps: every so
# manyth. Occlusion costs 150 answers per map, more than all others together: made where the checks are, and unchecked.
EXCHANGED, CHECKED = 4, 8
# About as many validation mixtures as layers are weighed on: a few weights need no more.
WEIGHED_ON = 200


def score_network(
    network: SpectrumNetwork,
    untrained: SpectrumNetwork,
    mixtures: MixtureSet,
    validation: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    layers: list[str],
) -> pd.DataFrame:
    """Score the maps of the minor component of every binary mixture, and the controls.

    Args:
        network: in evaluation mode.
        untrained: the same architecture with other weights, for a sanity check.
        mixtures: test mixtures; only binary ones are used.
        validation: validation mixtures, on whose binary ones layers are weighed.
        endmembers: all endmembers of the study.
        components: the study's components.
        layers: names of the layers, first to last.

    Returns:
        One row per mixture and map, columns of ``MAP_SCORE_SCHEMA``.
    """
    network, untrained = folded(network), folded(untrained)
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    recipes = mixtures.recipes(endmembers.table, components)
    minor, step = recipes.components[:, 0], mixtures.axis.step_cm1
    contribution = mixtures.contributions(endmembers, recipes)[:, 0]
    weights = layer_weights(network, validation, endmembers, components, layers)
    asked = Asked(mixtures.absorbance, minor, step)
    every = every_map(network, asked, layers, weights)
    at_equal_ratio = mixtures.at_equal_ratio(endmembers, recipes)
    last = own_bands(at_equal_ratio, stride_of(network, layers[-1]))[:, 0]
    rows = np.arange(0, len(minor), CHECKED)
    some = asked._replace(absorbance=asked.absorbance[rows], components=minor[rows])
    absent = draw_absent(mixtures.presence(components)[rows])
    answers = {key: values[rows] for key, values in every.items()}
    checks = check_maps(network, untrained, some, answers, absent, last[rows], layers, weights)
    exchanged = np.flatnonzero(last.any(axis=1))[::EXCHANGED]
    whole, without = asked.absorbance[exchanged], (asked.absorbance - contribution)[exchanged]
    exchange = Exchange(network, whole, without, minor[exchanged])
    common = described(mixtures, recipes, components)
    frames = []
    for (cam, layer), values in (every | controls(network, asked, contribution)).items():
        bands = own_bands(at_equal_ratio, stride_of(network, layer))[:, 0] if layer in layers else last
        scores = score_maps(values, bands, contribution, step)
        moved = exchange.by(values[exchanged], bands[exchanged].sum(axis=1))
        scores |= scattered(moved, exchanged, len(minor)) | scattered(checks.get((cam, layer), {}), rows, len(minor))
        frames.append(pd.DataFrame(common | {"cam": cam, "layer": layer} | scores))
    occluded = score_maps(occlusion(network, *some), last[rows], contribution[rows], step)
    key = {"cam": "occlusion", "layer": SPECTRUM}
    frames.append(pd.DataFrame(common | key | scattered(occluded, rows, len(minor))))
    return pd.concat(frames, ignore_index=True)[MAP_SCORE_SCHEMA.names]


def described(mixtures: MixtureSet, recipes: Recipes, components: list[str]) -> dict[str, Any]:
    """Return what the rows of every map say of binary mixtures, as columns."""
    names, info = np.array(components), mixtures.table
    return {
        "mixture": info["mixture"],
        "component": names[recipes.components[:, 0]],
        "partner": names[recipes.components[:, 1]],
        "share_low": info["share_low"],
        "share_high": info["share_high"],
        "specimens": info["specimens"],
    }


def draw_absent(present: np.ndarray) -> np.ndarray:
    """Draw one of the absent components of each mixture; from presence, (mixture, component), to (mixture,)."""
    drawn = np.random.default_rng(0).random(present.shape)
    return np.where(present, -1.0, drawn).argmax(axis=1)


def scattered(values: dict[str, np.ndarray], rows: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Put values of some rows into their places among ``count``, NaN elsewhere."""
    found = {name: np.full(count, np.nan) for name in values}
    for name, part in values.items():
        found[name][rows] = part
    return found


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


def controls(network: SpectrumNetwork, asked: Asked, contribution: np.ndarray) -> Maps:
    """Return what maps are held against.

    ``random`` and ``absorbance`` know nothing of the component. ``contribution`` is the truth
    itself, which no map need reach, since own bands are defined at equal mixing ratio; integrated
    gradients from the counterfactual need it.
    """
    without = asked.absorbance - contribution
    found = {
        "integrated_gradients_counterfactual": integrated_gradients(
            network, asked.absorbance, without, asked.components
        ),
        "random": np.random.default_rng(0).random(asked.absorbance.shape),
        "absorbance": np.abs(asked.absorbance),
        "contribution": contribution,
    }
    return {(name, SPECTRUM): values for name, values in found.items()}
