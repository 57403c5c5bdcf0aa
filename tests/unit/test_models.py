"""Networks, their files, their training, and NNLS unmixing."""

import numpy as np
import pytest
import torch

from ftirmix.errors import StudyError
from ftirmix.models import ARCHITECTURES, build_seeded, describe, load_network, save_network
from ftirmix.models.cnn import with_derivative
from ftirmix.settings import TrainingSettings
from ftirmix.stream import stream_of
from ftirmix.training import infer, mixture_loss, train_network
from ftirmix.unmixing import first_derivative, fit_library, load_library, save_library, unmix
from tests.unit.test_mixtures import COMPONENTS, GRID, MATERIALS, SETTINGS, SPECTRA, WINDOW

OPTIONS = {"cnn": {"channels": [4, 6], "kernel": 3, "hidden": 16, "dropout": 0.1}}
TRAINING = TrainingSettings(3, 512, 32, 5e-3, 1e-2, 0.5, 2)


def build(name, seed=0):
    return build_seeded(name, len(GRID), 3, OPTIONS[name], seed)


def trained(seed):
    network = build("cnn", seed)
    stream = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
    validation = stream.batch(64, np.random.default_rng(9))
    return network, train_network(network, stream, validation, TRAINING, seed)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_parameter_gets_a_gradient(name):
    network = build(name)
    ratios = torch.tensor([[0.3, 0.7, 0.0], [0.0, 0.0, 1.0]])
    logits, scores = network(torch.rand(2, len(GRID)))
    assert logits.shape == scores.shape == (2, 3)
    mixture_loss(logits, scores, ratios, 0.5).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in network.parameters())


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


def test_a_truncated_network_and_library_are_named(tmp_path):
    path = tmp_path / "n.safetensors"
    save_network(path, build("cnn"), describe("cnn", OPTIONS["cnn"], COMPONENTS, GRID, 0))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(StudyError, match=r"n\.safetensors.*retrain"):
        load_network(path)
    with pytest.raises(StudyError, match=r"n\.safetensors.*not a readable library"):
        load_library(path)


def test_training_is_determined_by_its_seed_and_lowers_the_loss():
    (first, history), (again, _), (other, _) = trained(1), trained(1), trained(2)
    weights = [torch.cat([p.flatten() for p in network.parameters()]) for network in (first, again, other)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
    assert history["training_loss"].iloc[-1] < history["training_loss"].iloc[0]
    assert history.loc[history["kept"], "validation_loss"].iloc[0] == history["validation_loss"].min()


def test_the_derivative_channel_is_a_central_difference():
    channels = with_derivative(torch.tensor([[0.0, 1.0, 4.0, 9.0]]))
    assert channels[0, 0].tolist() == [0, 1, 4, 9]
    assert channels[0, 1].tolist() == [8 * 0.5, 8 * 2.0, 8 * 4.0, 8 * 2.5]


def bands(*centres):
    return sum(np.exp(-(((GRID - centre) / 12) ** 2)) for centre in centres)


def test_nnls_recovers_a_linear_mixture_whatever_its_straight_baseline(tmp_path):
    pure = np.stack([bands(1040, 1100), bands(1060, 1180), bands(1140, 1200)])
    library = fit_library(pure, np.arange(3), COMPONENTS, 4, 5, seed=0)
    save_library(tmp_path / "l.safetensors", library)
    mixed = 0.6 * pure[0] + 0.4 * pure[2] + 0.3
    ratios = unmix(load_library(tmp_path / "l.safetensors"), mixed[None])
    np.testing.assert_allclose(ratios, [[0.6, 0.0, 0.4]], atol=1e-4)


def test_the_short_fit_equals_the_long_one():
    from scipy.optimize import nnls

    rng = np.random.default_rng(0)
    library = fit_library(rng.random((12, len(GRID))), np.repeat(np.arange(3), 4), COMPONENTS, 4, 5, seed=0)
    spectrum = rng.random(len(GRID))
    coefficients = nnls(first_derivative(library.absorbance, 5).T, first_derivative(spectrum, 5))[0]
    slow = np.array([coefficients[library.component == index].sum() for index in range(3)])
    np.testing.assert_allclose(unmix(library, spectrum[None])[0], slow / slow.sum(), atol=1e-6)


def test_the_library_is_balanced_and_made_of_measured_spectra():
    rng = np.random.default_rng(0)
    spectra = rng.random((40, len(GRID)))
    library = fit_library(spectra, np.repeat([0, 1], [35, 5]), ["PE", "PS"], 6, 5, seed=0)
    assert np.bincount(library.component).tolist() == [6, 5]
    assert all(any(np.array_equal(entry, row) for row in spectra) for entry in library.absorbance)


def test_a_spectrum_that_nothing_fits_gets_equal_ratios():
    library = fit_library(np.stack([bands(1040), bands(1200)]), np.arange(2), ["PE", "PS"], 1, 5, seed=0)
    assert unmix(library, np.zeros((1, len(GRID)))).tolist() == [[0.5, 0.5]]
