"""The benchmark of maps: all libraries get the same network and give the same maps."""

import numpy as np
import pytest
import torch

from ftirmix.map_scaling import costs, scaling_figure
from ftirmix.map_speed import Dressed, Logits, compare, makers
from ftirmix.models import build_seeded
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS


def small_network():
    return build_seeded("cnn", GRID.tolist(), 3, OPTIONS["cnn"], 0).eval()


def test_the_dressed_network_is_the_same_and_its_target_hands_an_image_on():
    network, spectra = small_network(), torch.rand(4, len(GRID))
    dressed, shapes = Dressed(network, "block1"), []
    dressed.target.register_forward_hook(lambda _m, _i, output: shapes.append(tuple(output.shape)))
    torch.testing.assert_close(dressed(spectra[:, None, None]), network(spectra)[0])
    torch.testing.assert_close(Logits(network)(spectra), network(spectra)[0])
    assert shapes == [(4, 4, 1, len(GRID) // 2)]


def test_maps_that_differ_are_not_timed():
    with pytest.raises(ValueError, match=r"maps of captum differ by up to 0\.01"):
        compare({"ftirmix": lambda: np.ones(3), "captum": lambda: np.array([1.0, 1.01, 1.0])}, 1)
    with pytest.raises(ValueError, match="differ by up to 1e-07"):  # small maps, a large part of them
        compare({"ftirmix": lambda: np.full(3, 1e-6), "captum": lambda: np.array([1e-6, 1.1e-6, 1e-6])}, 1)
    taken = compare({"ftirmix": lambda: np.ones(3), "captum": lambda: np.ones(3)}, 2)
    assert {name: len(seconds) for name, seconds in taken.items()} == {"ftirmix": 2, "captum": 2}


def test_captum_and_pytorch_grad_cam_give_the_same_maps():
    pytest.importorskip("captum", reason="of the dependency group benchmark")
    pytest.importorskip("pytorch_grad_cam", reason="of the dependency group benchmark")
    spectra = np.random.default_rng(0).random((6, len(GRID)), dtype=np.float32)
    for layer in ("block1", "block2"):
        compare(makers(small_network(), spectra, layer, 3), 1)


def test_costs_are_those_of_a_process_of_their_own_and_grow_with_the_spectra(tmp_path):
    few, many = costs([16, 2048], OPTIONS["cnn"], GRID.tolist(), 3, "block2", "grad_cam")
    assert (few.spectra, many.spectra) == (16, 2048) and 0 < few.seconds < many.seconds
    figure = scaling_figure([few, many], 3)
    time_axes, memory_axes = figure.axes
    assert time_axes.lines[0].get_ydata()[-1] == pytest.approx(many.seconds)  # the line goes through the largest
    assert [*time_axes.lines[1].get_xdata()] == [16, 2048] and "3 components" in memory_axes.get_xlabel()
