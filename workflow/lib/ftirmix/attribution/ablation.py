"""Ablation-CAM: a channel weighs as much as the logit loses without it; no gradient is asked."""

import numpy as np
import torch
from torch import Tensor, nn

from ftirmix.attribution.hooks import BATCH, layer_of
from ftirmix.models.layers import SpectrumNetwork, folded


def ablation_cam(activations: Tensor, drops: Tensor) -> Tensor:
    """Weight each channel by what the logit loses when the channel is zero, and sum over channels.

        w_k  = y - y_k                   (Eq. 5 without its denominator y)
        L(t) = sum_k w_k A_k(t)          (Eq. 6, before its ReLU)

    The paper's w_k = (y - y_k) / y has no value where the logit is zero and turns the map of a
    negative logit, that of a component the network does not see, upside down. Within one map the
    denominator is a constant, so that its shape is the paper's wherever y > 0.

    Args:
        activations: layer output A, shape (batch, channel, position).
        drops: y - y_k of one component's logit, y_k with channel k of the layer zero, shape (batch, channel).

    Returns:
        Attribution map, shape (batch, position); logit units times those of the activations, since
        the weights are differences and not slopes.

    Raises:
        ValueError: the shapes do not belong together.

    References:
        Desai and Ramaswamy 2020, Ablation-CAM, WACV, Eqs. 5-6, doi 10.1109/WACV45572.2020.9093360.
    """
    if activations.ndim != 3 or drops.shape != activations.shape[:2]:
        raise ValueError(
            "activations must be (batch, channel, position) and drops (batch, channel), got "
            f"{tuple(activations.shape)} and {tuple(drops.shape)}"
        )
    return torch.bmm(drops[:, None], activations)[:, 0]


def behind(network: SpectrumNetwork, layer: str) -> nn.Sequential:
    """Return what follows a layer, from its activations to (logits, ratio scores).

    Raises:
        StudyError: there is no such layer; the message lists those that are.
    """
    layer_of(network, layer)
    after = list(network.layers).index(layer) + 1
    return nn.Sequential(*list(network.blocks)[after:], network.head)


def channel_drops(rest: nn.Module, activations: Tensor, components: Tensor) -> Tensor:
    """Zero one channel after the other and return what one logit per spectrum loses, (batch, channel).

    Args:
        rest: maps activations to (logits, ...).
        activations: shape (batch, channel, position); as they were on return.
        components: logit of each spectrum, shape (batch,).
    """

    def logits() -> Tensor:
        return rest(activations)[0].gather(1, components[:, None])[:, 0]

    whole = logits()
    drops = []
    for channel in range(activations.shape[1]):
        kept = activations[:, channel].clone()
        activations[:, channel] = 0.0
        drops.append(whole - logits())
        activations[:, channel] = kept
    return torch.stack(drops, dim=1)


def ablation_maps(network: SpectrumNetwork, absorbance: np.ndarray, layer: str, components: np.ndarray) -> np.ndarray:
    """Map one component per spectrum at one layer by :func:`ablation_cam`.

    Only what lies behind the layer is run once per channel: at the last layer that is the head.

    Args:
        network: its layers are blocks one after the other.
        absorbance: shape (spectrum, wavenumber).
        layer: name of the layer.
        components: logit of each spectrum, shape (spectrum,).

    Returns:
        shape (spectrum, position), as :func:`ablation_cam`.

    Raises:
        StudyError: the layer does not exist.
    """
    network = folded(network)
    rest = behind(network, layer)
    captured: dict[str, Tensor] = {}
    handle = layer_of(network, layer).register_forward_hook(lambda _m, _i, output: captured.update(output=output))
    maps = []
    try:
        with torch.inference_mode():
            for start in range(0, len(absorbance), BATCH):
                rows = slice(start, start + BATCH)
                network(torch.from_numpy(np.ascontiguousarray(absorbance[rows])))
                activations = captured["output"].clone()
                drops = channel_drops(rest, activations, torch.from_numpy(components[rows]))
                maps.append(ablation_cam(activations, drops).numpy())
    finally:
        handle.remove()
    return np.concatenate(maps)
