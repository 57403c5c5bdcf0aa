"""Scoring foreign predictions: hand-computed figures, thresholds from validation only, one sentence per mistake."""

import hashlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ftirmix.errors import StudyError
from ftirmix.published import IDENTICAL, standing
from ftirmix.scoring import main, read_benchmark, score
from ftirmix.submissions import answers_to, read_submission

COMPONENTS = ["PE", "PS"]


def truth_of(subset: str, kinds: list[tuple[str, str]]) -> pd.DataFrame:
    """Flat truth: (components, specimens) per spectrum, the minor first; the minor has a fifth."""
    rows = []
    for number, (components, specimens) in enumerate(kinds):
        names = components.split(";")
        ratios = {names[0]: 0.2, names[1]: 0.8} if len(names) == 2 else {names[0]: 1.0}
        rows.append(
            {
                "spectrum": f"specimen-fold0-{subset}-{number}",
                "composition": "binary" if len(names) == 2 else "pure",
                "components": components,
                "specimens": specimens,
                "minor_component": names[0] if len(names) == 2 else None,
                "minor_share": ratios[names[0]] if len(names) == 2 else np.nan,
                "share_low": 0.1 if len(names) == 2 else np.nan,
                "share_high": 0.5 if len(names) == 2 else np.nan,
                **{f"present_{name}": name in names for name in COMPONENTS},
                **{f"ratio_{name}": ratios.get(name, 0.0) for name in COMPONENTS},
                "700": 0.5,
            }
        )
    return pd.DataFrame(rows)


TEST = [("PE;PS", "a;b"), ("PS;PE", "c;d"), ("PE", "e"), ("PS", "f")]
VALIDATION = [("PE", "v"), ("PS", "w"), ("PE;PS", "x;y")]


@pytest.fixture
def benchmark(tmp_path):
    folder = tmp_path / "benchmark" / "specimen" / "fold0"
    folder.mkdir(parents=True)
    truth_of("test", TEST).to_parquet(folder / "test.parquet")
    truth_of("validation", VALIDATION).to_parquet(folder / "validation.parquet")
    return tmp_path / "benchmark"


def submission(answers: dict[str, list[tuple[float, float]]], ratio: float = 0.5) -> pd.DataFrame:
    """Probabilities of (PE, PS) per subset and spectrum."""
    rows = [
        {
            "spectrum": f"specimen-fold0-{subset}-{number}",
            "component": name,
            "probability": value,
            "mixing_ratio": ratio,
        }
        for subset, pairs in answers.items()
        for number, pair in enumerate(pairs)
        for name, value in zip(COMPONENTS, pair, strict=True)
    ]
    return pd.DataFrame(rows).assign(seed=0)


# Test: right; misses the minor PS; calls an absent PS; right. At 0.5.
ANSWERS = [(0.9, 0.8), (0.9, 0.4), (0.9, 0.6), (0.1, 0.9)]
# Validation: the absent components are at 0.65 at most, the lowest present one at 0.75: threshold 0.7.
KNOWN = [(0.9, 0.65), (0.1, 0.9), (0.75, 0.9)]


def value(table, metric, task, composition="all", component="all"):
    rows = table[(table["metric"] == metric) & (table["task"] == task) & (table["fold"] == "all")]
    rows = rows[(rows["composition"] == composition) & (rows["component"] == component)]
    return rows["value"].iloc[0]


def test_figures_by_hand(benchmark):
    sets = read_benchmark(benchmark)[1]
    table = score(submission({"test": ANSWERS, "validation": KNOWN}), sets, COMPONENTS, "mine")
    assert value(table, "exact_match", "presence_half") == 0.5
    assert value(table, "false_positive_rate", "presence_half") == 0.25
    assert value(table, "minor_recall", "presence_half", "binary") == 0.5
    # At 0.7 the absent PS of the third is not called any more.
    assert value(table, "exact_match", "presence_fp3") == 0.75
    assert value(table, "false_positive_rate", "presence_fp3") == 0
    assert value(table, "recall", "presence_fp3", component="PS") == pytest.approx(2 / 3)
    # |0.5 - 0.2| and |0.5 - 0.8| of every mixture, |0.5 - 1| of every pure spectrum.
    assert value(table, "mixing_ratio_mae", "presence_fp3", "binary") == pytest.approx(0.3)
    assert value(table, "mixing_ratio_mae", "presence_fp3", "pure") == pytest.approx(0.5)
    assert set(table["n_seeds"]) == {1} and set(table["model"]) == {"mine"}


def test_without_validation_answers_there_is_the_plain_threshold_only(benchmark):
    table = score(submission({"test": ANSWERS}), read_benchmark(benchmark)[1], COMPONENTS, "mine")
    assert set(table["task"]) == {"presence_half"}


def test_test_answers_do_not_move_thresholds(benchmark):
    sets = read_benchmark(benchmark)[1]
    worse = [(1.0, 1.0)] * 4
    table = score(submission({"test": worse, "validation": KNOWN}), sets, COMPONENTS, "mine")
    assert value(table, "false_positive_rate", "presence_fp3") == 0.5  # both pure spectra, whatever the bound


def test_mixing_ratios_may_be_left_out(benchmark):
    given = submission({"test": ANSWERS}, ratio=np.nan)
    table = score(given, read_benchmark(benchmark)[1], COMPONENTS, "mine")
    assert not (table["metric"] == "mixing_ratio_mae").any() and value(table, "exact_match", "presence_half") == 0.5


def test_the_order_of_rows_does_not_matter(benchmark):
    sets = read_benchmark(benchmark)[1]
    given = submission({"test": ANSWERS, "validation": KNOWN})
    shuffled = given.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(score(given, sets, COMPONENTS, "mine"), score(shuffled, sets, COMPONENTS, "mine"))


def test_an_incomplete_set_is_refused(benchmark):
    truth = read_benchmark(benchmark)[1]["specimen", 0, "test"]
    given = submission({"test": ANSWERS})
    with pytest.raises(StudyError, match=r"1 of 4 spectra are not fully answered.*test-3.*'PS'"):
        answers_to(given.iloc[:-1], truth, COMPONENTS, "specimen/fold0/test")
    with pytest.raises(StudyError, match="'PS' is nowhere answered"):
        answers_to(given[given["component"] == "PE"], truth, COMPONENTS, "specimen/fold0/test")


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (lambda frame: frame.drop(columns="probability"), ["'probability' is missing", "seed"]),
        (lambda frame: frame.assign(probability=1.2), ["8 rows", "probability outside 0 to 1", "1.2"]),
        (lambda frame: frame.assign(probability="high"), ["probability outside", "'high'"]),
        (lambda frame: frame.assign(mixing_ratio=-0.1), ["mixing_ratio outside", "-0.1"]),
        (lambda frame: pd.concat([frame, frame.iloc[:1]]), ["1 rows answer twice", "test-0", "'PE'"]),
        (lambda frame: frame.replace("PE", "Polyethylene"), ["'Polyethylene' is not in the benchmark", "PE, PS"]),
        (
            lambda frame: frame.replace("specimen-fold0-test-0", "mine-1"),
            ["1 spectra are not in the benchmark", "'mine-1'"],
        ),
        (lambda frame: frame.iloc[:0], ["no test set of the benchmark is answered"]),
    ],
)
def test_a_mistake_gets_one_sentence(benchmark, tmp_path, capsys, change, parts):
    path = tmp_path / "mine.csv"
    change(submission({"test": ANSWERS})).to_csv(path, index=False)
    assert main([str(path), "--benchmark", str(benchmark)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("ftirmix-score: ") and message.count("\n") == 1
    assert all(part in message for part in parts), message


def test_no_benchmark_and_no_file_are_said(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    assert main([str(path), "--benchmark", str(tmp_path)]) == 1 and "cannot be read" in capsys.readouterr().err
    submission({"test": ANSWERS}).to_csv(path, index=False)
    assert main([str(path), "--benchmark", str(tmp_path)]) == 1
    assert "holds no benchmark" in capsys.readouterr().err


def test_the_command_writes_all_figures_and_prints_the_short_ones(benchmark, tmp_path, capsys):
    given = submission({"test": ANSWERS, "validation": KNOWN})
    given.drop(columns="seed").to_parquet(tmp_path / "mine.parquet")
    assert main([str(tmp_path / "mine.parquet"), "--benchmark", str(benchmark)]) == 0
    printed = capsys.readouterr().out
    assert "At most 3 % false positives" in printed and "0.750" in printed and "specimen: all folds" in printed
    table = pd.read_csv(tmp_path / "mine.scores.csv")
    assert value(table, "exact_match", "presence_fp3") == 0.75
    limits = table[table["metric"] == "detection_limit"]
    assert set(limits["component"]) == {"all", "PE", "PS"} and set(limits["task"]) >= {"presence_fp3", "presence_fp10"}


def test_the_command_says_whether_the_benchmark_is_the_published_one(benchmark):
    assert "checksums.csv is missing" in standing(benchmark)
    path = benchmark / "specimen/fold0/test.parquet"
    row = {"file": "specimen/fold0/test.parquet", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    pd.DataFrame([{**row, "status": IDENTICAL}]).to_csv(benchmark / "checksums.csv", index=False)
    assert "byte for byte" in standing(benchmark)
    path.write_bytes(path.read_bytes() + b" ")
    assert "test.parquet was changed" in standing(benchmark)


def test_seeds_are_averaged(benchmark, tmp_path):
    first = submission({"test": ANSWERS})
    second = submission({"test": [(0.9, 0.8), (0.9, 0.8), (0.9, 0.1), (0.1, 0.9)]}).assign(seed=7)
    path = tmp_path / "mine.csv"
    pd.concat([first, second]).to_csv(path, index=False)
    table = score(read_submission(path), read_benchmark(benchmark)[1], COMPONENTS, "mine")
    assert value(table, "exact_match", "presence_half") == 0.75 and set(table["n_seeds"]) == {2}


def test_components_come_from_the_benchmark_itself(benchmark):
    assert read_benchmark(benchmark)[0] == COMPONENTS


def test_scoring_needs_neither_torch_nor_the_workflow():
    code = "import sys, ftirmix.scoring; print(sorted({'torch', 'scipy', 'sklearn', 'snakemake'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
