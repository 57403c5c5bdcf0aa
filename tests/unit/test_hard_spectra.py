"""Errors by endmember: shared out by hand, headline only, worst first."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.comparison import Contest, Trial
from ftirmix.hard_spectra import hard_markdown, hard_table

CONTEST = Contest("specimen", "curated", "presence_fp3", "cnn")
NAMES = ["PE", "PS", "PA"]


def small_trial() -> Trial:
    """Two pure spectra, three binary mixtures and one of shares below the headline; two seeds."""
    rows = [
        # composition, endmembers, components, share_low, called by either seed
        ("pure", ["a"], [0], np.nan, ["PE", "PE PA"]),  # one of two seeds sees PA too
        ("pure", ["b"], [1], np.nan, ["PS", "PS"]),
        ("binary", ["a", "b"], [0, 1], 0.05, ["PS", "PS"]),  # the minor PE missed by both
        ("binary", ["b", "a"], [1, 0], 0.2, ["PE PS", "PE PS"]),
        ("binary", ["c", "b"], [2, 1], 0.05, ["PA PS", "PS"]),  # the minor PA missed by one
        ("binary", ["c", "a"], [2, 0], 0.02, ["PE", "PE"]),  # below the headline
    ]
    slots = np.array([[*row[2], *[-1] * (3 - len(row[2]))] for row in rows])
    present = np.array([[index in row[2] for index in range(3)] for row in rows])
    called = np.array([[[name in row[4][seed].split() for name in NAMES] for row in rows] for seed in range(2)])
    mixtures = pd.DataFrame({
        "mixture": [f"m{number}" for number in range(len(rows))],
        "composition": [row[0] for row in rows],
        "endmembers": [row[1] for row in rows],
        "components": [[NAMES[index] for index in row[2]] for row in rows],
        "share_low": [row[3] for row in rows],
        "share_high": [row[3] * 2 for row in rows],
        "laboratory": "FLOPP",
        "fold": 0,
    })  # fmt: skip
    return Trial(mixtures, slots, slots, present, called, np.zeros(called.shape), NAMES)


def test_errors_are_shared_out_by_hand():
    table = hard_table({CONTEST: small_trial()}).set_index("spectrum")
    # Errors: pure a 1/2 (all a's), a+b 1 (half each), c+b 1/2 (half each): 2 in all.
    assert table.index.tolist() == ["a", "b", "c"]
    assert table["share_of_errors"].tolist() == pytest.approx([1.0 / 2, 0.75 / 2, 0.25 / 2])
    assert table["n_mixtures"].tolist() == [3, 4, 1]
    assert table["error_rate"].tolist() == pytest.approx([1.5 / 3, 1.5 / 4, 0.5])
    assert table["false_positive_rate"].tolist() == pytest.approx([0.5 / 3, 0, 0])
    assert table.loc["a", "called_wrongly"] == "PA" and pd.isna(table.loc["b", "called_wrongly"])
    assert table["missed_as_minor"].tolist() == [1, 0, 0.5]
    assert set(table["component"]) == set(NAMES) and (table["n_seeds"] == 2).all()


def test_a_measured_mixture_is_one_spectrum_of_two_components():
    trial = small_trial()
    trial.mixtures.at[2, "endmembers"] = []
    table = hard_table({CONTEST: trial}).set_index("spectrum")
    assert table.loc["m2", "component"] == "PE+PS" and table.loc["m2", "share_of_errors"] == 0.5
    assert pd.isna(table.loc["m2", "missed_as_minor"])


def test_the_page_says_what_is_left_without_the_worst():
    trials = {CONTEST: small_trial()}
    text = hard_markdown(hard_table(trials), trials, CONTEST)
    assert "1 of 3 endmembers bear 50 % of the errors" in text and "FLOPP" in text
    assert "0.600 of 5 spectra, and 0.750 of the 2 that hold none" in text
