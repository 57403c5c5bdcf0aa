"""Draw the detection limits of every component beside every other one."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.detection_figure import detection_figure
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        limits = read_parquet(Path(snakemake.input.detection)).to_pandas()
        task = task_name(given.highest_rates[0])
        save(detection_figure(limits, task, given.components, given.level), Path(snakemake.output[0]))
