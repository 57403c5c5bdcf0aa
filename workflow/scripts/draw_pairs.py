"""Draw neglect and recall of every minor component in every partner."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.neglect_figures import pairs_figure
from ftirmix.tables import read_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        pairs = read_parquet(Path(snakemake.input.pairs)).to_pandas()
        save(pairs_figure(pairs, snakemake.params.components), Path(snakemake.output[0]))
