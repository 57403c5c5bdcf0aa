"""Attribute a set of test mixtures: the mixtures themselves and their endmembers alone."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from torch import nn

from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import Method
from ftirmix.attribution_maps import map_table
from ftirmix.mixture_sets import MixtureSet
from ftirmix.mixtures import mix
from ftirmix.recipes import ABSENT, Recipes
from ftirmix.spectra import Spectra
from ftirmix.training import infer


def attribute_mixtures(
    network: nn.Module,
    mixtures: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    methods: dict[str, Method],
    layers: list[str],
) -> Iterator[tuple[str, str, pa.Table, int]]:
    """Map every component's logit on every mixture, and each present one's on its pure spectrum.

    Yields:
        For every method and layer their names, a table of ``MAP_SCHEMA`` with maps on the
        wavenumber grid, and the grid points per map position (the map's resolution).
    """
    # Mixtures of two specimens of one polymer have no component of their own to take out.
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] != "same_polymer"))
    recipes = mixtures.recipes(endmembers.table, components)
    parts = mixtures.contributions(endmembers, recipes)
    names = mixtures.table["mixture"].to_numpy()
    points = len(mixtures.axis.wavenumber)
    logits, maps = attribute_layers(network, mixtures.absorbance, methods, layers, mixtures.axis.step_cm1)
    without = np.full(logits.shape, np.nan, dtype=np.float32)
    alone = []
    for slot in range(recipes.endmembers.shape[1]):
        rows = np.flatnonzero(recipes.endmembers[:, slot] != ABSENT)
        if not len(rows):  # no ternary mixtures: a left-out laboratory may have two components only
            continue
        index = recipes.components[rows, slot]
        removed = (mixtures.absorbance[rows] - parts[rows, slot]).astype(np.float32)
        without[rows, index] = infer(network, removed)[0][np.arange(len(rows)), index]
        pure = pure_view(mixtures.take(rows), endmembers, recipes.take(rows), slot)
        alone.append((rows, index, *attribute_layers(network, pure, methods, layers, mixtures.axis.step_cm1, index)))
    count = len(components)
    for method, layer in maps:
        stride = stride_of(network, layer)
        whole = map_table(
            np.repeat(names, count),
            "mixture",
            np.tile(components, len(names)),
            logits.ravel(),
            without.ravel(),
            on_grid(maps[method, layer].reshape(len(names) * count, -1), points, stride),
        )
        tables = [
            map_table(
                names[rows],
                "pure",
                np.array(components)[index],
                pure_logits[np.arange(len(rows)), index],
                np.full(len(rows), np.nan, dtype=np.float32),
                on_grid(pure_maps[method, layer][:, 0], points, stride),
            )
            for rows, index, pure_logits, pure_maps in alone
        ]
        yield method, layer, pa.concat_tables([whole, *tables]), stride


def pure_view(mixtures: MixtureSet, endmembers: Spectra, recipes: Recipes, slot: int) -> np.ndarray:
    """Return the spectrum of one slot's endmember alone, with its mixture's shift, width and nuisance.

    The nuisance keeps its size relative to the highest band, and the spectrum its unit maximum.
    """
    shift, broadening, scale = (mixtures.table[name].to_numpy() for name in ("shift_cm1", "broadening_cm1", "scale"))
    clean = mixtures.axis.place(mix(endmembers.absorbance, recipes), shift, broadening) * scale[:, None]
    nuisance = (mixtures.absorbance - clean) / clean.max(axis=1, keepdims=True)
    alone = mixtures.placed(endmembers, recipes, slot)
    alone = alone / alone.max(axis=1, keepdims=True) + nuisance
    return (alone / alone.max(axis=1, keepdims=True)).astype(np.float32)
