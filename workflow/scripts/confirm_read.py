"""End the run with an error where nothing could be read; the tables, which say why, stay."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.errors import StudyError
from ftirmix.jobs import job
from ftirmix.tables import read_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        counts = read_csv(Path(snakemake.input.counts))
        found = counts[counts["kind"] == "status"].set_index("name")["spectra"]
        if not found.drop("unreadable").sum():
            raise StudyError(
                f"none of {found.sum()} files could be read; {snakemake.input.particles} names each with its reason"
            )
        logging.info("open %s", snakemake.input.page)
        write_text(Path(snakemake.output.confirmed), f"{found.sum()} spectra\n")
