"""Thresholds, outcomes, intervals and the table of models against numbers worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftirmix.comparison import MODEL_COLUMNS, Contest, Trial, assemble, compare_models
from ftirmix.metrics import choose_thresholds, limits_of, outcomes
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap

CONTEST = Contest("specimen", "curated", "presence_fp3", "m")


def false_positive_rate(scores, present, thresholds):
    return ((scores >= thresholds) & ~present).any(axis=1).mean()


def test_a_separable_problem_is_solved_without_a_false_positive():
    scores = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.7], [0.2, 0.6]])
    present = np.array([[True, False], [True, False], [False, True], [False, True]])
    thresholds = choose_thresholds(scores, present, 0.0)
    assert ((scores >= thresholds) == present).all()
    assert (thresholds > 0.2).all() and (thresholds <= 0.6).all() and thresholds[0] == thresholds[1]


def test_the_rate_counts_spoiled_samples_not_false_calls():
    # Sample 0 has two absent components above the present ones of 2 and 3: one spoiled sample of four.
    scores = np.array([[0.9, 0.8, 0.1], [0.1, 0.1, 0.7], [0.6, 0.1, 0.1], [0.1, 0.5, 0.1]])
    present = np.array([[0, 0, 1], [0, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=bool)
    called = scores >= choose_thresholds(scores, present, 0.25)
    assert called[0].tolist() == [True, True, False]
    assert (called[1:] == present[1:]).all()
    assert not (scores >= choose_thresholds(scores, present, 0.2))[0].any()


def test_the_bound_is_not_used_up_where_it_buys_nothing():
    scores = np.array([[0.9, 0.3], [0.8, 0.2], [0.7, 0.1]])
    present = np.array([[True, False]] * 3)
    assert ((scores >= choose_thresholds(scores, present, 1.0)) == present).all()


def test_the_choice_equals_a_slow_search():
    rng = np.random.default_rng(0)
    for rate in (0.0, 0.05, 0.2):
        present = rng.random((60, 3)) < 0.4
        present[:, 0] |= ~present.any(axis=1)
        scores = np.round(present + rng.normal(0, 0.7, (60, 3)), 1)
        exact = []
        for threshold in np.unique(scores) - 0.05:
            called = scores >= threshold
            if (called & ~present).any(axis=1).mean() <= rate:
                exact.append((called == present).all(axis=1).sum())
        chosen = scores >= choose_thresholds(scores, present, rate)
        assert (chosen == present).all(axis=1).sum() == max([*exact, 0])


@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.03, 0.1, 0.3]))
def test_the_bound_on_false_positives_holds_and_a_looser_one_finds_no_less(seed, rate):
    rng = np.random.default_rng(seed)
    present = rng.random((80, 3)) < 0.4
    present[:, 0] |= ~present.any(axis=1)
    scores = np.round(present + rng.normal(0, 0.8, (80, 3)), 1)  # rounding makes ties
    tight, loose = choose_thresholds(scores, present, rate), choose_thresholds(scores, present, 1.0)
    assert false_positive_rate(scores, present, tight) <= rate + 1e-9

    def exact(thresholds):
        return ((scores >= thresholds) == present).all(axis=1).sum()

    assert exact(loose) >= exact(tight)


def test_outcomes_by_hand():
    scores = np.array([[0.9, 0.1, 0.8], [0.9, 0.9, 0.9]])
    ratios = np.array([[0.6, 0.3, 0.1], [0.5, 0.5, 0.0]])
    truth = np.array([[0.7, 0.3, 0.0], [0.5, 0.3, 0.2]])
    table = outcomes(scores, ratios, truth > 0, truth, np.array([0.5, 0.5, 0.5]))
    assert table["called"].tolist() == [True, False, True, True, True, True]
    assert table["ratio_error"].tolist() == pytest.approx([0.1, 0.0, 0.1, 0.0, 0.2, 0.2])


def test_the_estimate_is_the_ratio_of_sums():
    bootstrap = ClusterBootstrap(np.array([[0, 1], [1, 2], [0, 2]]), 200, 0.95, 0)
    estimate = bootstrap.estimate(np.array([0, 2]), np.array([[1, 0], [1, 1]]), np.array([[1, 1], [1, 1]]))
    assert estimate.value == 0.75
    assert (estimate.n_mixtures, estimate.n_specimens, estimate.n_seeds) == (2, 3, 2)
    assert estimate.low <= estimate.value <= estimate.high


def test_many_mixtures_of_one_specimen_do_not_narrow_the_interval():
    """The trap this bootstrap exists for: 5000 mixtures of 10 specimens are not n = 5000."""
    rng = np.random.default_rng(0)
    outcome = rng.random(10) < 0.5
    widths = []
    for copies in (1, 500):
        specimens = np.repeat(np.arange(10), copies)[:, None]
        values = np.repeat(outcome, copies)[None].astype(float)
        estimate = ClusterBootstrap(specimens, 4000, 0.95, 1).estimate(np.arange(10 * copies), values)
        widths.append(estimate.high - estimate.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.02)
    assert widths[0] > 0.4


def test_the_interval_covers_a_known_truth_about_as_often_as_it_says():
    """One specimen per mixture with a normal effect: 95 % intervals of the mean, 40 specimens."""
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(300):
        values = np.repeat(rng.normal(0, 1, 40), 3)[None]
        specimens = np.repeat(np.arange(40), 3)[:, None]
        estimate = ClusterBootstrap(specimens, 400, 0.95, trial).estimate(np.arange(120), values)
        covered += estimate.low <= 0 <= estimate.high
    assert 0.90 <= covered / 300 <= 0.98


def test_nothing_to_estimate_is_not_a_number():
    bootstrap = ClusterBootstrap(np.array([[0]]), 100, 0.95, 0)
    assert np.isnan(bootstrap.estimate(np.array([], dtype=int), np.zeros((1, 0))).value)
    assert np.isnan(bootstrap.estimate(np.array([0]), np.zeros((1, 1)), np.zeros((1, 1))).value)


def test_thresholds_are_not_set_on_mixtures_of_one_polymer_with_itself():
    # Of the pure ones the absent PS is at 0.3 at most; a mixture of two PE specimens has it at 0.8.
    scores = np.array([[0.9, 0.2], [0.8, 0.3], [0.1, 0.9], [0.9, 0.8]])
    present = np.array([[1, 0], [1, 0], [0, 1], [1, 0]], dtype=bool)
    composition = np.array(["pure", "pure", "pure", "same_polymer"])
    limits = limits_of(scores, present, composition, [0.03, 0.1])
    assert set(limits) == {"presence_fp3", "presence_fp10"}
    assert (limits["presence_fp3"] == choose_thresholds(scores[:3], present[:3], 0.03)).all()
    assert limits["presence_fp3"][0] < 0.8


def mixtures_of_one_fold():
    """Four mixtures of PE and PS: two binary at 5-50 %, one binary at 2-5 %, one pure."""
    return pd.DataFrame(
        {
            "mixture": ["a", "b", "c", "d"],
            "composition": ["binary", "binary", "binary", "pure"],
            "minor_component": ["PE", "PS", "PE", None],
            "share_low": [0.05, 0.05, 0.02, np.nan],
            "share_high": [0.5, 0.5, 0.05, np.nan],
            "components": [["PE", "PS"], ["PS", "PE"], ["PE", "PS"], ["PS"]],
            "specimens": [["1", "2"], ["3", "2"], ["1", "4"], ["2"]],
        }
    )


def answers(called):
    present = np.array([[1, 1], [1, 1], [1, 1], [0, 1]], dtype=bool)
    called = np.array(called, dtype=bool)
    return pd.DataFrame(
        {
            "mixture": np.repeat(["a", "b", "c", "d"], 2),
            "called": called.ravel(),
            "present": present.ravel(),
            "ratio_error": 0.1,
        }
    )


def test_the_table_of_models_by_hand():
    # a right, b misses PS (its minor), c misses PE, d calls an absent PE.
    outcome = answers([[1, 1], [1, 0], [0, 1], [1, 1]])
    trial = assemble({0: mixtures_of_one_fold()}, {0: {0: outcome}}, ["PE", "PS"])
    table = compare_models({CONTEST: trial}, StatisticsSettings(200, 0.95, 0))
    assert list(table.columns) == MODEL_COLUMNS

    def value(metric, composition, component="all", low=None):
        rows = table[(table["metric"] == metric) & (table["composition"] == composition)]
        rows = rows[(rows["component"] == component) & (rows["fold"] == "all")]
        rows = rows[rows["share_low"].isna()] if low is None else rows[rows["share_low"] == low]
        assert rows["value"].nunique() == 1
        return rows["value"].iloc[0]

    assert value("exact_match", "all") == pytest.approx(1 / 3)  # a of a, b, d; c lies below 5 %
    assert value("exact_match", "pure") == 0
    assert value("exact_match", "binary", low=0.05) == 0.5
    assert value("false_positive_rate", "all") == pytest.approx(1 / 3)
    assert value("minor_recall", "binary", low=0.05) == 0.5
    assert value("minor_recall", "binary", low=0.02) == 0
    assert value("minor_recall", "binary", "PS", 0.05) == 0
    assert value("precision", "all", "PE") == pytest.approx(2 / 3)  # a, b true; d false
    assert value("recall", "all", "PS") == pytest.approx(2 / 3)  # a, d found; b missed
    assert value("f1", "all", "PE") == pytest.approx(2 * 2 / (3 + 2))
    assert value("mixing_ratio_mae", "pure") == pytest.approx(0.1)


def test_a_perfect_model_scores_one_and_outcomes_of_other_mixtures_are_refused():
    perfect = answers([[1, 1], [1, 1], [1, 1], [0, 1]])
    trial = assemble({0: mixtures_of_one_fold()}, {0: {0: perfect}, 1: {0: perfect}}, ["PE", "PS"])
    table = compare_models({CONTEST: trial}, StatisticsSettings(200, 0.95, 0))
    ones = table[table["metric"].isin(["exact_match", "minor_recall", "precision", "recall", "f1"])]
    assert (ones["value"] == 1).all() and (ones["low"] == 1).all() and (ones["n_seeds"] == 2).all()
    with pytest.raises(ValueError, match="not the same mixtures"):
        assemble({0: mixtures_of_one_fold().iloc[::-1]}, {0: {0: perfect}}, ["PE", "PS"])


def test_a_trial_counts_specimens_not_mixtures():
    trial = assemble({0: mixtures_of_one_fold()}, {0: {0: answers(np.ones((4, 2)))}}, ["PE", "PS"])
    assert isinstance(trial, Trial)
    expected = np.array([[0, 1, -1], [1, 0, -1], [0, 1, -1], [1, -1, -1]])
    assert trial.specimens.tolist()[3][1] == -1 and (trial.slots == expected).all()
    assert len(np.unique(trial.specimens[trial.specimens >= 0])) == 4


def test_a_figure_of_one_component_counts_that_components_specimens_only():
    trial = assemble({0: mixtures_of_one_fold()}, {0: {0: answers(np.ones((4, 2)))}}, ["PE", "PS"])
    table = compare_models({CONTEST: trial}, StatisticsSettings(50, 0.95, 0))
    rows = table.set_index(["metric", "component", "share_low"])["n_specimens"]
    # PE is the minor of a (specimen 1) at 5 % and more; a to d without c hold PE as 1 and 2, PS as 2 and 3.
    assert rows["minor_recall", "PE", 0.05] == 1 and rows["minor_recall", "all", 0.05] == 3
    recall = table[table["metric"] == "recall"].set_index("component")["n_specimens"]
    assert recall["PE"] == 2 and recall["PS"] == 2


def test_a_specimen_in_both_slots_is_drawn_once():
    values = np.array([[1.0, 0.0, 1.0, 0.0]])
    both = ClusterBootstrap(np.array([[0, 0], [1, 1], [2, 2], [3, 3]]), 500, 0.95, 0).estimate(np.arange(4), values)
    one = ClusterBootstrap(np.array([[0], [1], [2], [3]]), 500, 0.95, 0).estimate(np.arange(4), values)
    assert (both.low, both.high) == (one.low, one.high)


def test_without_a_share_bin_from_five_per_cent_on_the_highest_bin_is_the_headline():
    low = mixtures_of_one_fold().assign(share_low=[0.01, 0.01, 0.02, np.nan], share_high=[0.02, 0.02, 0.04, np.nan])
    trial = assemble({0: low}, {0: {0: answers(np.ones((4, 2)))}}, ["PE", "PS"])
    table = compare_models({CONTEST: trial}, StatisticsSettings(50, 0.95, 0))
    binary = table[(table["metric"] == "exact_match") & (table["composition"] == "binary")]
    assert binary["share_low"].tolist() == [0.01, 0.02]  # no row twice
    assert table[(table["metric"] == "exact_match") & (table["composition"] == "all")]["n_mixtures"].iloc[0] == 2
