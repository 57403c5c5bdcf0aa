"""Train one network with one seed on one fold's training endmembers."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import build_seeded, describe, save_network
from ftirmix.nuisance import nuisance_materials
from ftirmix.random_task import classes_of, mixtures_of
from ftirmix.settings import MixtureSettings, TrainingSettings, settings
from ftirmix.stream import shuffled_labels, stream_of
from ftirmix.subsets import COMPLETE, endmembers_of
from ftirmix.tables import read_csv, write_csv
from ftirmix.training import train_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def train(
    endmembers: Path, split: Path, validation: Path, bands: Path, architecture: str, options: dict, fold: int,
    complete: bool, seed: int, components: list[str], mixing: MixtureSettings, softmax: bool,
    co2_window: tuple[float, float], training: TrainingSettings, shuffled: bool, model: Path, history: Path,
) -> None:  # fmt: skip
    classes = classes_of(len(components)) if softmax else None
    chosen = endmembers_of(read_endmembers(endmembers), read_csv(split), fold, "train")
    materials = nuisance_materials(read_bands(bands), mixing, chosen.wavenumber)
    held_out = read_mixtures(validation)
    answers = None if classes is None else len(classes)
    network = build_seeded(architecture, len(chosen.wavenumber), len(components), options, seed, answers)
    stream = stream_of(chosen, components, mixing, materials, co2_window, complete)
    ratios = held_out.ratio_matrix(components)
    if shuffled:
        stream, ratios = shuffled_labels(stream, ratios, seed)
    epochs = train_network(network, stream, (held_out.absorbance, ratios), training, seed, classes)
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
            complete=snakemake.wildcards.protocol in COMPLETE,
            seed=int(snakemake.wildcards.seed),
            components=snakemake.params.components,
            mixing=mixtures_of(snakemake.params.mixtures, snakemake.params.random, snakemake.params.components),
            softmax=snakemake.params.random is not None,
            co2_window=tuple(snakemake.params.co2_window),
            training=settings(TrainingSettings, snakemake.params.training),
            shuffled=snakemake.params.shuffled,
        )
