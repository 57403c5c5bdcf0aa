"""What a step takes and writes: means over a study that was run, by rule and model."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from ftirmix.scale.steps import Step

# What a job says last, see ftirmix.jobs. Processor time, which other work on the machine disturbs less than a clock.
DONE = re.compile(r"processor time ([\d.]+) s to start, ([\d.]+) s to work\s*\Z")
# Rules whose jobs are what compare_costs times, and the share of it that a job takes: a candidate of a network is
# trained for half of the epochs (tuning.epochs of config.yaml).
FITS = {"train_network": 1.0, "fit_classical": 1.0, "try_network": 0.5}
# Rules that the default study does without, and what of it is like them: small tables are read.
STANDS_FOR = {"choose_network": "judge_predictions", "compare_tuning": "judge_predictions"}
# Rules that read the files of all fits: their work grows with the number of files.
GATHERS = re.compile(r"compare_|predict_hits|test_nulls")
COLUMNS = ("rule", "model", "steps", "inputs", "start", "work", "megabytes")


def measured_steps(directory: Path, steps: Sequence[Step]) -> pd.DataFrame:
    """Summarise what the jobs of a study said of themselves.

    Files that are gone once they were used count as the mean of the step's others.

    Args:
        directory: in which the study was run, or is.
        steps: of the study.

    Returns:
        ``COLUMNS``: number of steps that have ended, and their means: files read, processor seconds to start
        (interpreter and imports) and to work, megabytes written.
    """
    rows = []
    for step in steps:
        log = directory / step.log
        done = DONE.search(log.read_text(encoding="utf-8")) if step.log and log.is_file() else None
        if done:
            sizes = [(directory / path).stat().st_size for path in step.outputs if (directory / path).is_file()]
            megabytes = sum(sizes) / 1e6 * (len(step.outputs) / len(sizes) if sizes else 0.0)
            rows.append((step.rule, step.model, 1, step.inputs, float(done[1]), float(done[2]), megabytes))
    table = pd.DataFrame(rows, columns=list(COLUMNS)).groupby(["rule", "model"], sort=True)
    means = table[["inputs", "start", "work", "megabytes"]].mean().round(3)
    return means.assign(steps=table.size()).reset_index()[list(COLUMNS)]


def slowness(table: pd.DataFrame, fits: Mapping[str, float]) -> float:
    """Say how many times slower a table's machine was than the one where fits took what they took.

    Args:
        table: see :func:`measured_steps`.
        fits: seconds that fitting each model took there.
    """
    rows = table[table["rule"].isin(["train_network", "fit_classical"]) & table["model"].isin(list(fits))]
    here = ((rows["start"] + rows["work"]) * rows["steps"]).sum()
    return float(here / (rows["model"].map(dict(fits)) * rows["steps"]).sum())


def seconds_of(steps: Sequence[Step], table: pd.DataFrame, fits: Mapping[str, float]) -> dict[int, float]:
    """Look up what every step takes on a core of the machine where the fits were timed, its start included.

    A model that was not measured takes the mean of those that were, a rule the median of all but fits. The work of
    rules that read all fits is scaled by the number of files.

    Args:
        steps: of any study.
        table: see :func:`measured_steps`.
        fits: seconds that fitting each model took in one study, the measured ones among them.

    Returns:
        By the step's number; 0 for what only collects.
    """
    slow = slowness(table, fits)
    means = table.groupby("rule")[["inputs", "start", "work"]].mean()
    exact = {(row.rule, row.model): float(row.start + row.work) for row in table.itertuples()}
    typical = float(means.drop(index=list(FITS), errors="ignore")[["start", "work"]].sum(axis=1).median()) / slow

    def value(step: Step) -> float:
        if step.rule in FITS and step.model in fits:
            return FITS[step.rule] * fits[step.model]
        rule = STANDS_FOR.get(step.rule, step.rule)
        if rule not in means.index:
            return typical if step.log else 0.0
        mean = means.loc[rule]
        files = step.inputs / max(mean["inputs"], 1) if GATHERS.match(rule) else 1.0
        known = None if GATHERS.match(rule) else exact.get((rule, step.model))
        return (float(mean["start"] + mean["work"] * files) if known is None else known) / slow

    return {step.number: value(step) for step in steps}


def gigabytes_of(steps: Sequence[Step], table: pd.DataFrame) -> float:
    """Say what all steps write, those of models or rules that were not measured as those that were."""
    exact = {(row.rule, row.model): row.megabytes for row in table.itertuples()}
    means = table.groupby("rule")["megabytes"].mean().to_dict()
    return sum(exact.get((step.rule, step.model), means.get(step.rule, 0.0)) for step in steps) / 1e3
