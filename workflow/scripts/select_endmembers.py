"""Choose the endmembers, name their specimens, list everything left out."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.endmembers import count_endmembers, select_endmembers
from ftirmix.jobs import job
from ftirmix.spectra import concatenate, read_spectra, write_spectra
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def select(
    spectra: list[Path], rejected: list[Path], choices: dict, endmembers_path: Path, rejected_path: Path, counts: Path
) -> None:
    endmembers, left_out = select_endmembers(concatenate([read_spectra(path) for path in spectra]), **choices)
    logging.info("%d endmembers of %d specimens", len(endmembers.table), endmembers.table["specimen"].nunique())
    earlier = [table for table in map(read_csv, rejected) if len(table)]
    write_spectra(endmembers_path, endmembers)
    write_csv(rejected_path, pd.concat([*earlier, left_out], ignore_index=True))
    write_csv(counts, count_endmembers(endmembers.table))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        select(
            spectra=[Path(path) for path in snakemake.input.spectra],
            rejected=[Path(path) for path in snakemake.input.rejected],
            choices={name: snakemake.params[name] for name in ("components", "conditions", "exclude", "cosine")},
            endmembers_path=Path(snakemake.output.endmembers),
            rejected_path=Path(snakemake.output.rejected),
            counts=Path(snakemake.output.counts),
        )
