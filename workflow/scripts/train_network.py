"""Train one network with one seed on one fold's training endmembers."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import build_seeded, describe, save_network
from ftirmix.nuisance import nuisance_materials
from ftirmix.random_task import classes_of, random_settings
from ftirmix.settings import MixtureSettings, RandomSettings, TrainingSettings, settings
from ftirmix.stream import ShuffledStream, stream_of
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv, write_csv
from ftirmix.training import train_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def train(
    endmembers: Path, split: Path, validation: Path, bands: Path, architecture: str, options: dict, fold: int,
    complete: bool, seed: int, components: list[str], mixing: MixtureSettings, random: RandomSettings | None,
    co2_window: tuple[float, float], training: TrainingSettings, shuffled: bool, model: Path, history: Path,
) -> None:  # fmt: skip
    mixing = random_settings(mixing, random, len(components)) if random else mixing
    classes = classes_of(len(components)) if random else None
    table = read_csv(split)
    chosen = endmembers_of(read_endmembers(endmembers), table, fold, "train")
    materials = nuisance_materials(read_bands(bands), mixing, chosen.wavenumber)
    held_out = read_mixtures(validation)
    answers = None if classes is None else len(classes)
    network = build_seeded(architecture, len(chosen.wavenumber), len(components), options, seed, answers)
    stream = stream_of(chosen, components, mixing, materials, co2_window, complete)
    ratios = held_out.ratio_matrix(components)
    if shuffled:  # validation as well, or early stopping would see the truth
        stream = ShuffledStream(stream)
        ratios = np.random.default_rng([seed, 1]).permutation(ratios)
    known = (held_out.absorbance, ratios)
    epochs = train_network(network, stream, known, training, seed, classes)
    save_network(model, network, describe(architecture, options, components, chosen.wavenumber, seed, classes))
    write_csv(history, epochs)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        train(
            **{name: Path(snakemake.input[name]) for name in ("endmembers", "split", "validation", "bands")},
            **{name: Path(snakemake.output[name]) for name in ("model", "history")},
            architecture=snakemake.wildcards.network,
            options=snakemake.params.options,
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in ("specimen", "random"),
            seed=int(snakemake.wildcards.seed),
            components=snakemake.params.components,
            mixing=settings(MixtureSettings, snakemake.params.mixtures),
            random=settings(RandomSettings, snakemake.params.random) if snakemake.params.random else None,
            co2_window=tuple(snakemake.params.co2_window),
            training=settings(TrainingSettings, snakemake.params.training),
            shuffled=snakemake.params.shuffled,
        )
