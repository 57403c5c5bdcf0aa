"""Train a network on mixtures that are composed afresh for every batch."""

import logging

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ftirmix.random_task import class_numbers
from ftirmix.settings import TrainingSettings
from ftirmix.stream import MixtureStream

logger = logging.getLogger(__name__)
INFERENCE_BATCH = 512


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
        target = torch.from_numpy(class_numbers((ratios > 0).numpy(), classes))
        presence = nn.functional.cross_entropy(logits, target)
    share = -(ratios * nn.functional.log_softmax(ratio_scores, dim=1)).sum(dim=1).mean()
    return presence + ratio_weight * share


def train_network(
    network: nn.Module,
    stream: MixtureStream,
    validation: tuple[np.ndarray, np.ndarray],
    settings: TrainingSettings,
    learning_rate: float,
    seed: int,
    classes: np.ndarray | None = None,
) -> pd.DataFrame:
    """Train in place; the running average of the weights is kept, of the epoch with the lowest validation loss.

    Averaging over the last hundreds of steps finds flatter minima, which transfer better to
    specimens that were not seen (Izmailov et al. 2018, arXiv 1803.05407; here an exponential
    average, of the running statistics of batch normalisation as well).

    Args:
        network: maps (batch, wavenumber) to presence logits and ratio scores.
        stream: source of fresh mixtures of the training subset.
        validation: absorbance and mixing ratios of the fixed validation mixtures.
        settings: section ``training``.
        learning_rate: the highest of the one-cycle schedule.
        seed: seed of the mixtures; the caller seeds torch before it builds the network.
        classes: components of every class, shape (class, component), where the task has classes.

    Returns:
        One row per epoch: epoch, training_loss, validation_loss, kept.
    """
    rng = np.random.default_rng([seed, 0])
    steps = max(settings.mixtures_per_epoch // settings.batch, 1)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, learning_rate, total_steps=steps * settings.epochs, pct_start=0.15
    )
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.averaging), use_buffers=True)
    rows: list[dict] = []
    best_loss, best_epoch, best_state = np.inf, 0, None
    for epoch in range(1, settings.epochs + 1):
        network.train()
        total = 0.0
        for _ in range(steps):
            absorbance, ratios = (torch.from_numpy(part) for part in stream.batch(settings.batch, rng))
            logits, scores = network(absorbance)
            loss = mixture_loss(logits, scores, ratios, settings.ratio_weight, classes)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
            average.update_parameters(network)
            total += loss.item()
        logits, scores = (torch.from_numpy(part) for part in infer(average.module, validation[0]))
        known = torch.from_numpy(validation[1])
        held_out = float(mixture_loss(logits, scores, known, settings.ratio_weight, classes))
        rows.append({"epoch": epoch, "training_loss": total / steps, "validation_loss": held_out})
        logger.info(
            "epoch %d of %d: training loss %.4f, validation loss %.4f", epoch, settings.epochs, total / steps, held_out
        )
        if held_out < best_loss:
            best_loss = held_out
            best_state = {name: tensor.clone() for name, tensor in average.module.state_dict().items()}
            best_epoch = epoch
        elif epoch - best_epoch >= settings.patience:
            logger.info("stopped: no better validation loss for %d epochs", settings.patience)
            break
    if best_state is None:
        raise FloatingPointError("the validation loss was never finite; lower its learning_rate")
    network.load_state_dict(best_state)
    network.eval()
    history = pd.DataFrame(rows)
    history["kept"] = history["validation_loss"] == best_loss
    return history


def infer(network: nn.Module, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return presence logits and ratio scores in evaluation mode, each (spectrum, component)."""
    network.eval()
    logits, scores = [], []
    with torch.inference_mode():
        for start in range(0, len(absorbance), INFERENCE_BATCH):
            outputs = network(torch.from_numpy(absorbance[start : start + INFERENCE_BATCH]))
            logits.append(outputs[0].numpy())
            scores.append(outputs[1].numpy())
    return np.concatenate(logits), np.concatenate(scores)
