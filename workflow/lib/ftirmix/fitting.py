"""Fit a network on one fold: what training a final network and trying a candidate have in common."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from torch import nn

from ftirmix.bands import read_bands
from ftirmix.dependencies import digest_of
from ftirmix.endmembers import read_endmembers
from ftirmix.mixture_sets import MixtureSet, read_mixtures
from ftirmix.models import build_seeded, describe
from ftirmix.nuisance import nuisance_materials
from ftirmix.random_task import classes_of, component_margins
from ftirmix.settings import MixtureSettings, TrainingSettings
from ftirmix.stream import CutStream, WindowCut, shuffled_labels, stream_of
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv
from ftirmix.training import Checkpoint, infer, multiplies_bfloat16, train_network, training_devices

logger = logging.getLogger(__name__)
Fit = TypeVar("Fit")


def fit_network(
    files: dict[str, Path], architecture: str, candidate: dict[str, Any], training: TrainingSettings, fold: int,
    complete: bool, seed: int, components: list[str], mixing: MixtureSettings, softmax: bool,
    co2_window: tuple[float, float], shuffled: bool = False, checkpoint: Path | None = None, code: str = "",
    cut: WindowCut | None = None,
) -> tuple[nn.Module, dict, pd.DataFrame, MixtureSet]:  # fmt: skip
    """Train a network with one seed on one fold's training endmembers.

    Args:
        files: endmembers, split, validation and bands.
        architecture: key of :data:`ftirmix.models.ARCHITECTURES`.
        candidate: options of the architecture, and its learning rate.
        training: section ``training``.
        fold: number of the fold.
        complete: whether every component and pair is needed in training.
        seed: of weights, dropout and mixtures.
        components: the study's components.
        mixing: what mixtures are made of.
        softmax: whether the task has one class per pure polymer and pair.
        co2_window: window that is bridged, cm^-1.
        shuffled: whether labels belong to other mixtures, for a null test.
        checkpoint: file to write down every epoch, and to go on from after a kill.
        code: fingerprint of the code that trains; a checkpoint of another one is not gone on from.
        cut: how the low end of the window is missing in training mixtures, where it is.

    Returns:
        The network, its description, a row per epoch, and the validation mixtures.
    """
    classes = classes_of(len(components)) if softmax else None
    chosen = endmembers_of(read_endmembers(files["endmembers"]), read_csv(files["split"]), fold, "train")
    materials = nuisance_materials(read_bands(files["bands"]), mixing, chosen.wavenumber)
    held_out = read_mixtures(files["validation"])
    answers = None if classes is None else len(classes)
    options = {name: value for name, value in candidate.items() if name != "learning_rate"}
    stream = stream_of(chosen, components, mixing, materials, co2_window, complete)
    if cut is not None:
        stream = CutStream(**vars(stream), cut=cut)
    ratios = held_out.ratio_matrix(components)
    if shuffled:
        stream, ratios = shuffled_labels(stream, ratios, seed)
    known, rate = (held_out.absorbance, ratios), candidate["learning_rate"]
    depends = [vars(training), rate, repr(mixing), co2_window, fold, shuffled, code, repr(cut)]

    def fit_on(device: str) -> tuple[nn.Module, dict, pd.DataFrame]:
        network = build_seeded(architecture, chosen.wavenumber.tolist(), len(components), options, seed, answers)
        precision = "bfloat16" if multiplies_bfloat16(torch.device(device)) else "float32"
        description = describe(architecture, options, components, chosen.wavenumber, seed, classes, device, precision)
        kept = None
        if checkpoint is not None:
            kept = Checkpoint(checkpoint, json.dumps([description, *depends, digest_of([*files.values()])]))
        epochs = train_network(network.to(device), stream, known, training, rate, seed, classes, kept)
        return network.cpu(), description, epochs

    return (*on_first_that_holds(training_devices(), fit_on), held_out)


def on_first_that_holds(devices: list[str], fit_on: Callable[[str], Fit]) -> Fit:
    """Fit on the first device whose memory suffices; other jobs may hold some of it."""
    for device in devices[:-1]:
        try:
            return fit_on(device)
        except torch.OutOfMemoryError as error:
            reason = str(error).splitlines()[0]
            logger.warning(
                "the memory of the device %s does not suffice (%s); trained on the processor", device, reason
            )
    return fit_on(devices[-1])


def presence_scores(network: nn.Module, description: dict, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a score of presence for every component, and the unnormalised ratios, each (spectrum, component)."""
    logits, ratios = infer(network, absorbance)
    if description["classes"]:
        logits = component_margins(logits, np.array(description["classes"], dtype=bool))
    return logits, ratios
