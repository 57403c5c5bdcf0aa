"""All maps that are scored, of one network and one component per spectrum, on the wavenumber grid."""

from typing import NamedTuple

import numpy as np

from ftirmix.attribution.ablation import ablation_maps
from ftirmix.attribution.consensus import consensus_cam
from ftirmix.attribution.evolution import LayerWeights, joined
from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.attribution.path import integrated_gradients
from ftirmix.models.layers import SpectrumNetwork

SPECTRUM, ALL_LAYERS = "spectrum", "all layers"
# Maps of all layers by the fields of LayerWeights.
WEIGHED = ("de_ssg_cam", "ssg_cam_searched", "ssg_cam_best", "ssg_cam_mean")

# By method and layer, each of shape (spectrum, wavenumber).
Maps = dict[tuple[str, str], np.ndarray]


class Asked(NamedTuple):
    """Spectra, and which component of each is mapped.

    Attributes:
        absorbance: shape (spectrum, wavenumber).
        components: shape (spectrum,).
        step_cm1: distance of neighbouring grid points.
    """

    absorbance: np.ndarray
    components: np.ndarray
    step_cm1: float


def every_map(network: SpectrumNetwork, asked: Asked, layers: list[str], weights: LayerWeights) -> Maps:
    """Return the maps of every method at every layer, of the joined layers, and integrated gradients from zero.

    Ablation-CAM is made at the last layer only: behind an earlier one it runs blocks once per channel.
    """
    absorbance, chosen, step = asked
    points = absorbance.shape[1]
    _, found = attribute_layers(network, absorbance, CAM_METHODS, layers, step, chosen)
    maps = {key: on_grid(values[:, 0], points, stride_of(network, key[1])) for key, values in found.items()}
    stacked = np.stack([maps["ssg_cam", layer] for layer in layers])
    for name, values in zip(WEIGHED, (weights.evolved, weights.searched, weights.best, weights.mean), strict=True):
        maps[name, ALL_LAYERS] = joined(stacked, values)
    ablated = ablation_maps(network, absorbance, layers[-1], chosen)
    maps["ablation_cam", layers[-1]] = on_grid(ablated, points, stride_of(network, layers[-1]))
    maps["consensus", ALL_LAYERS] = consensus(network, asked, layers)
    maps["integrated_gradients", SPECTRUM] = integrated_gradients(
        network, absorbance, np.zeros_like(absorbance), chosen
    )
    return maps


def consensus(network: SpectrumNetwork, asked: Asked, layers: list[str]) -> np.ndarray:
    """Return the consensus of all layers, which needs the maps of all components."""
    absorbance, chosen, step = asked
    method = {"layer_cam": CAM_METHODS["layer_cam"]}
    logits, maps = attribute_layers(network, absorbance, method, layers, step)
    on_points = [on_grid(maps["layer_cam", name], absorbance.shape[1], stride_of(network, name)) for name in layers]
    return consensus_cam(on_points, logits, absorbance, step)[np.arange(len(chosen)), chosen]
