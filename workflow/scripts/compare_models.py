"""Compare the models in one long table."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.comparison import compare_models
from ftirmix.contests import assemble_all
from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.summaries import models_markdown
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    tests: dict[tuple[str, str, int], Path], fits: list[tuple], networks: list[Path], components: list[str],
    statistics: StatisticsSettings, outputs: tuple[Path, Path, Path],
) -> None:  # fmt: skip
    table = compare_models(assemble_all(tests, fits, networks, components), statistics)
    write_comparison(table, *outputs, models_markdown(table, statistics.level))


def named(rounds: list, labels: str, paths: list[str]) -> dict[tuple[str, str, int], Path]:
    return {(protocol, labels, fold): Path(path) for (protocol, fold), path in zip(rounds, paths, strict=True)}


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given, outcomes = snakemake.params, snakemake.input.outcomes
        compare(
            tests=named(given.rounds, "curated", snakemake.input.tests)
            | named(given.as_given_rounds, "as_given", snakemake.input.as_given),
            fits=[(*fit, Path(path)) for fit, path in zip(given.fits, outcomes, strict=True)],
            networks=[Path(path) for path in snakemake.input.networks],
            components=given.components,
            statistics=settings(StatisticsSettings, given.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
