"""Score anybody's predictions on the frozen benchmark, with the definitions of the project's own tables.

    ftirmix-score predictions.csv --benchmark results/default/benchmark

Needs numpy and pandas (with pyarrow to read Parquet), nothing of torch or the workflow.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.comparison import Contest, assemble, compare_models
from ftirmix.detection import as_metric, detection_table
from ftirmix.errors import StudyError
from ftirmix.flat_names import present_column
from ftirmix.metrics import limits_of, outcomes, task_name
from ftirmix.published import standing
from ftirmix.settings import StatisticsSettings
from ftirmix.submissions import TruthSet, answers_to, check_known, read_submission, read_truth
from ftirmix.summaries import HALF, averaged_over, protocol_tables

RATES = (0.03, 0.10)
TESTS = {"test": "curated", "test_as_given": "as_given"}
STATISTICS = StatisticsSettings(replicates=2000, level=0.95, seed=1)

Sets = dict[tuple[str, int, str], TruthSet]


def read_benchmark(folder: Path) -> tuple[list[str], Sets]:
    """Read the components of a benchmark, in its own order, and the truth of every set.

    Raises:
        StudyError: the folder holds no benchmark.
    """
    files = [path for path in sorted(folder.glob("*/fold*/*.parquet")) if path.stem in ("validation", *TESTS)]
    if not files:
        raise StudyError(f"{folder}: holds no benchmark; make it with `snakemake --cores all benchmark`")
    prefix = present_column("")
    columns = pd.read_parquet(files[0]).columns
    components = [name.removeprefix(prefix) for name in columns if name.startswith(prefix)]
    sets = {
        (path.parent.parent.name, int(path.parent.name.removeprefix("fold")), path.stem): read_truth(path, components)
        for path in files
    }
    return components, sets


def judge(
    submission: pd.DataFrame, sets: Sets, components: list[str]
) -> dict[tuple, dict[int, dict[int, pd.DataFrame]]]:
    """Call components at every operating point.

    Thresholds are those of :func:`ftirmix.metrics.choose_thresholds` on the answers to the
    validation set of the same protocol, fold and seed; without such answers only the plain
    threshold of 0.5 is judged.

    Returns:
        Outcomes by (protocol, labels, task), then seed, then fold.
    """
    judged: dict[tuple, dict[int, dict[int, pd.DataFrame]]] = {}
    for seed, given in submission.groupby("seed"):
        for (protocol, fold, subset), truth in sets.items():
            if subset not in TESTS:
                continue
            name = f"{protocol}/fold{fold}/{subset}"
            answered = answers_to(given, truth, components, name)
            if answered is None:
                continue
            limits = {HALF: np.full(len(components), 0.5)}
            held_out = sets[protocol, fold, "validation"]
            known = answers_to(given, held_out, components, f"{protocol}/fold{fold}/validation")
            if known is not None:
                limits |= limits_of(known[0], held_out.present, held_out.table["composition"].to_numpy(), RATES)
            for task, limit in limits.items():
                table = outcomes(*answered, truth.present, truth.ratios, limit)
                table = table.assign(mixture=truth.table["mixture"].repeat(len(components)).to_numpy())
                judged.setdefault((protocol, TESTS[subset], task), {}).setdefault(int(str(seed)), {})[fold] = table
    return judged


def score(submission: pd.DataFrame, sets: Sets, components: list[str], name: str) -> pd.DataFrame:
    """Score predictions: the long table of :data:`ftirmix.comparison.MODEL_COLUMNS`.

    Args:
        submission: of :func:`ftirmix.submissions.read_submission`.
        sets: of :func:`read_benchmark`.
        components: of the benchmark.
        name: what the predictions are called in the column model.

    Raises:
        StudyError: no test set is answered, one only in part, or the seeds answer different folds.
    """
    subset_of = {labels: subset for subset, labels in TESTS.items()}
    trials = {}
    for (protocol, labels, task), by_seed in judge(submission, sets, components).items():
        folds = {seed: sorted(by_fold) for seed, by_fold in by_seed.items()}
        if len({tuple(numbers) for numbers in folds.values()}) > 1:
            raise StudyError(
                f"{protocol}, {labels}: the seeds answer different folds ({folds}); give all seeds the same"
            )
        tests = {fold: sets[protocol, fold, subset_of[labels]].table for fold in next(iter(folds.values()))}
        trials[Contest(protocol, labels, task, name)] = assemble(tests, by_seed, components)
    if not trials:
        raise StudyError("no test set of the benchmark is answered; validation answers alone give no score")
    limits = as_metric(detection_table(trials, STATISTICS, task_name(RATES[0])))
    return pd.concat([compare_models(trials, STATISTICS), limits], ignore_index=True)


def coverage(table: pd.DataFrame, sets: Sets) -> str:
    """Say which folds of each protocol were answered."""
    lines = []
    for protocol, rows in table[table["labels"] == "curated"].groupby("protocol", sort=False):
        answered = sorted(int(fold) for fold in rows["fold"].unique() if fold != "all")
        known = sorted(fold for name, fold, subset in sets if name == protocol and subset == "test")
        whole = (
            "all folds"
            if answered == known
            else f"ONLY folds {answered} of {known}: not to be compared with whole ones"
        )
        tuned = rows["task"].str.startswith("presence_fp").any()
        limits = "thresholds from its validation answers" if tuned else "no validation answers: threshold 0.5 only"
        lines.append(f"{protocol}: {whole}; {limits}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run the command ``ftirmix-score``; returns its exit status."""
    parser = argparse.ArgumentParser(prog="ftirmix-score", description="Score predictions on the ftirmix benchmark.")
    parser.add_argument(
        "predictions", type=Path, help="CSV or Parquet: spectrum, component, probability, mixing_ratio, [seed]"
    )
    parser.add_argument(
        "--benchmark", type=Path, default=Path("results/default/benchmark"), help="folder made by `snakemake benchmark`"
    )
    parser.add_argument("--name", help="what the model is called in the tables (default: the file's name)")
    parser.add_argument("--output", type=Path, help="CSV for all figures (default: <predictions>.scores.csv)")
    given = parser.parse_args(arguments)
    try:
        submission = read_submission(given.predictions)
        components, sets = read_benchmark(given.benchmark)
        spectra = {name for truth in sets.values() for name in truth.table["mixture"]}
        check_known(submission, spectra, components, given.predictions)
        table = score(submission, sets, components, given.name or given.predictions.stem)
    except StudyError as error:
        print(f"ftirmix-score: {error}", file=sys.stderr)
        return 1
    output = given.output or given.predictions.with_suffix(".scores.csv")
    table.to_csv(output, index=False, float_format="%.6g")
    print(f"{averaged_over(table, STATISTICS.level)}\n{protocol_tables(table)}")
    print(f"{coverage(table, sets)}\n\n{standing(given.benchmark)}\n\nAll figures: {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
