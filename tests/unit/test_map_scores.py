"""Scores of maps and the consensus of several, by hand and against slow, obvious twins."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from ftirmix.attribution.consensus import FLOOR, consensus_cam
from ftirmix.attribution.faithfulness import Exchange
from ftirmix.attribution.scores import (
    centred_ranks,
    highest_positions,
    matched_area_iou,
    pointing_game,
    rank_correlation,
)

BANDS = np.array([[False, True, True, False, False]])


def test_iou_at_matched_area_by_hand():
    # the two highest positions are 1 and 3: one of three is common
    assert matched_area_iou(np.array([[0.0, 5.0, 1.0, 4.0, -9.0]]), BANDS).tolist() == [1 / 3]
    assert matched_area_iou(np.array([[0.0, 5.0, 4.0, 1.0, -9.0]]), BANDS).tolist() == [1.0]
    assert matched_area_iou(np.array([[9.0, -5.0, -4.0, 1.0, 2.0]]), BANDS).tolist() == [0.0]
    assert np.isnan(matched_area_iou(np.ones((1, 5)), np.zeros((1, 5), bool))).all()


def test_the_highest_positions_are_as_many_as_asked_for():
    marked = highest_positions(np.array([[3.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]), np.array([2, 1, 0]))
    assert marked[0].tolist() == [True, False, True] and marked[1].sum() == 1 and not marked[2].any()


class Sum(torch.nn.Module):
    """The logit of component 0 is the sum of the first two points, that of component 1 the square of the last."""

    def forward(self, absorbance):
        return torch.stack([absorbance[:, :2].sum(dim=1), absorbance[:, 2] ** 2], dim=1), torch.zeros(
            len(absorbance), 2
        )


def test_exchanged_positions_by_hand():
    mixture = np.array([[5.0, 3.0, 2.0], [5.0, 3.0, 2.0]])
    without = np.array([[1.0, 1.0, 2.0], [5.0, 3.0, 1.0]])
    maps = np.array([[9.0, 1.0, 0.0], [0.0, 9.0, 5.0]])
    found = Exchange(Sum(), mixture, without, np.array([0, 1])).by(maps, np.array([1, 1]))
    # row 0: the first point alone goes from 5 to 1 or back; row 1: the map points where nothing changes
    assert found["drop"].tolist() == [6.0, 3.0]
    assert found["removal"].tolist() == [4.0, 0.0] and found["insertion"].tolist() == [4.0, 0.0]


def test_a_flat_map_scores_as_a_random_one():
    rng = np.random.default_rng(1)
    bands = np.zeros((2000, 50), bool)
    bands[np.arange(2000)[:, None], (rng.integers(0, 50, 2000)[:, None] + np.arange(10)) % 50] = True
    flat, random = (np.mean(matched_area_iou(maps, bands)) for maps in (np.zeros((2000, 50)), rng.random((2000, 50))))
    assert flat == pytest.approx(random, abs=0.01)


def test_the_pointing_game_by_hand():
    maps = np.array([[0.0, 1.0, 3.0, 2.0, 0.0], [4.0, 1.0, 3.0, 2.0, 0.0], [3.0, 1.0, 3.0, 2.0, 0.0]])
    assert pointing_game(maps, np.repeat(BANDS, 3, axis=0)).tolist() == [1.0, 0.0, 0.5]
    assert np.isnan(pointing_game(np.array([[-1.0, 0, 0, 0, 0]]), BANDS)).all()  # no positive part
    assert np.isnan(pointing_game(maps[:1], ~BANDS & BANDS)).all()


@given(st.lists(st.lists(st.integers(-3, 3), min_size=6, max_size=6), min_size=2, max_size=2))
def test_rank_correlation_is_spearmans(rows):
    first, second = (np.array([row], dtype=float) for row in rows)
    np.testing.assert_allclose(centred_ranks(first)[0], rankdata(first[0]) - 3.5)
    found = rank_correlation(first, second)[0]
    if len(set(rows[0])) == 1 or len(set(rows[1])) == 1:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(spearmanr(first[0], second[0]).statistic)


def test_the_consensus_by_hand():
    # Two components, three points, no smoothing. Relative maps of component 0: (1, 1/2, 0 -> floor) and (1/4, 1, 1).
    first = np.array([[[2.0, 1.0, -1.0], [0.0, 3.0, 3.0]]])
    second = np.array([[[1.0, 4.0, 4.0], [0.0, 5.0, 5.0]]])
    logits, absorbance = np.array([[0.0, 0.0]]), np.array([[1.0, 0.25, -0.5]])
    found = consensus_cam([first, second], logits, absorbance, 4.0, sigma_cm1=0.01)
    own = np.array([0.5, np.sqrt(0.5), np.sqrt(FLOOR)])
    other = np.array([FLOOR, 1.0, 1.0])
    part = own / (own + other)  # equal probabilities
    np.testing.assert_allclose(found[0, 0], own * part**2 * np.array([1.0, 0.5, 0.0]))
    surer = consensus_cam([first, second], np.array([[0.0, -30.0]]), absorbance, 4.0, sigma_cm1=0.01)
    np.testing.assert_allclose(surer[0, 0], own * np.array([1.0, 0.5, 0.0]), rtol=1e-6)  # nobody else is there


def test_a_component_that_no_map_speaks_for_gets_nothing_and_scales_do_not_matter():
    rng = np.random.default_rng(0)
    maps = [rng.standard_normal((4, 3, 30)) for _ in range(2)]
    logits, absorbance = rng.standard_normal((4, 3)), rng.random((4, 30))
    found = consensus_cam(maps, logits, absorbance, 4.0)
    assert found.shape == (4, 3, 30) and (found >= 0).all()
    np.testing.assert_allclose(consensus_cam([5.0 * maps[0], maps[1]], logits, absorbance, 4.0), found)
    for part in maps:
        part[2, 1] = -1.0
    silent = consensus_cam(maps, logits, absorbance, 4.0)
    assert not silent[2, 1].any() and silent[2, 0].any() and np.isfinite(silent).all()
