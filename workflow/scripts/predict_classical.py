"""Let a classical model answer for the validation and test mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.classical.registry import answer
from ftirmix.classical.storage import load
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import prediction_table, write_predictions

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def predict(model: Path, mixtures: list[Path], predictions: Path) -> None:
    fitted = load(model)
    tables = [
        prediction_table(chosen, fitted.components, *answer(fitted, chosen.absorbance))
        for chosen in map(read_mixtures, mixtures)
    ]
    write_predictions(predictions, pd.concat(tables, ignore_index=True))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        predict(
            model=Path(snakemake.input.model),
            mixtures=[Path(path) for path in snakemake.input.mixtures],
            predictions=Path(snakemake.output.predictions),
        )
