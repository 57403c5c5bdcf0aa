"""Calibration by hand-computed numbers, and by what it promises on mixtures that it has not seen."""

import json

import numpy as np
import pytest

from ftirmix.identification.calibrating import calibrate, choose_unknown, conformal, platt, upper_quantile
from ftirmix.identification.calibration import (
    Calibration,
    calibration_from,
    called_ratios,
    judge,
    novelty,
    ratio_bin,
    witnesses,
)


def made(**changed: object) -> Calibration:
    values = {
        "components": ("PE", "PP", "foreign"),
        "slope": (1.0, 2.0, 1.0),
        "offset": (0.0, -1.0, 0.0),
        "threshold": (0.0, 0.0, 1.0),
        "strongest": (0.6, 0.8, 1.5, 3.0),
        "margin": (-9.0, -8.0, -3.0, 1.5),
        "foreign_share": (0.0, 0.0, 0.2, 0.5),
        "unknown_above": 3.0,
        "ratio_edges": (0.0, 0.5, 1.0),
        "ratio_low": (-0.1, -0.2),
        "ratio_high": (0.3, 0.1),
        "level": 0.9,
    }
    return Calibration(**(values | changed))  # type: ignore[arg-type]


def test_survives_json() -> None:
    assert calibration_from(json.loads(json.dumps(made().as_dict()))) == made()


def test_answers_by_hand() -> None:
    logits = np.array([[2.0, -1.0, -5.0], [1.0, 1.0, 2.0], [0.5, -2.0, 4.0], [-1.0, -2.0, -9.0]])
    scores = np.log(np.array([[0.9, 0.05, 0.05], [0.5, 0.3, 0.2], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]]))
    share = np.array([0.6, 0.0, 0.4, 0.0])
    answer = judge(made(), logits, scores, share)
    # -ln(4/5 x 4/5 x 1/5) = 2.1 for the first, which is sure of PE; -ln(1/5 x 1/5 x 2/5) = 4.1 for the third.
    assert answer.unknown.tolist() == [False, False, True, True]  # the last one: no component reaches its threshold
    assert answer.present.tolist() == [
        [True, False, False],
        [True, True, True],
        [False, False, True],
        [False, False, True],
    ]
    assert answer.ratio == pytest.approx(np.array([[1, 0, 0], [0.5, 0.3, 0.2], [0, 0, 1], [0, 0, 1]]))
    assert answer.ratio_low[0, 0] == pytest.approx(0.8)
    assert answer.ratio_high[0, 0] == 1.0  # not above one
    assert answer.ratio_low[1, 1] == pytest.approx(0.2)
    assert answer.ratio_high[1, 1] == pytest.approx(0.6)
    assert np.isnan(answer.ratio_low[0, 1])
    assert answer.probability[0, 1] == pytest.approx(1 / (1 + np.exp(3.0)))


def test_novelty_joins_three_p_values() -> None:
    strongest, margin, share = np.array([1.0, 2.0, 3.0]), np.array([-8.0, -2.0, 1.0]), np.array([0.0, 0.0, 0.4])
    logits = np.array([[0.5, -1.0, 9.0], [-3.0, 2.0, 0.0], [8.0, 0.0, 0.0]])
    found = novelty(*witnesses(logits, np.array([0.5, 0.1, 0.0])), strongest, margin, share)
    # Of three known ones 0, 2 and 3 are as weak; 0, 2 (margin -2) and 3 (-8) as far; 0, 1 and 3 have as large a share.
    assert np.exp(-found) == pytest.approx([1 / 4 * 1 / 4 * 1 / 4, 3 / 4 * 3 / 4 * 2 / 4, 1.0])


def test_called_ratios_share_among_the_called() -> None:
    scores = np.log(np.array([[0.6, 0.3, 0.1]]))
    assert called_ratios(scores, np.array([[True, False, True]])) == pytest.approx(np.array([[6 / 7, 0, 1 / 7]]))
    assert not called_ratios(scores, np.zeros((1, 3), dtype=bool)).any()


@pytest.mark.parametrize(("lost", "expected"), [(0.5, 1), (0.25, 0), (0.76, 2)])
def test_unknown_keeps_its_bound_and_counts_what_is_not_called(lost: float, expected: int) -> None:
    # The last mixture reaches no threshold, so it is lost whatever the novelty.
    strange = np.array([0.1, 0.5, 2.0, 0.3])
    bound = choose_unknown(strange, np.array([True, True, True, False]), lost)
    assert int((strange[:3] > bound).sum()) == expected
    judged_lost = int((strange[:3] > bound).sum()) + 1
    assert judged_lost <= max(1, round(lost * 4 - 1e-9))


def test_upper_quantile_is_the_rank_that_the_theorem_asks_for() -> None:
    errors = np.arange(19.0)  # n + 1 = 20
    assert upper_quantile(errors, 0.9) == 17.0  # the 18th
    assert upper_quantile(errors, 0.99) == 18.0  # too few: the highest
    assert upper_quantile(np.empty(0), 0.9) == 0.0


def test_intervals_hold_what_they_promise_on_new_draws() -> None:
    rng = np.random.default_rng(0)

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        predicted = rng.random(count)
        return predicted, np.clip(predicted + rng.normal(0, 0.02 + 0.1 * predicted), 0, 1)

    low, high = conformal(*draw(4000), 0.9)
    predicted, true = draw(20_000)
    place = ratio_bin(predicted, np.array([0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.98, 1.0]))
    held = (true >= predicted + low[place]) & (true <= predicted + high[place])
    assert held.mean() == pytest.approx(0.9, abs=0.02)
    assert min(held[place == number].mean() for number in range(10)) > 0.8
    assert high[0] - low[0] < high[-2] - low[-2]  # as wide as the errors there


def test_platt_finds_slope_and_offset() -> None:
    rng = np.random.default_rng(1)
    logit = rng.normal(0, 3, 20_000)
    present = rng.random(len(logit)) < 1 / (1 + np.exp(-(0.5 * logit - 1.0)))
    assert platt(logit, present) == pytest.approx((0.5, -1.0), abs=0.08)
    assert platt(logit, np.zeros(len(logit), dtype=bool)) == (1.0, 0.0)
    assert platt(-logit, present)[0] > 0  # a falling probability would be nonsense


def test_calibrates_within_its_bounds() -> None:
    rng = np.random.default_rng(2)
    present = rng.random((3000, 3)) < 0.4
    present[~present.any(axis=1), 0] = True
    ratios = present * rng.random(present.shape)
    ratios /= ratios.sum(axis=1, keepdims=True)
    logits = np.column_stack([rng.normal(np.where(present, 3.0, -3.0), 1.5), rng.normal(-4, 1.5, 3000)])
    whole = np.column_stack([ratios, np.zeros(3000)])
    scores = np.log(np.clip(whole + rng.normal(0, 0.01, whole.shape), 1e-3, None))
    foreign = np.column_stack([rng.normal(-3, 1, (200, 3)), rng.normal(3, 1, 200)])
    share = rng.beta(1, 20, 3000)
    calibration = calibrate(["A", "B", "C", "foreign"], logits, scores, share, whole, foreign, 0.03, 0.05, 0.9)
    answer = judge(calibration, logits, scores, share)
    assert answer.unknown.mean() <= 0.05
    spoiled = (answer.present[:, :-1] & ~present).any(axis=1)
    assert spoiled.mean() <= 0.03
    assert (answer.present[:, -1] & ~answer.unknown).mean() <= 0.03
    shown = answer.present & (whole > 0)
    held = (answer.ratio_low <= whole) & (whole <= answer.ratio_high)
    assert held[shown].mean() >= 0.9
    assert judge(calibration, foreign, np.zeros_like(foreign), np.full(200, 0.9)).unknown.mean() > 0.9
