"""Measure own-band attribution and neglect in every binary test mixture."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.attribution_maps import read_maps
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.mixture_sets import read_mixtures
from ftirmix.neglect_table import neglect_of_mixtures, write_neglect
from ftirmix.predictions import read_outcomes

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def diagnose(
    maps: list[Path], outcomes: Path, test: Path, endmembers: Path, components: list[str], rate: float,
    neglect: list[Path],
) -> None:  # fmt: skip
    judged = read_outcomes(outcomes)
    called = judged[(judged["task"] == task_name(rate)) & (judged["labels"] == "curated")]
    mixtures, spectra = read_mixtures(test), read_endmembers(endmembers)
    for source, target in zip(maps, neglect, strict=True):
        write_neglect(target, neglect_of_mixtures(mixtures, spectra, components, *read_maps(source), called))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        diagnose(
            maps=[Path(path) for path in snakemake.input.maps],
            outcomes=Path(snakemake.input.outcomes),
            test=Path(snakemake.input.test),
            endmembers=Path(snakemake.input.endmembers),
            components=snakemake.params.components,
            rate=snakemake.params.highest_rates[0],
            neglect=[Path(path) for path in snakemake.output.neglect],
        )
