"""Gather the null tests of a study from its files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.mixture_sets import MixtureSet, read_mixtures
from ftirmix.null_tests import NULL_COLUMNS, Scored, presence_rows, redrawn_rows, resemblance, same_polymer_rows
from ftirmix.predictions import matrices, read_predictions
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap, specimen_codes
from ftirmix.tables import read_csv

# In place of a model's name: the cosine that nothing has learned.
UNTAUGHT = "resemblance"
# Files of a model by fold, model and fit.
Fits = dict[tuple[int, str, int], Path]
# The same of one model: by fold and fit.
ModelFits = dict[tuple[int, int], Path]


def scored_of(tests: dict[int, MixtureSet], answers: ModelFits, components: list[str]) -> Scored:
    """Read the scores of a model: answers by fold and fit, NaN where a fit has not answered a fold."""
    table = pd.concat([chosen.table for chosen in tests.values()], ignore_index=True)
    fold = np.repeat(list(tests), [len(chosen.table) for chosen in tests.values()])
    numbers = sorted({fit for _, fit in answers})
    scores = np.full((len(numbers), len(table), len(components)), np.nan)
    for (number, fit), path in answers.items():
        scores[numbers.index(fit), fold == number] = matrices(read_predictions(path), tests[number], components)[0]
    present = np.concatenate([chosen.presence(components) for chosen in tests.values()])
    return Scored(scores, present, fold, table["composition"].to_numpy())


def called_at(scored: Scored, limits: ModelFits, task: str, components: list[str]) -> np.ndarray:
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


def null_table(
    protocol: str, tests: dict[int, Path], twins: dict[int, Path], predictions: Fits, redrawn: Fits, thresholds: Fits,
    shuffled: Fits, task: str, components: list[str], statistics: StatisticsSettings,
) -> pd.DataFrame:  # fmt: skip
    """Run all null tests of a protocol's models.

    Args:
        protocol: whose test mixtures these are.
        tests: test mixtures of each fold.
        twins: pure spectra and mixtures of two specimens of one polymer of each fold.
        predictions: answers to them.
        redrawn: answers to the same mixtures with another draw of nuisances, and to the twins.
        thresholds: of every fit.
        shuffled: answers of networks trained on shuffled labels; of one fold.
        task: whose thresholds say what is called.
        components: the study's components.
        statistics: of the bootstrap.

    Returns:
        Columns ``NULL_COLUMNS``.
    """
    sets = {fold: read_mixtures(path) for fold, path in tests.items()}
    bins, bootstrap = described(sets, statistics)
    twin_sets = {fold: read_mixtures(path) for fold, path in twins.items()}
    twin_bins, twin_bootstrap = described(twin_sets, statistics)
    rows = []
    for model in dict.fromkeys(name for _, name, _ in predictions):
        given, again, limits, blind = (of_model(files, model) for files in (predictions, redrawn, thresholds, shuffled))
        first, second = scored_of(sets, given, components), scored_of(sets, again, components)
        called = called_at(first, limits, task, components), called_at(second, limits, task, components)
        of_twins = scored_of(twin_sets, again, components)
        found = same_polymer_rows(of_twins, twin_bins, twin_bootstrap, components)
        found += redrawn_rows(first, second, called, bins, bootstrap, components)
        if blind:
            folds = {fold for fold, _ in blind}
            sighted = {key: path for key, path in given.items() if key[0] in folds}
            shares = bins["share_low"].to_numpy(dtype=float)
            for name, files in (("shuffled_labels", blind), ("true_labels", sighted)):
                found += presence_rows(name, scored_of(sets, files, components), shares, bootstrap, components)
        rows += [{"protocol": protocol, "model": model, **row} for row in found]
    absorbance = np.concatenate([chosen.absorbance for chosen in twin_sets.values()])
    alike = replace(of_twins, scores=resemblance(absorbance, of_twins, twin_bootstrap.specimens)[None])
    untaught = same_polymer_rows(alike, twin_bins, twin_bootstrap, components)
    rows += [{"protocol": protocol, "model": UNTAUGHT, **row} for row in untaught if row["score"] == "own"]
    return pd.DataFrame(rows, columns=NULL_COLUMNS)


def described(sets: dict[int, MixtureSet], statistics: StatisticsSettings) -> tuple[pd.DataFrame, ClusterBootstrap]:
    """Return the share bins of all folds' mixtures, and the bootstrap over them."""
    table = pd.concat([chosen.table for chosen in sets.values()], ignore_index=True)
    specimens = specimen_codes(table["specimens"])
    bootstrap = ClusterBootstrap(specimens, statistics.replicates, statistics.level, statistics.seed)
    return table[["share_low", "share_high"]], bootstrap


def of_model(files: Fits, model: str) -> ModelFits:
    """Take one model's files."""
    return {(fold, fit): path for (fold, name, fit), path in files.items() if name == model}
