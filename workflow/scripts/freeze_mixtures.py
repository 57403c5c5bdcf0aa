"""Write one fixed set of mixtures as a flat table that anybody can read."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.flat import arrow_of, flat_mixtures, write_stream
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def freeze(mixtures: Path, components: list[str], flat: Path) -> None:
    chosen = read_mixtures(mixtures)
    write_stream(flat, iter([arrow_of(flat_mixtures(chosen, components), chosen.absorbance, chosen.axis.wavenumber)]))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        freeze(Path(snakemake.input.mixtures), snakemake.params.components, Path(snakemake.output.flat))
