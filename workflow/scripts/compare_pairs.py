"""Tabulate neglect and recall of every minor component in every partner."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.neglect_pages import pairs_markdown
from ftirmix.neglect_pairs import pair_table
from ftirmix.neglect_readings import read_all
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(maps: list[tuple], statistics: StatisticsSettings, outputs: tuple[Path, Path, Path]) -> None:
    table = pair_table(read_all(maps), statistics)
    write_comparison(table, *outputs, pairs_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            maps=[(*m, Path(path)) for m, path in zip(snakemake.params.maps, snakemake.input.neglect, strict=True)],
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
