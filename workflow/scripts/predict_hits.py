"""Predict hits in every pair of polymers from where maps lie, by what holds in all other pairs."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.map_prediction import predict_hits, prediction_markdown
from ftirmix.metrics import task_name
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_summarised

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given, to = snakemake.params, snakemake.output
        statistics = settings(StatisticsSettings, given.statistics)
        paths = zip(map(Path, snakemake.input.scores), map(Path, snakemake.input.outcomes), strict=True)
        files = [(*fit, both) for fit, both in zip(given.fits, paths, strict=True)]
        table = predict_hits(files, task_name(given.highest_rates[0]), statistics)
        write_summarised(
            table, Path(to.csv), Path(to.parquet), Path(to.markdown), prediction_markdown(table, statistics.level)
        )
