"""Capture activations and gradients of a layer, and lay maps on the wavenumber grid."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from ftirmix.errors import StudyError

BATCH = 256

# Turns activations and gradients, each (batch, channel, position), into maps (batch, position).
Method = Callable[[Tensor, Tensor], Tensor]


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
    method: Method,
    layer: str,
    components: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Attribute components' logits to wavenumbers by one method at one layer; see :func:`attribute_layers`."""
    logits, maps = attribute_layers(network, absorbance, {"only": method}, [layer], components)
    return logits, maps["only", layer]


def attribute_layers(
    network: nn.Module,
    absorbance: np.ndarray,
    methods: dict[str, Method],
    layers: list[str],
    components: np.ndarray | None = None,
) -> tuple[np.ndarray, dict[tuple[str, str], np.ndarray]]:
    """Attribute components' logits to wavenumbers by several methods at several layers at once.

    One forward pass and one backward pass per logit serve all of them: the gradients at every
    layer lie on the way of the same backward pass.

    Args:
        network: returns (logits, ...) for absorbance of shape (batch, wavenumber).
        absorbance: shape (spectrum, wavenumber).
        methods: of ``CAM_METHODS``, by name.
        layers: names of the layers whose activations are attributed to.
        components: one logit per spectrum, to map that one alone (a component, or a softmax
            class); all logits of every spectrum where None.

    Returns:
        Logits, shape (spectrum, component), and by method and layer the maps in logit units at
        the layer's own resolution, shape (spectrum, component, position); with ``components``
        the second axis of the maps has length one.

    Raises:
        StudyError: a layer does not exist or its output has no position axis.
    """
    modules = {layer: layer_of(network, layer) for layer in layers}
    captured: dict[str, Tensor] = {}

    def capture(layer: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _module, _inputs, output: captured.update({layer: output})

    handles = [module.register_forward_hook(capture(layer)) for layer, module in modules.items()]
    all_logits: list[np.ndarray] = []
    all_maps: dict[tuple[str, str], list[np.ndarray]] = {(name, layer): [] for name in methods for layer in layers}
    try:
        for start in range(0, len(absorbance), BATCH):
            captured.clear()
            batch = torch.from_numpy(np.ascontiguousarray(absorbance[start : start + BATCH]))
            batch.requires_grad_(True)  # a layer without trained weights before it has gradients too
            logits = network(batch)[0]  # (batch, component)
            activations = [captured[layer] for layer in layers]
            for layer, output in captured.items():
                if output.ndim != 3:
                    raise StudyError(f"layer {layer!r} has no position axis: its output is {tuple(output.shape)}")
            if components is None:
                targets = [logits[:, index].sum() for index in range(logits.shape[1])]
            else:
                chosen = torch.from_numpy(components[start : start + BATCH])[:, None]
                targets = [logits.gather(1, chosen).sum()]
            maps: dict[tuple[str, str], list[Tensor]] = {key: [] for key in all_maps}
            for number, target in enumerate(targets, start=1):
                gradients = torch.autograd.grad(target, activations, retain_graph=number < len(targets))
                for name, method in methods.items():
                    for layer, output, gradient in zip(layers, activations, gradients, strict=True):
                        maps[name, layer].append(method(output.detach(), gradient))
            all_logits.append(logits.detach().numpy())
            for key, parts in maps.items():
                all_maps[key].append(torch.stack(parts, dim=1).numpy())
    finally:
        for handle in handles:
            handle.remove()
    return np.concatenate(all_logits), {key: np.concatenate(parts) for key, parts in all_maps.items()}


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
