"""Ablation-CAM: numbers by hand, a slow obvious twin for every network and layer, and pytorch-grad-cam's."""

import numpy as np
import pytest
import torch

from ftirmix.attribution.ablation import ablation_cam, ablation_maps, behind, channel_drops
from ftirmix.attribution.sanity import Blind, blind_window
from ftirmix.errors import StudyError
from ftirmix.map_speed import Dressed
from ftirmix.models import ARCHITECTURES, build_seeded
from tests.unit.test_attribution import A
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

SPECTRA = np.random.default_rng(0).random((5, len(GRID)), dtype=np.float32)
CHOSEN = np.array([0, 2, 1, 1, 0])


def test_ablation_cam_by_hand():
    # L = 2 * (1, 2, 0, 1) - 0.5 * (0, 1, 3, 0)
    assert ablation_cam(A, torch.tensor([[2.0, -0.5]]))[0].tolist() == [2.0, 3.5, -1.5, 2.0]


def test_drops_by_hand_and_activations_stay():
    def rest(activations):  # logit 0: product of the channels' sums, 4 * 4; logit 1: the second channel's alone
        sums = activations.sum(dim=2)
        return (torch.stack([sums[:, 0] * sums[:, 1], sums[:, 1]], dim=1),)

    activations = torch.cat([A, A])
    assert channel_drops(rest, activations, torch.tensor([0, 1])).tolist() == [[16.0, 16.0], [0.0, 4.0]]
    assert torch.equal(activations, torch.cat([A, A]))


def test_shapes_that_do_not_belong_together_are_refused():
    for drops in (torch.zeros(1, 3), torch.zeros(1, 2, 4)):
        with pytest.raises(ValueError, match="batch, channel"):
            ablation_cam(A, drops)
    with pytest.raises(ValueError, match="batch, channel"):
        ablation_cam(A[0], torch.zeros(1, 2))


def slow_twin(network, spectra, layer, components):
    """Run the whole network for each spectrum and channel, with a hook that zeroes the channel."""
    maps = []
    for spectrum, component in zip(torch.from_numpy(spectra)[:, None], components, strict=True):
        seen = []

        def logit(channel, spectrum=spectrum, component=component, seen=seen):
            def hook(_module, _inputs, output):
                output = output.clone()
                seen.append(output.clone())
                if channel is not None:
                    output[:, channel] = 0.0
                return output

            handle = network.layers[layer].register_forward_hook(hook)
            answer = network(spectrum)[0][0, component].item()
            handle.remove()
            return answer

        with torch.no_grad():
            whole = logit(None)
            drops = [whole - logit(channel) for channel in range(seen[0].shape[1])]
        maps.append(sum(drop * values for drop, values in zip(drops, seen[0][0].numpy(), strict=True)))
    return np.stack(maps)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_layer_of_every_architecture_is_mapped_as_by_a_slow_obvious_twin(monkeypatch, name):
    monkeypatch.setattr("ftirmix.attribution.ablation.BATCH", 2)
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0).eval()
    for layer in network.layers:
        found = ablation_maps(network, SPECTRA, layer, CHOSEN)
        expected = slow_twin(network, SPECTRA, layer, CHOSEN)
        assert found.shape == (5, len(GRID) // network.strides[layer]) and np.abs(expected).max() > 0
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max() + 1e-7)
        assert not network.layers[layer]._forward_hooks


def test_a_network_behind_a_wall_is_mapped_too():
    network = build_seeded("cnn", GRID, 3, OPTIONS["cnn"], 0).eval()
    hidden = blind_window(len(GRID))
    found = ablation_maps(Blind(network, hidden).eval(), SPECTRA, "block2", CHOSEN)
    np.testing.assert_allclose(found, ablation_maps(network, SPECTRA * ~hidden, "block2", CHOSEN), atol=1e-6)


def test_a_layer_that_does_not_exist_lists_those_that_do():
    with pytest.raises(StudyError, match="block9.*block1, block2"):
        behind(build_seeded("cnn", GRID, 3, OPTIONS["cnn"], 0), "block9")


def test_pytorch_grad_cam_gives_the_same_maps_divided_by_the_logit():
    cams = pytest.importorskip("pytorch_grad_cam", reason="of the dependency group benchmark")
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    class Raw(cams.AblationCAM):
        """Keeps the maps as they are before the library cuts, stretches and scales them."""

        def get_cam_image(self, *arguments, **named):
            self.raw = super().get_cam_image(*arguments, **named)
            return self.raw

    network = build_seeded("cnn", GRID, 3, OPTIONS["cnn"], 0).eval()  # its activations are not negative: zero is zero
    dressed = Dressed(network, "block2")
    theirs = Raw(dressed, [dressed.target])
    theirs(torch.from_numpy(SPECTRA)[:, None, None], [ClassifierOutputTarget(int(number)) for number in CHOSEN])
    with torch.no_grad():
        logits = network(torch.from_numpy(SPECTRA))[0].numpy()[np.arange(5), CHOSEN]
    found = ablation_maps(network, SPECTRA, "block2", CHOSEN)
    np.testing.assert_allclose(found / logits[:, None], theirs.raw[:, 0], rtol=1e-3, atol=1e-4)
