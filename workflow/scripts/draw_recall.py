"""Draw recall of the minor component against its share."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.figures import recall_figure, save
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        models = read_parquet(Path(snakemake.input.models)).to_pandas()
        task = task_name(snakemake.params.highest_rates[0])
        figure = recall_figure(models, task, snakemake.params.components, snakemake.params.level)
        save(figure, Path(snakemake.output[0]))
