"""The parts of the architectures against numbers worked out by hand and slow, obvious twins."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from ftirmix.models import build_seeded
from ftirmix.models.attention import CBAM, GlobalAttention, RegionalAttention, region_numbers
from ftirmix.models.bilstm import RecurrentLayer
from ftirmix.models.layers import Branches, Positions, ResidualBlock, WindowDropout
from ftirmix.models.resm2a_cnn import position_wavenumbers
from ftirmix.models.transformer import EncoderLayer
from ftirmix.training import mixture_loss, train_network
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS, STREAM, TRAINING, VALIDATION


def test_a_residual_block_without_weights_hands_on_what_is_positive():
    block = ResidualBlock(3, 3, 5).eval()
    block.second.convolution.weight.data.zero_()
    features = torch.randn(2, 3, 7)
    torch.testing.assert_close(block(features), torch.relu(features))
    assert ResidualBlock(3, 4, 5)(features).shape == (2, 4, 7)


def test_positions_say_where_a_feature_is():
    layer, features = Positions(2, 5), torch.zeros(3, 2, 5)
    layer.embedding.data = torch.arange(10.0).reshape(1, 2, 5)
    assert layer(features)[1].tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]


def attend_by_hand(tokens, attention, allowed):
    """Loop over heads and positions: softmax(Q K^T / sqrt(d)) V of one spectrum, over those that are allowed."""
    channels, heads = tokens.shape[1], attention.heads
    width = channels // heads
    query, key, value = (
        tokens @ attention.project.weight[part * channels : (part + 1) * channels].T
        + attention.project.bias[part * channels : (part + 1) * channels]
        for part in range(3)
    )
    mixed, weights = torch.zeros_like(tokens), torch.zeros(heads, len(tokens), len(tokens))
    for head in range(heads):
        own = slice(head * width, (head + 1) * width)
        for at in range(len(tokens)):
            others = [other for other in range(len(tokens)) if allowed(at, other)]
            scores = torch.stack([query[at, own] @ key[other, own] / math.sqrt(width) for other in others])
            shares = torch.exp(scores - scores.max()) / torch.exp(scores - scores.max()).sum()
            for other, share in zip(others, shares, strict=True):
                weights[head, at, other] = share
                mixed[at, own] += share * value[other, own]
    return mixed @ attention.join.weight.T + attention.join.bias, weights


def test_global_attention_is_the_equation():
    torch.manual_seed(0)
    layer, features = GlobalAttention(4, 2).eval(), torch.randn(2, 4, 5)
    with torch.no_grad():
        got, weights = layer(features), layer.weights(features)
        for row in range(2):
            tokens = nn.functional.layer_norm(features[row].T, (4,))
            mixed, shares = attend_by_hand(tokens, layer.attention, lambda _a, _b: True)
            torch.testing.assert_close(got[row], features[row] + mixed.T, atol=1e-5, rtol=1e-5)
            torch.testing.assert_close(weights[row], shares, atol=1e-5, rtol=1e-5)


def test_regional_attention_is_the_equation():
    torch.manual_seed(0)
    region = np.array([0, 0, 1, 1, 1, 2])
    layer, features = RegionalAttention(4, 2, region).eval(), torch.randn(1, 4, 6)
    with torch.no_grad():
        got, weights = layer(features), layer.weights(features)
        tokens = nn.functional.layer_norm(features[0].T, (4,))
        mixed, within = attend_by_hand(tokens, layer.within, lambda at, other: region[at] == region[other])
        inside = features[0] + mixed.T
        means = torch.stack([inside[:, region == number].mean(dim=1) for number in range(3)])
        exchanged, between = attend_by_hand(nn.functional.layer_norm(means, (4,)), layer.between, lambda _a, _b: True)
        torch.testing.assert_close(got[0], inside + exchanged[region].T, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(weights["within"][0], within, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(weights["between"][0], between, atol=1e-5, rtol=1e-5)


def test_regions():
    assert region_numbers(np.arange(10.0), "equal", 3).tolist() == [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    places = np.array([700.0, 1499.0, 1600.0, 1720.0, 2250.0, 2920.0, 3050.0, 3300.0])
    assert region_numbers(places, "chemical", 0).tolist() == [0, 0, 1, 1, 2, 3, 3, 4]
    assert region_numbers(places[[0, 2, 5]], "chemical", 0).tolist() == [0, 1, 2]  # without gaps
    assert position_wavenumbers(np.arange(680.0, 696.0, 2.0), 4).tolist() == [683.0, 691.0]


def test_cbam_by_hand():
    cbam = CBAM(2, 2, channel=True, spatial=True)  # a hidden layer of one
    cbam.shared[0].weight.data, cbam.shared[0].bias.data = torch.tensor([[1.0, 1.0]]), torch.zeros(1)
    cbam.shared[2].weight.data, cbam.shared[2].bias.data = torch.tensor([[0.5], [0.0]]), torch.zeros(2)
    cbam.spatial.weight.data, cbam.spatial.bias.data = torch.zeros(1, 2, 7), torch.tensor([-1.0])
    cbam.spatial.weight.data[0, 0, 3], cbam.spatial.weight.data[0, 1, 4] = 1.0, 2.0
    features = torch.tensor([[[1.0, 3.0], [0.0, 4.0]]])
    # means (2, 2), maxima (3, 4): the hidden layer is 4 and 7, so the channels get 0.5 * 11 and 0
    channel = [1 / (1 + math.exp(-5.5)), 0.5]
    weighed = [[1 * channel[0], 3 * channel[0]], [0.0, 2.0]]
    mean = [(weighed[0][at] + weighed[1][at]) / 2 for at in range(2)]
    largest = [max(weighed[0][at], weighed[1][at]) for at in range(2)]
    # the filter takes the mean in place and the maximum one position on, beyond the end 0
    position = [1 / (1 + math.exp(-(mean[0] + 2 * largest[1] - 1))), 1 / (1 + math.exp(-(mean[1] - 1)))]
    expected = torch.tensor([[[row[at] * position[at] for at in range(2)] for row in weighed]])
    torch.testing.assert_close(cbam(features), expected)
    assert cbam.weights(features)["channel"][0].tolist() == pytest.approx(channel)
    assert cbam.weights(features)["position"][0].tolist() == pytest.approx(position)


def test_cbam_without_its_parts_changes_nothing():
    features = torch.rand(2, 4, 5)
    torch.testing.assert_close(CBAM(4, 2, channel=False, spatial=False)(features), features)
    assert CBAM(4, 2, channel=False, spatial=True).weights(features).keys() == {"position"}
    assert CBAM(4, 2, channel=True, spatial=False).weights(features).keys() == {"channel"}


def test_branches_do_not_see_each_other():
    branches = Branches([nn.Identity(), nn.ReLU()])
    features = torch.tensor([[[-1.0], [2.0], [-3.0], [4.0]]])
    assert branches(features).flatten().tolist() == [-1, 2, 0, 4]


def test_split_inputs_send_the_derivative_to_the_second_branch():
    network = build_seeded("dcnet_cbam", GRID, 3, OPTIONS["dcnet_cbam"] | {"inputs": "split"}, 0).eval()
    spectra = torch.rand(1, 2, len(GRID), requires_grad=True)
    width = OPTIONS["dcnet_cbam"]["channels"][0]
    for branch in range(2):
        (gradient,) = torch.autograd.grad(
            network.stem(spectra)[:, branch * width : (branch + 1) * width].sum(), spectra
        )
        assert gradient[0, branch].abs().max() > 0 and gradient[0, 1 - branch].abs().max() == 0


def test_a_recurrent_layer_reads_from_both_ends():
    torch.manual_seed(0)
    layer, features = RecurrentLayer(4), torch.rand(1, 4, 6, requires_grad=True)
    read = layer(features)
    assert read.shape == (1, 4, 6)
    for channels, seen in ((slice(0, 2), range(0, 4)), (slice(2, 4), range(3, 6))):
        (gradient,) = torch.autograd.grad(read[0, channels, 3].sum(), features, retain_graph=True)
        assert set(np.flatnonzero(gradient[0].abs().sum(dim=0))) == set(seen)


def test_window_dropout_blanks_narrow_windows_of_its_own_for_every_spectrum():
    torch.manual_seed(0)
    layer, features = WindowDropout(1, 6), torch.ones(400, 2, 50)
    kept = layer(features)
    assert torch.equal(kept[:, 0], kept[:, 1]) and set(kept.unique().tolist()) == {0.0, 1.0}
    gaps = (kept[:, 0] == 0).int()
    borders = torch.diff(nn.functional.pad(gaps, (1, 1)), dim=1).clamp_min(0).sum(dim=1)
    assert borders.max() == 1  # one stretch in each
    widths = gaps.sum(dim=1).float()
    assert widths.max() == 6 and widths.mean().item() == pytest.approx(3 * 49 / 50, abs=0.25)
    assert (gaps.float().mean(dim=0)[3:-3] > 0).all()  # everywhere
    assert torch.equal(layer.eval()(features), features)
    assert torch.equal(WindowDropout(0, 6)(features), features)
    many = (WindowDropout(3, 6)(features)[:, 0] == 0).float().sum(dim=1).mean().item()
    assert widths.mean() * 2 < many < widths.mean() * 3


def test_towers_share_nothing_and_answer_with_their_mean():
    network, spectra = build_seeded("towers", GRID, 3, OPTIONS["towers"], 0).eval(), torch.rand(4, len(GRID))
    logits, scores = network(spectra)
    opinions = network.opinions(spectra)
    assert len(opinions) == 3 and not torch.allclose(opinions[0][0], opinions[1][0])
    torch.testing.assert_close(logits, sum(opinion[0] for opinion in opinions) / 3)
    ratios = sum(torch.exp(opinion[1]) / torch.exp(opinion[1]).sum(dim=1, keepdim=True) for opinion in opinions) / 3
    torch.testing.assert_close(scores.softmax(dim=1), ratios)
    opinions[1][0].sum().backward()
    moved = {
        name for name, parameter in network.named_parameters() if parameter.grad is not None and parameter.grad.any()
    }
    assert moved and all(".1." in name for name in moved)


def decided_towers():
    """Build towers of strong and different opinions, without anything random in training."""
    network = build_seeded("towers", GRID, 3, OPTIONS["towers"] | {"windows": 0, "dropout": 0.0}, 0)
    for number, head in enumerate(network.head.heads):
        head.presence.weight.data *= 40.0 * (number + 1)
    return network


def test_every_tower_is_judged_by_a_loss_of_its_own():
    """The loss of the mean would be lower than the mean of the losses, and would let towers lean on each other."""
    settings = replace(TRAINING, epochs=1, mixtures_per_epoch=32)
    history = train_network(decided_towers(), STREAM, VALIDATION, settings, 1e-9, 0)
    network = decided_towers().train()
    spectra, ratios = map(torch.from_numpy, STREAM.batch(32, np.random.default_rng([0, 0])))
    with torch.no_grad():
        losses = [mixture_loss(*opinion, ratios, TRAINING.ratio_weight).item() for opinion in network.opinions(spectra)]
        of_mean = mixture_loss(*network(spectra), ratios, TRAINING.ratio_weight).item()
    assert of_mean < 0.9 * np.mean(losses)
    assert history["training_loss"].item() == pytest.approx(np.mean(losses), rel=0.02)


def test_an_encoder_layer_without_weights_changes_nothing():
    layer, features = EncoderLayer(4, 2, 2), torch.rand(2, 4, 5)
    for last in (layer.attention.attention.join, layer.dense[2]):
        last.weight.data.zero_()
        last.bias.data.zero_()
    torch.testing.assert_close(layer(features), features)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("cnn", {}, {}),
        ("transformer", {}, {"block2.heads": (2, 2), "block3.heads": (2, 2)}),
        ("resm2a_cnn", {}, {"block3.heads": (2, 2), "block3.within": (2, 2), "block3.between": (2, 2)}),
        ("resm2a_cnn", {"attend_globally": False}, {"block3.within": (2, 2), "block3.between": (2, 2)}),
        ("resm2a_cnn", {"regions": "none"}, {"block3.heads": (2, 2)}),
        (
            "dcnet_cbam",
            {},
            {f"block{block}.branch{branch}.{kind}": (2,) for block in (1, 2) for branch in (1, 2)
             for kind in ("channel", "position")},
        ),
        ("dcnet_cbam", {"kernels": [3], "spatial_attention": False},
         {"block1.branch1.channel": (2,), "block2.branch1.channel": (2,)}),
    ],
)  # fmt: skip
def test_what_attention_weighs_can_be_read_out(name, options, expected):
    network = build_seeded(name, GRID, 3, OPTIONS[name] | options, 0).eval()
    weights = network.attention_weights(torch.rand(2, len(GRID)))
    assert weights.keys() == expected.keys()
    for key, values in weights.items():
        assert tuple(values.shape[: len(expected[key])]) == expected[key]
        assert (values >= 0).all() and (values <= 1).all()
        if values.ndim == 4:  # what a position takes from all others adds up
            torch.testing.assert_close(values.sum(dim=3), torch.ones(values.shape[:3]))


def test_ablations_take_the_parts_out():
    whole = build_seeded("resm2a_cnn", GRID, 3, OPTIONS["resm2a_cnn"], 0)
    counts = {
        key: sum(p.numel() for p in build_seeded("resm2a_cnn", GRID, 3, OPTIONS["resm2a_cnn"] | change, 0).parameters())
        for key, change in {
            "residual": {"residual": False}, "global": {"attend_globally": False}, "regions": {"regions": "none"}
        }.items()
    }  # fmt: skip
    everything = sum(p.numel() for p in whole.parameters())
    attention = 4 * 6 * 6 + 4 * 6 + 2 * 6  # of six channels: projections in and out, their biases, the norm
    assert everything - counts["global"] == attention
    assert everything - counts["regions"] == 2 * attention
    assert everything - counts["residual"] == 4 * 6 + 2 * 6  # the shortcut from four to six channels
