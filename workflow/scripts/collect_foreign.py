"""Collect the spectra of foreign materials, with their families dealt into parts."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.bands import read_bands
from ftirmix.identification.foreign import calculated_minerals, foreign_spectra, read_families
from ftirmix.identification.storage import write_foreign
from ftirmix.jobs import job
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def collect(
    spectra: list[Path], flags: Path, families: Path, bands: Path, components: list[str], choices: dict, foreign: Path
) -> None:
    flagged = read_csv(flags)
    suspects = set(flagged["spectrum"][flagged["suspect"].astype(bool)])
    found = foreign_spectra(
        concatenate([read_spectra(path) for path in spectra]), components, read_families(families), suspects, **choices
    )
    table = found.table
    logging.info("%d spectra of %d foreign materials", len(table), table["component"].nunique())
    laboratories = sorted(table["laboratory"].unique())
    minerals = calculated_minerals(read_bands(bands), found.wavenumber, laboratories, choices["folds"], choices["seed"])
    write_foreign(foreign, concatenate([found, minerals]))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        collect(
            spectra=[Path(path) for path in snakemake.input.spectra],
            flags=Path(snakemake.input.flags),
            families=Path(snakemake.input.families),
            bands=Path(snakemake.input.bands),
            components=snakemake.params.components,
            choices={name: snakemake.params[name] for name in ("cosine", "recorded_cosine", "parts", "folds", "seed")},
            foreign=Path(snakemake.output.foreign),
        )
