"""Keep the candidate of a network with the most exact matches on validation mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.tables import read_csv, write_csv
from ftirmix.tuning_table import tuning_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        write_csv(Path(snakemake.output.tuning), tuning_table([read_csv(Path(path)) for path in snakemake.input.tried]))
