"""Score the variants of SSG-CAM on validation mixtures: what its orders and its smoothing are good for."""

import numpy as np
import pandas as pd

from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import ssg
from ftirmix.attribution.scoring import described, score_maps
from ftirmix.map_scores import MAP_SCORE_SCHEMA
from ftirmix.mixture_sets import MixtureSet
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.neglect import own_bands
from ftirmix.spectra import Spectra
from ftirmix.ssg_variants import VARIANTS


def ablate_ssg(
    network: SpectrumNetwork, validation: MixtureSet, endmembers: Spectra, components: list[str]
) -> pd.DataFrame:
    """Score every variant at the last layer, on the minor component of every binary mixture.

    One pass serves all variants: they differ only in what they do with the same derivatives.

    Args:
        network: in evaluation mode.
        validation: validation mixtures, so that a variant may be chosen by the outcome.
        endmembers: all endmembers of the study.
        components: the study's components.

    Returns:
        One row per mixture and variant, columns of ``MAP_SCORE_SCHEMA``; those that need further
        answers of the network are NaN.
    """
    validation = validation.take(np.flatnonzero(validation.table["composition"] == "binary"))
    recipes = validation.recipes(endmembers.table, components)
    minor, step = recipes.components[:, 0], validation.axis.step_cm1
    layer = list(network.layers)[-1]
    methods = {name: ssg(variant.orders, variant.sigma_cm1) for name, variant in VARIANTS.items()}
    _, maps = attribute_layers(network, validation.absorbance, methods, [layer], step, minor)
    stride = stride_of(network, layer)
    bands = own_bands(validation.at_equal_ratio(endmembers, recipes), stride)[:, 0]
    contribution = validation.contributions(endmembers, recipes)[:, 0]
    common = described(validation, recipes, components) | {"layer": layer}
    frames = []
    for name in VARIANTS:
        on_points = on_grid(maps[name, layer][:, 0], validation.absorbance.shape[1], stride)
        frames.append(pd.DataFrame(common | {"cam": name} | score_maps(on_points, bands, contribution, step)))
    return pd.concat(frames, ignore_index=True).reindex(columns=MAP_SCORE_SCHEMA.names)
