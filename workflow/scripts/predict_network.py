"""Let a network answer for the validation and test mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from scipy.special import softmax

from ftirmix.fitting import presence_scores
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network
from ftirmix.predictions import prediction_table, write_predictions

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def predict(model: Path, mixtures: list[Path], predictions: Path) -> None:
    network, description = load_network(model)
    tables = []
    for chosen in map(read_mixtures, mixtures):
        logits, scores = presence_scores(network, description, chosen.absorbance)
        tables.append(prediction_table(chosen, description["components"], logits, softmax(scores, axis=1)))
    write_predictions(predictions, pd.concat(tables, ignore_index=True))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        predict(
            model=Path(snakemake.input.model),
            mixtures=[Path(path) for path in snakemake.input.mixtures],
            predictions=Path(snakemake.output.predictions),
        )
