"""Capture activations and gradients of a layer, and lay maps on the wavenumber grid."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ftirmix.errors import StudyError

BATCH = 256


def layer_of(network: nn.Module, name: str) -> nn.Module:
    """Return a network's layer by name.

    Raises:
        StudyError: there is no such layer; the message lists those that are.
    """
    layers: dict[str, nn.Module] = network.layers  # type: ignore[assignment]
    if name not in layers:
        raise StudyError(f"layer {name!r} does not exist in this network; it has {', '.join(layers)}")
    return layers[name]


def stride_of(network: nn.Module, name: str) -> int:
    """Return how many grid points one position of a layer's output stands for."""
    strides: dict[str, int] = network.strides  # type: ignore[assignment]
    return strides[name]


def attribute_components(
    network: nn.Module,
    absorbance: np.ndarray,
    method: Callable[[Tensor, Tensor], Tensor],
    layer: str,
    components: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Attribute components' logits to wavenumbers.

    Args:
        network: returns (logits, ...) for absorbance of shape (batch, wavenumber).
        absorbance: shape (spectrum, wavenumber).
        method: one of ``CAM_METHODS``.
        layer: name of the layer whose activations are attributed to.
        components: one component index per spectrum, to map that component alone; all
            components of every spectrum where None.

    Returns:
        Logits, shape (spectrum, component), and maps in logit units at the layer's own
        resolution, shape (spectrum, component, position); with ``components`` the second axis
        of the maps has length one.

    Raises:
        StudyError: the layer does not exist or its output has no position axis.
    """
    module = layer_of(network, layer)
    captured: list[Tensor] = []
    handle = module.register_forward_hook(lambda _module, _inputs, output: captured.append(output))
    all_logits, all_maps = [], []
    try:
        for start in range(0, len(absorbance), BATCH):
            captured.clear()
            batch = torch.from_numpy(np.ascontiguousarray(absorbance[start : start + BATCH]))
            batch.requires_grad_(True)  # a layer without trained weights before it has gradients too
            logits = network(batch)[0]  # (batch, component)
            activations = captured[0]
            if activations.ndim != 3:
                raise StudyError(f"layer {layer!r} has no position axis: its output is {tuple(activations.shape)}")
            if components is None:
                targets = [logits[:, index].sum() for index in range(logits.shape[1])]
            else:
                chosen = torch.from_numpy(components[start : start + BATCH])[:, None]
                targets = [logits.gather(1, chosen).sum()]
            maps = []
            for number, target in enumerate(targets, start=1):
                (gradients,) = torch.autograd.grad(target, activations, retain_graph=number < len(targets))
                maps.append(method(activations.detach(), gradients))
            all_logits.append(logits.detach().numpy())
            all_maps.append(torch.stack(maps, dim=1).numpy())
    finally:
        handle.remove()
    return np.concatenate(all_logits), np.concatenate(all_maps)


def on_grid(maps: np.ndarray, wavenumbers: int, stride: int) -> np.ndarray:
    """Lay maps on the wavenumber grid by repeating each position over the points it stands for.

    Repeating keeps the map's honest resolution: interpolation would draw detail that is not
    there. Every position of a layer with total stride s stands for s points; points beyond the
    last full stride, which pooling dropped, take the last position's value.

    Args:
        maps: shape (..., position).
        wavenumbers: points of the grid.
        stride: grid points per position.

    Returns:
        shape (..., wavenumber).
    """
    source = np.minimum(np.arange(wavenumbers) // stride, maps.shape[-1] - 1)
    return maps[..., source]
