"""Compose one fold's fixed validation or test mixtures."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import compose_set, write_mixtures
from ftirmix.nuisance import nuisance_materials
from ftirmix.preprocessing import subtract_baseline
from ftirmix.random_task import mixtures_of
from ftirmix.settings import MixtureSettings, PreprocessingSettings, settings
from ftirmix.subsets import COMPLETE, SUBSETS, components_of, endmembers_of
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def mix_mixtures(
    endmembers: Path, split: Path, bands: Path, fold: int, protocol: str, subset: str, components: list[str],
    choices: MixtureSettings, preprocessing: PreprocessingSettings, seed: int, mixtures: Path,
) -> None:  # fmt: skip
    spectra, table = read_endmembers(endmembers), read_csv(split)
    chosen = endmembers_of(spectra, table, fold, subset)
    complete = protocol in COMPLETE
    offered = components if complete else components_of(table, fold, subset, components)
    materials = nuisance_materials(read_bands(bands), choices, spectra.wavenumber)
    rng = np.random.default_rng([seed, fold, SUBSETS.index(subset)])
    prefix = f"{protocol}-fold{fold}-{subset}"
    composed = compose_set(
        chosen, offered, choices, materials, preprocessing.co2_window_cm1,
        partial(subtract_baseline, grid=spectra.wavenumber, settings=preprocessing), prefix, rng, complete,
    )  # fmt: skip
    write_mixtures(mixtures, composed)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        mix_mixtures(
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.split),
            bands=Path(snakemake.input.bands),
            fold=int(snakemake.wildcards.fold),
            protocol=snakemake.wildcards.protocol,
            subset=snakemake.wildcards.subset,
            components=snakemake.params.components,
            choices=mixtures_of(snakemake.params.mixtures, snakemake.params.random, snakemake.params.components),
            preprocessing=settings(PreprocessingSettings, snakemake.params.preprocessing),
            seed=snakemake.params.seed,
            mixtures=Path(snakemake.output.mixtures),
        )
