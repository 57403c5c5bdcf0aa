"""The variants of SSG-CAM: each is its method's, the study's own is among them, differences are to it."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.attribution.hooks import attribute_components, on_grid
from ftirmix.attribution.methods import CAM_METHODS, ssg
from ftirmix.attribution.scores import matched_area_iou
from ftirmix.attribution.ssg_ablation import ablate_ssg
from ftirmix.map_scores import SCORES, write_map_scores
from ftirmix.models import build_seeded
from ftirmix.neglect import own_bands
from ftirmix.settings import StatisticsSettings
from ftirmix.ssg_table import COMPARED, SSG_COLUMNS, ssg_markdown, summarise_ssg
from ftirmix.ssg_variants import OWN, VARIANTS
from tests.unit.test_mixtures import COMPONENTS, GRID, a_set
from tests.unit.test_models import OPTIONS


def test_the_variants_are_every_order_and_width_and_the_studys_own_is_one():
    assert len(VARIANTS) == 12 and VARIANTS[OWN.name] == OWN and OWN.name == "ssg_cam 1+2 8"
    assert {variant.order for variant in VARIANTS.values()} == {"1", "2", "1+2"}
    network = build_seeded("resm2a_cnn", GRID, 3, OPTIONS["resm2a_cnn"], 0).eval()
    spectra = np.random.default_rng(0).random((3, len(GRID)), dtype=np.float32)
    maps = [
        attribute_components(network, spectra, method, "block2", 4.0)[1]
        for method in (ssg(OWN.orders, OWN.sigma_cm1), CAM_METHODS["ssg_cam"])
    ]
    np.testing.assert_array_equal(*maps)


def test_every_variant_is_scored_on_the_binary_mixtures_at_the_last_layer():
    spectra, mixtures = a_set()
    network = build_seeded("cnn", GRID, len(COMPONENTS), OPTIONS["cnn"], 0).eval()
    table = ablate_ssg(network, mixtures, spectra, COMPONENTS)
    binary = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    assert set(table["layer"]) == {"block2"} and len(table) == 12 * len(binary.table)
    recipes = binary.recipes(spectra.table, COMPONENTS)
    bands = own_bands(binary.at_equal_ratio(spectra, recipes), 2)[:, 0]
    method = ssg((2,), 16.0)
    _, maps = attribute_components(network, binary.absorbance, method, "block2", 4.0, recipes.components[:, 0])
    rows = table[table["cam"] == "ssg_cam 2 16"]
    np.testing.assert_allclose(rows["iou"], matched_area_iou(on_grid(maps[:, 0], len(GRID), 2), bands))
    assert table["removal"].isna().all()


def summary(tmp_path):
    """Every variant of 40 mixtures and two seeds lies above the study's own by a hundredth of its sigma less 8."""
    files, rng = [], np.random.default_rng(0)
    for seed in range(2):
        base = rng.random(40)
        rows = [
            {"mixture": f"m{number}", "cam": name, "layer": "block3", "component": "PE", "partner": "PS",
             "share_low": 0.1, "share_high": 0.5, "specimens": [f"a{number % 9}", f"b{number % 7}"],
             **dict.fromkeys(SCORES, base[number] + (variant.sigma_cm1 - 8) / 100), "drop": 1.0}
            for name, variant in VARIANTS.items() for number in range(40)
        ]  # fmt: skip
        write_map_scores(tmp_path / f"{seed}.parquet", pd.DataFrame(rows))
        files.append(("specimen", 0, "cnn", seed, tmp_path / f"{seed}.parquet"))
    return summarise_ssg(files, StatisticsSettings(200, 0.95, 1))


def test_differences_are_from_the_studys_own_variant_on_the_same_mixtures(tmp_path):
    table = summary(tmp_path)
    assert list(table.columns) == SSG_COLUMNS and set(table["score"]) == set(COMPARED)
    rows = table[(table["component"] == "all") & (table["score"] == "iou")].set_index(["orders", "sigma_cm1"])
    for (_, sigma), row in rows.iterrows():
        found = row[["difference", "difference_low", "difference_high"]]
        assert found.tolist() == pytest.approx([(sigma - 8) / 100] * 3, abs=1e-6)
    assert (rows["high"] - rows["low"] > 0.05).all() and set(rows["n_seeds"]) == {2}


def test_the_page_has_a_line_for_every_variant(tmp_path):
    text = ssg_markdown(summary(tmp_path), 0.95)
    assert "## CNN: Unseen specimens" in text and "Minor share 10–50 %; 40 mixtures of 16 specimens, seeds: 2." in text
    lines = [line for line in text.splitlines() if line.startswith("| 1") or line.startswith("| 2")]
    assert len(lines) == 12 and sum("0.080 (0.080–0.080)" in line for line in lines) == 3
    assert sum(line.rstrip("| ").endswith("–") for line in lines) == 1
