"""SSG-CAM: derivatives that exist, smoothing, and what they see where first derivatives see nothing."""

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ftirmix.attribution.cam import layer_cam
from ftirmix.attribution.hooks import attribute_layers
from ftirmix.attribution.methods import first_order, ssg
from ftirmix.attribution.second_order import diagonal_curvature, smooth, ssg_cam
from ftirmix.models import build_seeded
from tests.unit.test_attribution import A, G
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

ZERO = torch.zeros_like(A)


def test_ssg_cam_by_hand():
    # At logit 0: p = 1/2, s = 1/4, and p'' = s h, since 1 - 2p = 0.
    logits = torch.tensor([0.0])
    assert ssg_cam(A, G, ZERO, logits, 0.0, (1,))[0].tolist() == [0.125, 0.25, 0.0, 0.0]
    assert ssg_cam(A, G, ZERO, logits, 0.0, (2,))[0].tolist() == [0.0, 0.0, 0.0, 0.0]
    curved = ZERO.clone()
    curved[0, 1, 2] = -2.0  # |s h| A = 0.25 * 2 * 3
    assert ssg_cam(A, G, curved, logits, 0.0, (2,))[0].tolist() == [0.0, 0.0, 1.5, 0.0]
    assert ssg_cam(A, G, curved, logits, 0.0)[0].tolist() == [0.125, 0.25, 1.5, 0.0]
    # At logit ln 3: p = 3/4, s = 3/16, 1 - 2p = -1/2: |p''| = 3/32 g^2
    logits = torch.tensor([np.log(3.0)], dtype=torch.float32)
    expected = 3 / 32 * np.array([0.25, 0.25 * 2, 0.0, 0.0])
    np.testing.assert_allclose(ssg_cam(A, G, ZERO, logits, 0.0, (2,))[0], expected, rtol=1e-6)


def test_orders_other_than_one_and_two_and_shapes_that_differ_are_refused():
    for orders in ((), (3,), (0, 1)):
        with pytest.raises(ValueError, match="orders"):
            ssg_cam(A, G, ZERO, torch.zeros(1), 0.0, orders)
    with pytest.raises(ValueError, match="batch, channel, position"):
        ssg_cam(A, G, ZERO[..., :2], torch.zeros(1), 0.0)


@pytest.mark.parametrize("sigma", [0.05, 0.4, 1.0, 3.0])
def test_smoothing_is_scipys(sigma):
    values = torch.randn(2, 3, 20, dtype=torch.float64)
    np.testing.assert_allclose(smooth(values, sigma), gaussian_filter1d(values, sigma, axis=2, mode="nearest"))


def derivatives(network, layer, spectra, create_graph=True):
    captured = {}
    handle = network.layers[layer].register_forward_hook(lambda _m, _i, output: captured.update(a=output))
    with sdpa_kernel(SDPBackend.MATH):
        logits = network(spectra)[0][:, 0]
    handle.remove()
    (gradients,) = torch.autograd.grad(logits.sum(), captured["a"], create_graph=create_graph)
    return captured["a"], gradients, logits


@pytest.mark.parametrize(
    ("name", "layer", "curved"),
    [("cnn", "block1", False), ("resnet", "block1", False), ("dcnet_cbam", "block2", False),
     ("dcnet_cbam", "block1", True), ("bilstm", "block1", True), ("transformer", "block1", True),
     ("resm2a_cnn", "block2", True), ("resm2a_cnn", "block3", False), ("towers", "block1", False)],
)  # fmt: skip
def test_the_second_derivative_of_a_logit_is_there_only_behind_what_is_not_piecewise_linear(name, layer, curved):
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0).eval()
    activations, gradients, _ = derivatives(network, layer, torch.rand(2, len(GRID), requires_grad=True))
    assert (diagonal_curvature(gradients, activations, 4).abs().max() > 1e-9) == curved


def test_the_diagonal_is_exact_where_there_is_nothing_beside_it_and_unbiased_elsewhere():
    activations = torch.randn(1, 2, 3, requires_grad=True)
    (gradients,) = torch.autograd.grad((activations**3).sum(), activations, create_graph=True)
    torch.testing.assert_close(diagonal_curvature(gradients, activations, 1), 6 * activations.detach())
    matrix = torch.randn(6, 6, generator=torch.Generator().manual_seed(1))
    matrix = matrix + matrix.T
    flat = activations.flatten()
    (gradients,) = torch.autograd.grad(0.5 * flat @ matrix @ flat, activations, create_graph=True)
    found = diagonal_curvature(gradients, activations, 4000).flatten()
    torch.testing.assert_close(found, matrix.diagonal(), atol=0.15, rtol=0)


def test_the_second_derivative_of_the_probability_is_what_differences_give():
    """In a piecewise linear network p'' = s (1 - 2p) g^2; a difference quotient knows nothing of that."""
    network = build_seeded("cnn", GRID, 3, OPTIONS["cnn"], 0).double().eval()
    spectra = torch.rand(1, len(GRID), dtype=torch.float64, requires_grad=True)
    activations, gradients, logits = derivatives(network, "block2", spectra, create_graph=False)
    network.head.presence.bias.data[0] += 1.0 - logits.item()  # a probability where the curve bends
    logits = torch.ones(1, dtype=torch.float64)
    activations, gradients = activations.detach(), gradients.detach()
    channel, position = divmod(int(gradients.abs().argmax()), gradients.shape[2])
    step, values = 1e-4, []
    for change in (-step, 0.0, step):
        moved = activations.clone()
        moved[0, channel, position] += change
        values.append(torch.sigmoid(network.head(moved)[0][0, 0]).item())
    quotient = (values[0] - 2 * values[1] + values[2]) / step**2
    only = torch.zeros_like(activations)
    only[0, channel, position] = 1.0
    found = ssg_cam(only, gradients, torch.zeros_like(gradients), logits, 0.0, (2,)).sum().item()
    assert found == pytest.approx(abs(quotient), rel=1e-3) and found > 0


class Saturated(nn.Module):
    """A component told by a band that it knows for sure, position 0, and a little by another, position 1."""

    layers = property(lambda self: {"spectrum": self.spectrum})
    strides = property(lambda self: {"spectrum": 1})

    def __init__(self):
        super().__init__()
        self.spectrum = nn.Identity()

    def forward(self, absorbance):
        features = self.spectrum(absorbance[:, None])
        return ((4.0 * torch.tanh(3.0 * features[:, 0, 0]) + 0.2 * features[:, 0, 1])[:, None],)


def test_a_band_whose_gradient_is_saturated_is_seen_by_the_second_derivative_only():
    spectrum = np.array([[1.0, 1.0, 0.3]], dtype=np.float32)
    network = Saturated()
    without = [network(torch.tensor(spectrum * (np.arange(3) != band)))[0].item() for band in range(2)]
    logit = network(torch.from_numpy(spectrum))[0].item()
    # Taking the first band away costs far more: that is what a map should tell.
    assert logit - without[0] > 15 * (logit - without[1])
    methods = {
        "layer": first_order(layer_cam),
        "first": ssg((1,), 0.0),
        "second": ssg((2,), 0.0),
        "both": ssg((1, 2), 0.0),
    }
    _, maps = attribute_layers(network, spectrum, methods, ["spectrum"], 4.0)
    # gradients are 12 (1 - tanh(3)^2) = 0.12 and 0.2, second derivatives -0.71 and 0
    assert {name for name, _ in maps if np.argmax(maps[name, "spectrum"][0, 0]) == 0} == {"second", "both"}
