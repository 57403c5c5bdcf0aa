"""Set thresholds on validation mixtures and judge the test mixtures with them."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftirmix.jobs import job
from ftirmix.metrics import limits_of, outcomes
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import LABELS, matrices, read_predictions, write_outcomes
from ftirmix.random_task import TASK
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def judge(
    predictions: Path, validation: Path, tests: list[Path], components: list[str], highest_rates: list[float],
    softmax: bool, judged: Path, thresholds: Path,
) -> None:  # fmt: skip
    answers = read_predictions(predictions)
    held_out = read_mixtures(validation)
    known, _ = matrices(answers, held_out, components)
    composition = held_out.table["composition"].to_numpy()
    limits = limits_of(known, held_out.presence(components), composition, highest_rates)
    if softmax:  # a component's margin is above zero where the winning class has it
        limits[TASK] = np.zeros(len(components))
    tables = []
    for labels, tested in zip(LABELS, map(read_mixtures, tests), strict=False):
        scores, ratios = matrices(answers, tested, components)
        mixture = tested.table["mixture"].repeat(len(components)).to_numpy()
        named = {"labels": labels, "component": components * len(tested.table), "mixture": mixture}
        for task, limit in limits.items():
            table = outcomes(scores, ratios, tested.presence(components), tested.ratio_matrix(components), limit)
            tables.append(table.assign(task=task, **named))
    write_outcomes(judged, pd.concat(tables, ignore_index=True))
    write_csv(thresholds, pd.DataFrame(limits, index=components).rename_axis("component").reset_index().melt(
        "component", var_name="task", value_name="threshold"
    )[["task", "component", "threshold"]])  # fmt: skip


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        judge(
            predictions=Path(snakemake.input.predictions),
            validation=Path(snakemake.input.validation),
            tests=[Path(path) for path in snakemake.input.tests],
            components=snakemake.params.components,
            highest_rates=snakemake.params.highest_rates,
            softmax=snakemake.params.softmax,
            judged=Path(snakemake.output.outcomes),
            thresholds=Path(snakemake.output.thresholds),
        )
