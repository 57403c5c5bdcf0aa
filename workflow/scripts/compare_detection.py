"""Find the smallest share of every component that each model detects."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.comparison import Contest, Trial
from ftirmix.contests import read_trials
from ftirmix.detection import detection_table
from ftirmix.detection_pages import detection_markdown
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    trials: dict[Contest, Trial], statistics: StatisticsSettings, task: str, outputs: tuple[Path, Path, Path]
) -> None:
    table = detection_table(trials, statistics, task)
    write_comparison(table, *outputs, detection_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            trials=read_trials(snakemake.input, snakemake.params.trials, snakemake.params.components),
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            task=task_name(snakemake.params.highest_rates[0]),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
