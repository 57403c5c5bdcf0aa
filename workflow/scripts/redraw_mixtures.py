"""Compose one fold's test mixtures once more, with another draw of nuisances, for a null test."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures, realise, write_mixtures
from ftirmix.nuisance import nuisance_materials
from ftirmix.preprocessing import subtract_baseline
from ftirmix.settings import MixtureSettings, PreprocessingSettings, settings

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def redraw(
    mixtures: Path, endmembers: Path, bands: Path, fold: int, components: list[str], choices: MixtureSettings,
    preprocessing: PreprocessingSettings, seed: int, redrawn: Path,
) -> None:  # fmt: skip
    given, spectra = read_mixtures(mixtures), read_endmembers(endmembers)
    materials = nuisance_materials(read_bands(bands), choices, spectra.wavenumber)
    write_mixtures(redrawn, realise(
        spectra, given.recipes(spectra.table, components), given.table, choices, materials, given.axis,
        partial(subtract_baseline, grid=spectra.wavenumber, settings=preprocessing),
        # Three numbers like those of the first draw, but none of its subsets.
        np.random.default_rng([seed, fold, 2**16]),
    ))  # fmt: skip


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        redraw(
            mixtures=Path(snakemake.input.mixtures),
            endmembers=Path(snakemake.input.endmembers),
            bands=Path(snakemake.input.bands),
            fold=int(snakemake.wildcards.fold),
            components=snakemake.params.components,
            choices=settings(MixtureSettings, snakemake.params.mixtures),
            preprocessing=settings(PreprocessingSettings, snakemake.params.preprocessing),
            seed=snakemake.params.seed,
            redrawn=Path(snakemake.output.redrawn),
        )
