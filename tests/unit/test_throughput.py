"""The benchmark of training compares the same network, and runs."""

import numpy as np
import torch
import yaml

from ftirmix.models import build_seeded
from ftirmix.throughput import ROOT, PlainCNN, compare
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())


def test_the_plain_network_is_the_project_s_own():
    own = build_seeded("cnn", GRID.tolist(), 3, OPTIONS["cnn"], 0).eval()
    plain = PlainCNN(GRID.tolist(), 3, OPTIONS["cnn"]).eval()
    weights = [
        tensor.squeeze(2) if tensor.ndim == 4 else tensor  # a kernel of height one
        for tensor in own.state_dict().values()
    ]
    shapes = [tensor.shape for tensor in plain.state_dict().values()]
    assert [tensor.shape for tensor in weights] == shapes
    plain.load_state_dict(dict(zip(plain.state_dict(), weights, strict=True)))
    spectra = torch.rand(4, len(GRID))
    for got, expected in zip(plain(spectra), own(spectra), strict=True):
        torch.testing.assert_close(got, expected, atol=1e-5, rtol=1e-5)


def test_both_loops_are_timed_in_every_turn():
    for single in (False, True):
        rates = compare(CONFIG, mixtures=128, turns=2, single=single)
        assert len(rates) == 2 and (np.array(rates) > 0).all()
