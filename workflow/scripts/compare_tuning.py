"""Gather what all candidates of all models reached on validation mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.tables import read_csv, write_comparison
from ftirmix.tuning_pages import tuning_markdown, tuning_summary

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(tuned: dict[tuple[str, int, str], Path], level: float, outputs: tuple[Path, Path, Path]) -> None:
    table = tuning_summary({key: read_csv(path) for key, path in tuned.items()}, level)
    write_comparison(table, *outputs, tuning_markdown(table, level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        compare(
            tuned={
                tuple(key): Path(path) for key, path in zip(snakemake.params.fits, snakemake.input.tuning, strict=True)
            },
            level=snakemake.params.level,
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
