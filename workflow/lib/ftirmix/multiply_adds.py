"""How many multiplications with addition a network needs for one spectrum."""

import math
from typing import Any

import torch
from torch import Tensor, nn


def multiply_adds(network: nn.Module, wavenumbers: int) -> int:
    """Count the multiply-adds of one forward pass of one spectrum.

    Convolutions, dense layers, recurrent layers and attention are counted; what works element by
    element (norms, activations, sums) is not, as is usual.

    Args:
        network: takes absorbance of shape (batch, wavenumber).
        wavenumbers: length of a spectrum.
    """
    counts: list[int] = []

    def count(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        counts.append(multiply_adds_of(module, inputs[0], output))

    handles = [module.register_forward_hook(count) for module in network.modules() if isinstance(module, COUNTED)]
    try:
        network.eval()
        network(torch.zeros(1, wavenumbers))  # with gradients: without, attention takes a path that calls no hook
    finally:
        for handle in handles:
            handle.remove()
    return sum(counts)


COUNTED = (nn.Conv1d, nn.Conv2d, nn.Linear, nn.LSTM, nn.MultiheadAttention)


def multiply_adds_of(module: nn.Module, given: Tensor, output: Any) -> int:
    """Count the multiply-adds of one call of one module."""
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        return output.numel() * module.in_channels // module.groups * math.prod(module.kernel_size)
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    if isinstance(module, nn.LSTM):  # four gates, each of input and state, in either direction
        directions = 2 if module.bidirectional else 1
        width, steps = module.hidden_size, given.shape[0] * given.shape[1]
        inputs = [module.input_size] + [directions * width] * (module.num_layers - 1)
        return sum(directions * steps * 4 * width * (size + width) for size in inputs)
    assert isinstance(module, nn.MultiheadAttention)
    batch, positions, channels = given.shape  # projections of query, key, value and output; scores, and their sums
    return batch * (4 * positions * channels**2 + 2 * positions**2 * channels)
