"""Summarise the scores of attribution maps over folds and seeds in one long table."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.map_table import maps_markdown, summarise_maps
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_summarised

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        statistics = settings(StatisticsSettings, given.statistics)
        table = summarise_maps(
            [(*fit, Path(path)) for fit, path in zip(given.fits, snakemake.input.scores, strict=True)], statistics
        )
        to = snakemake.output
        write_summarised(
            table, Path(to.csv), Path(to.parquet), Path(to.markdown), maps_markdown(table, statistics.level)
        )
