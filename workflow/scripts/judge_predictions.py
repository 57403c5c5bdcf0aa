"""Set thresholds on validation mixtures and judge the test mixtures with them."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftirmix.jobs import job
from ftirmix.metrics import choose_thresholds, outcomes, task_name
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import matrices, read_predictions, write_outcomes
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def judge(
    predictions: Path,
    validation: Path,
    test: Path,
    components: list[str],
    highest_rates: list[float],
    judged: Path,
    thresholds: Path,
) -> None:
    answers = read_predictions(predictions)
    held_out, tested = read_mixtures(validation), read_mixtures(test)
    # Two specimens of one polymer are there for the null tests, not to set thresholds on.
    held_out = held_out.take(np.flatnonzero(held_out.table["composition"] != "same_polymer"))
    known, _ = matrices(answers, held_out, components)
    scores, ratios = matrices(answers, tested, components)
    tables, limits = [], []
    for rate in highest_rates:
        limit = choose_thresholds(known, held_out.presence(components), rate)
        table = outcomes(scores, ratios, tested.presence(components), tested.ratio_matrix(components), limit)
        named = {"mixture": tested.table["mixture"].repeat(len(components)).to_numpy()}
        tables.append(table.assign(task=task_name(rate), component=components * len(tested.table), **named))
        limits.append(pd.DataFrame({"task": task_name(rate), "component": components, "threshold": limit}))
    write_outcomes(judged, pd.concat(tables, ignore_index=True))
    write_csv(thresholds, pd.concat(limits, ignore_index=True))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        judge(
            predictions=Path(snakemake.input.predictions),
            validation=Path(snakemake.input.validation),
            test=Path(snakemake.input.test),
            components=snakemake.params.components,
            highest_rates=snakemake.params.highest_rates,
            judged=Path(snakemake.output.outcomes),
            thresholds=Path(snakemake.output.thresholds),
        )
