"""Set thresholds on validation mixtures and judge the test mixtures with them."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from ftirmix.jobs import job
from ftirmix.metrics import choose_thresholds, outcomes
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import matrices, read_predictions
from ftirmix.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def judge(
    predictions: Path,
    validation: Path,
    test: Path,
    components: list[str],
    highest_rate: float,
    judged: Path,
    thresholds: Path,
) -> None:
    answers = read_predictions(predictions)
    held_out, tested = read_mixtures(validation), read_mixtures(test)
    scores, _ = matrices(answers, held_out, components)
    limits = choose_thresholds(scores, held_out.ratio_matrix(components) > 0, highest_rate)
    scores, ratios = matrices(answers, tested, components)
    table = outcomes(scores, ratios, tested.ratio_matrix(components), limits)
    table.insert(0, "mixture", tested.table["mixture"].repeat(len(components)).to_numpy())
    table.insert(1, "component", components * len(tested.table))
    logging.info("exact match on the test mixtures: %.3f", table["exact"].mean())
    write_parquet(judged, pa.Table.from_pandas(table, preserve_index=False))
    write_csv(thresholds, pd.DataFrame({"component": components, "threshold": limits}))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        judge(
            predictions=Path(snakemake.input.predictions),
            validation=Path(snakemake.input.validation),
            test=Path(snakemake.input.test),
            components=snakemake.params.components,
            highest_rate=snakemake.params.highest_rate,
            judged=Path(snakemake.output.outcomes),
            thresholds=Path(snakemake.output.thresholds),
        )
