"""Capture activations and gradients of a layer, and lay maps on the wavenumber grid."""

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ftirmix.attribution.methods import Method, Signals
from ftirmix.attribution.second_order import diagonal_curvature
from ftirmix.errors import StudyError
from ftirmix.models.layers import folded

BATCH = 256
PROBES = 4  # of the estimate of second derivatives


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
    step_cm1: float,
    components: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Attribute components' logits to wavenumbers by one method at one layer; see :func:`attribute_layers`."""
    logits, maps = attribute_layers(network, absorbance, {"only": method}, [layer], step_cm1, components)
    return logits, maps["only", layer]


def attribute_layers(
    network: nn.Module,
    absorbance: np.ndarray,
    methods: dict[str, Method],
    layers: list[str],
    step_cm1: float,
    components: np.ndarray | None = None,
) -> tuple[np.ndarray, dict[tuple[str, str], np.ndarray]]:
    """Attribute components' logits to wavenumbers by several methods at several layers at once.

    One forward pass and one backward pass per logit serve all of them: the gradients at every
    layer lie on the way of the same backward pass. Methods of second order take a few passes more.

    Args:
        network: returns (logits, ...) for absorbance of shape (batch, wavenumber).
        absorbance: shape (spectrum, wavenumber).
        methods: of ``CAM_METHODS``, by name.
        layers: names of the layers whose activations are attributed to.
        step_cm1: distance of neighbouring points of the spectrum.
        components: one logit per spectrum, to map that one alone (a component, or a softmax
            class); all logits of every spectrum where None.

    Returns:
        Logits, shape (spectrum, component), and by method and layer the maps in the method's unit
        at the layer's own resolution, shape (spectrum, component, position); with ``components``
        the second axis of the maps has length one.

    Raises:
        StudyError: a layer does not exist or its output has no position axis, a spectrum holds a
            value that is not finite, or a component is asked for that the network lacks.
    """
    broken = np.flatnonzero(~np.isfinite(absorbance).all(axis=1))
    if len(broken):
        raise StudyError(f"spectrum {broken[0]} (counted from 0) holds a value that is not finite; it cannot be mapped")
    network = folded(network)
    modules = {layer: layer_of(network, layer) for layer in layers}
    steps = {layer: step_cm1 * stride_of(network, layer) for layer in layers}
    curved = any(method.second_order for method in methods.values())
    captured: dict[str, Tensor] = {}

    def capture(layer: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
        def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if not torch.is_grad_enabled():  # the first of the layers: nothing before it needs a graph
                torch.set_grad_enabled(True)
                output = output.detach().requires_grad_()
            captured[layer] = output
            return output

        return hook

    handles = [module.register_forward_hook(capture(layer)) for layer, module in modules.items()]
    all_logits: list[np.ndarray] = []
    all_maps: dict[tuple[str, str], np.ndarray] = {}
    start, size = 0, BATCH
    try:
        while start < len(absorbance):
            chosen = None if components is None else components[start : start + size]
            try:
                batch = np.ascontiguousarray(absorbance[start : start + size])
                # The quick kernels of attention on a CPU have no second derivative.
                with sdpa_kernel(SDPBackend.MATH) if curved else nullcontext():
                    logits, maps = map_batch(network, batch, methods, steps, captured, chosen, curved)
            except (MemoryError, torch.OutOfMemoryError):
                if size == 1:
                    raise
                size = max(size // 2, 1)
                continue
            for key, part in maps.items():
                if key not in all_maps:  # whole at once: joined in the end, maps would take their memory twice
                    all_maps[key] = np.empty((len(absorbance), *part.shape[1:]), dtype=part.dtype)
                all_maps[key][start : start + size] = part
            start += size
            all_logits.append(logits)
    finally:
        for handle in handles:
            handle.remove()
    return np.concatenate(all_logits), all_maps


def map_batch(
    network: nn.Module,
    absorbance: np.ndarray,
    methods: dict[str, Method],
    steps: dict[str, float],
    captured: dict[str, Tensor],
    components: np.ndarray | None,
    curved: bool,
) -> tuple[np.ndarray, dict[tuple[str, str], np.ndarray]]:
    """Map one batch; ``captured`` receives the activations of the layers that ``steps`` names."""
    captured.clear()
    with torch.no_grad():  # until the hook of the first layer
        logits = network(torch.from_numpy(absorbance))[0]  # (batch, component)
    activations = [captured[layer] for layer in steps]
    for layer, output in captured.items():
        if output.ndim != 3:
            raise StudyError(f"layer {layer!r} has no position axis: its output is {tuple(output.shape)}")
    if components is None:
        targets = list(logits.unbind(dim=1))
    else:
        count = logits.shape[1]
        if components.min() < 0 or components.max() >= count:
            raise StudyError(f"component {components.max()} is asked for, but the network has {count}, counted from 0")
        targets = [logits.gather(1, torch.from_numpy(components)[:, None])[:, 0]]
    maps: dict[tuple[str, str], list[Tensor]] = {(name, layer): [] for name in methods for layer in steps}
    for number, target in enumerate(targets, start=1):
        kept = curved or number < len(targets)
        gradients = torch.autograd.grad(target.sum(), activations, retain_graph=kept, create_graph=curved)
        for (layer, step), output, gradient in zip(steps.items(), activations, gradients, strict=True):
            curvature = diagonal_curvature(gradient, output, PROBES) if curved else None
            signals = Signals(output.detach(), gradient.detach(), curvature, target.detach(), step)
            for name, method in methods.items():
                maps[name, layer].append(method.map(signals))
    return logits.detach().numpy(), {key: torch.stack(parts, dim=1).numpy() for key, parts in maps.items()}


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
