"""The table of attribution methods: means, controls, spans."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.map_scores import SCORES, write_map_scores
from ftirmix.map_table import MAP_COLUMNS, maps_markdown, spans, summarise_maps
from ftirmix.settings import StatisticsSettings

STATISTICS = StatisticsSettings(500, 0.95, 1)
BINS = [(0.02, 0.1), (0.1, 0.35), (0.35, 0.5)]


def scores(rng, offset):
    """Scores of 60 mixtures of two components under three maps; LayerCAM lies ``offset`` above the absorbance."""
    rows = []
    for number in range(60):
        base = rng.random()
        for cam, layer, value in (
            ("layer_cam", "block1", base + offset),
            ("absorbance", "spectrum", base),
            ("random", "spectrum", base - 0.5),
        ):
            low, high = BINS[number % 3]
            rows.append(
                {"mixture": f"m{number}", "cam": cam, "layer": layer, "component": ("PE", "PA")[number % 2],
                 "partner": "PS", "share_low": low, "share_high": high,
                 "specimens": [f"a{number % 12}", f"b{number % 7}"], **dict.fromkeys(SCORES, value), "drop": 2.0}
            )  # fmt: skip
    return pd.DataFrame(rows)


def summary(tmp_path, tables):
    files = []
    for seed, table in enumerate(tables):
        write_map_scores(tmp_path / f"{seed}.parquet", table)
        files.append(("specimen", 0, "cnn", seed, tmp_path / f"{seed}.parquet"))
    return summarise_maps(files, STATISTICS)


def row(table, **wanted):
    rows = table
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_means_are_over_mixtures_and_seeds_and_differences_are_to_the_best_control(tmp_path):
    tables = [scores(np.random.default_rng(0), 0.1), scores(np.random.default_rng(0), 0.3)]
    table = summary(tmp_path, tables)
    assert list(table.columns) == MAP_COLUMNS and set(table["score"]) == set(SCORES)
    found = row(table, cam="layer_cam", score="iou", component="all", share_low=0.1, share_high=0.5)
    use = [part[(part["cam"] == "layer_cam") & (part["share_low"] >= 0.1)]["iou"].mean() for part in tables]
    assert found["value"] == pytest.approx(np.mean(use)) and found["n_mixtures"] == 40 and found["n_seeds"] == 2
    # every mixture and seed is above the absorbance by 0.1 or 0.3, and the absorbance is the better control
    assert found["control"] == "absorbance" and found["difference"] == pytest.approx(0.2)
    assert 0.1 <= found["difference_low"] < 0.2 < found["difference_high"] <= 0.3
    # the single values scatter much more than their paired differences
    assert found["high"] - found["low"] > found["difference_high"] - found["difference_low"]
    assert row(table, cam="absorbance", score="iou", component="PA", share_high=0.5)["difference"] == 0


def test_removal_and_insertion_are_parts_of_the_whole_effect(tmp_path):
    part = scores(np.random.default_rng(0), 0.1)
    part["drop"] = np.repeat(np.arange(1.0, 61.0), 3)
    part.loc[part.index % 2 == 0, ["removal", "insertion", "drop"]] = np.nan  # only a part was exchanged
    found = row(
        summary(tmp_path, [part]), cam="layer_cam", score="removal", component="all", share_low=0.1, share_high=0.5
    )
    use = part[(part["cam"] == "layer_cam") & (part["share_low"] >= 0.1)].dropna()
    assert found["value"] == pytest.approx(use["removal"].sum() / use["drop"].sum())


def test_what_is_not_defined_is_left_out_of_its_mean_alone(tmp_path):
    part = scores(np.random.default_rng(0), 0.1)
    gone = (part["cam"] == "layer_cam") & (part.index < 90)
    part.loc[gone, "iou"] = np.nan
    found = row(summary(tmp_path, [part]), cam="layer_cam", score="iou", component="all", share_low=0.1, share_high=0.5)
    kept = part[(part["cam"] == "layer_cam") & (part["share_low"] >= 0.1)]["iou"].dropna()
    assert found["value"] == pytest.approx(kept.mean()) and found["difference"] == pytest.approx(0.1)
    assert found["n_mixtures"] == len(kept) < 40
    assert row(summary(tmp_path, [part.assign(blind=np.nan)]), cam="random", score="blind", component="PA")[
        ["n_mixtures", "n_specimens"]
    ].tolist() == [0, 0]


def test_spans_are_the_whole_every_other_bin_and_every_component():
    first = scores(np.random.default_rng(0), 0.1).query("cam == 'random'").reset_index(drop=True)
    found = [(group["component"], group["share_low"], group["share_high"]) for group, _ in spans(first, 0.1)]
    bins = [("all", *part) for part in BINS]
    assert found == [("all", 0.1, 0.5), *bins, ("PA", 0.1, 0.5), ("PE", 0.1, 0.5)]
    assert [len(rows) for _, rows in spans(first, 0.1)] == [40, 20, 20, 20, 20, 20]
    # the last bin alone is the whole: it is not there twice; with none above, everything is
    assert [group["share_low"] for group, _ in spans(first, 0.3)] == [0.35, 0.02, 0.1, 0.35, 0.35]
    assert spans(first, 0.9)[0][0]["share_low"] == 0.02


def test_markdown_says_which_maps_do_not_beat_the_controls(tmp_path):
    text = maps_markdown(summary(tmp_path, [scores(np.random.default_rng(0), 0.1)]), 0.95)
    assert "| LayerCAM" in text and "yes (+0.10)" in text and "## CNN: Unseen specimens" in text
    # bins 1 and 2 of three leave 8 of the 12 specimens a and all 7 b
    assert "Minor share 10–50 %; 40 mixtures of 15 specimens, seeds: 1." in text
    worse = maps_markdown(summary(tmp_path, [scores(np.random.default_rng(0), -0.1)]), 0.95)
    assert "no (-0.10)" in worse
