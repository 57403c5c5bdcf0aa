"""Summarise the variants of SSG-CAM over folds and seeds."""

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.ssg_table import ssg_markdown, summarise_ssg
from ftirmix.tables import write_csv, write_parquet, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        statistics = settings(StatisticsSettings, given.statistics)
        table = summarise_ssg(
            [(*fit, Path(path)) for fit, path in zip(given.fits, snakemake.input.scores, strict=True)], statistics
        )
        write_csv(Path(snakemake.output.csv), table)
        write_parquet(Path(snakemake.output.parquet), pa.Table.from_pandas(table, preserve_index=False))
        write_text(Path(snakemake.output.markdown), ssg_markdown(table, statistics.level))
