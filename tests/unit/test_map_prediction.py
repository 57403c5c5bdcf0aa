"""Hits predicted from where maps lie, in pairs that the rule has not seen."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from ftirmix.map_prediction import (
    PREDICTION_COLUMNS,
    SHUFFLED,
    held_out,
    log_loss_bits,
    predict_hits,
    prediction_markdown,
    read_found,
    shuffled_within,
)
from ftirmix.map_scores import SCORES, read_map_scores, write_map_scores
from ftirmix.predictions import write_outcomes
from ftirmix.settings import StatisticsSettings

STATISTICS = StatisticsSettings(300, 0.95, 1)
PAIRS = list(combinations(["PE", "PP", "PS", "PA"], 2))


def fit(folder, name, telling, count=360):
    """Write scores and outcomes of a fit whose LayerCAM tells hits where ``telling``, and whose absorbance does not."""
    rng = np.random.default_rng(len(name))
    rows, judged = [], []
    for number in range(count):
        first, second = PAIRS[number % len(PAIRS)]
        location = rng.random()
        found = bool(rng.random() < (0.1 + 0.8 * location if telling else 0.5))
        low, high = ((0.02, 0.1), (0.1, 0.5))[number // len(PAIRS) % 2]
        for cam, layer, value in (("layer_cam", "block2", location), ("absorbance", "spectrum", rng.random())):
            rows.append(
                {"mixture": f"m{number}", "cam": cam, "layer": layer, "component": first, "partner": second,
                 "share_low": low, "share_high": high, "specimens": [f"a{number % 40}", f"b{number % 23}"],
                 **dict.fromkeys(SCORES, value), "drop": 1.0}
            )  # fmt: skip
        for task, called in (("presence_fp3", found), ("presence_fp10", not found)):
            for component in (first, second):
                judged.append(
                    {"task": task, "labels": "curated", "mixture": f"m{number}", "component": component,
                     "called": called if component == first else True, "present": True, "ratio_error": 0.0}
                )  # fmt: skip
    paths = folder / f"{name}.scores.parquet", folder / f"{name}.outcomes.parquet"
    write_map_scores(paths[0], pd.DataFrame(rows))
    write_outcomes(paths[1], pd.DataFrame(judged))
    return paths


def predicted(folder, telling):
    files = [("specimen", 0, "cnn", seed, fit(folder, f"{telling}{'x' * seed}", telling)) for seed in (0, 1)]
    table = predict_hits(files, "presence_fp3", STATISTICS)
    return table[table["score"] == "iou"].set_index("cam")


def test_the_hit_is_that_of_the_minor_at_the_thresholds_asked_for(tmp_path):
    paths = fit(tmp_path, "one", True)
    first, second = (read_found(paths, task)["found"] for task in ("presence_fp3", "presence_fp10"))
    assert (first != second).all() and 0.3 < first.mean() < 0.7


def test_a_map_that_tells_of_hits_gains_and_shuffled_ones_do_not(tmp_path):
    table = predicted(tmp_path, True)
    assert list(table.reset_index()[PREDICTION_COLUMNS].columns) == PREDICTION_COLUMNS
    telling = table.loc["layer_cam"]
    assert telling["gain"] > 0.1 and telling["low"] > 0 and telling["above_low"] > 0 and telling["p_holm"] < 0.05
    assert telling["auc"] > 0.7 and abs(telling["auc_share"] - 0.5) < 0.1
    assert abs(table.loc["absorbance", "gain"]) < 0.01 and abs(table.loc[SHUFFLED, "gain"]) < 0.01
    assert telling["n_pairs"] == 6 and telling["n_seeds"] == 2 and telling["n_mixtures"] == 360


def test_a_map_that_was_scored_on_a_part_is_left_out(tmp_path):
    paths = fit(tmp_path, "part", True)
    scores = read_map_scores(paths[0])
    rare = scores[scores["cam"] == "layer_cam"].assign(cam="occlusion", layer="spectrum")
    rare.loc[rare.index[::2], SCORES] = np.nan
    write_map_scores(paths[0], pd.concat([scores, rare], ignore_index=True))
    table = predict_hits([("specimen", 0, "cnn", 0, paths)], "presence_fp3", STATISTICS)
    assert set(table["cam"]) == {"layer_cam", "absorbance", SHUFFLED}


def test_a_map_that_knows_nothing_gains_nothing(tmp_path):
    assert predicted(tmp_path, False).loc["layer_cam", "gain"] < 0.01


def test_a_pair_is_predicted_by_all_others_alone():
    bins, pairs = np.zeros(40, dtype=int), np.repeat([0, 1], 20)
    # high scores are hits in pair 0 and misses in pair 1: what is learnt on one is wrong on the other
    scores = np.tile(np.linspace(-1, 1, 20), 2)[None]
    hits = np.concatenate([scores[0, :20] > 0, scores[0, 20:] < 0])[None]
    answer = held_out(bins, pairs, hits, scores)
    assert ((answer > 0.5) != hits).all()


def test_where_all_other_pairs_are_hits_the_rule_says_so():
    hits = np.array([[True, True, False]])
    assert held_out(np.zeros(3, int), np.array([0, 0, 1]), hits)[0, 2] == 1.0


def test_log_loss_is_in_bits():
    given = log_loss_bits(np.array([[0.5, 0.25]]), np.array([[True, False]]))
    assert given[0] == pytest.approx([1.0, -np.log2(0.75)])


def test_shuffling_stays_within_its_cell():
    scores, cells = np.arange(12.0).reshape(2, 6), np.array([0, 0, 0, 1, 1, 1])
    exchanged = shuffled_within(scores, cells)
    assert {*exchanged[0, :3]} == {0.0, 1.0, 2.0} and {*exchanged[1, 3:]} == {9.0, 10.0, 11.0}
    assert (exchanged != scores).any()


def test_the_page_has_a_line_for_every_map(tmp_path):
    text = prediction_markdown(predicted(tmp_path, True).reset_index(), 0.95)
    assert sum("CNN" in line for line in text.splitlines()) == 3 and "shuffled within pair" in text
