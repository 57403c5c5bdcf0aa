"""Compose pure spectra and mixtures of two specimens of one polymer, of one fold's test specimens, for a null test."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.balanced import twin_recipes
from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import compose_set, write_mixtures
from ftirmix.nuisance import nuisance_materials
from ftirmix.preprocessing import subtract_baseline
from ftirmix.settings import MixtureSettings, PreprocessingSettings, settings
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def mix_twins(
    endmembers: Path, split: Path, bands: Path, fold: int, components: list[str], choices: MixtureSettings,
    preprocessing: PreprocessingSettings, seed: int, mixtures: Path,
) -> None:  # fmt: skip
    spectra = read_endmembers(endmembers)
    materials = nuisance_materials(read_bands(bands), choices, spectra.wavenumber)
    write_mixtures(mixtures, compose_set(
        endmembers_of(spectra, read_csv(split), fold, "test"), components, choices, materials,
        preprocessing.co2_window_cm1, partial(subtract_baseline, grid=spectra.wavenumber, settings=preprocessing),
        # Three numbers like those of the fixed sets, but of none of them.
        f"twins-fold{fold}", np.random.default_rng([seed, fold, 2**16 + 1]), lay_out=twin_recipes,
    ))  # fmt: skip


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        mix_twins(
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.split),
            bands=Path(snakemake.input.bands),
            fold=int(snakemake.wildcards.fold),
            components=snakemake.params.components,
            choices=settings(MixtureSettings, snakemake.params.mixtures),
            preprocessing=settings(PreprocessingSettings, snakemake.params.preprocessing),
            seed=snakemake.params.seed,
            mixtures=Path(snakemake.output.mixtures),
        )
