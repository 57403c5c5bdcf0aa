"""Put a trained identifier where `identify` looks for it."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.files import whole_file
from ftirmix.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        sources = [*snakemake.input.identifier, snakemake.input.card, snakemake.input.figure]
        for source, target in zip(sources, snakemake.output, strict=True):
            with whole_file(Path(target)) as temporary:
                shutil.copyfile(source, temporary)
