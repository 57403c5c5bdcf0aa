"""Occlusion: numbers by hand, a slow obvious twin, and captum's where the baseline is one."""

import numpy as np
import pytest
import torch
from torch import nn

from ftirmix.attribution.occlusion import chords, occlusion, window_starts
from ftirmix.map_speed import Logits
from ftirmix.models import ARCHITECTURES, build_seeded
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

SPECTRA = np.random.default_rng(0).random((5, len(GRID)), dtype=np.float32)
CHOSEN = np.array([0, 2, 1, 1, 0])


class Weighted(nn.Module):
    """The logit of component i is the sum of the points, weighted by row i."""

    def __init__(self, weights):
        super().__init__()
        self.weights = torch.tensor(weights)

    def forward(self, absorbance):
        logits = absorbance @ self.weights.T
        return logits, logits


def test_windows_reach_the_end_and_the_last_may_be_cut_there():
    assert window_starts(8, 4, 2).tolist() == [0, 2, 4]
    assert window_starts(9, 4, 2).tolist() == [0, 2, 4, 6]
    assert window_starts(3, 4, 2).tolist() == [0]


def test_a_chord_takes_a_band_away_and_leaves_a_slope():
    spectrum = np.array([[0.0, 1.0, 5.0, 3.0, 4.0]], dtype=np.float32)
    assert chords(spectrum, 0, 5)[0].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert chords(spectrum, 1, 4)[0].tolist() == [1.0, 2.0, 3.0]


def test_occlusion_by_hand():
    # Six points 4 cm-1 apart, windows of four points every two: 0-3 and 2-5.
    spectra = np.array([[0.0, 3.0, 0.0, 0.0, 6.0, 0.0]] * 2, dtype=np.float32)
    network = Weighted([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [0.0, -2.0, 0.0, 0.0, 0.5, 0.0]])
    maps = occlusion(network, spectra, np.array([0, 1]), 4.0, width_cm1=16.0, stride_cm1=8.0)
    # The line in either window is zero: the first costs 3, the second 6, both together cover points 2 and 3.
    assert maps[0].tolist() == [3.0, 3.0, 4.5, 4.5, 6.0, 6.0]
    assert maps[1].tolist() == [-6.0, -6.0, -1.5, -1.5, 3.0, 3.0]


@pytest.mark.parametrize(("width_cm1", "stride_cm1"), [(32.0, 16.0), (20.0, 20.0), (28.0, 4.0), (400.0, 8.0)])
def test_occlusion_is_that_of_a_slow_obvious_twin(monkeypatch, width_cm1, stride_cm1):
    monkeypatch.setattr("ftirmix.training.INFERENCE_BATCH", 2)
    network = build_seeded("resm2a_cnn", GRID, 3, OPTIONS["resm2a_cnn"], 0).eval()
    width, stride, points = int(width_cm1 / 4), int(stride_cm1 / 4), len(GRID)
    expected = np.zeros(SPECTRA.shape)
    for row, (spectrum, component) in enumerate(zip(SPECTRA, CHOSEN, strict=True)):

        def logit(values, component=component):
            return network(torch.tensor(values[None], dtype=torch.float32))[0][0, component].item()

        drops = [[] for _ in range(points)]
        start = 0
        while True:
            inside = range(start, min(start + width, points))
            changed = spectrum.copy()
            for point in inside:
                way = (point - inside[0]) / max(inside[-1] - inside[0], 1)
                changed[point] = (1 - way) * spectrum[inside[0]] + way * spectrum[inside[-1]]
            for point in inside:
                drops[point].append(logit(spectrum) - logit(changed))
            if start + width >= points:
                break
            start += stride
        expected[row] = [np.mean(values) for values in drops]
    found = occlusion(network, SPECTRA, CHOSEN, 4.0, width_cm1, stride_cm1)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert np.abs(expected).max() > 1e-4


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_architecture_is_occluded_and_a_straight_spectrum_has_nothing_to_lose(name):
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0).eval()
    maps = occlusion(network, SPECTRA, CHOSEN, 4.0)
    assert maps.shape == SPECTRA.shape and np.isfinite(maps).all() and (np.abs(maps).max(axis=1) > 0).all()
    straight = np.linspace(0.0, 1.0, len(GRID), dtype=np.float32)[None]
    np.testing.assert_allclose(occlusion(network, straight, np.array([1]), 4.0), 0.0, atol=1e-6)


def test_windows_that_change_nothing_or_leave_gaps_are_refused():
    for width_cm1, stride_cm1 in ((8.0, 4.0), (32.0, 40.0), (32.0, 1.0)):
        with pytest.raises(ValueError, match="a window needs three"):
            occlusion(Weighted([[1.0] * len(GRID)]), SPECTRA, 0 * CHOSEN, 4.0, width_cm1, stride_cm1)


def test_with_a_given_baseline_it_is_captums():
    attr = pytest.importorskip("captum.attr", reason="of the dependency group benchmark")
    network = build_seeded("cnn", GRID, 3, OPTIONS["cnn"], 0).eval()
    for width, stride in ((8, 4), (7, 3)):  # the second cuts its last window
        found = occlusion(network, SPECTRA, CHOSEN, 4.0, 4.0 * width, 4.0 * stride, np.zeros_like(SPECTRA))
        theirs = attr.Occlusion(Logits(network)).attribute(
            torch.from_numpy(SPECTRA), (width,), strides=(stride,), baselines=0.0, target=torch.from_numpy(CHOSEN)
        )
        np.testing.assert_allclose(found, theirs.detach().numpy(), atol=1e-6)
