"""Hold every model against the reference, mixture by mixture."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.comparison import Contest, Trial
from ftirmix.contests import read_trials
from ftirmix.contrast_pages import contrasts_markdown
from ftirmix.contrasts import contrast_table
from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    trials: dict[Contest, Trial], reference: str, statistics: StatisticsSettings, outputs: tuple[Path, Path, Path]
) -> None:
    table = contrast_table(trials, reference, statistics)
    write_comparison(table, *outputs, contrasts_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            trials=read_trials(snakemake.input, snakemake.params.trials, snakemake.params.components),
            reference=snakemake.params.reference,
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
