"""Test that no model tells what nobody can know."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.null_tables import Fits, null_table
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.summaries import nulls_markdown
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def test_nulls(
    tests: dict[int, Path], twins: dict[int, Path], predictions: Fits, redrawn: Fits, thresholds: Fits, shuffled: Fits,
    task: str, components: list[str], statistics: StatisticsSettings, outputs: tuple[Path, Path, Path],
) -> None:  # fmt: skip
    table = null_table(
        "specimen", tests, twins, predictions, redrawn, thresholds, shuffled, task, components, statistics
    )  # fmt: skip
    write_comparison(table, *outputs, nulls_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given, files = snakemake.params, snakemake.input
        fits = [(fold, model, seed) for _, fold, model, seed in given.fits]
        test_nulls(
            tests={fold: Path(path) for (_, fold), path in zip(given.rounds, files.tests, strict=True)},
            twins={fold: Path(path) for (_, fold), path in zip(given.rounds, files.twins, strict=True)},
            predictions=dict(zip(fits, map(Path, files.predictions), strict=True)),
            redrawn=dict(zip(fits, map(Path, files.redrawn), strict=True)),
            thresholds=dict(zip(fits, map(Path, files.thresholds), strict=True)),
            shuffled={
                (given.rounds[0][1], model, fit): Path(path)
                for (model, fit), path in zip(given.shuffled, files.shuffled, strict=True)
            },
            task=task_name(given.highest_rates[0]),
            components=given.components,
            statistics=settings(StatisticsSettings, given.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
