"""What a network's attention weighs, laid on the wavenumber grid to be seen beside its maps."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ftirmix.attribution.hooks import on_grid, stride_of
from ftirmix.models.layers import SpectrumNetwork

# Attention of tokens to tokens is told as a multiple of what each had if all were weighed evenly.
TO_EVEN, ZERO_TO_ONE = "attention\n(even: 1)", "attention\n(0 to 1)"


def attended(network: SpectrumNetwork, absorbance: np.ndarray) -> tuple[str, dict[str, np.ndarray]]:
    """Return the weights of the last layer's attention over wavenumber, for one spectrum.

    Self-attention: the weight that a position, or a region, receives on the mean of heads and of
    all that attend, times their number. CBAM: the spatial weight of each branch. It is of no
    component: what is weighed serves all of them.

    Args:
        network: in evaluation mode.
        absorbance: shape (wavenumber,).

    Returns:
        The unit, and by name weights of shape (wavenumber,); no names for a network whose last
        layer has no attention along the spectrum.
    """
    last = list(network.layers)[-1]
    with torch.no_grad():
        weights = network.attention_weights(torch.from_numpy(absorbance[None]))
    own = {key.removeprefix(f"{last}."): values[0] for key, values in weights.items() if key.startswith(f"{last}.")}
    found: dict[str, Tensor] = {}
    if "heads" in own:
        found["by position"] = received(own["heads"])
    if "between" in own:
        stage: Any = network.layers[last]
        found["by region"] = stage.regional.member @ received(own["between"])
    unit = TO_EVEN if found else ZERO_TO_ONE
    for name, values in own.items():
        if name.endswith("position"):
            found[name.removesuffix(".position").replace("branch", "branch ")] = values
    points, stride = len(absorbance), stride_of(network, last)
    return unit, {name: on_grid(values.numpy(), points, stride) for name, values in found.items()}


def received(weights: Tensor) -> Tensor:
    """Return what each token receives as a multiple of an even share; from (head, token, token) to (token,)."""
    return weights.mean(dim=(0, 1)) * weights.shape[2]
