"""Null tests: areas against counted pairs and scikit-learn, models that cheat, labels that are shuffled."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from ftirmix.balanced import twin_recipes
from ftirmix.mixture_sets import realise
from ftirmix.null_tests import Scored, mean_auc, presence_rows, redrawn_rows, resemblance, same_polymer_rows, wins
from ftirmix.recipes import EndmemberPool
from ftirmix.statistics import ClusterBootstrap, specimen_codes
from ftirmix.stream import shuffled_labels, stream_of
from tests.unit.test_mixtures import COMPONENTS, MATERIALS, SETTINGS, SPECTRA, WINDOW, a_set

RNG = np.random.default_rng(5)


def every_own(count):
    """One specimen per mixture."""
    return ClusterBootstrap(np.arange(count)[:, None], 500, 0.95, 0)


def test_wins_by_hand():
    assert wins(np.array([1.0, 3.0]), np.array([2.0, 1.0])).tolist() == [[0.0, 0.5], [1.0, 1.0]]


def test_the_area_is_the_one_of_scikit_learn():
    scores, truth = RNG.normal(size=60).round(1), RNG.random(60) < 0.4
    group = (scores[None], np.flatnonzero(truth), np.flatnonzero(~truth))
    found = mean_auc(every_own(60), [group], np.zeros(60, dtype=int))
    assert found.value == pytest.approx(roc_auc_score(truth, scores))
    assert found.low < found.value < found.high and found.n_mixtures == 60 and found.n_seeds == 1


def test_weighted_replicates_are_weighted_areas():
    scores, truth = RNG.normal(size=20), np.arange(20) < 8
    bootstrap = every_own(20)
    slow = [roc_auc_score(truth, scores, sample_weight=weights) for weights in bootstrap.weights.T]
    found = mean_auc(
        bootstrap, [(scores[None], np.flatnonzero(truth), np.flatnonzero(~truth))], np.zeros(20, dtype=int)
    )
    assert (found.low, found.high) == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=1e-5)


def test_scores_are_compared_within_a_fold_only():
    # Within each fold the area is 1; across folds the second fold's scores are all higher.
    scores, fold = np.array([[1.0, 0.0, 11.0, 10.0]]), np.array([0, 0, 1, 1])
    group = (scores, np.array([0, 2]), np.array([1, 3]))
    assert mean_auc(every_own(4), [group], fold).value == 1


def test_components_count_alike_however_many_mixtures_they_have():
    scores = np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 1.0]])
    groups = [(scores, np.array([0]), np.array([1])), (scores, np.array([2]), np.array([3, 4, 5]))]
    assert mean_auc(every_own(6), groups, np.zeros(6, dtype=int)).value == 0.5


BINS = pd.DataFrame({"share_low": np.tile([np.nan] * 100 + [0.02] * 25 + [0.35] * 25, 2)})
BINS["share_high"] = BINS["share_low"] * 2


def pure_and_twins(separation: float) -> tuple[Scored, ClusterBootstrap]:
    """A hundred pure spectra and fifty mixtures of two specimens of each component; twins score higher or not."""
    count = 150
    composition = np.tile(np.repeat(["pure", "same_polymer"], [100, 50]), 2)
    present = np.repeat(np.eye(2, dtype=bool), count, axis=0)
    scores = (
        np.random.default_rng(3).normal(size=(2, 2 * count, 2)) + separation * (composition == "same_polymer")[:, None]
    )
    return Scored(scores, present, np.zeros(2 * count, dtype=int), composition), every_own(2 * count)


def test_an_honest_model_is_at_chance_and_one_that_sees_twins_is_not():
    for separation, chance in ((0.0, True), (1.0, False)):
        scored, bootstrap = pure_and_twins(separation)
        rows = pd.DataFrame(same_polymer_rows(scored, BINS, bootstrap, ["PE", "PS"]))
        assert rows["score"].tolist() == ["highest_absent"] * 2 + ["own"] * 2
        assert rows["share_low"].tolist() == [0.02, 0.35] * 2 and (rows["at_chance"] == chance).all()
        assert rows["n_mixtures"].tolist() == [250] * 4


def test_pairs_that_share_a_specimen_can_be_left_out():
    # The one pair without a specimen in common is lost, the other is won.
    scores = np.array([[1.0, 0.0, 0.5]])
    group = (scores, np.array([0, 1]), np.array([2]))
    bootstrap = ClusterBootstrap(np.array([[7, 8, -1], [5, -1, -1], [8, -1, -1]]), 50, 0.95, 0)
    assert mean_auc(bootstrap, [group], np.zeros(3, dtype=int)).value == 0.5
    found = mean_auc(bootstrap, [group], np.zeros(3, dtype=int), apart=True)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_an_average_resembles_its_polymer_more_than_one_specimen_does():
    rng = np.random.default_rng(4)
    specimens = np.sin(np.linspace(0, 9, 50)) + 0.5 * rng.normal(size=(60, 50)).cumsum(axis=1) / 7
    twins = (specimens[:30] + specimens[30:]) / 2
    codes = np.full((90, 3), -1)
    codes[:60, 0], codes[60:, 0], codes[60:, 1] = np.arange(60), np.arange(30), np.arange(30, 60)
    kinds = np.repeat(["pure", "same_polymer"], [60, 30])
    scored = Scored(np.zeros((1, 90, 1)), np.ones((90, 1), dtype=bool), np.zeros(90, dtype=int), kinds)
    absorbance = np.concatenate([specimens, twins])
    found = resemblance(absorbance, scored, codes)[:, 0]
    slope = np.gradient(absorbance, axis=1)
    slope /= np.linalg.norm(slope, axis=1, keepdims=True)
    for row in (3, 70):  # slow twin: other specimens only
        others = [k for k in range(60) if k not in codes[row]]
        mean = slope[others].mean(axis=0)
        assert found[row] == pytest.approx(slope[row] @ mean / np.linalg.norm(mean))
    assert found[60:].mean() > found[:60].mean() + 0.02


def test_two_draws_are_at_chance_unless_the_second_is_always_higher():
    first, bootstrap = pure_and_twins(0.0)
    bins = pd.DataFrame({"share_low": np.nan, "share_high": np.nan}, index=range(300))
    called = first.scores > 0
    later = Scored(first.scores + 0.1, first.present, first.fold, first.composition)
    rows = pd.DataFrame(redrawn_rows(first, later, (called, called), bins, bootstrap, ["PE", "PS"]))
    told = rows[rows["null_test"] == "redrawn"]
    assert (told["value"] == 1).all() and not told["at_chance"].astype(bool).any()
    same = pd.DataFrame(redrawn_rows(first, first, (called, called), bins, bootstrap, ["PE", "PS"]))
    assert (same["value"][same["null_test"] == "redrawn"] == 0.5).all()
    assert same["value"][same["null_test"] == "repeated_answer"].tolist() == [1.0]
    other = called.copy()
    other[:, :30, 0] ^= True
    rows = pd.DataFrame(redrawn_rows(first, first, (called, other), bins, bootstrap, ["PE", "PS"]))
    assert rows["value"][rows["null_test"] == "repeated_answer"].item() == pytest.approx(0.9)


def test_presence_is_told_by_a_model_that_knows_it():
    scored, bootstrap = pure_and_twins(0.0)
    shares = np.full(300, np.nan)
    blind = pd.DataFrame(presence_rows("shuffled_labels", scored, shares, bootstrap, ["PE", "PS"]))
    assert blind["at_chance"].iloc[0] and blind["n_mixtures"].iloc[0] == 200  # twins are left out
    seeing = Scored(scored.scores + 2 * scored.present, scored.present, scored.fold, scored.composition)
    rows = pd.DataFrame(presence_rows("true_labels", seeing, shares, bootstrap, ["PE", "PS"]))
    assert not rows["at_chance"].astype(bool).any() and (rows["value"] > 0.8).all()


def test_folds_that_a_fit_has_not_answered_do_not_enter():
    scored, bootstrap = pure_and_twins(0.0)
    fold = np.arange(300) % 2
    scores = np.where((fold == 1)[None, :, None], np.nan, scored.scores)
    half = Scored(scores, scored.present, fold, scored.composition)
    rows = pd.DataFrame(presence_rows("shuffled_labels", half, np.full(300, np.nan), bootstrap, ["PE", "PS"]))
    assert rows["n_mixtures"].iloc[0] == 100 and np.isfinite(rows["value"]).all()


def test_a_redrawn_set_has_the_same_truth_and_other_spectra():
    spectra, mixtures = a_set()
    recipes = mixtures.recipes(spectra.table, COMPONENTS)
    again = realise(
        spectra,
        recipes,
        mixtures.table,
        SETTINGS,
        MATERIALS,
        mixtures.axis,
        lambda x: x - 0.01,
        np.random.default_rng(8),
    )
    drawn = ["shift_cm1", "broadening_cm1", "scale"]
    pd.testing.assert_frame_equal(again.table.drop(columns=drawn), mixtures.table.drop(columns=drawn))
    assert (np.abs(again.absorbance - mixtures.absorbance).max(axis=1) > 1e-4).all()
    clean = mixtures.contributions(spectra, recipes).sum(axis=1) / mixtures.table["scale"].to_numpy()[:, None]
    assert np.abs(again.absorbance / again.table["scale"].to_numpy()[:, None] - clean).mean() < 0.2


def test_shuffled_labels_keep_what_is_there_and_lose_where():
    stream = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
    absorbance, ratios = stream.batch(256, np.random.default_rng(1))
    blind, held_out = shuffled_labels(stream, ratios, 0)
    assert (held_out != ratios).any() and (np.sort(held_out, axis=0) == np.sort(ratios, axis=0)).all()
    shuffled, others = blind.batch(256, np.random.default_rng(1))
    assert (absorbance == shuffled).all() and (ratios != others).any()
    assert np.sort(ratios.sum(axis=0)) == pytest.approx(np.sort(others.sum(axis=0)), rel=1e-5)
    same = (ratios == others).all(axis=1).mean()
    assert same < 0.3


def test_specimens_are_numbered_by_name():
    codes = specimen_codes(pd.Series([["b", "a"], ["a"], ["c", "b", "a"]]))
    assert codes.tolist() == [[0, 1, -1], [1, -1, -1], [2, 0, 1]]


def test_twins_and_pure_spectra_come_from_the_same_laboratories():
    rows = [
        ("A", "PE", "a1"),
        ("A", "PE", "a2"),
        ("B", "PE", "b1"),
        ("A", "PS", "s1"),
        ("A", "PS", "s2"),
        ("B", "PS", "t1"),
    ]
    table = pd.DataFrame(rows, columns=["laboratory", "component", "specimen"])
    pool = EndmemberPool(table, ["PE", "PS"], 10)
    _, laid = twin_recipes(
        pool, replace(SETTINGS, pure_per_component=6, same_polymer_per_component=2), np.random.default_rng(0)
    )
    assert set(laid["laboratory"]) == {"A"}  # B has one specimen of either: it would be in pure spectra only
    counts = laid.groupby(["composition", "share_low"], dropna=False).size()
    assert counts["pure"].tolist() == [12] and counts["same_polymer"].tolist() == [4] * len(SETTINGS.share_bins)
