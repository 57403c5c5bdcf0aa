"""Simulate specimens of every component from the band table."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftirmix.bands import offered_components, read_bands
from ftirmix.jobs import job
from ftirmix.settings import SimulatorSettings, settings
from ftirmix.simulator import simulate
from ftirmix.spectra import REJECTED_COLUMNS
from ftirmix.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def simulate_source(
    bands: Path,
    components: list[str],
    simulator: SimulatorSettings,
    low: float,
    high: float,
    spectra: Path,
    rejected: Path,
) -> None:
    grid = np.arange(low, high + 1e-9, 2.0)
    table = read_bands(bands)
    known = offered_components(table)  # the rest is for the study's other sources
    write_parquet(spectra, simulate(table, [name for name in components if name in known], simulator, grid))
    write_csv(rejected, pd.DataFrame(columns=REJECTED_COLUMNS))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        simulate_source(
            bands=Path(snakemake.input.bands),
            components=snakemake.params.components,
            simulator=settings(SimulatorSettings, snakemake.params.simulator),
            low=snakemake.params.range[0],
            high=snakemake.params.range[1],
            spectra=Path(snakemake.output.spectra),
            rejected=Path(snakemake.output.rejected),
        )
