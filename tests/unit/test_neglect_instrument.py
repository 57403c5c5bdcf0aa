"""Paired comparison of instruments: hand-computed figures, a planted difference, and none."""

import re

import numpy as np
import pandas as pd
import pytest

from ftirmix.neglect_figures import pairs_figure
from ftirmix.neglect_instrument import INSTRUMENT_COLUMNS, instrument_table, slope
from ftirmix.neglect_pages import instrument_markdown, pairs_markdown
from ftirmix.neglect_pairs import PAIR_COLUMNS, pair_table
from ftirmix.neglect_readings import Readings, join, read_all
from ftirmix.neglect_table import write_neglect
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap
from tests.unit.test_neglect import neglect_rows

STATISTICS = StatisticsSettings(400, 0.95, 0)
BINS = [(0.05, 0.1), (0.1, 0.2), (0.2, 0.5)]


def planted(neglect_of_share, seed=0, specimens=12, mixtures=240, noise=0.05):
    """Readings of two methods at two layers: Grad-CAM has a known index, HiResCAM none, the layers are alike."""
    rng = np.random.default_rng(seed)
    low, high = np.array([BINS[number % 3] for number in range(mixtures)]).T
    share = rng.uniform(low, high)
    minor, major = rng.integers(specimens, size=mixtures), rng.integers(specimens, 2 * specimens, size=mixtures)
    pure = rng.uniform(0.3, 0.6, (2, mixtures))
    mixed, alone = {}, {}
    for cam, index in (("grad_cam", neglect_of_share(share)), ("hires_cam", np.zeros(mixtures))):
        for layer in ("block1", "block2"):
            mixed[cam, layer] = pure * (1 - index) + noise * rng.normal(size=pure.shape)
            alone[cam, layer] = pure
    table = pd.DataFrame(
        {
            "mixture": [f"m{number}" for number in range(mixtures)],
            "component": np.where(minor < specimens // 2, "PE", "PS"),
            "partner": "PA",
            "mixing_ratio": share,
            "share_low": low,
            "share_high": high,
        }
    )
    called = rng.random(pure.shape) < 0.6
    return Readings(table, np.stack([minor, major], axis=1), called, np.ones_like(pure), mixed, alone)


def rows_of(table, comparison, quantity):
    return table[(table["comparison"] == comparison) & (table["quantity"] == quantity)]


def test_a_difference_that_only_the_instrument_makes_is_found_and_no_other():
    table = instrument_table({("specimen", "cnn"): planted(lambda share: 0.3 + 0 * share)}, STATISTICS)
    assert list(table.columns) == INSTRUMENT_COLUMNS
    instruments = rows_of(table, "instrument", "neglect_index")
    assert len(instruments) == 2 * 3 and set(instruments["against"]) == {"hires_cam"}
    assert instruments["difference"].to_numpy() == pytest.approx(0.3, abs=0.03)
    # All six at the least p that 400 replicates can show: Holm multiplies the first by six, the rest are raised to it.
    assert instruments["p"].to_numpy() == pytest.approx(2 / 401)
    assert instruments["p_holm"].to_numpy() == pytest.approx(6 * 2 / 401) and (instruments["n_family"] == 6).all()
    for comparison in ("layer", "outcome"):
        others = rows_of(table, comparison, "neglect_index")
        assert len(others) == {"layer": 2 * 3, "outcome": 4 * 3}[comparison] and (others["p_holm"] > 0.05).all()


def test_the_slope_is_per_doubling_of_the_share_whatever_the_weights():
    one = planted(lambda share: 0.1 - 0.08 * np.log2(share), noise=0.0)
    table = instrument_table({("specimen", "cnn"): one}, STATISTICS)
    slopes = rows_of(table, "dose_response", "slope").set_index(["cam", "layer"])["first"]
    assert slopes["grad_cam"].to_numpy() == pytest.approx(-0.08, abs=1e-6)
    assert slopes["hires_cam"].to_numpy() == pytest.approx(0.0, abs=1e-6)
    between = rows_of(table, "instrument", "slope")
    assert between["difference"].to_numpy() == pytest.approx(-0.08, abs=1e-6) and (between["p"] < 0.01).all()


def test_the_slope_by_hand():
    # Weights 1, 1, 2 at x = 0, 1, 2 with indices 0, 1, 1: means 5/4 and 3/4, slope (5 - 4 * 15/16) / (9 - 4 * 25/16).
    w, x, n = np.array([1.0, 1, 2]), np.array([0.0, 1, 2]), np.array([0.0, 1, 1])
    sums = np.array([w.sum(), (w * x).sum(), (w * x**2).sum(), (w * n).sum(), (w * x * n).sum()])
    assert slope(sums) == pytest.approx((5 - 4 * 15 / 16) / (9 - 4 * 25 / 16))


def test_totals_of_the_bootstrap_give_the_interval_of_its_estimate():
    one = planted(lambda share: 0 * share)
    bootstrap = ClusterBootstrap(one.specimens, 300, 0.9, 3)
    rows = np.arange(60)
    above, below = one.mixed["grad_cam", "block1"][:, rows], one.pure["grad_cam", "block1"][:, rows]
    ratio = np.divide(*bootstrap.totals(rows, np.stack([above, below])))
    estimate = bootstrap.estimate(rows, above, below)
    assert np.quantile(ratio, [0.05, 0.95]) == pytest.approx([estimate.low, estimate.high], rel=1e-5)


def two_instruments(**grad_cam):
    return join({("grad_cam", "block1"): [neglect_rows(**grad_cam)], ("hires_cam", "block1"): [neglect_rows()]})


def test_only_what_both_instruments_read_is_compared_and_zeros_bring_the_rest_back():
    # HiResCAM: 0.2, 0.4, undefined of 0.5 each; Grad-CAM: undefined, 0.3, 0.1.
    one = two_instruments(own_band_attribution=[np.nan, 0.3, 0.1])
    table = instrument_table({("specimen", "cnn"): one}, STATISTICS)
    index = rows_of(table, "instrument", "neglect_index").iloc[0]
    assert (index["first"], index["second"]) == pytest.approx((1 - 0.3 / 0.5, 1 - 0.4 / 0.5))
    assert index["n_mixtures"] == 1
    zeros = rows_of(table, "instrument", "index_with_zeros").iloc[0]
    assert (zeros["first"], zeros["second"]) == pytest.approx((1 - 0.4 / 1.5, 1 - 0.6 / 1.5))
    assert zeros["n_mixtures"] == 3
    # Two specimens of the minor are too few to test anything.
    assert table["p"].isna().all() and table["low"].isna().all() and (table["n_family"] == 0).all()


def test_the_page_states_the_correction_and_leaves_untested_rows_blank():
    page = instrument_markdown(instrument_table({("specimen", "cnn"): two_instruments()}, STATISTICS), 0.95, 400)
    assert "Holm" in page and "0.005 with 400 replicates" in page and page.count("## ") == 3


def test_tables_over_other_mixtures_are_refused():
    with pytest.raises(ValueError, match="same mixtures"):
        two_instruments(mixture=["a", "c", "b"])


def test_readings_join_folds_and_seeds_from_disk(tmp_path):
    maps = []
    for cam in ("grad_cam", "hires_cam"):
        for fold in (0, 1):
            for seed in (0, 1):
                path = tmp_path / f"{cam}{fold}{seed}.parquet"
                write_neglect(path, neglect_rows(mixture=[f"{fold}{name}" for name in "abc"]))
                maps.append((cam, "block1", "specimen", fold, "cnn", seed, path))
    one = read_all(maps)["specimen", "cnn"]
    assert one.mixtures["mixture"].tolist() == ["0a", "0b", "0c", "1a", "1b", "1c"]
    assert one.called.shape == (2, 6) and set(one.mixed) == {("grad_cam", "block1"), ("hires_cam", "block1")}


def test_pairs_hold_index_and_recall_of_every_pair():
    one = planted(lambda share: 0.3 + 0 * share, noise=0.0)
    table = pair_table({("specimen", "cnn"): one}, STATISTICS)
    assert list(table.columns) == PAIR_COLUMNS and len(table) == 2 * 4
    assert table[table["cam"] == "grad_cam"]["neglect_index"].to_numpy() == pytest.approx(0.3, abs=1e-6)
    pe = (one.mixtures["component"] == "PE").to_numpy()
    row = table[table["component"] == "PE"].iloc[0]
    assert row["recall"] == pytest.approx(one.called[:, pe].mean()) and row["n_mixtures"] == pe.sum()
    assert "PE" in pairs_markdown(table, 0.95)


def test_the_figure_of_pairs_hatches_cells_with_few_specimens():
    table = pair_table({("specimen", "cnn"): planted(lambda share: 0.3 + 0 * share)}, STATISTICS)
    table.loc[table["component"] == "PS", "n_specimens"] = 4
    figure = pairs_figure(table, ["PE", "PS", "PA"])
    assert len(figure.axes) == 3
    for axes in figure.axes:
        assert [cell.get_hatch() for cell in axes.patches] == [None, "////"]
    assert re.search("block2", figure.axes[1].get_title())
