"""Write all endmembers, with the subset of each in every fold, as a flat table that anybody can read."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.endmembers import read_endmembers
from ftirmix.flat import arrow_of, flat_endmembers, write_stream
from ftirmix.jobs import job
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def freeze(endmembers: Path, splits: dict[str, Path], flat: Path) -> None:
    spectra = read_endmembers(endmembers)
    table = flat_endmembers(spectra, {protocol: read_csv(path) for protocol, path in splits.items()})
    write_stream(flat, iter([arrow_of(table, spectra.absorbance, spectra.wavenumber)]))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        freeze(
            endmembers=Path(snakemake.input.endmembers),
            splits={
                protocol: Path(path)
                for protocol, path in zip(snakemake.params.protocols, snakemake.input.splits, strict=True)
            },
            flat=Path(snakemake.output.flat),
        )
