"""Flag spectra that contradict their label, and count what makes a near-duplicate."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.assignments import read_assignments
from ftirmix.curation import flag_conflicts
from ftirmix.duplicates import neighbour_histogram
from ftirmix.jobs import job
from ftirmix.settings import CurationSettings, settings
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def curate(spectra: list[Path], assignments: Path, choices: CurationSettings, flags: Path, neighbours: Path) -> None:
    every = concatenate([read_spectra(path) for path in spectra])
    flagged = flag_conflicts(every, read_assignments(assignments), choices)
    logging.info("%d of %d spectra are suspect", flagged.query("suspect")["spectrum"].nunique(), len(every.table))
    write_csv(flags, flagged)
    write_csv(neighbours, neighbour_histogram(every))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        curate(
            spectra=[Path(path) for path in snakemake.input.spectra],
            assignments=Path(snakemake.input.assignments),
            choices=settings(CurationSettings, snakemake.params.curation),
            flags=Path(snakemake.output.flags),
            neighbours=Path(snakemake.output.neighbours),
        )
