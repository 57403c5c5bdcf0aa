"""Flag spectra that contradict their label; show them over references, and what makes a near-duplicate."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.assignments import read_assignments
from ftirmix.curation import flag_conflicts
from ftirmix.curation_figures import flagged_figure, flagged_page, histogram_figure
from ftirmix.duplicates import neighbour_histogram
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.settings import CurationSettings, settings
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import write_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def curate(spectra: list[Path], assignments: Path, choices: CurationSettings, outputs: dict[str, Path]) -> None:
    every = concatenate([read_spectra(path) for path in spectra])
    flags = flag_conflicts(every, read_assignments(assignments), choices)
    logging.info("%d of %d spectra are suspect", flags.query("suspect")["spectrum"].nunique(), len(every.table))
    histogram = neighbour_histogram(every)
    write_csv(outputs["flags"], flags)
    write_csv(outputs["neighbours"], histogram)
    write_text(outputs["page"], flagged_page(every, flags))
    save(flagged_figure(every, flags), outputs["figure"])
    save(histogram_figure(histogram, choices.near_duplicate_cosine, choices.recorded_cosine), outputs["histogram"])


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        curate(
            spectra=[Path(path) for path in snakemake.input.spectra],
            assignments=Path(snakemake.input.assignments),
            choices=settings(CurationSettings, snakemake.params.curation),
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
