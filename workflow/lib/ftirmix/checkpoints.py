"""Where a training stands, whole in one safe file, so that a killed one goes on to the same result."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from ftirmix.files import whole_file


def save_checkpoint(path: Path, key: str, tensors: dict[str, dict[str, Tensor]], values: dict[str, Any]) -> None:
    """Write the state of a training.

    Args:
        path: file to write.
        key: fingerprint of everything that the training depends on.
        tensors: by part and name.
        values: whatever else, of what JSON knows; floats come back to the last bit.
    """
    flat = {
        f"{part}/{name}": tensor.detach().cpu().clone().contiguous()
        for part, named in tensors.items()
        for name, tensor in named.items()
    }
    with whole_file(path) as temporary:
        save_file(flat, temporary, metadata={"key": key, "values": json.dumps(values)})


def load_checkpoint(path: Path, key: str) -> tuple[dict[str, dict[str, Tensor]], dict[str, Any]] | None:
    """Read what :func:`save_checkpoint` wrote; None where there is none, or one of another training.

    A damaged file counts as none: starting anew gives the same result, only later.
    """
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("key") != key:
                return None
            tensors: dict[str, dict[str, Tensor]] = {}
            for whole in file.keys():  # noqa: SIM118
                part, _, name = whole.partition("/")
                tensors.setdefault(part, {})[name] = file.get_tensor(whole)
            return tensors, json.loads(metadata["values"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return None


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Name what an optimiser remembers of every parameter."""
    state = optimiser.state_dict()["state"]
    return {f"{index}/{name}": tensor for index, named in state.items() for name, tensor in named.items()}


def restore_optimiser(optimiser: torch.optim.Optimizer, tensors: dict[str, Tensor], groups: list[dict]) -> None:
    """Give an optimiser back what :func:`optimiser_tensors` and its parameter groups held."""
    state: dict[int, dict[str, Tensor]] = {}
    for whole, tensor in tensors.items():
        index, _, name = whole.partition("/")
        state.setdefault(int(index), {})[name] = tensor
    optimiser.load_state_dict({"state": state, "param_groups": groups})
