"""Differences between models: by hand, paired, and corrected for their number."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.comparison import Contest, Trial, compare_models
from ftirmix.contrast_pages import contrasts_markdown
from ftirmix.contrasts import contrast_table
from ftirmix.forest import forest_figure
from ftirmix.settings import StatisticsSettings

STATISTICS = StatisticsSettings(400, 0.95, 0)
COUNT = 240


def trial_of(right: np.ndarray) -> Trial:
    """Binary mixtures of two specimens each; a seed is right in full or finds the major only."""
    mixtures = pd.DataFrame(
        {
            "composition": "binary",
            "minor_component": "PE",
            "share_low": np.repeat([0.05, 0.1], COUNT // 2),
            "share_high": np.repeat([0.1, 0.2], COUNT // 2),
            "fold": 0,
        }
    )
    specimens = np.stack([np.arange(COUNT) % 40, 40 + np.arange(COUNT) % 30, np.full(COUNT, -1)], axis=1)
    slots = np.tile([0, 1, -1], (COUNT, 1))
    present = np.tile([True, True, False], (COUNT, 1))
    called = np.repeat(present[None], len(right), axis=0).copy()
    called[:, :, 0] = right
    return Trial(mixtures, specimens, slots, present, called, np.zeros(called.shape), ["PE", "PS", "PA"])


def trials() -> dict[Contest, Trial]:
    """A reference right in 3 of 4, one equal to it in truth, one far worse, and one that is the reference itself."""
    rng = np.random.default_rng(1)
    hard = rng.random(COUNT) < 0.25  # the same mixtures are hard for all
    flips = rng.random((2, COUNT)) < 0.03
    models = {
        "cnn": np.stack([~hard, ~hard]),
        "svm": ~hard ^ flips,
        "knn": np.stack([~hard & (rng.random(COUNT) < 0.3)]),
        "plsda": np.stack([~hard, ~hard]),
    }
    return {Contest("specimen", "curated", "presence_fp3", name): trial_of(right) for name, right in models.items()}


def test_differences_by_hand_and_holm():
    given = trials()
    table = contrast_table(given, "cnn", STATISTICS)
    whole = table[(table["metric"] == "exact_match") & (table["composition"] == "all")].set_index("model")
    right = {contest.model: trial.called[:, :, 0].mean() for contest, trial in given.items()}
    for model in ("svm", "knn", "plsda"):
        row = whole.loc[model]
        assert row["difference"] == pytest.approx(right[model] - right["cnn"])
        assert row["low"] <= row["difference"] <= row["high"]
        assert (row["value"], row["reference_value"]) == pytest.approx((right[model], right["cnn"]))
    assert whole.loc["knn", "p"] == pytest.approx(2 / 401) and whole.loc["knn", "p_holm"] == pytest.approx(6 / 401)
    assert whole.loc["svm", "p_holm"] > 0.05
    same = whole.loc["plsda"]
    assert (same["difference"], same["low"], same["high"], same["p_holm"]) == (0, 0, 0, 1)
    assert (same["n_seeds"], whole.loc["knn", "n_seeds"], same["n_seeds_reference"]) == (2, 1, 2)


def test_pairing_makes_differences_sharper_than_the_figures_themselves():
    given = trials()
    models = compare_models(given, STATISTICS)
    figure = models[(models["metric"] == "exact_match") & (models["composition"] == "all") & (models["fold"] == "all")]
    width = (figure["high"] - figure["low"]).max()
    table = contrast_table(given, "cnn", STATISTICS)
    row = table[(table["metric"] == "exact_match") & (table["composition"] == "all") & (table["model"] == "svm")].iloc[
        0
    ]
    assert row["high"] - row["low"] < width / 2


def test_a_group_without_the_reference_is_left_out():
    without = {contest: trial for contest, trial in trials().items() if contest.model != "cnn"}
    assert contrast_table(without, "cnn", STATISTICS).empty


def test_pages_name_every_model_and_mark_what_holds():
    given = trials()
    table = contrast_table(given, "cnn", STATISTICS)
    text = contrasts_markdown(table, 0.95)
    assert "svm" in text and ")*" in text and "cnn, reference" in text
    figure = forest_figure(compare_models(given, STATISTICS), table, "presence_fp3", "cnn", 0.95)
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == ["CNN", "PLS-DA", "SVM", "nearest neighbours"]


def test_seeds_of_two_models_have_nothing_to_do_with_each_other():
    # Both models have one seed that is right and one that never is: which seed is drawn is chance for each.
    right = np.stack([np.ones(COUNT, bool), np.zeros(COUNT, bool)])
    given = {Contest("specimen", "curated", "presence_fp3", name): trial_of(right) for name in ("cnn", "svm")}
    row = contrast_table(given, "cnn", STATISTICS).query("metric == 'exact_match' and composition == 'all'").iloc[0]
    assert row["difference"] == 0 and row["low"] < -0.3 and row["high"] > 0.3
