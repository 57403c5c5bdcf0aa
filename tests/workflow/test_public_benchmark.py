"""The published benchmark: what is composed from the public spectra today is what was published."""

from pathlib import Path

import pandas as pd
import pytest

from ftirmix.benchmark import fingerprint
from ftirmix.mixture_sets import read_mixtures
from ftirmix.published import IDENTICAL, SAME_MIXTURES, verify
from ftirmix.tables import read_csv

pytestmark = pytest.mark.slow

PUBLISHED = Path(__file__).resolve().parents[2] / "workflow" / "benchmark" / "checksums.csv"


def test_the_mixtures_are_the_published_ones(public):
    folder = public / "benchmark"
    made = pd.DataFrame(
        [fingerprint(path, str(path.relative_to(folder))) for path in sorted(folder.rglob("*.parquet"))]
    )
    assert len(made) == 8
    verified = verify(made, read_csv(PUBLISHED))
    verified = verified[verified["file"].isin(made["file"])]
    assert set(verified["status"]) <= {IDENTICAL, SAME_MIXTURES}, verified


def test_the_publication_covers_every_set_of_the_four_protocols():
    names = read_csv(PUBLISHED)["file"]
    rounds = {"specimen": 5, "laboratory": 6, "measured": 1, "random": 3}
    expected = {"endmembers.parquet"}
    for protocol, folds in rounds.items():
        subsets = ["validation", "test", *(["test_as_given"] if protocol in ("specimen", "laboratory") else [])]
        expected |= {f"{protocol}/fold{fold}/{subset}.parquet" for fold in range(folds) for subset in subsets}
    assert set(names) == expected and names.is_unique


def test_the_papers_task_has_28_equal_classes_of_flopp_and_leaks(public):
    table = read_mixtures(public / "random/fold0/mixtures/test.parquet").table
    classes = table["components"].map(lambda names: ";".join(sorted(names))).value_counts()
    assert len(table) == 1204 and classes.tolist() == [43] * 28
    assert set(table["laboratory"]) == {"FLOPP"} and table["minor_share"].min() >= 0.1
    split = pd.read_csv(public / "random/split.csv")
    trained = set(split["specimen"][split["fold0"] == "every"])
    assert set(table["specimens"].explode()) <= trained  # every specimen that tests also trains
