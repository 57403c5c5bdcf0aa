"""Candidates: the best on validation is kept, the first of equals, and its options come back as they were."""

import pytest

from ftirmix.errors import StudyError
from ftirmix.tables import write_csv
from ftirmix.tuning_pages import TUNING_SUMMARY_COLUMNS, changed, tuning_markdown, tuning_summary
from ftirmix.tuning_table import candidate_row, kept_options, tuning_table

OPTIONS = [{"channels": [4, 8], "learning_rate": 0.01}, {"channels": [8, 8], "learning_rate": 0.02}, {"channels": [2]}]


def test_the_first_of_the_best_is_kept_whatever_the_order_of_the_files(tmp_path):
    rows = [candidate_row(n, OPTIONS[n], exact, 0.5) for n, exact in ((2, 0.7), (0, 0.6), (1, 0.7))]
    table = tuning_table(rows)
    assert table["candidate"].tolist() == [0, 1, 2] and table["kept"].tolist() == [False, True, False]
    write_csv(tmp_path / "tuning.csv", table)
    assert kept_options(tmp_path / "tuning.csv") == OPTIONS[1]


def test_a_table_that_keeps_none_is_refused(tmp_path):
    write_csv(tmp_path / "tuning.csv", tuning_table([candidate_row(0, {}, 0.5, 0.5)]).assign(kept=False))
    with pytest.raises(StudyError, match="0 candidates are kept"):
        kept_options(tmp_path / "tuning.csv")


def folds_of(*pairs):
    """Tables of two candidates in as many folds as there are pairs of exact matches."""
    return {
        ("specimen", fold, "cnn"): tuning_table(
            [candidate_row(0, {"kernel": 5, "channels": [4, 8]}, first, 0.5),
             candidate_row(1, {"kernel": 5, "channels": [8, 8]}, second, 0.6)]
        )
        for fold, (first, second) in enumerate(pairs)
    }  # fmt: skip


def test_candidates_are_held_against_the_first_fold_by_fold():
    table = tuning_summary(folds_of((0.8, 0.83), (0.6, 0.61), (0.7, 0.72)), 0.95)
    assert list(table.columns) == TUNING_SUMMARY_COLUMNS
    exact = table[table["metric"] == "exact_match"].set_index("candidate")
    assert exact.loc[0, ["value", "lowest", "highest"]].tolist() == pytest.approx([0.7, 0.6, 0.8])
    assert exact["changed"].tolist() == ["the first", "channels 8 8"] and exact["times_kept"].tolist() == [0, 3]
    # differences 0.03, 0.01, 0.02: mean 0.02, standard error 0.01 / sqrt 3, t of two degrees of freedom 4.3027
    half = 4.302653 * 0.01 / 3**0.5
    found = exact.loc[1, ["difference", "difference_low", "difference_high"]].tolist()
    assert found == pytest.approx([0.02, 0.02 - half, 0.02 + half])
    page = tuning_markdown(table, 0.95)
    assert "| channels 8 8 | 0.720 (0.610–0.830) | +0.020 (-0.005 to +0.045) |" in page and "3 of 3 folds" in page


def test_one_fold_has_no_interval():
    table = tuning_summary(folds_of((0.8, 0.83)), 0.95)
    assert table["difference_low"].isna().all() and "+0.030 " in tuning_markdown(table, 0.95)


def test_options_are_written_for_readers():
    assert changed({"heads": 4, "residual": True}, {"heads": 4, "residual": False}) == "residual no"
