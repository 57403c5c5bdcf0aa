"""Draw the neglect of the minor component against its share."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.figures import neglect_figure, save
from ftirmix.jobs import job
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        neglect = read_parquet(Path(snakemake.input.neglect)).to_pandas()
        save(neglect_figure(neglect, snakemake.params.level), Path(snakemake.output[0]))
