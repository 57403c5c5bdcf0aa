"""Bring one source's spectra to absorbance on the study's grid."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.preprocessing import preprocess
from ftirmix.settings import PreprocessingSettings, settings
from ftirmix.spectra import MEASURED_SCHEMA, write_spectra
from ftirmix.tables import read_parquet, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def preprocess_source(measured: Path, choices: PreprocessingSettings, spectra: Path, rejected: Path) -> None:
    done = preprocess(read_parquet(measured, MEASURED_SCHEMA), choices)
    logging.info("%d spectra on the grid, %d rejected", len(done.spectra.table), len(done.rejected))
    write_spectra(spectra, done.spectra)
    write_csv(rejected, done.rejected)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        preprocess_source(
            measured=Path(snakemake.input.spectra),
            choices=settings(PreprocessingSettings, snakemake.params.preprocessing),
            spectra=Path(snakemake.output.spectra),
            rejected=Path(snakemake.output.rejected),
        )
