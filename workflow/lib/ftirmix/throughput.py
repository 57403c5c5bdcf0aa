"""How fast networks are trained here, beside the loop that everybody writes first.

    uv run ftirmix-throughput

Both train the same CNN on the same kind of mixtures with the same batch, optimiser, schedule,
average of weights and number of threads. The plain loop reads mixtures that were composed
beforehand through a data loader and uses one-dimensional convolutions; the project's own composes
every mixture afresh. They take turns, so that whatever else the machine does hits both.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, TensorDataset

from ftirmix.bands import materials_of, read_bands
from ftirmix.models import build_seeded
from ftirmix.models.layers import positions_of, with_derivative
from ftirmix.nuisance import nuisance_materials
from ftirmix.settings import MixtureSettings, SimulatorSettings, TrainingSettings, settings
from ftirmix.simulator import specimen
from ftirmix.spectra import Spectra
from ftirmix.stream import MixtureStream, stream_of
from ftirmix.training import Training, mixture_loss, multiplies_bfloat16

ROOT = Path(__file__).resolve().parents[3]
PER_COMPONENT = 40


class PlainCNN(nn.Module):
    """The CNN of the config as it is written first: the same layers as ``Conv1d`` and ``BatchNorm1d``."""

    def __init__(self, wavenumber: list[float], components: int, options: dict) -> None:
        super().__init__()
        channels, kernel, stride = options["channels"], options["kernel"], options["stride"]

        def convolution(a: int, b: int, width: int, step: int, padding: int) -> list[nn.Module]:
            return [nn.Conv1d(a, b, width, step, padding, bias=False), nn.BatchNorm1d(b), nn.ReLU()]

        layers = convolution(2, channels[0], 2 * stride, stride, stride // 2)
        for a, b in pairwise([channels[0], *channels]):
            layers += convolution(a, b, kernel, 1, kernel // 2) + convolution(b, b, kernel, 1, kernel // 2)
        layers += convolution(channels[-1], options["reduced"], 1, 1, 0)
        self.body = nn.Sequential(
            *layers,
            nn.Flatten(),
            nn.Dropout(options["dropout"] / 2),
            nn.Linear(options["reduced"] * positions_of(wavenumber, stride), options["hidden"]),
            nn.ReLU(),
            nn.Dropout(options["dropout"]),
        )
        self.presence = nn.Linear(options["hidden"], components)
        self.ratio = nn.Linear(options["hidden"], components)

    def forward(self, absorbance: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, wavenumber) to logits and ratio scores, both (batch, component)."""
        hidden = self.body(with_derivative(absorbance))
        return self.presence(hidden), self.ratio(hidden)


def simulated_stream(config: dict, grid: np.ndarray) -> MixtureStream:
    """Return a stream of mixtures of simulated specimens, with the config's recipes and nuisances."""
    bands = read_bands(ROOT / "workflow" / "sources" / "bands.csv")
    spread = settings(
        SimulatorSettings,
        {
            "laboratories": 1, "specimens": PER_COMPONENT, "height_sd": 0.1, "width_sd": 0.05, "position_sd_cm1": 1.0,
            "dispersion_k_sd": 0.02, "open_components": [], "open_specimens": 0,
            "nuisance": config["mixtures"]["nuisance"], "seed": 0,
        },
    )  # fmt: skip
    rng, rows, spectra = np.random.default_rng(0), [], []
    for component in config["components"]:
        for number in range(PER_COMPONENT):
            spectra.append(specimen(bands, materials_of(component)[0], spread, grid, rng))
            rows.append((f"{component}{number}", "simulated", component))
    names, laboratories, components = zip(*rows, strict=True)
    table = pd.DataFrame({"spectrum": names, "laboratory": laboratories, "specimen": names, "component": components})
    mixing = settings(MixtureSettings, config["mixtures"])
    endmembers = Spectra(grid, np.array(spectra, dtype=np.float32), table)
    window = tuple(config["preprocessing"]["co2_window_cm1"])
    return stream_of(endmembers, config["components"], mixing, nuisance_materials(bands, mixing, grid), window)


def plain_epochs(
    network: nn.Module, batches: DataLoader, choices: TrainingSettings, rate: float, epochs: int
) -> Iterator[None]:
    """Train as everybody does first, one epoch per turn."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=choices.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=len(batches) * epochs, pct_start=0.15)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(choices.averaging), use_buffers=True)
    network.train()
    for _ in range(epochs):
        total = 0.0
        for absorbance, ratios in batches:
            logits, scores = network(absorbance)
            loss = mixture_loss(logits, scores, ratios, choices.ratio_weight)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            average.update_parameters(network)
            total += loss.item()
        yield


def own_epochs(
    training: Training, stream: MixtureStream, validation: tuple[np.ndarray, np.ndarray], epochs: int
) -> Iterator[None]:
    """Train as the study does, one epoch per turn."""
    for _ in range(epochs):
        training.run_epoch(stream, validation)
        yield


def compare(config: dict, mixtures: int, turns: int, single: bool = False) -> list[tuple[float, float]]:
    """Time both loops, turn by turn.

    Args:
        config: of a study.
        mixtures: per turn.
        turns: after one that warms up.
        single: whether the project's own loop keeps to single precision where it need not.

    Returns:
        Mixtures per second of the project's loop and of the plain one, per turn.
    """
    axis = config["preprocessing"]
    grid = np.arange(axis["low_cm1"], axis["high_cm1"] + 1e-9, axis["step_cm1"])
    stream, rng = simulated_stream(config, grid), np.random.default_rng(1)
    options = dict(config["models"]["cnn"]["candidates"][0])
    rate = options.pop("learning_rate")
    turn = {"mixtures_per_epoch": mixtures, "epochs": turns + 1}
    choices = settings(TrainingSettings, config["training"] | turn)
    composed = [stream.batch(choices.batch, rng) for _ in range(max(mixtures // choices.batch, 1))]
    held_out = stream.batch(1, rng)  # validation is no part of what is compared
    absorbance, ratios = (torch.from_numpy(np.concatenate(parts)) for parts in zip(*composed, strict=True))
    batches = DataLoader(TensorDataset(absorbance, ratios), choices.batch, shuffle=True, drop_last=True)
    components = len(config["components"])
    torch.manual_seed(0)
    plain = plain_epochs(PlainCNN(grid.tolist(), components, options), batches, choices, rate, turns + 1)
    network = build_seeded("cnn", grid.tolist(), components, options, 0)
    training = Training(network, choices, rate, 0, None)
    training.mixed_precision &= not single
    own = own_epochs(training, stream, held_out, turns + 1)
    rates = []
    for _ in range(turns + 1):
        taken = []
        for loop in (own, plain):
            started = time.perf_counter()
            next(loop)
            taken.append(len(absorbance) / (time.perf_counter() - started))
        rates.append((taken[0], taken[1]))
    return rates[1:]


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="Training of the CNN beside a plain loop, in mixtures per second.")
    parser.add_argument("--threads", type=int, default=1, help="threads of both (default: 1, as in a study's jobs)")
    parser.add_argument("--mixtures", type=int, default=3072, help="mixtures per turn (default: 3072)")
    parser.add_argument("--turns", type=int, default=5, help="turns after the first, which warms up (default: 5)")
    parser.add_argument("--single", action="store_true", help="keep to single precision where bfloat16 is quicker")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    mixed = multiplies_bfloat16(torch.device("cpu")) and not given.single
    print(f"own loop in {'bfloat16 with weights in single' if mixed else 'single'} precision, plain loop in single")
    print("turn  fresh mixtures, own loop  composed before, plain loop  ratio")
    ratios = []
    for turn, (own, plain) in enumerate(compare(config, given.mixtures, given.turns, given.single), start=1):
        ratios.append(own / plain)
        print(f"{turn:4d} {own:22,.0f}/s {plain:26,.0f}/s {own / plain:8.2f}")
    print(f"ratio, median of turns: {np.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
