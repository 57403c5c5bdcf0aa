"""Gather the measured mixtures as the test set of the protocol ``measured``."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.measured import measured_set
from ftirmix.mixture_sets import write_mixtures
from ftirmix.spectra import concatenate, read_spectra

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def gather(spectra: list[Path], components: list[str], co2_window: tuple[float, float], mixtures: Path) -> None:
    every = concatenate([read_spectra(path) for path in spectra])
    write_mixtures(mixtures, measured_set(every, components, co2_window))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        gather(
            spectra=[Path(path) for path in snakemake.input.spectra],
            components=snakemake.params.components,
            co2_window=tuple(snakemake.params.co2_window),
            mixtures=Path(snakemake.output.mixtures),
        )
