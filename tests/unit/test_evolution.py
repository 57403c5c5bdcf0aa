"""DE-SSG-CAM: evolution of layer weights and what it is held against."""

import numpy as np
import pytest

from ftirmix.attribution.evolution import GENERATIONS, POPULATION, joined, relative, weigh_layers
from ftirmix.attribution.scores import matched_area_iou


def layered(rng, rows=60, points=40):
    """Own bands of eight points, and three layers: one sees half of them, one the other half, one nothing."""
    bands = np.zeros((rows, points), bool)
    bands[:, 8:16] = True
    maps = 0.2 * rng.random((3, rows, points))
    maps[0, :, 8:12] += 1.0
    maps[1, :, 12:16] += 1.0
    maps[2] = rng.random((rows, points))
    return maps * np.array([1.0, 50.0, 1.0])[:, None, None], bands  # gradients of layers differ in size


def test_relative_and_joined_maps_by_hand():
    maps = np.array([[[1.0, -4.0]], [[0.0, 0.0]], [[2.0, 1.0]]])
    assert relative(maps).tolist() == [[[0.25, -1.0]], [[0.0, 0.0]], [[1.0, 0.5]]]
    assert joined(maps, np.array([0.5, 0.2, 0.25])).tolist() == [[0.375, -0.375]]


def test_evolution_switches_a_blind_layer_off_and_keeps_what_complements_each_other():
    maps, bands = layered(np.random.default_rng(0))
    found = weigh_layers(maps, bands)
    new, truth = layered(np.random.default_rng(1))  # other mixtures
    scores = {name: matched_area_iou(joined(new, getattr(found, name)), truth).mean() for name in found._fields[:4]}
    assert scores["evolved"] > 0.95 and scores["searched"] > 0.9
    assert scores["best"] < 0.7 and found.best.tolist() in ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    assert scores["mean"] < scores["evolved"] and found.mean.tolist() == [1 / 3] * 3
    assert found.evolved[2] < 0.25 and found.evolved.sum() == pytest.approx(1.0)


def test_the_random_search_has_the_budget_of_evolution_and_both_follow_the_seed(monkeypatch):
    maps, bands = layered(np.random.default_rng(0))
    calls = []

    def counted(values, truth):
        calls.append(1)
        return matched_area_iou(values, truth)

    monkeypatch.setattr("ftirmix.attribution.evolution.matched_area_iou", counted)
    first, again, other = (weigh_layers(maps, bands, seed) for seed in (1, 1, 2))
    assert len(calls) == sum(2 * found.evaluations + 3 for found in (first, again, other))
    assert first.evaluations <= 3 * POPULATION * (GENERATIONS + 1)
    np.testing.assert_array_equal(first.evolved, again.evolved)
    np.testing.assert_array_equal(first.searched, again.searched)
    assert not np.array_equal(first.searched, other.searched)
