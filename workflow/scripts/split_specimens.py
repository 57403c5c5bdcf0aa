"""Deal specimens into folds."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.spectra import read_spectra
from ftirmix.splits import assign_folds
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def split_specimens(endmembers: Path, folds: int, seed: int, split: Path) -> None:
    table = read_spectra(endmembers).table
    columns = ["spectrum", "laboratory", "component", "specimen"]
    write_csv(split, table[columns].assign(fold=assign_folds(table, folds, seed)))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        split_specimens(
            endmembers=Path(snakemake.input.endmembers),
            folds=snakemake.params.folds,
            seed=snakemake.params.seed,
            split=Path(snakemake.output.split),
        )
