"""Unmix the validation and test mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import prediction_table, write_predictions
from ftirmix.unmixing import load_library, unmix

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def predict(model: Path, mixtures: list[Path], predictions: Path) -> None:
    library = load_library(model)
    tables = []
    for chosen in map(read_mixtures, mixtures):
        ratios = unmix(library, chosen.absorbance)
        tables.append(prediction_table(chosen, library.components, ratios, ratios))
    write_predictions(predictions, pd.concat(tables, ignore_index=True))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        predict(
            model=Path(snakemake.input.model),
            mixtures=[Path(path) for path in snakemake.input.mixtures],
            predictions=Path(snakemake.output.predictions),
        )
