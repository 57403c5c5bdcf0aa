"""Attribution maps against numbers worked out by hand, and against what must hold exactly."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch import nn

from ftirmix.attribution import CAM_METHODS, attribute_components, attribute_layers
from ftirmix.attribution.cam import grad_cam, grad_cam_plus_plus, hires_cam, layer_cam, xgrad_cam
from ftirmix.attribution.consensus import consensus_cam
from ftirmix.attribution.hooks import map_batch, on_grid
from ftirmix.attribution.mixtures import attribute_mixtures, pure_view
from ftirmix.attribution.occlusion import occlusion
from ftirmix.attribution.path import integrated_gradients
from ftirmix.attribution.scores import matched_area_iou, rank_correlation
from ftirmix.attribution.scoring import score_network
from ftirmix.errors import StudyError
from ftirmix.map_names import CAM_NAMES
from ftirmix.models import ARCHITECTURES, build_seeded
from ftirmix.neglect import own_band_attribution, own_bands
from ftirmix.training import infer
from tests.unit.test_mixtures import COMPONENTS, GRID, a_set
from tests.unit.test_models import OPTIONS

ROOT = Path(__file__).resolve().parents[2]

# Two channels, four positions.
A = torch.tensor([[[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 3.0, 0.0]]])
G = torch.tensor([[[0.5, 0.5, 1.0, 0.0], [-1.0, 0.0, 0.0, 0.0]]])


class TinyNetwork(nn.Module):
    """One fixed convolution of width one, then a linear layer over all positions."""

    def __init__(self, head: str) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(1, 2, 1, bias=False)
        self.convolution.weight.data = torch.tensor([[[1.0]], [[-2.0]]])
        self.head = head
        self.linear = nn.Linear(2 if head == "pooled" else 8, 2)

    @property
    def layers(self):
        return {"convolution": self.convolution, "linear": self.linear}

    @property
    def strides(self):
        return dict.fromkeys(self.layers, 1)

    def forward(self, absorbance):
        features = self.convolution(absorbance[:, None, :])
        features = features.mean(dim=2) if self.head == "pooled" else features.flatten(1)
        return (self.linear(features),)


def test_grad_cam_by_hand():
    # w = (mean(0.5, 0.5, 1, 0), mean(-1, 0, 0, 0)) = (0.5, -0.25)
    # L = 0.5 * (1, 2, 0, 1) - 0.25 * (0, 1, 3, 0)
    assert grad_cam(A, G)[0].tolist() == [0.5, 0.75, -0.75, 0.5]


def test_hires_cam_by_hand():
    assert hires_cam(A, G)[0].tolist() == [0.5, 1.0, 0.0, 0.0]


def test_grad_cam_plus_plus_by_hand():
    # Both channels sum to 4. Where g is not zero, a = 1 / (2 + 4 g): 1/4, 1/4, 1/6 in channel 0.
    # w = (1/4 * 1/2 + 1/4 * 1/2 + 1/6 * 1, 0), since the only gradient of channel 1 is negative
    assert grad_cam_plus_plus(A, G)[0].tolist() == pytest.approx([5 / 12, 10 / 12, 0.0, 5 / 12])
    # g = 1 and activations that sum to -2: the denominator of Eq. 19 is zero, and so is the weight
    below = torch.tensor([[[-2.0, 0.0]]])
    assert grad_cam_plus_plus(below, torch.tensor([[[1.0, 0.0]]]))[0].tolist() == [0.0, 0.0]


def test_layer_cam_by_hand():
    assert layer_cam(A, G)[0].tolist() == [0.5, 1.0, 0.0, 0.0]
    # what speaks against the component is dropped, where HiResCAM sets it off
    pair = torch.tensor([[[1.0], [1.0]]]), torch.tensor([[[2.0], [-3.0]]])
    assert (layer_cam(*pair).item(), hires_cam(*pair).item()) == (2.0, -1.0)


def test_xgrad_cam_by_hand():
    # w = ((1/2 * 1 + 1/2 * 2) / 4, 0 / 4)
    assert xgrad_cam(A, G)[0].tolist() == [0.375, 0.75, 0.0, 0.375]
    assert xgrad_cam(torch.tensor([[[1.0, -1.0]]]), torch.ones(1, 1, 2))[0].tolist() == [0.0, 0.0]  # sums to zero


def test_every_method_has_a_name_for_tables_and_may_be_asked_for_in_the_config():
    schema = yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())
    offered = schema["properties"]["attribution"]["properties"]["cams"]["items"]["enum"]
    assert list(CAM_METHODS) == offered and set(CAM_METHODS) < set(CAM_NAMES)


def test_grad_cam_of_a_tiny_network_by_hand():
    network = TinyNetwork("flat")
    weight = torch.zeros(2, 8)
    weight[0] = torch.tensor([1.0, 0, 0, 0, 0, 2.0, 0, 0])  # component 0: channel 0 at 0, channel 1 at 1
    weight[1, 3] = 4.0
    network.linear.weight.data, network.linear.bias.data = weight, torch.tensor([0.5, 0.0])
    spectrum = np.array([[1.0, 0.5, 0.0, 2.0]], dtype=np.float32)
    logits, maps = attribute_components(network, spectrum, CAM_METHODS["grad_cam"], "convolution", 4.0)
    # A = (x, -2x); logit 0 = 1*1 + 2*(-1) + 0.5; logit 1 = 4*2
    assert logits[0].tolist() == [-0.5, 8.0]
    # component 0: w = (1/4, 2/4), L = 0.25 x + 0.5 * (-2x) = -0.75 x; component 1: w = (1, 0), L = x
    assert maps[0, 0].tolist() == pytest.approx((-0.75 * spectrum[0]).tolist())
    assert maps[0, 1].tolist() == pytest.approx(spectrum[0].tolist())


def test_grad_cam_equals_hires_cam_for_global_average_pooling():
    torch.manual_seed(0)
    network = TinyNetwork("pooled")
    spectra = np.random.default_rng(0).random((5, 4), dtype=np.float32)
    _, first = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "convolution", 4.0)
    _, second = attribute_components(network, spectra, CAM_METHODS["hires_cam"], "convolution", 4.0)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_hires_cam_sums_to_the_logit_less_its_bias_for_one_linear_layer():
    torch.manual_seed(0)
    network = TinyNetwork("flat")
    spectra = np.random.default_rng(0).random((5, 4), dtype=np.float32)
    logits, maps = attribute_components(network, spectra, CAM_METHODS["hires_cam"], "convolution", 4.0)
    np.testing.assert_allclose(maps.sum(axis=2), logits - network.linear.bias.detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("method", [grad_cam, hires_cam, grad_cam_plus_plus, layer_cam, xgrad_cam])
def test_shapes_that_differ_or_are_not_three_dimensional_are_refused(method):
    with pytest.raises(ValueError, match="batch, channel, position"):
        method(A, G[..., :3])
    with pytest.raises(ValueError, match="batch, channel, position"):
        method(A[0], G[0])


def small_cnn():
    return build_seeded(
        "cnn",
        np.arange(64.0),
        3,
        {"channels": [4, 6], "kernel": 3, "stride": 2, "reduced": 4, "hidden": 8, "dropout": 0.0},
        seed=3,
    ).eval()


def test_one_component_per_spectrum_equals_that_component_of_all():
    network, spectra = small_cnn(), np.random.default_rng(1).random((5, 64), dtype=np.float32)
    _, everything = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "block2", 4.0)
    chosen = np.array([0, 2, 1, 1, 0])
    _, alone = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "block2", 4.0, chosen)
    np.testing.assert_allclose(alone[:, 0], everything[np.arange(5), chosen], atol=1e-6)


@pytest.mark.parametrize("components", [None, np.array([0, 2, 1, 1, 0])])
def test_all_layers_and_methods_in_one_pass_equal_one_after_the_other(components):
    network, spectra = small_cnn(), np.random.default_rng(1).random((5, 64), dtype=np.float32)
    passes = []
    network.register_forward_hook(lambda *_: passes.append(1))
    logits, maps = attribute_layers(network, spectra, CAM_METHODS, ["block2", "block1"], 4.0, components)
    assert len(passes) == 1 and set(maps) == {(cam, layer) for cam in CAM_METHODS for layer in ("block1", "block2")}
    for (cam, layer), values in maps.items():
        alone = attribute_components(network, spectra, CAM_METHODS[cam], layer, 4.0, components)
        np.testing.assert_array_equal(logits, alone[0])
        np.testing.assert_allclose(values, alone[1], atol=1e-6)


def test_maps_do_not_depend_on_the_rest_of_the_batch(monkeypatch):
    network, spectra = small_cnn(), np.random.default_rng(1).random((7, 64), dtype=np.float32)
    _, together = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "block1", 4.0)
    monkeypatch.setattr("ftirmix.attribution.hooks.BATCH", 2)
    _, apart = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "block1", 4.0)
    np.testing.assert_allclose(together, apart, atol=1e-6)


def test_a_channel_without_gradient_gets_no_attribution():
    network, spectra = small_cnn(), np.random.default_rng(1).random((2, 64), dtype=np.float32)
    network.head.presence.weight.data[1] = 0.0
    _, maps = attribute_components(network, spectra, CAM_METHODS["grad_cam"], "block2", 4.0)
    assert np.all(maps[:, 1] == 0) and np.any(maps[:, 0] != 0)


def test_a_layer_that_does_not_exist_lists_those_that_do():
    with pytest.raises(StudyError, match="block9.*block1, block2"):
        attribute_components(small_cnn(), np.zeros((1, 64), np.float32), CAM_METHODS["grad_cam"], "block9", 4.0)


def test_a_layer_without_position_axis_is_refused():
    with pytest.raises(StudyError, match="no position axis"):
        attribute_components(TinyNetwork("flat"), np.zeros((1, 4), np.float32), CAM_METHODS["grad_cam"], "linear", 4.0)


def test_a_component_that_the_network_lacks_and_a_value_that_is_not_finite_are_named():
    spectra = np.zeros((3, 64), np.float32)
    with pytest.raises(StudyError, match="component 3.*has 3"):
        attribute_components(small_cnn(), spectra, CAM_METHODS["grad_cam"], "block1", 4.0, np.array([0, 3, 1]))
    spectra[1, 7] = np.nan
    with pytest.raises(StudyError, match="spectrum 1.*not finite"):
        attribute_components(small_cnn(), spectra, CAM_METHODS["grad_cam"], "block1", 4.0)


def test_a_batch_that_does_not_fit_into_memory_is_split(monkeypatch):
    network, spectra = small_cnn(), np.random.default_rng(1).random((7, 64), dtype=np.float32)
    whole = attribute_layers(network, spectra, CAM_METHODS, ["block1"], 4.0)
    sizes = []

    def scarce(network, absorbance, *rest):
        sizes.append(len(absorbance))
        if len(absorbance) > 2:
            raise MemoryError
        return map_batch(network, absorbance, *rest)

    monkeypatch.setattr("ftirmix.attribution.hooks.BATCH", 7)
    monkeypatch.setattr("ftirmix.attribution.hooks.map_batch", scarce)
    logits, maps = attribute_layers(network, spectra, CAM_METHODS, ["block1"], 4.0)
    assert sizes == [7, 3, 1, 1, 1, 1, 1, 1, 1]
    np.testing.assert_allclose(logits, whole[0], atol=1e-6)
    for key, values in maps.items():
        np.testing.assert_allclose(values, whole[1][key], atol=1e-6)


def test_the_hook_is_removed_even_after_an_error():
    network = TinyNetwork("flat")
    with pytest.raises(StudyError):
        attribute_components(network, np.zeros((1, 4), np.float32), CAM_METHODS["grad_cam"], "linear", 4.0)
    assert not network.linear._forward_hooks


def test_on_grid_repeats_each_position_and_keeps_its_sum():
    maps = np.array([[1.0, -2.0, 3.0]])
    assert on_grid(maps, 6, 2).tolist() == [[1, 1, -2, -2, 3, 3]]
    assert on_grid(maps, 7, 2).tolist() == [[1, 1, -2, -2, 3, 3, 3]]  # a point that pooling dropped


@pytest.mark.parametrize("cam", CAM_METHODS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_layer_of_every_architecture_is_mapped_by_every_method(name, cam):
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0).eval()
    spectra = np.random.default_rng(0).random((3, len(GRID)), dtype=np.float32)
    for layer in network.layers:
        logits, maps = attribute_components(network, spectra, CAM_METHODS[cam], layer, 4.0)
        assert maps.shape == (3, 3, len(GRID) // network.strides[layer])
        assert np.isfinite(maps).all() and (np.abs(maps).max(axis=(1, 2)) > 0).all()
        np.testing.assert_allclose(logits, infer(network, spectra)[0], atol=1e-5)


def test_mixtures_without_a_third_component_anywhere_are_attributed_as_among_others():
    spectra, mixtures = a_set()
    binary = np.flatnonzero(mixtures.table["composition"] == "binary")[:2]
    ternary = np.flatnonzero(mixtures.table["composition"] == "ternary")[:1]
    options = {"channels": [4], "kernel": 3, "stride": 2, "reduced": 2, "hidden": 8, "dropout": 0.0}
    network = build_seeded("cnn", GRID, len(COMPONENTS), options, 0).eval()
    tables = []
    for rows in (binary, np.append(binary, ternary)):
        arguments = (
            network,
            mixtures.take(rows),
            spectra,
            COMPONENTS,
            {"grad_cam": CAM_METHODS["grad_cam"]},
            ["block1"],
        )
        ((_, _, table, _),) = attribute_mixtures(*arguments)
        found = table.to_pandas()
        tables.append(found[found["mixture"].isin(mixtures.table["mixture"].iloc[binary])].reset_index(drop=True))
    alone, among = tables
    assert alone["view"].value_counts().to_dict() == {"mixture": 2 * len(COMPONENTS), "pure": 4}
    keys = ["mixture", "view", "component"]
    assert alone[keys].equals(among[keys])
    np.testing.assert_allclose(np.stack(alone["attribution"]), np.stack(among["attribution"]), atol=1e-6)


def test_on_grid_takes_the_stride_from_the_layer_where_many_points_were_dropped():
    # Six halvings of 120 points leave 3 positions of 32 points, 24 points are left over: 120 // 3 would say 40.
    mapped = on_grid(np.array([[1.0, 2.0, 3.0]]), 120, 32)
    assert np.flatnonzero(np.diff(mapped[0])).tolist() == [31, 63]


def test_the_pure_view_of_a_pure_spectrum_is_that_spectrum_with_its_nuisance():
    spectra, mixtures = a_set()
    pure = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "pure"))
    view = pure_view(pure, spectra, pure.recipes(spectra.table, COMPONENTS), 0)
    np.testing.assert_allclose(view, pure.absorbance, atol=1e-5)


def test_the_pure_view_of_a_mixture_is_its_endmember_under_the_same_relative_nuisance():
    spectra, mixtures = a_set()
    binary = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    recipes = binary.recipes(spectra.table, COMPONENTS)
    view = pure_view(binary, spectra, recipes, 0)
    alone = binary.placed(spectra, recipes, 0)
    rest = view / view.max(axis=1, keepdims=True) - alone / alone.max(axis=1, keepdims=True)
    assert (view.max(axis=1) == 1).all() and (np.abs(rest).max(axis=1) > 1e-3).all()


def test_integrated_gradients_sum_to_the_change_of_the_logit_and_are_exact_for_a_linear_network():
    rng = np.random.default_rng(3)
    spectra, baseline = rng.random((6, 64), dtype=np.float32), rng.random((6, 64), dtype=np.float32) / 2
    chosen, network = np.array([0, 1, 2, 2, 1, 0]), small_cnn()
    maps = integrated_gradients(network, spectra, baseline, chosen, steps=200)
    change = (infer(network, spectra)[0] - infer(network, baseline)[0])[np.arange(6), chosen]
    np.testing.assert_allclose(maps.sum(axis=1), change, atol=0.01)
    linear = TinyNetwork("flat")
    maps = integrated_gradients(linear, spectra[:, :4], baseline[:, :4], chosen % 2, steps=1)
    weight = linear.linear.weight.detach().numpy()[chosen % 2].reshape(6, 2, 4)
    slope = (weight * np.array([1.0, -2.0])[:, None]).sum(axis=1)
    np.testing.assert_allclose(maps, slope * (spectra[:, :4] - baseline[:, :4]), rtol=1e-5)


def test_every_map_of_a_network_is_scored_beside_the_controls_and_the_truth():
    spectra, mixtures = a_set()
    network = build_seeded("cnn", GRID, len(COMPONENTS), OPTIONS["cnn"], 0).eval()
    untrained = build_seeded("cnn", GRID, len(COMPONENTS), OPTIONS["cnn"], 7).eval()
    table = score_network(network, untrained, mixtures, mixtures, spectra, COMPONENTS, ["block1", "block2"])
    binary = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    assert set(table["mixture"]) == set(binary.table["mixture"]) and len(table) == len(binary.table) * (6 * 2 + 4 + 8)
    assert set(table["cam"]) == set(CAM_NAMES)
    recipes = binary.recipes(spectra.table, COMPONENTS)
    bands = own_bands(binary.at_equal_ratio(spectra, recipes), network.strides["block2"])[:, 0]
    _, maps = attribute_layers(network, binary.absorbance, CAM_METHODS, ["block2"], 4.0, recipes.components[:, 0])
    on_points = on_grid(maps["layer_cam", "block2"][:, 0], len(GRID), network.strides["block2"])
    rows = table[(table["cam"] == "layer_cam") & (table["layer"] == "block2")]
    np.testing.assert_allclose(rows["iou"], matched_area_iou(on_points, bands))
    np.testing.assert_allclose(rows["own_band_attribution"], own_band_attribution(on_points, bands), rtol=1e-6)
    rows = table[table["cam"] == "occlusion"]
    some = slice(None, None, 8)
    occluded = occlusion(network, binary.absorbance[some], recipes.components[some, 0], 4.0)
    np.testing.assert_allclose(rows["iou"][some], matched_area_iou(occluded, bands[some]))
    assert rows["iou"].notna().sum() == bands[some].any(axis=1).sum() and rows["blind"].isna().all()
    truth = table[table["cam"] == "contribution"]
    np.testing.assert_allclose(truth["rank_correlation"], 1.0)
    best = table[table["cam"] == "ssg_cam_best"]["iou"].to_numpy()
    single = [table[(table["cam"] == "ssg_cam") & (table["layer"] == name)]["iou"] for name in ("block1", "block2")]
    assert any(np.array_equal(best, part.to_numpy(), equal_nan=True) for part in single)
    step = binary.axis.step_cm1
    consensus = table[table["cam"] == "consensus"]["rank_correlation"].to_numpy()
    _, everything = attribute_layers(network, binary.absorbance, CAM_METHODS, ["block1", "block2"], step)
    layers = [on_grid(everything["layer_cam", name], len(GRID), network.strides[name]) for name in ("block1", "block2")]
    logits = infer(network, binary.absorbance)[0]
    agreed = consensus_cam(layers, logits, binary.absorbance, step)[
        np.arange(len(binary.table)), recipes.components[:, 0]
    ]
    contribution = binary.contributions(spectra, recipes)[:, 0]
    np.testing.assert_allclose(consensus, rank_correlation(agreed, contribution), atol=1e-3)
