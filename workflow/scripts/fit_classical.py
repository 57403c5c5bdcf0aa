"""Fit the candidates of a classical model on one fold's training subset, and keep the best on validation."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.bands import read_bands
from ftirmix.classical.base import training_of
from ftirmix.classical.storage import save
from ftirmix.classical.tuning import tune
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.nuisance import nuisance_materials
from ftirmix.random_task import mixtures_of
from ftirmix.settings import MixtureSettings
from ftirmix.stream import stream_of
from ftirmix.subsets import COMPLETE, endmembers_of
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def fit_classical(
    endmembers: Path, split: Path, validation: Path, bands: Path, method: str, candidates: list[dict], fold: int,
    complete: bool, seed: int, components: list[str], mixing: MixtureSettings, co2_window: tuple[float, float],
    training_mixtures: int, highest_rate: float, model: Path, tuning: Path,
) -> None:  # fmt: skip
    chosen = endmembers_of(read_endmembers(endmembers), read_csv(split), fold, "train")
    materials = nuisance_materials(read_bands(bands), mixing, chosen.wavenumber)
    stream = stream_of(chosen, components, mixing, materials, co2_window, complete)
    training = training_of(chosen, components, stream, training_mixtures, seed)
    best, tried = tune(method, candidates, training, read_mixtures(validation), highest_rate, seed)
    save(model, best)
    write_csv(tuning, tried)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        fit_classical(
            **{name: Path(snakemake.input[name]) for name in ("endmembers", "split", "validation", "bands")},
            **{name: Path(snakemake.output[name]) for name in ("model", "tuning")},
            method=snakemake.wildcards.classical,
            candidates=given.candidates,
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in COMPLETE,
            seed=int(snakemake.wildcards.seed),
            components=given.components,
            mixing=mixtures_of(given.mixtures, given.random, given.components),
            co2_window=tuple(given.co2_window),
            training_mixtures=given.training_mixtures,
            highest_rate=given.highest_rates[0],
        )
