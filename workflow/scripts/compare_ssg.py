"""Summarise the variants of SSG-CAM over folds and seeds."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.ssg_table import ssg_markdown, summarise_ssg
from ftirmix.tables import write_summarised

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        statistics = settings(StatisticsSettings, given.statistics)
        table = summarise_ssg(
            [(*fit, Path(path)) for fit, path in zip(given.fits, snakemake.input.scores, strict=True)], statistics
        )
        to = snakemake.output
        write_summarised(
            table, Path(to.csv), Path(to.parquet), Path(to.markdown), ssg_markdown(table, statistics.level)
        )
