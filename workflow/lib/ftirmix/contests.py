"""Gather what competed from the files of a study."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors import safe_open

from ftirmix.comparison import Contest, Trial, assemble
from ftirmix.mixture_sets import read_mixtures
from ftirmix.predictions import read_outcomes


def assemble_all(
    tests: dict[tuple[str, str, int], Path],
    fits: list[tuple[str, int, str, int, Path]],
    networks: list[Path],
    components: list[str],
) -> dict[Contest, Trial]:
    """Read test mixtures and outcomes from disk and assemble one trial per protocol, labels, task and model.

    Args:
        tests: file of the test mixtures of each protocol, labels and fold.
        fits: protocol, fold, model, seed and file of the outcomes.
        networks: files of the trained networks; parameters are counted in the first of each protocol and model.
        components: the study's components.
    """
    tables = {key: read_mixtures(path).table for key, path in tests.items()}
    judged = {entry[:4]: read_outcomes(entry[4]) for entry in fits}
    trials = {}
    for protocol, model in dict.fromkeys((protocol, model) for protocol, _, model, _ in judged):
        # results/<study>/<protocol>/fold<k>/<model>/seed<n>/model.safetensors: protocols differ in their heads.
        weights = [path for path in networks if (path.parts[-5], path.parts[-3]) == (protocol, model)]
        parameters = count_parameters(weights[0]) if weights else None
        seeds = dict.fromkeys(seed for p, _, m, seed in judged if (p, m) == (protocol, model))
        for labels in dict.fromkeys(key[1] for key in tests if key[0] == protocol):
            of_folds = {fold: table for (p, given, fold), table in tables.items() if (p, given) == (protocol, labels)}
            first = judged[protocol, next(iter(of_folds)), model, next(iter(seeds))]
            for task in first["task"].unique():
                outcomes = {
                    seed: {fold: chosen(judged[protocol, fold, model, seed], task, labels) for fold in of_folds}
                    for seed in seeds
                }
                trial = assemble(of_folds, outcomes, components)
                trials[Contest(protocol, labels, task, model)] = replace(trial, parameters=parameters)
    return trials


def read_trials(files: Any, keys: dict[str, list], components: list[str]) -> dict[Contest, Trial]:
    """Read everything that competed in a study.

    Args:
        files: a rule's inputs tests, as_given, outcomes and networks, lists of paths.
        keys: rounds (protocol, fold) of the tests, as_given_rounds of those with labels as given, and
            fits (protocol, fold, model, seed) of the outcomes, in the order of the files.
        components: the study's components.
    """
    tests = {
        (protocol, labels, fold): Path(path)
        for labels, rounds, paths in (
            ("curated", keys["rounds"], files.tests),
            ("as_given", keys["as_given_rounds"], files.as_given),
        )
        for (protocol, fold), path in zip(rounds, paths, strict=True)
    }
    fits = [(*fit, Path(path)) for fit, path in zip(keys["fits"], files.outcomes, strict=True)]
    return assemble_all(tests, fits, [Path(path) for path in files.networks], components)


def chosen(outcomes: pd.DataFrame, task: str, labels: str) -> pd.DataFrame:
    """Take the outcomes of one task and one form of the test set."""
    return outcomes[(outcomes["task"] == task) & (outcomes["labels"] == labels)]


def count_parameters(path: Path) -> int:
    """Count the trained parameters in a network's file; running statistics are not trained."""
    with safe_open(path, framework="numpy") as file:
        names = [name for name in file.keys() if "running_" not in name and "num_batches" not in name]  # noqa: SIM118
        return sum(int(np.prod(file.get_slice(name).get_shape())) for name in names)
