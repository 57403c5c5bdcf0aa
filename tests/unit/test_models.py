"""Networks, their files and their training."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from ftirmix.errors import StudyError
from ftirmix.models import ARCHITECTURES, build_seeded, describe, load_network, save_network
from ftirmix.models.layers import Convolution, folded, with_derivative
from ftirmix.settings import TrainingSettings
from ftirmix.stream import stream_of
from ftirmix.training import Checkpoint, infer, mixture_loss, train_network
from tests.unit.test_mixtures import COMPONENTS, GRID, MATERIALS, SETTINGS, SPECTRA, WINDOW

HEAD = {"stride": 2, "reduced": 4, "hidden": 16, "dropout": 0.1}
BRANCHES = {"inputs": "both", "reduction": 2, "channel_attention": True, "spatial_attention": True}
ATTENTIONS = {"residual": True, "heads": 2, "attend_globally": True, "regions": "chemical", "region_count": 3}
OPTIONS = {
    "cnn": {"channels": [4, 6], "kernel": 3} | HEAD,
    "resnet": {"channels": [4, 6], "kernel": 3} | HEAD,
    "bilstm": {"channels": [6], "kernel": 3, "depth": 2} | HEAD,
    "transformer": {"channels": [6], "kernel": 3, "depth": 2, "heads": 2, "widening": 2} | HEAD,
    "dcnet_cbam": {"channels": [4, 6], "kernels": [3, 7]} | BRANCHES | HEAD,
    "resm2a_cnn": {"channels": [4, 6], "kernel": 3} | ATTENTIONS | HEAD,
    "towers": {"channels": [4, 6], "kernels": [3, 5, 7], "windows": 1, "widest": 2} | HEAD,
}
TRAINING = TrainingSettings(3, 512, 32, 1e-2, 0.5, 0.9, 2)


def build(name, seed=0):
    return build_seeded(name, GRID, 3, OPTIONS[name], seed)


STREAM = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
VALIDATION = STREAM.batch(64, np.random.default_rng(9))


def trained(seed, training=TRAINING, name="cnn"):
    network = build(name, seed)
    return network, train_network(network, STREAM, VALIDATION, training, 5e-3, seed)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_parameter_gets_a_gradient(name):
    network = build(name)
    ratios = torch.tensor([[0.3, 0.7, 0.0], [0.0, 0.0, 1.0]])
    logits, scores = network(torch.rand(2, len(GRID)))
    assert logits.shape == scores.shape == (2, 3)
    mixture_loss(logits, scores, ratios, 0.5).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_mixed_precision_answers_nearly_the_same(name):
    network, spectra = build(name).eval(), torch.rand(8, len(GRID))
    with torch.no_grad():
        exact = network(spectra)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = network(spectra)
    for single, half in zip(exact, rough, strict=True):
        assert half.dtype == torch.bfloat16
        torch.testing.assert_close(half.float(), single, atol=0.05, rtol=0.05)


@pytest.mark.parametrize("mixed", [False, True])
def test_training_takes_the_precision_of_its_device(mixed, monkeypatch):
    """Whatever the processor can do, both ways train; the weights stay in single precision."""
    monkeypatch.setattr("ftirmix.training.multiplies_bfloat16", lambda _device: mixed)
    seen = []
    network = build("cnn")

    def note(_module, _inputs, output):
        if torch.is_grad_enabled():  # not in validation
            seen.append(output.dtype)

    network.blocks[0].register_forward_hook(note)
    history = train_network(network, STREAM, VALIDATION, replace(TRAINING, epochs=2), 5e-3, 0)
    assert set(seen) == {torch.bfloat16 if mixed else torch.float32}
    assert {parameter.dtype for parameter in network.parameters()} == {torch.float32}
    assert history["training_loss"].iloc[-1] < history["training_loss"].iloc[0]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_folded_network_answers_the_same_and_leaves_its_own_alone(name):
    network, spectra = build(name), np.random.default_rng(0).random((5, len(GRID)), dtype=np.float32)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1)
            module.running_var.uniform_(0.5, 2)
    state = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    for quick, exact in zip(infer(folded(folded(network)), spectra), infer(network, spectra), strict=True):
        np.testing.assert_allclose(quick, exact, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded(network).modules())
    assert all(torch.equal(state[key], tensor) for key, tensor in network.state_dict().items())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_saved_network_answers_the_same(name, tmp_path):
    network, spectra = build(name).eval(), np.random.default_rng(0).random((5, len(GRID)), dtype=np.float32)
    save_network(tmp_path / "n.safetensors", network, describe(name, OPTIONS[name], COMPONENTS, GRID, 0))
    again, description = load_network(tmp_path / "n.safetensors")
    np.testing.assert_array_equal(infer(network, spectra)[0], infer(again, spectra)[0])
    assert description["components"] == COMPONENTS and description["seed"] == 0


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_answer_does_not_depend_on_the_rest_of_the_batch(name):
    network, spectra = build(name), np.random.default_rng(0).random((6, len(GRID)), dtype=np.float32)
    together = infer(network, spectra)[0]
    apart = np.concatenate([infer(network, spectra[[row]])[0] for row in range(6)])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_the_kept_network_is_the_averaged_one_that_was_validated():
    last, _ = trained(0, replace(TRAINING, averaging=0.0, epochs=1))
    network, history = trained(0, replace(TRAINING, averaging=0.9, epochs=1))
    gaps = [(a - b).abs().max().item() for a, b in zip(last.parameters(), network.parameters(), strict=True)]
    assert min(gaps) > 0  # the same steps, but the last weights of one are not the average of the other
    spectra, ratios = (torch.from_numpy(part) for part in VALIDATION)
    logits, scores = (torch.from_numpy(part) for part in infer(network, spectra.numpy()))
    loss = mixture_loss(logits, scores, ratios, TRAINING.ratio_weight).item()
    assert loss == pytest.approx(history["validation_loss"][history["kept"]].item(), rel=1e-6)


def test_a_truncated_network_is_named(tmp_path):
    path = tmp_path / "n.safetensors"
    save_network(path, build("cnn"), describe("cnn", OPTIONS["cnn"], COMPONENTS, GRID, 0))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(StudyError, match=r"n\.safetensors.*retrain"):
        load_network(path)


def test_a_network_of_another_version_is_named(tmp_path):
    path, description = tmp_path / "n.safetensors", describe("cnn", OPTIONS["cnn"], COMPONENTS, GRID, 0)
    for change in ({"architecture": "gnn"}, {"options": {"width": 3}}, {"options": OPTIONS["cnn"] | {"reduced": 9}}):
        save_network(path, build("cnn"), description | change)
        with pytest.raises(StudyError, match=r"n\.safetensors.*another version.*retrain"):
            load_network(path)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_training_is_determined_by_its_seed_and_lowers_the_loss(name):
    (first, history), (again, _), (other, _) = (trained(seed, name=name) for seed in (1, 1, 2))
    weights = [torch.cat([p.flatten() for p in network.parameters()]) for network in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert history["training_loss"].iloc[-1] < history["training_loss"].iloc[0]
    assert history.loc[history["kept"], "validation_loss"].iloc[0] == history["validation_loss"].min()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_ten_spectra_can_be_learned_by_heart(name):
    network, (spectra, ratios) = build(name), (torch.from_numpy(part[:10]) for part in VALIDATION)
    optimiser = torch.optim.AdamW(network.parameters(), lr=5e-3)
    network.train()
    for _ in range(300):
        loss = mixture_loss(*network(spectra), ratios, 0.0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    called = infer(network, spectra.numpy())[0] > 0
    assert (called == (ratios.numpy() > 0)).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_layer_has_one_position_per_stride(name):
    network = build(name).eval()
    shapes = {}
    for layer, module in network.layers.items():
        module.register_forward_hook(lambda _m, _i, output, layer=layer: shapes.update({layer: output.shape}))
    network(torch.rand(3, len(GRID)))
    assert list(shapes) == [f"block{number}" for number in range(1, len(shapes) + 1)] and len(shapes) >= 2
    for layer, shape in shapes.items():
        assert len(shape) == 3 and shape[0] == 3 and shape[2] == len(GRID) // network.strides[layer]


class Killed(Exception):
    pass


class EndingStream:
    """A stream that ends like a killed job after some batches."""

    def __init__(self, batches):
        self.left = batches

    def batch(self, size, rng):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return STREAM.batch(size, rng)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_killed_training_goes_on_to_the_same_weights(name, tmp_path):
    """Killed in the middle of the third epoch; the third is done again from where the second ended."""
    whole, history = trained(4, replace(TRAINING, epochs=4), name)
    checkpoint = Checkpoint(tmp_path / "checkpoint.safetensors", "these choices")
    settings, steps = replace(TRAINING, epochs=4), TRAINING.mixtures_per_epoch // TRAINING.batch
    with pytest.raises(Killed):
        train_network(build(name, 4), EndingStream(2 * steps + 5), VALIDATION, settings, 5e-3, 4, None, checkpoint)
    torch.rand(7)  # whatever ran in between
    again = build(name, 99)  # a new process has other weights until it has read its own
    stream = EndingStream(2 * steps)
    rest = train_network(again, stream, VALIDATION, settings, 5e-3, 4, None, checkpoint)
    assert stream.left == 0 and not checkpoint.path.exists()
    pd.testing.assert_frame_equal(rest, history)
    for key, tensor in whole.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[key]), key


@pytest.mark.parametrize("damage", ["other choices", "truncated", "none"])
def test_a_checkpoint_that_does_not_fit_starts_anew(damage, tmp_path):
    checkpoint = Checkpoint(tmp_path / "checkpoint.safetensors", "these choices")
    settings, steps = replace(TRAINING, epochs=2), TRAINING.mixtures_per_epoch // TRAINING.batch
    with pytest.raises(Killed):
        train_network(build("cnn"), EndingStream(steps), VALIDATION, settings, 5e-3, 0, None, checkpoint)
    if damage == "truncated":
        checkpoint.path.write_bytes(checkpoint.path.read_bytes()[:-50])
    if damage == "none":
        checkpoint.path.unlink()
    if damage == "other choices":
        checkpoint = checkpoint._replace(key="those choices")
    stream = EndingStream(2 * steps)
    train_network(build("cnn"), stream, VALIDATION, settings, 5e-3, 0, None, checkpoint)
    assert stream.left == 0


def test_the_derivative_channel_is_a_central_difference():
    channels = with_derivative(torch.tensor([[0.0, 1.0, 4.0, 9.0]]))
    assert channels[0, 0].tolist() == [0, 1, 4, 9]
    assert channels[0, 1].tolist() == [8 * 0.5, 8 * 2.0, 8 * 4.0, 8 * 2.5]


def test_a_convolution_is_the_one_dimensional_one():
    torch.manual_seed(0)
    layer, features = Convolution(3, 5, 5, stride=2, padding=2), torch.rand(4, 3, 31)
    plain, norm = torch.nn.Conv1d(3, 5, 5, stride=2, padding=2, bias=False), torch.nn.BatchNorm1d(5)
    plain.weight.data = layer.convolution.weight.data.squeeze(2)
    for got in (layer.train(), layer.eval()):  # the second with the running statistics of the first
        norm.train(got.training)
        torch.testing.assert_close(got(features), torch.relu(norm(plain(features))), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_a_position_is_centred_on_the_points_it_stands_for(stride):
    options = {"channels": [4], "kernel": 3, "stride": stride, "reduced": 2, "hidden": 8, "dropout": 0.0}
    network = build_seeded("cnn", np.arange(64.0), 3, options, 0).eval()
    spectrum = torch.rand(1, 2, 64, requires_grad=True)
    positions = network.stem.convolution(spectrum.unsqueeze(2)).squeeze(2)
    positions[0, :, 5].sum().backward()
    seen = np.flatnonzero(spectrum.grad.abs().sum(dim=(0, 1)))
    own = np.arange(5 * stride, 6 * stride)
    assert set(own) <= set(seen) and abs(seen.mean() - own.mean()) <= 0.5  # half a point: an even kernel at stride 1
    assert network(torch.rand(2, 64))[0].shape == (2, 3)
