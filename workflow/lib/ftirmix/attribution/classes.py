"""The papers' form of neglect: one map of the mixture's own softmax class, both components on it."""

import numpy as np
import pandas as pd
from torch import nn

from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import Method
from ftirmix.mixture_sets import MixtureSet
from ftirmix.neglect import minor_part, neglect_index, own_bands
from ftirmix.random_task import class_numbers
from ftirmix.spectra import Spectra


def neglect_in_classes(
    network: nn.Module,
    mixtures: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    classes: np.ndarray,
    methods: dict[str, Method],
    layers: list[str],
) -> pd.DataFrame:
    """Measure how the map of each binary mixture's own class is shared out between its components.

        n = 1 - [A_m / (A_m + A_M)] / [C_m / (C_m + C_M)]

    with A the positive part of the map and C the contribution, each summed over the own bands of
    minor (m) and major (M). 0: the minor gets its share of attention; 1: none; below 0: more. The
    class is the true one, so that a misnamed mixture is asked why it did not get its name.

    Args:
        network: its logits are those of ``classes``, before the softmax.
        mixtures: test mixtures; only binary ones are used.
        endmembers: all endmembers of the study.
        components: the study's components.
        classes: components of every class, boolean, shape (class, component).
        methods: of ``CAM_METHODS``, by name.
        layers: names of the layers.

    Returns:
        One row per binary mixture, method and layer, columns of ``CLASSES_SCHEMA`` but ``named``.
    """
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    recipes = mixtures.recipes(endmembers.table, components)
    contributions = mixtures.contributions(endmembers, recipes)[:, :2]
    at_equal_ratio = mixtures.at_equal_ratio(endmembers, recipes)
    own_class = class_numbers(mixtures.presence(components), classes)
    _, maps = attribute_layers(network, mixtures.absorbance, methods, layers, mixtures.axis.step_cm1, own_class)
    frames = []
    for (cam, layer), values in maps.items():
        stride = stride_of(network, layer)
        bands = own_bands(at_equal_ratio, stride)
        on_points = np.maximum(on_grid(values[:, 0], contributions.shape[2], stride), 0.0)
        attributed = minor_part(np.repeat(on_points[:, None], 2, axis=1), bands)
        contributed = minor_part(contributions, bands)
        frames.append(
            pd.DataFrame(
                {
                    "mixture": mixtures.table["mixture"],
                    "cam": cam,
                    "layer": layer,
                    "minor_component": mixtures.table["minor_component"],
                    "minor_share": mixtures.table["minor_share"],
                    "specimens": mixtures.table["specimens"],
                    "attribution_part": attributed,
                    "contribution_part": contributed,
                    "neglect_index": neglect_index(attributed, contributed),
                    "no_own_band": ~bands.any(axis=2).min(axis=1),
                    "no_positive": on_points.max(axis=1) <= 0,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
