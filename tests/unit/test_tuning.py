"""Candidates: the best on validation is kept, the first of equals, and its options come back as they were."""

import pytest

from ftirmix.errors import StudyError
from ftirmix.tables import write_csv
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
