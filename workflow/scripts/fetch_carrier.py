"""Download one carrier package and verify it."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.sources import Carrier, fetch_carrier

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        fetch_carrier(Carrier(**snakemake.params.carrier), Path(snakemake.output[0]))
