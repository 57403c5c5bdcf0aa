"""Write the card of the network behind identify."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.identification.card import card_text
from ftirmix.identification.storage import load_description
from ftirmix.jobs import job
from ftirmix.tables import write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        files = [Path(path) for path in (*snakemake.input.tables, *snakemake.input.sea_surface)]
        text = card_text(
            load_description(Path(snakemake.input.identifier[0]).parent),
            {path.stem: pd.read_csv(path) for path in files},
            snakemake.params.left_out,
            snakemake.params.parts,
            snakemake.params.sources,
        )
        write_text(Path(snakemake.output.card), text)
