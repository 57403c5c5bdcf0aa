"""Answers in words, and the long table of predictions, by hand."""

import numpy as np
import pyarrow as pa
import pytest

from ftirmix.identification.answers import (
    disagree,
    long_table,
    result_table,
    rounded,
    status_of,
    unclear_words,
    words,
)
from ftirmix.identification.calibration import Judged

COMPONENTS = ["PE", "PA", "PS", "foreign"]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        ([1.0, 0, 0, 0], "PE"),
        ([0.86, 0.14, 0, 0], "PE with about 15 % PA"),
        ([0.14, 0.86, 0, 0], "PA with about 15 % PE"),
        ([0.965, 0.035, 0, 0], "PE with about 4 % PA"),
        ([0.985, 0.015, 0, 0], "PE with traces of PA"),
        ([0.68, 0.3, 0.02, 0], "PE with about 30 % PA and traces of PS"),
        ([0.52, 0, 0.48, 0], "PE and PS, about half each"),
        ([0.6, 0.3, 0.1, 0], "PE with about 30 % PA and 10 % PS"),
        ([0.8, 0, 0, 0.2], "PE with about 20 % something unknown"),
        ([0.3, 0, 0, 0.7], "something unknown with about 30 % PE"),
        ([0, 0, 0, 1.0], "unknown"),
        ([0, 0, 0, 0], ""),
    ],
)
def test_words(ratio: list[float], expected: str) -> None:
    assert words(COMPONENTS, np.array(ratio)) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.001, 1), (0.034, 3), (0.094, 9), (0.1, 10), (0.13, 15), (0.5, 50)])
def test_shares_are_rounded_to_what_can_be_claimed(share: float, expected: int) -> None:
    assert rounded(share) == expected


def test_status_follows_what_is_called() -> None:
    present = np.array([[1, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 1]], dtype=bool)
    nothing = np.zeros((3, 4))
    judged = Judged(nothing, present, nothing, nothing, nothing, np.array([False, False, True]))
    assert status_of(judged).tolist() == ["identified", "plastic_and_unknown", "unknown"]


def test_disagreement_of_main_materials() -> None:
    present = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]], dtype=bool)
    ratio = np.array([[0.8, 0.2, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1.0]])
    nnls = np.array([[0.7, 0.3, 0, 0], [0.4, 0.6, 0, 0], [0.9, 0.1, 0, 0], [0.9, 0.1, 0, 0], [0.2, 0, 0, 0.8]])
    nearest = ["PA", "PE", "PS", "PS", "foreign"]
    quality = np.array([0.9, 0.9, 0.9, 0.5, 0.9])
    found = disagree(COMPONENTS, present, ratio, nnls, 0.55, nearest, quality)
    # A called minor as best hit is no disagreement, nor is a poor hit.
    assert found.tolist() == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("ratio", "nnls", "expected"),
    [
        ([0.52, 0.48, 0, 0], [0.4, 0.6, 0, 0], False),  # about half each: which is more is not worth a word
        ([0.85, 0.15, 0, 0], [0.45, 0.5, 0.05, 0], False),  # not clear
        ([0.85, 0.15, 0, 0], [0.3, 0.7, 0, 0], True),  # clearly the minor one
        ([1.0, 0, 0, 0], [0.48, 0, 0, 0.52], True),  # the most of something that was not called
        ([1.0, 0, 0, 0], [0.4, 0.35, 0, 0.25], False),
    ],
)
def test_unmixing_disagrees_only_where_it_sees_something_else(ratio, nnls, expected) -> None:
    called = np.array([ratio])
    found = disagree(COMPONENTS, called > 0, called, np.array([nnls]), 0.57, ["PE"], np.array([0.0]))
    assert found.tolist() == [expected]


def test_what_is_not_clear_is_told_with_its_shares() -> None:
    assert unclear_words(COMPONENTS, np.array([0.45, 0.38, 0.1, 0.07])) == "unclear: PE 45 %, PA 40 %"
    assert unclear_words(COMPONENTS, np.array([0.0, 0.0, 0.0, 0.52])) == "unclear: unknown 50 %"
    assert unclear_words(COMPONENTS, np.array([0.05, 0.0, 0.0, 0.0])) == "nothing clear"


def test_long_table_has_a_row_per_component_and_one_for_what_has_no_answer() -> None:
    results = result_table(
        {
            "file": ["a", "b", "c"],
            "spectrum": ["", "1", ""],
            "status": ["identified", "unreadable", "unknown"],
            "reason": ["", "is empty", "looks like none"],
            "probability": [[0.9, 0.1, 0.0, 0.0], None, [0.0, 0.0, 0.0, 1.0]],
            "present": [[True, False, False, False], None, [False, False, False, True]],
            "mixing_ratio": [[1.0, 0, 0, 0], None, [0, 0, 0, 1.0]],
            "mixing_ratio_low": [[0.9, np.nan, np.nan, np.nan], None, [np.nan] * 3 + [1.0]],
            "mixing_ratio_high": [[1.0, np.nan, np.nan, np.nan], None, [np.nan] * 3 + [1.0]],
        }
    )
    long = long_table(results, COMPONENTS)
    assert isinstance(long, pa.Table)
    frame = long.to_pandas()
    assert frame["file"].tolist() == ["a"] * 4 + ["b"] + ["c"] * 4
    assert frame["component"].tolist() == ["PE", "PA", "PS", "unknown", "", "PE", "PA", "PS", "unknown"]
    assert frame["present"].tolist()[:5] == [True, False, False, False, None]
    assert frame["probability"].tolist()[8] == 1.0
    assert np.isnan(frame["mixing_ratio"][4])
    assert frame["reason"].tolist()[4] == "is empty"
    assert list(frame.columns) == [
        "file", "spectrum", "component", "present", "probability", "mixing_ratio", "mixing_ratio_low",
        "mixing_ratio_high", "status", "reason",
    ]  # fmt: skip
    assert long_table(results.slice(1, 1), COMPONENTS).num_rows == 1
    assert long_table(results.slice(0, 0), COMPONENTS).num_rows == 0
