"""Train a network on mixtures that are composed afresh for every batch."""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ftirmix.checkpoints import load_checkpoint, optimiser_tensors, restore_optimiser, save_checkpoint
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.random_task import class_numbers
from ftirmix.settings import TrainingSettings
from ftirmix.stream import MixtureStream

logger = logging.getLogger(__name__)
INFERENCE_BATCH = 128  # larger ones leave the caches of a CPU and take half as long again


class Checkpoint(NamedTuple):
    """File of a training's state, and the fingerprint of all that the training depends on."""

    path: Path
    key: str


def mixture_loss(
    logits: Tensor, ratio_scores: Tensor, ratios: Tensor, ratio_weight: float, classes: np.ndarray | None = None
) -> Tensor:
    """Cross-entropy of presence, or of softmax classes, plus weighted cross-entropy of the mixing ratios.

    Args:
        logits: of presence, shape (batch, component), or of classes, shape (batch, class).
        ratio_scores: shape (batch, component).
        ratios: true mixing ratios, shape (batch, component).
        ratio_weight: weight of the second term.
        classes: components of every class, shape (class, component), where the task has classes.
    """
    if classes is None:
        presence = nn.functional.binary_cross_entropy_with_logits(logits, (ratios > 0).float())
    else:
        target = torch.from_numpy(class_numbers((ratios > 0).cpu().numpy(), classes)).to(logits.device)
        presence = nn.functional.cross_entropy(logits, target)
    share = -(ratios * nn.functional.log_softmax(ratio_scores, dim=1)).sum(dim=1).mean()
    return presence + ratio_weight * share


class Training:
    """A training under way: what changes from epoch to epoch, to be written down and taken up again.

    Args:
        network: is trained in place, on the device that it is on.
        settings: section ``training``.
        learning_rate: the highest of the one-cycle schedule.
        seed: of the mixtures.
        classes: components of every class, shape (class, component), where the task has classes.
    """

    def __init__(
        self, network: SpectrumNetwork, settings: TrainingSettings, learning_rate: float, seed: int,
        classes: np.ndarray | None,
    ) -> None:  # fmt: skip
        self.network, self.settings, self.classes = network, settings, classes
        self.device = device_of(network)
        self.mixed_precision = multiplies_bfloat16(self.device)
        self.steps = max(settings.mixtures_per_epoch // settings.batch, 1)
        self.rng = np.random.default_rng([seed, 0])
        self.optimiser = torch.optim.AdamW(
            network.parameters(), lr=learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, learning_rate, total_steps=self.steps * settings.epochs, pct_start=0.15
        )
        self.average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.averaging), use_buffers=True)
        self.rows: list[dict] = []
        self.best_loss, self.best_epoch = np.inf, 0
        self.best_state: dict[str, Tensor] = {}

    @property
    def ended(self) -> bool:
        """Whether all epochs are done, or none was better for as long as patience lasts."""
        done = len(self.rows)
        return done == self.settings.epochs or (done > 0 and done - self.best_epoch >= self.settings.patience)

    def run_epoch(self, stream: MixtureStream, validation: tuple[np.ndarray, np.ndarray]) -> None:
        """Train for one epoch and judge the averaged weights on the validation mixtures."""
        self.network.train()
        total = 0.0
        for _ in range(self.steps):
            batch = stream.batch(self.settings.batch, self.rng)
            absorbance, ratios = (torch.from_numpy(part).to(self.device) for part in batch)
            with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.mixed_precision):
                opinions = self.network.opinions(absorbance)
            losses = [
                mixture_loss(logits.float(), scores.float(), ratios, self.settings.ratio_weight, self.classes)
                for logits, scores in opinions
            ]
            loss = torch.stack(losses).mean()
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            self.average.update_parameters(self.network)
            total += loss.item()
        logits, scores = (torch.from_numpy(part) for part in infer(self.average.module, validation[0]))
        known = torch.from_numpy(validation[1])
        held_out = float(mixture_loss(logits, scores, known, self.settings.ratio_weight, self.classes))
        epoch = len(self.rows) + 1
        self.rows.append({"epoch": epoch, "training_loss": total / self.steps, "validation_loss": held_out})
        if held_out < self.best_loss:
            self.best_loss, self.best_epoch = held_out, epoch
            self.best_state = {name: tensor.clone() for name, tensor in self.average.module.state_dict().items()}

    def save(self, path: Path, key: str) -> None:
        """Write down where the training stands; ``key`` is the fingerprint of all that it depends on."""
        tensors = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best_state,
            "optimiser": optimiser_tensors(self.optimiser),
            "torch": random_states(self.device),
        }
        values = {
            "groups": self.optimiser.state_dict()["param_groups"],
            "schedule": self.schedule.state_dict(),
            "rng": self.rng.bit_generator.state,
            "rows": self.rows,
            "best": [self.best_loss, self.best_epoch],
        }
        save_checkpoint(path, key, tensors, values)

    def restore(self, path: Path, key: str) -> bool:
        """Take up what :meth:`save` wrote with the same key; returns whether there was any."""
        found = load_checkpoint(path, key)
        if found is None:
            return False
        tensors, values = found
        self.network.load_state_dict(tensors["network"])
        self.average.load_state_dict(tensors["average"])
        self.best_state = {name: tensor.to(self.device) for name, tensor in tensors.get("best", {}).items()}
        restore_optimiser(self.optimiser, tensors["optimiser"], values["groups"])
        self.schedule.load_state_dict(values["schedule"])
        self.rng.bit_generator.state = values["rng"]
        restore_random_states(tensors["torch"], self.device)
        self.rows = values["rows"]
        self.best_loss, self.best_epoch = values["best"]
        return True


def train_network(
    network: SpectrumNetwork,
    stream: MixtureStream,
    validation: tuple[np.ndarray, np.ndarray],
    settings: TrainingSettings,
    learning_rate: float,
    seed: int,
    classes: np.ndarray | None = None,
    checkpoint: Checkpoint | None = None,
) -> pd.DataFrame:
    """Train in place; the running average of the weights is kept, of the epoch with the lowest validation loss.

    Averaging over the last hundreds of steps finds flatter minima, which transfer better to
    specimens that were not seen (Izmailov et al. 2018, arXiv 1803.05407; here an exponential
    average, of the running statistics of batch normalisation as well). Where the device has units
    for it, the network is trained in mixed precision: its layers in bfloat16, its losses and weights
    in single precision. Validation and all that comes after is in single precision everywhere.

    Args:
        network: maps (batch, wavenumber) to presence logits and ratio scores.
        stream: source of fresh mixtures of the training subset.
        validation: absorbance and mixing ratios of the fixed validation mixtures.
        settings: section ``training``.
        learning_rate: the highest of the one-cycle schedule.
        seed: seed of the mixtures; the caller seeds torch before it builds the network.
        classes: components of every class, shape (class, component), where the task has classes.
        checkpoint: where to write down every epoch; a training that was killed after one goes on
            from there, to the same weights as one that was not. Removed at the end.

    Returns:
        One row per epoch: epoch, training_loss, validation_loss, kept.
    """
    training = Training(network, settings, learning_rate, seed, classes)
    if checkpoint and training.restore(checkpoint.path, checkpoint.key):
        logger.info("goes on after epoch %d, from %s", len(training.rows), checkpoint.path)
    while not training.ended:
        training.run_epoch(stream, validation)
        logger.info(
            "epoch {epoch} of %d: training loss {training_loss:.4f}, validation loss {validation_loss:.4f}".format(
                **training.rows[-1]
            ),
            settings.epochs,
        )
        if checkpoint:
            training.save(checkpoint.path, checkpoint.key)
    if not training.best_state:
        raise FloatingPointError("the validation loss was never finite; lower its learning_rate")
    if len(training.rows) < settings.epochs:
        logger.info("stopped: no better validation loss for %d epochs", settings.patience)
    network.load_state_dict(training.best_state)
    network.eval()
    history = pd.DataFrame(training.rows)
    history["kept"] = history["validation_loss"] == training.best_loss
    if checkpoint:
        checkpoint.path.unlink(missing_ok=True)
    return history


def training_devices() -> list[str]:
    """List the devices to train on: a CUDA device, where there is one that works, and then the processor."""
    if not torch.cuda.is_available():
        return ["cpu"]
    try:
        torch.ones(1, device="cuda").item()
    except RuntimeError as error:  # of a driver that does not fit, of a device that another job holds for itself
        reason = str(error).splitlines()[0]
        logger.warning("the CUDA device does not work (%s); trained on the processor, which takes longer", reason)
        return ["cpu"]
    return ["cuda", "cpu"]


def random_states(device: torch.device) -> dict[str, Tensor]:
    """Return where torch's random numbers stand: those of the processor, and of the device of a training."""
    states = {"rng": torch.get_rng_state()}
    return states | ({"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {})


def restore_random_states(states: dict[str, Tensor], device: torch.device) -> None:
    """Go on with random numbers where :func:`random_states` stood."""
    torch.set_rng_state(states["rng"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)


def device_of(network: nn.Module) -> torch.device:
    """Return the device that a network is on; one without parameters is everywhere, so on the CPU."""
    return next((parameter.device for parameter in network.parameters()), torch.device("cpu"))


def multiplies_bfloat16(device: torch.device) -> bool:
    """Say whether a device multiplies bfloat16 by itself: CUDA, or a CPU with AMX or AVX-512 BF16."""
    found = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return device.type == "cuda" or bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def infer(network: nn.Module, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return presence logits and ratio scores in evaluation mode, each (spectrum, component)."""
    network.eval()
    logits, scores = [], []
    with torch.inference_mode():
        for start in range(0, len(absorbance), INFERENCE_BATCH):
            batch = torch.from_numpy(absorbance[start : start + INFERENCE_BATCH])
            outputs = network(batch.to(device_of(network)))
            logits.append(outputs[0].cpu().numpy())
            scores.append(outputs[1].cpu().numpy())
    return np.concatenate(logits), np.concatenate(scores)
