"""Choose the endmembers, name their specimens, list everything left out."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.endmembers import write_endmembers
from ftirmix.jobs import job
from ftirmix.selection import select_endmembers
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

CHOICES = ("components", "conditions", "exclude", "cosine", "recorded_cosine")


def select(
    spectra: list[Path],
    rejected: list[Path],
    flags: Path,
    choices: dict,
    endmembers_path: Path,
    rejected_path: Path,
) -> None:
    flagged = read_csv(flags)
    suspects = set(flagged["spectrum"][flagged["suspect"].astype(bool)])
    endmembers, left_out = select_endmembers(concatenate([read_spectra(path) for path in spectra]), suspects, **choices)
    table = endmembers.table
    logging.info(
        "%d endmembers of %d specimens, %d suspect", len(table), table["specimen"].nunique(), table["suspect"].sum()
    )
    earlier = [table for table in map(read_csv, rejected) if len(table)]
    write_endmembers(endmembers_path, endmembers)
    write_csv(rejected_path, pd.concat([*earlier, left_out], ignore_index=True))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        select(
            spectra=[Path(path) for path in snakemake.input.spectra],
            flags=Path(snakemake.input.flags),
            rejected=[Path(path) for path in snakemake.input.rejected],
            choices={name: snakemake.params[name] for name in CHOICES},
            endmembers_path=Path(snakemake.output.endmembers),
            rejected_path=Path(snakemake.output.rejected),
        )
