"""Draw recall of the minor component against its share."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.figures import recall_figure, save
from ftirmix.jobs import job
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        models = read_parquet(Path(snakemake.input.models)).to_pandas()
        save(recall_figure(models, snakemake.params.components, snakemake.params.level), Path(snakemake.output[0]))
