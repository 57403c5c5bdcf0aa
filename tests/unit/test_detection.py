"""Detection limits: curves against scikit-learn, limits by hand, known dose-responses."""

import numpy as np
import pytest
from scipy.optimize import minimize

from ftirmix.comparison import Contest, Trial
from ftirmix.detection import (
    CENTRE,
    INTERCEPT_SD,
    SLOPE_SD,
    classes_of_share,
    detection_limit,
    detection_table,
    fit_curves,
    limit_text,
    limits_from,
)
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap

RNG = np.random.default_rng(2)


def slow_curve(doublings, hits, trials):
    """Minimise the penalised likelihood term by term."""

    def loss(curve):
        logit = curve[0] + curve[1] * doublings
        likelihood = (hits * logit - trials * np.logaddexp(0, logit)).sum()
        return curve[0] ** 2 / (2 * INTERCEPT_SD**2) + curve[1] ** 2 / (2 * SLOPE_SD**2) - likelihood

    return minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-8}).x


def test_curves_are_those_of_a_general_minimiser():
    doublings = RNG.uniform(-2, 2, 40)
    trials = RNG.exponential(size=(3, 40))
    hits = trials * (RNG.random((3, 40)) < 1 / (1 + np.exp(-doublings - 0.5)))
    hits[1], hits[2] = trials[1], np.where(doublings > 0.3, trials[2], 0)  # always found; perfectly separated
    found = fit_curves(doublings, hits, trials)
    slow = np.array([slow_curve(doublings, *row) for row in zip(hits, trials, strict=True)])
    assert found == pytest.approx(slow, abs=2e-4)


def test_limits_by_hand():
    # logit 0.95 = 2.944: reached at the centre by an intercept of that size, one doubling on by 1.944 + 1.
    logit = np.log(0.95 / 0.05)
    curves = np.array([[logit, 1.0], [logit - 1, 1.0], [logit - 1, 0.01], [99.0, 1.0], [-99.0, 1.0], [99.0, -1.0]])
    assert limits_from(curves) == pytest.approx([CENTRE, 2 * CENTRE, np.inf, 0.02, np.inf, 0.02])
    assert [limit_text(share) for share in (0.02, 0.074, 0.234, np.inf)] == ["≤2", "7.4", "23", ">50"]


def test_a_known_dose_response_is_recovered_within_its_interval():
    share = np.exp(RNG.uniform(np.log(0.02), np.log(0.5), 4000))
    true = 0.15  # logit p = logit 0.95 + 2 log2(share / 0.15)
    probability = 1 / (1 + np.exp(-(np.log(19) + 2 * np.log2(share / true))))
    hit = RNG.random((2, 4000)) < probability
    bootstrap = ClusterBootstrap(np.arange(4000)[:, None], 200, 0.95, 0)
    found = detection_limit(bootstrap, np.arange(4000), share, hit, np.arange(4000))
    assert found.low < true < found.high and found.high - found.low < 0.05
    assert (found.n_mixtures, found.n_specimens, found.n_seeds) == (4000, 4000, 2)


def test_gathering_shares_moves_a_limit_by_less_than_a_class_is_wide():
    share = np.exp(RNG.uniform(np.log(0.02), np.log(0.5), 800))
    hit = RNG.random(800) < 1 / (1 + np.exp(-(np.log(19) + 2 * np.log2(share / 0.12))))
    doublings = np.log2(share / CENTRE)
    centres, gather = classes_of_share(doublings)
    assert len(centres) == 64 and (gather.sum(axis=1) == 1).all()
    whole = limits_from(fit_curves(doublings, hit[None].astype(float), np.ones((1, 800))))
    gathered = limits_from(fit_curves(centres, hit[None] @ gather, np.ones((1, 800)) @ gather))
    assert gathered == pytest.approx(whole, rel=0.01)


def trial_of(found: np.ndarray, shares: np.ndarray, slots: np.ndarray) -> Trial:
    import pandas as pd

    count = len(shares)
    mixtures = pd.DataFrame({"composition": "binary", "minor_share": shares, "fold": 0})
    present = np.zeros((count, 2), dtype=bool)
    called = np.zeros((1, count, 2), dtype=bool)
    called[0, np.arange(count), slots[:, 0]] = found
    specimens = np.stack([np.arange(count), np.arange(count) + count, np.full(count, -1)], axis=1)
    return Trial(mixtures, specimens, slots, present, called, np.zeros(called.shape), ["PE", "PS"])


def test_the_table_tells_a_blind_spot_from_a_sharp_eye():
    shares = np.tile(np.linspace(0.02, 0.5, 50), 2)
    slots = np.full((100, 3), -1)
    slots[:, 0], slots[:, 1] = np.repeat([0, 1], 50), np.repeat([1, 0], 50)
    found = np.where(slots[:, 0] == 0, shares > 0.1, False)  # PE found above 10 %, PS never
    table = detection_table(
        {Contest("specimen", "curated", "presence_fp3", "cnn"): trial_of(found, shares, slots)},
        StatisticsSettings(100, 0.95, 0),
        "presence_fp3",
    ).set_index(["component", "partner"])
    assert len(table) == 5
    assert 0.08 < table.loc[("PE", "PS"), "detection_limit"] < 0.15
    assert np.isinf(table.loc[("PS", "PE"), ["detection_limit", "low", "high"]].astype(float)).all()
    assert table.loc[("PE", "PS"), "n_specimens"] == 50 and np.isinf(table.loc[("all", "all"), "detection_limit"])


def test_ternary_mixtures_have_no_part_in_a_limit():
    shares = np.tile(np.linspace(0.02, 0.5, 50), 2)
    slots = np.full((100, 3), -1)
    slots[:, 0], slots[:, 1] = np.repeat([0, 1], 50), np.repeat([1, 0], 50)
    trial = trial_of(shares > 0.1, shares, slots)
    trial.mixtures.loc[::2, "composition"] = "ternary"
    contest = Contest("specimen", "curated", "presence_fp3", "cnn")
    table = detection_table({contest: trial}, StatisticsSettings(50, 0.95, 0), "presence_fp3")
    assert table["n_mixtures"].max() == 50
