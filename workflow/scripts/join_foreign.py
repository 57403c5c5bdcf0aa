"""Add foreign material to the endmembers of one round, for training an identifier."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.endmembers import read_endmembers, write_endmembers
from ftirmix.identification.foreign import with_foreign
from ftirmix.identification.storage import read_foreign
from ftirmix.jobs import job
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        endmembers, split = with_foreign(
            read_endmembers(Path(snakemake.input.endmembers)),
            read_csv(Path(snakemake.input.split)),
            read_foreign(Path(snakemake.input.foreign)),
            snakemake.wildcards.materials,
            snakemake.params.left_out,
        )
        write_endmembers(Path(snakemake.output.endmembers), endmembers)
        write_csv(Path(snakemake.output.split), split)
