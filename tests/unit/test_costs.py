"""What models cost: counted by hand, and read from the records of jobs."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ftirmix.costs import COSTS_SCHEMA, costs_markdown, fitting_costs, spectra_per_second
from ftirmix.models import ARCHITECTURES, build_seeded
from ftirmix.multiply_adds import multiply_adds
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS


class Parts(nn.Module):
    """Calls modules one after the other, with one more axis in front of the first."""

    def __init__(self, *parts):
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, absorbance):
        features = absorbance[:, None]
        for part in self.parts:
            features = part(features)
            features = features[0] if isinstance(features, tuple) else features
        return features


class Attention(nn.Module):
    """Attends to its own input, given as (batch, channel, position)."""

    def __init__(self, channels, heads):
        super().__init__()
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, features):
        return self.attention(*[features.transpose(1, 2)] * 3, need_weights=False)


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        (Parts(nn.Conv1d(1, 3, 5, padding=2)), 10 * 3 * 5),
        (Parts(nn.Conv1d(1, 4, 3, stride=2, padding=1), nn.Conv1d(4, 4, 3, padding=1, groups=2)), 5 * 12 + 5 * 4 * 6),
        (Parts(nn.Flatten(), nn.Linear(10, 7), nn.ReLU(), nn.Linear(7, 2)), 70 + 14),
        (Parts(nn.LSTM(10, 3, batch_first=True, bidirectional=True)), 2 * 4 * 3 * (10 + 3)),
        (Parts(nn.LSTM(10, 3, num_layers=2, batch_first=True)), 4 * 3 * (10 + 3) + 4 * 3 * (3 + 3)),
        (Parts(nn.Conv1d(1, 4, 1), Attention(4, 2)), 40 + 4 * 10 * 16 + 2 * 100 * 4),
    ],
)
def test_multiply_adds_by_hand(network, expected):
    assert multiply_adds(network, 10) == expected


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_multiply_adds_of_every_architecture_miss_no_weight(name):
    """Every weight but those of norms and of what is added is multiplied at least once."""
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0)
    weights = sum(p.numel() for key, p in network.named_parameters() if p.ndim > 1 and "embedding" not in key)
    counted = multiply_adds(network, len(GRID))
    assert counted >= weights and counted == multiply_adds(network, len(GRID))


def record(path, **figures):
    path.write_text(json.dumps({"s": 1.0, "max_rss": 1.0}) + "\n" + json.dumps(figures) + "\n")
    return path


def test_records_of_jobs_are_summed_up(tmp_path):
    paths = [
        record(tmp_path / "a.jsonl", s=10.0, max_rss=500.0),
        record(tmp_path / "b.jsonl", s=20.0, max_rss=700.0),
        record(tmp_path / "c.jsonl", s="NA", max_rss="NA"),  # ended before it was measured
    ]
    costs = fitting_costs(paths)
    assert costs == {
        "training_seconds": 10.0,
        "training_seconds_low": 0.0,
        "training_seconds_high": 20.0,
        "peak_memory_mb": 700.0,
        "n_fits": 3,
    }


def test_answers_are_timed_on_all_spectra():
    asked = []
    assert spectra_per_second(lambda some: asked.append(len(some)), np.zeros((500, 3))) > 0
    assert asked == [64, 500, 500, 500]


def test_the_page_of_costs_leaves_out_what_a_model_does_not_have():
    row = {"model": "nnls", "training_seconds": 3.2, "training_seconds_low": 3, "training_seconds_high": 4}
    row |= {"peak_memory_mb": 812.3, "n_fits": 5, "spectra_per_second": 12345.6}
    text = costs_markdown(pd.DataFrame([row]).reindex(columns=COSTS_SCHEMA.names))
    assert "| NNLS, derivative | – " in text and "12,346" in text and "3 (3–4)" in text


def test_networks_without_gradients_give_the_same_count():
    network = build_seeded("transformer", GRID, 3, OPTIONS["transformer"], 0)
    with torch.no_grad():
        inside = multiply_adds(network, len(GRID))
    assert inside == multiply_adds(network, len(GRID))
