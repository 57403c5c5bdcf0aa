"""Summarise the papers' form of neglect over draws and seeds."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.neglect_classes import bins_from, classes_table
from ftirmix.neglect_pages import classes_markdown
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    fits: list[tuple], bins: list[tuple[float, float]], statistics: StatisticsSettings,
    outputs: tuple[Path, Path, Path],
) -> None:  # fmt: skip
    table = classes_table(fits, bins, statistics)
    write_comparison(table, *outputs, classes_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        compare(
            fits=[(*fit, Path(path)) for fit, path in zip(given.fits, snakemake.input.neglect, strict=True)],
            bins=bins_from([tuple(edges) for edges in given.share_bins], given.lowest_share),
            statistics=settings(StatisticsSettings, given.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
