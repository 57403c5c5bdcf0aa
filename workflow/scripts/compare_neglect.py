"""Summarise neglect over folds and seeds in one long table."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.neglect_table import NEGLECT_COLUMNS, summarise_all
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.summaries import neglect_markdown
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(maps: list[tuple], statistics: StatisticsSettings, outputs: tuple[Path, Path, Path]) -> None:
    table = summarise_all(maps, statistics)
    write_comparison(table[NEGLECT_COLUMNS], *outputs, neglect_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            maps=[(*m, Path(path)) for m, path in zip(snakemake.params.maps, snakemake.input.neglect, strict=True)],
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
