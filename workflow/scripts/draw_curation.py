"""Show suspect spectra over references, list them with their evidence, and draw the near-duplicate rule."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.curation_figures import flagged_figure, flagged_page, histogram_figure
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.settings import CurationSettings, settings
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import read_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def draw(
    spectra: list[Path], flags: Path, neighbours: Path, choices: CurationSettings, outputs: dict[str, Path]
) -> None:
    every, flagged = concatenate([read_spectra(path) for path in spectra]), read_csv(flags)
    write_text(outputs["page"], flagged_page(every, flagged))
    save(flagged_figure(every, flagged), outputs["figure"])
    save(
        histogram_figure(read_csv(neighbours), choices.near_duplicate_cosine, choices.recorded_cosine),
        outputs["histogram"],
    )


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        draw(
            spectra=[Path(path) for path in snakemake.input.spectra],
            flags=Path(snakemake.input.flags),
            neighbours=Path(snakemake.input.neighbours),
            choices=settings(CurationSettings, snakemake.params.curation),
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
