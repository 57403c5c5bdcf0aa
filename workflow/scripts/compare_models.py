"""Compare the models in one long table."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.comparison import assemble_all, compare_models
from ftirmix.jobs import job
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.summaries import models_markdown
from ftirmix.tables import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    tests: dict[int, Path], fits: list[tuple], networks: list[Path], components: list[str], protocol: str,
    statistics: StatisticsSettings, outputs: tuple[Path, Path, Path],
) -> None:  # fmt: skip
    trials = assemble_all(tests, fits, networks, components)
    table = compare_models(trials, protocol, "as_given", statistics)
    write_comparison(table, *outputs, models_markdown(table, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            tests=dict(zip(snakemake.params.folds, map(Path, snakemake.input.tests), strict=True)),
            fits=[
                (*fit, Path(path)) for fit, path in zip(snakemake.params.fits, snakemake.input.outcomes, strict=True)
            ],
            networks=[Path(path) for path in snakemake.input.networks],
            components=snakemake.params.components,
            protocol=snakemake.params.protocol,
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
