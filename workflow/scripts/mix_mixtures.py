"""Compose one fold's fixed validation or test mixtures."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.bands import VAPOUR, material_spectrum, read_bands
from ftirmix.jobs import job
from ftirmix.mixture_sets import compose_set, endmembers_of, write_mixtures
from ftirmix.settings import MixtureSettings, settings
from ftirmix.spectra import read_spectra
from ftirmix.splits import SUBSETS, subset_of
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def mix_mixtures(
    endmembers: Path, split: Path, bands: Path, fold: int, folds: int, subset: str, components: list[str],
    choices: MixtureSettings, co2_window: tuple[float, float], seed: int, mixtures: Path,
) -> None:  # fmt: skip
    spectra, table = read_spectra(endmembers), read_csv(split)
    chosen = endmembers_of(spectra, table, subset_of(table["fold"], fold, folds), subset)
    vapour = material_spectrum(read_bands(bands), VAPOUR, spectra.wavenumber)
    rng = np.random.default_rng([seed, fold, SUBSETS.index(subset)])
    prefix = f"fold{fold}-{subset}"
    composed = compose_set(chosen, components, choices, vapour, co2_window, prefix, rng)
    load = composed.table["endmembers"].explode().value_counts(normalize=False) / len(composed.table)
    logging.info(
        "%d mixtures; the most used endmember, %s, is in %.1f %% of them",
        len(composed.table),
        load.index[0],
        100 * load.iloc[0],
    )
    write_mixtures(mixtures, composed)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        mix_mixtures(
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.split),
            bands=Path(snakemake.input.bands),
            fold=int(snakemake.wildcards.fold),
            folds=snakemake.params.folds,
            subset=snakemake.wildcards.subset,
            components=snakemake.params.components,
            choices=settings(MixtureSettings, snakemake.params.mixtures),
            co2_window=tuple(snakemake.params.co2_window),
            seed=snakemake.params.seed,
            mixtures=Path(snakemake.output.mixtures),
        )
