"""Identify the real particles of a laboratory by a network that it did not train, and compare with its labels."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.agreement import agreement_table
from ftirmix.identification.identifier import load_identifier
from ftirmix.identification.sea_surface import labelled_particles, told_particles
from ftirmix.jobs import job
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        files, agreement = snakemake.input, Path(snakemake.output.agreement)
        identifier = load_identifier(Path(files.identifier[0]).parent)
        told = told_particles(
            identifier, Path(files.bands), snakemake.params.source, Path(files.carrier), beside=agreement
        )
        known = labelled_particles(Path(files.labelled), Path(files.flags))
        write_csv(agreement, agreement_table(told, known, identifier.components[:-1], snakemake.params.statistics))
