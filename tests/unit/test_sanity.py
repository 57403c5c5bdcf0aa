"""Sanity checks of maps: a wall in front of a network, other weights, another component, other noise."""

import numpy as np
import pytest
import torch

from ftirmix.attribution.every_map import ALL_LAYERS, SPECTRUM, WEIGHED, Asked, every_map
from ftirmix.attribution.evolution import LayerWeights
from ftirmix.attribution.hooks import attribute_layers, on_grid
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.attribution.sanity import Blind, blind_window, check_maps, part_inside
from ftirmix.attribution.scores import matched_area_iou
from ftirmix.models import build_seeded
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

LAYERS = ["block1", "block2"]
WEIGHTS = LayerWeights(np.array([0.2, 0.8]), np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.5, 0.5]), 1)
SPECTRA = np.random.default_rng(0).random((6, len(GRID)), dtype=np.float32)
ASKED = Asked(SPECTRA, np.array([0, 1, 2, 0, 1, 2]), 4.0)


def network(seed):
    return build_seeded("cnn", GRID, 3, OPTIONS["cnn"], seed).eval()


def test_every_map_is_that_of_its_method():
    maps = every_map(network(0), ASKED, LAYERS, WEIGHTS)
    single = {(cam, layer) for cam in CAM_METHODS for layer in LAYERS}
    joined = {(name, ALL_LAYERS) for name in (*WEIGHED, "consensus")}
    assert set(maps) == single | joined | {("ablation_cam", "block2"), ("integrated_gradients", SPECTRUM)}
    assert all(values.shape == SPECTRA.shape for values in maps.values())
    _, alone = attribute_layers(network(0), SPECTRA, {"x": CAM_METHODS["hires_cam"]}, ["block2"], 4.0, ASKED.components)
    np.testing.assert_allclose(
        maps["hires_cam", "block2"], on_grid(alone["x", "block2"][:, 0], len(GRID), 2), atol=1e-7
    )


def test_a_blind_network_does_not_see_the_window_and_its_gradients_say_so():
    window = blind_window(len(GRID))
    assert window.mean() == pytest.approx(0.1, abs=0.01) and not window[0]
    blind = Blind(network(0), window).eval()
    changed = SPECTRA + window * np.random.default_rng(1).random(SPECTRA.shape, dtype=np.float32)
    torch.testing.assert_close(blind(torch.from_numpy(SPECTRA))[0], blind(torch.from_numpy(changed))[0])
    maps = every_map(blind, ASKED, LAYERS, WEIGHTS)
    # At the spectrum itself nothing is attributed to what is behind the wall; a layer's positions still answer there.
    assert not maps["integrated_gradients", SPECTRUM][:, window].any()
    assert maps["grad_cam", "block2"][:, window].any()


def test_the_part_inside_a_window_by_hand():
    maps = np.array([[1.0, -1.0, 2.0], [0.0, 0.0, 0.0]])
    found = part_inside(maps, np.array([False, True, False]))
    assert found[0] == 0.25 and np.isnan(found[1])


def test_checks_are_those_of_another_network_another_component_and_another_noise():
    bands = np.random.default_rng(2).random(SPECTRA.shape) < 0.2
    absent = (ASKED.components + 1) % 3
    whole = every_map(network(0), ASKED, LAYERS, WEIGHTS)
    found = check_maps(network(0), network(5), ASKED, whole, absent, bands, LAYERS, WEIGHTS)
    untrained = every_map(network(5), ASKED, LAYERS, WEIGHTS)
    other = every_map(network(0), ASKED._replace(components=absent), LAYERS, WEIGHTS)
    assert set(found) == set(untrained)
    for key, answers in found.items():
        np.testing.assert_allclose(answers["iou_untrained"], matched_area_iou(untrained[key], bands))
        np.testing.assert_allclose(answers["iou_absent"], matched_area_iou(other[key], bands))
        assert np.nanmean(answers["noisy"]) > 0.9 and not np.array_equal(answers["noisy"], np.ones(len(SPECTRA)))
    assert np.nanmax(found["integrated_gradients", SPECTRUM]["blind"]) == 0
    assert np.nanmean(found["grad_cam", "block2"]["blind"]) > 0.02
