"""Maps of networks held against each other."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.map_networks import NETWORK_COLUMNS, compare_networks, last_layers, networks_markdown
from ftirmix.map_scores import SCORES, write_map_scores
from ftirmix.settings import StatisticsSettings

STATISTICS = StatisticsSettings(400, 0.95, 1)
BINS = [(0.02, 0.1), (0.1, 0.35), (0.35, 0.5)]


def scores(offset, last, seed=0, count=90):
    """Scores of mixtures that are hard or easy for both networks, and ``offset`` higher for one from 10 % on."""
    base, noise = np.random.default_rng(0).random(count), np.random.default_rng(seed).normal(0, 0.01, (2, count))
    rows = []
    for number in range(count):
        low, high = BINS[number % 3]
        for layer, values in (("block1", noise[0]), (last, noise[1])):
            value = base[number] + values[number] + (offset if low >= 0.1 and layer == last else 0.0)
            rows.append(
                {"mixture": f"m{number}", "cam": "layer_cam", "layer": layer, "component": "PE", "partner": "PS",
                 "share_low": low, "share_high": high, "specimens": [f"a{number % 14}", f"b{number % 9}"],
                 **dict.fromkeys(SCORES, value), "drop": 1.0}
            )  # fmt: skip
    return pd.DataFrame(rows)


def compared(tmp_path, offset, reference="cnn"):
    files = []
    for model, given, last in (("cnn", 0.0, "block3"), ("resm2a_cnn", offset, "block2")):
        for seed in (0, 1):
            path = tmp_path / f"{model}{seed}.parquet"
            write_map_scores(path, scores(given, last, seed + len(model)))
            files.append(("specimen", 0, model, seed, path))
    return compare_networks(files, reference, STATISTICS)


def test_only_the_last_layer_stays_whatever_its_number():
    kept = last_layers(scores(0.0, "block4"))
    assert set(kept["layer"]) == {"last"} and len(kept) == 90


def test_the_difference_is_found_where_it_is_and_paired(tmp_path):
    table = compared(tmp_path, 0.2)
    assert list(table.columns) == NETWORK_COLUMNS and set(table["model"]) == {"resm2a_cnn"}
    iou = table[table["score"] == "iou"].set_index(["share_low", "share_high"])
    assert iou.loc[(0.1, 0.5), "difference"] == pytest.approx(0.2, abs=0.01)
    assert iou.loc[(0.1, 0.5), "low"] > 0.18 and iou.loc[(0.1, 0.5), "p_holm"] < 0.05
    assert abs(iou.loc[(0.02, 0.1), "difference"]) < 0.01 and iou.loc[(0.02, 0.1), "p_holm"] > 0.05
    # mixtures differ by 0.3: an interval that does not pair them would be ten times as wide
    assert iou.loc[(0.1, 0.35), "high"] - iou.loc[(0.1, 0.35), "low"] < 0.03
    assert (iou["n_mixtures"] == [30 if high - low < 0.4 and low < 0.5 and (low, high) in BINS else 60
                                  for low, high in iou.index]).all()  # fmt: skip


def test_families_are_corrected_over_their_shares(tmp_path):
    table = compared(tmp_path, 0.0)
    assert (table["n_family"] == 4).all() and (table["p_holm"] >= table["p"]).all()
    assert (table["p_holm"] > 0.05).all()


def test_mixtures_without_a_map_in_either_network_do_not_count(tmp_path):
    one, other = scores(0.0, "block3"), scores(0.0, "block3", 1)
    one.loc[one["mixture"] == "m1", "iou"] = np.nan
    other.loc[other["mixture"] == "m4", "iou"] = np.nan
    files = []
    for model, table in (("cnn", one), ("resnet", other)):
        write_map_scores(tmp_path / f"{model}.parquet", table)
        files.append(("specimen", 0, model, 0, tmp_path / f"{model}.parquet"))
    table = compare_networks(files, "cnn", STATISTICS)
    row = table[(table["score"] == "iou") & (table["share_low"] == 0.1) & (table["share_high"] == 0.35)].iloc[0]
    assert row["n_mixtures"] == 28  # m1 and m4 are of this bin


def test_other_mixtures_cannot_be_compared(tmp_path):
    files = []
    for model, count in (("cnn", 90), ("resnet", 60)):
        write_map_scores(tmp_path / f"{model}.parquet", scores(0.0, "block3", count=count))
        files.append(("specimen", 0, model, 0, tmp_path / f"{model}.parquet"))
    with pytest.raises(ValueError, match="not of the same mixtures"):
        compare_networks(files, "cnn", STATISTICS)


def test_without_the_reference_there_is_nothing_to_say(tmp_path):
    table = compared(tmp_path, 0.1, reference="towers")
    assert table.empty and list(table.columns) == NETWORK_COLUMNS
    assert networks_markdown(table, 0.95).startswith("# Which network")


def test_the_page_marks_what_is_left_after_correction(tmp_path):
    text = networks_markdown(compared(tmp_path, 0.2), 0.95)
    line = next(line for line in text.splitlines() if "LayerCAM" in line)
    assert "ResM2A-CNN" in line and "10–50 %" in text and line.count("*") == 3
