"""Compare the models in one long table."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.comparison import Contest, Trial, compare_models
from ftirmix.contests import read_trials
from ftirmix.detection import as_metric
from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.summaries import models_markdown
from ftirmix.tables import read_parquet, write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    trials: dict[Contest, Trial], detection: Path, statistics: StatisticsSettings, outputs: tuple[Path, Path, Path]
) -> None:
    limits = as_metric(read_parquet(detection).to_pandas())
    table = pd.concat([compare_models(trials, statistics), limits], ignore_index=True)
    write_comparison(table, *outputs, models_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            trials=read_trials(snakemake.input, snakemake.params.trials, snakemake.params.components),
            detection=Path(snakemake.input.detection),
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
