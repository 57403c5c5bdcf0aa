"""The registry of network architectures, and their safe form on disk."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import whole_file
from ftirmix.models.bilstm import BiLSTM
from ftirmix.models.cnn import CNN
from ftirmix.models.dcnet_cbam import DCNetCBAM
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.models.resm2a_cnn import ResM2ACNN
from ftirmix.models.resnet import ResNet
from ftirmix.models.towers import ResidualTowers
from ftirmix.models.transformer import CNNTransformer

# Each in the file of its name, which its rule watches.
ARCHITECTURES: dict[str, type[SpectrumNetwork]] = {
    "cnn": CNN,
    "resnet": ResNet,
    "bilstm": BiLSTM,
    "transformer": CNNTransformer,
    "dcnet_cbam": DCNetCBAM,
    "resm2a_cnn": ResM2ACNN,
    "towers": ResidualTowers,
}


def build(
    architecture: str, wavenumber: Sequence[float], components: int, options: dict, answers: int | None = None
) -> SpectrumNetwork:
    """Build an untrained network.

    Args:
        architecture: key of ``ARCHITECTURES``.
        wavenumber: axis of the input spectrum, cm^-1, ascending.
        components: number of components.
        options: the architecture's own section of the config.
        answers: number of softmax classes; as many as components where the task is presence.
    """
    return ARCHITECTURES[architecture](wavenumber, components, answers or components, **options)  # type: ignore[call-arg, arg-type]


def build_seeded(
    architecture: str,
    wavenumber: Sequence[float],
    components: int,
    options: dict,
    seed: int,
    answers: int | None = None,
) -> SpectrumNetwork:
    """Build an untrained network whose weights, and whose dropout, follow from ``seed``."""
    torch.manual_seed(seed)
    return build(architecture, wavenumber, components, options, answers)


def describe(
    architecture: str,
    options: dict,
    components: list[str],
    wavenumber: np.ndarray,
    seed: int,
    classes: np.ndarray | None = None,
    device: str = "cpu",
    precision: str = "float32",
) -> dict:
    """Say everything that is needed to rebuild a network and to know where it came from."""
    return {
        "architecture": architecture,
        "options": options,
        "components": components,
        "classes": None if classes is None else classes.astype(int).tolist(),
        "wavenumber_cm1": wavenumber.tolist(),
        "seed": seed,
        "threads": torch.get_num_threads(),
        "device": device,
        "precision": precision,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }


def save_network(path: Path, network: nn.Module, description: dict) -> None:
    """Write weights and a JSON description (architecture, options, components, grid) as safetensors."""
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    with whole_file(path) as temporary:
        save_file(tensors, temporary, metadata={"ftirmix": json.dumps(description)})


def load_network(path: Path) -> tuple[SpectrumNetwork, dict]:
    """Rebuild a network in evaluation mode from its file; returns it and its description.

    Raises:
        DamagedFile: the file is truncated, or was not written by :func:`save_network`.
        StudyError: it cannot be read at all, or holds an architecture of another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            description = json.loads((file.metadata() or {})["ftirmix"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error}); run again once it can") from error
    except (SafetensorError, KeyError, ValueError) as error:
        raise DamagedFile(path, f"not a readable network ({error})", "run again, its rule retrains it") from error
    try:
        network = build(
            description["architecture"],
            description["wavenumber_cm1"],
            len(description["components"]),
            description["options"],
            len(description["classes"]) if description["classes"] else None,
        )
        network.load_state_dict(tensors)
    except (KeyError, TypeError, RuntimeError) as error:
        raise StudyError(
            f"{path}: a network of another version of ftirmix ({str(error).splitlines()[0]}); delete it and run again, "
            "its rule will retrain it"
        ) from error
    network.eval()
    return network, description
