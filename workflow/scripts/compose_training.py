"""Compose training mixtures of one fold into a file, for those who do not compose their own."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.bands import read_bands
from ftirmix.composing import training_parts
from ftirmix.endmembers import read_endmembers
from ftirmix.flat import write_stream
from ftirmix.jobs import job
from ftirmix.nuisance import nuisance_materials
from ftirmix.random_task import mixtures_of
from ftirmix.settings import MixtureSettings
from ftirmix.stream import stream_of
from ftirmix.subsets import COMPLETE, endmembers_of
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compose(
    endmembers: Path, split: Path, bands: Path, fold: int, complete: bool, components: list[str],
    choices: MixtureSettings, co2_window: tuple[float, float], count: int, seed: int, mixtures: Path,
) -> None:  # fmt: skip
    chosen = endmembers_of(read_endmembers(endmembers), read_csv(split), fold, "train")
    materials = nuisance_materials(read_bands(bands), choices, chosen.wavenumber)
    stream = stream_of(chosen, components, choices, materials, co2_window, complete)
    write_stream(mixtures, training_parts(stream, count, seed))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        compose(
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.split),
            bands=Path(snakemake.input.bands),
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in COMPLETE,
            components=given.components,
            choices=mixtures_of(given.mixtures, given.random, given.components),
            co2_window=tuple(given.co2_window),
            count=given.number,
            seed=given.seed,
            mixtures=Path(snakemake.output.mixtures),
        )
