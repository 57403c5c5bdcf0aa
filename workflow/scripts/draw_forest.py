"""Draw the headline figures of all models with their intervals, and their differences from the reference."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.figures import save
from ftirmix.forest import forest_figure
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        models, differences = (
            read_parquet(Path(path)).to_pandas() for path in (snakemake.input.models, snakemake.input.differences)
        )
        figure = forest_figure(models, differences, task_name(given.highest_rates[0]), given.reference, given.level)
        save(figure, Path(snakemake.output[0]))
