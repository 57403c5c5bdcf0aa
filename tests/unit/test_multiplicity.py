"""Holm's correction and bootstrap p-values against numbers worked out by hand and against chance."""

import numpy as np
import pytest

from ftirmix.multiplicity import holm, two_sided_p


def test_holm_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1 is 0.02, 0.03, 0.06, 0.04; the last is raised to 0.06.
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_a_single_p_value_alone_and_never_exceeds_one():
    assert holm(np.array([0.03])) == pytest.approx([0.03])
    assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]
    assert len(holm(np.array([]))) == 0


def test_what_could_not_be_compared_is_no_member_of_the_family():
    adjusted = holm(np.array([np.nan, 0.01, 0.02]))
    assert np.isnan(adjusted[0]) and adjusted[1:] == pytest.approx([0.02, 0.02])


def test_holm_keeps_the_chance_of_any_false_finding():
    p = np.random.default_rng(0).random((4000, 10))
    found = np.array([(holm(row) < 0.05).any() for row in p]).mean()
    assert 0.03 < found < 0.06  # uncorrected: 0.40


def test_a_p_value_by_hand():
    # One of nine replicates is not above zero: 2 * (1 + 1) / (9 + 1).
    assert two_sided_p(np.array([-1.0, 1, 2, 3, 4, 5, 6, 7, 8])) == pytest.approx(0.4)
    assert two_sided_p(-np.array([-1.0, 1, 2, 3, 4, 5, 6, 7, 8])) == pytest.approx(0.4)
    assert two_sided_p(np.arange(1.0, 10.0)) == pytest.approx(0.2)  # the least that nine can show
    assert two_sided_p(np.arange(1.0, 10.0), null=5.0) == 1.0
    assert two_sided_p(np.zeros(9)) == 1.0


def test_undefined_replicates_speak_for_either_side():
    assert two_sided_p(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, np.nan])) == pytest.approx(0.4)
    assert np.isnan(two_sided_p(np.full(3, np.nan)))


def test_a_p_value_is_uniform_where_there_is_no_difference():
    rng = np.random.default_rng(1)
    observed = rng.normal(size=2000)
    p = np.array([two_sided_p(value + rng.normal(size=400)) for value in observed])
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.015) and (p < 0.5).mean() == pytest.approx(0.5, abs=0.04)
