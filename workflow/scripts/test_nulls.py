"""Test that no model tells what nobody can know."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.mixture_sets import MixtureSet, read_mixtures
from ftirmix.null_tests import (
    NULL_COLUMNS,
    Scored,
    presence_rows,
    redrawn_rows,
    same_polymer_rows,
)
from ftirmix.predictions import matrices, read_predictions
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.statistics import ClusterBootstrap, specimen_codes
from ftirmix.summaries import nulls_markdown
from ftirmix.tables import read_csv, write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Fits = dict[tuple[int, str, int], Path]


def scored_of(tests: dict[int, MixtureSet], answers: dict[tuple[int, int], Path], components: list[str]) -> Scored:
    """Read the scores of a model: answers by fold and fit, NaN where a fit has not answered a fold."""
    table = pd.concat([chosen.table for chosen in tests.values()], ignore_index=True)
    fold = np.repeat(list(tests), [len(chosen.table) for chosen in tests.values()])
    numbers = sorted({fit for _, fit in answers})
    scores = np.full((len(numbers), len(table), len(components)), np.nan)
    for (number, fit), path in answers.items():
        scores[numbers.index(fit), fold == number] = matrices(read_predictions(path), tests[number], components)[0]
    present = np.concatenate([chosen.presence(components) for chosen in tests.values()])
    return Scored(scores, present, fold, table["composition"].to_numpy())


def called_at(scored: Scored, limits: dict[tuple[int, int], Path], task: str, components: list[str]) -> np.ndarray:
    """Call components at the thresholds of every fold and fit."""
    numbers = sorted({fit for _, fit in limits})
    called = np.zeros(scored.scores.shape, dtype=bool)
    for (fold, fit), path in limits.items():
        table = read_csv(path)
        threshold = (
            table[table["task"] == task].set_index("component")["threshold"].loc[components].to_numpy(dtype=float)
        )
        place = (numbers.index(fit), scored.fold == fold)
        called[place] = scored.scores[place] >= threshold
    return called


def test_nulls(
    tests: dict[int, Path], predictions: Fits, redrawn: Fits, thresholds: Fits, shuffled: Fits, task: str,
    components: list[str], statistics: StatisticsSettings, outputs: tuple[Path, Path, Path],
) -> None:  # fmt: skip
    sets = {fold: read_mixtures(path) for fold, path in tests.items()}
    table = pd.concat([chosen.table for chosen in sets.values()], ignore_index=True)
    bootstrap = ClusterBootstrap(
        specimen_codes(table["specimens"]), statistics.replicates, statistics.level, statistics.seed
    )
    shares = table["share_low"].to_numpy(dtype=float)
    rows = []
    for model in dict.fromkeys(name for _, name, _ in predictions):
        given, again, limits, blind = (
            {(fold, fit): path for (fold, name, fit), path in files.items() if name == model}
            for files in (predictions, redrawn, thresholds, shuffled)
        )
        first, second = scored_of(sets, given, components), scored_of(sets, again, components)
        called = called_at(first, limits, task, components), called_at(second, limits, task, components)
        found = same_polymer_rows(first, bootstrap, components)
        found += redrawn_rows(first, second, called, table[["share_low", "share_high"]], bootstrap, components)
        if blind:
            fold = next(iter(blind))[0]
            sighted = {key: path for key, path in given.items() if key[0] == fold}
            for name, files in (("shuffled_labels", blind), ("true_labels", sighted)):
                found += presence_rows(name, scored_of(sets, files, components), shares, bootstrap, components)
        rows += [{"protocol": "specimen", "model": model, **row} for row in found]
    whole = pd.DataFrame(rows, columns=NULL_COLUMNS)
    write_comparison(whole, *outputs, nulls_markdown(whole, statistics.level))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given, files = snakemake.params, snakemake.input
        fits = [(fold, model, seed) for _, fold, model, seed in given.fits]
        test_nulls(
            tests={fold: Path(path) for (_, fold), path in zip(given.rounds, files.tests, strict=True)},
            predictions=dict(zip(fits, map(Path, files.predictions), strict=True)),
            redrawn=dict(zip(fits, map(Path, files.redrawn), strict=True)),
            thresholds=dict(zip(fits, map(Path, files.thresholds), strict=True)),
            shuffled={
                (given.rounds[0][1], model, fit): Path(path)
                for (model, fit), path in zip(given.shuffled, files.shuffled, strict=True)
            },
            task=task_name(given.highest_rates[0]),
            components=given.components,
            statistics=settings(StatisticsSettings, given.statistics),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
