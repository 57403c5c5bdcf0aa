"""The papers' form of neglect by hand, and on networks that see everything or the major only."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ftirmix.attribution import CAM_METHODS
from ftirmix.attribution.classes import neglect_in_classes
from ftirmix.mixture_sets import compose_set
from ftirmix.neglect import minor_part, neglect_index
from ftirmix.neglect_classes import (
    CLASSES_COLUMNS,
    CLASSES_SCHEMA,
    bins_from,
    classes_table,
    read_classes,
    write_classes,
)
from ftirmix.neglect_pages import classes_markdown
from ftirmix.random_task import classes_of
from ftirmix.settings import StatisticsSettings
from ftirmix.spectra import Spectra
from tests.unit.test_mixtures import COMPONENTS, GRID, MATERIALS, SETTINGS, SPECTRA, WINDOW

STATISTICS = StatisticsSettings(100, 0.95, 0)
# Where each component absorbs, alone, away from the bridged window.
PLACES = {"PE": slice(5, 11), "PS": slice(35, 41), "PA": slice(50, 56)}


def test_the_papers_form_by_hand():
    # Minor's bands at 0-1, major's at 3-4. Attribution 1 + 0 against 5 + 4; contribution 0.2 + 0.1 against 0.7.
    bands = np.array([[[1, 1, 0, 0, 0], [0, 0, 0, 1, 1]]], dtype=bool)
    attribution = np.array([[1.0, -3.0, 9.0, 5.0, 4.0]])
    contributions = np.array([[[0.2, 0.1, 0.0, 0.0, 0.0], [0.0, 0.0, 0.3, 0.5, 0.2]]])
    attributed = minor_part(np.repeat(attribution[:, None], 2, axis=1), bands)
    contributed = minor_part(contributions, bands)
    assert attributed == pytest.approx([0.1]) and contributed == pytest.approx([0.3])
    assert neglect_index(attributed, contributed) == pytest.approx([1 - 0.1 / 0.3])


def test_nothing_on_the_bands_and_a_component_without_band_are_undefined():
    bands = np.array([[[1, 0], [0, 1]], [[0, 0], [0, 1]]], dtype=bool)
    values = np.array([[[-1.0, -1.0]] * 2, [[1.0, 1.0]] * 2])
    assert np.isnan(minor_part(values, bands)).all()


class Planted(nn.Module):
    """Adds up the absorbance, or only what rises to half of the highest band: the major's bands."""

    strides = {"channels": 1}

    def __init__(self, major_only: bool, classes: int) -> None:
        super().__init__()
        self.major_only, self.classes = major_only, classes
        self.channels = nn.Identity()

    @property
    def layers(self):
        return {"channels": self.channels}

    def forward(self, absorbance):
        seen = absorbance >= (0.5 if self.major_only else 0.02) * absorbance.amax(dim=1, keepdim=True)
        return (self.channels((absorbance * seen)[:, None]).sum(dim=2).repeat(1, self.classes),)


def planted_set(common: slice = slice(0, 0)):
    """Mixtures of components with a band each, and one that all of them have where ``common`` says."""
    absorbance = np.zeros_like(SPECTRA.absorbance)
    absorbance[:, common] = 1.0
    for row, component in enumerate(SPECTRA.table["component"]):
        absorbance[row, PLACES[component]] = 1.0
    spectra = Spectra(GRID, absorbance, SPECTRA.table)
    quiet = replace(
        SETTINGS.nuisance, noise_median=1e-6, noise_p95=2e-6, vapour_median=1e-6, vapour_p95=2e-6, baseline_median=1e-6,
        baseline_p95=2e-6, co2_low=0.0, co2_high=1e-6, shift_sd_cm1=0.1, broadening_share=0.0, interferents=(),
    )  # fmt: skip
    choices = replace(
        SETTINGS, share_bins=((0.1, 0.2), (0.2, 0.3)), side_by_side_share=0.0, nuisance=quiet, hard_negatives=()
    )
    rng = np.random.default_rng(0)
    return spectra, compose_set(spectra, COMPONENTS, choices, MATERIALS, WINDOW, lambda x: x, "t", rng)


@pytest.mark.parametrize("cam", CAM_METHODS)
@pytest.mark.parametrize(("major_only", "expected"), [(True, 1.0), (False, 0.0)])
def test_a_network_that_looks_only_at_the_major_scores_one_and_one_that_sees_all_scores_zero(cam, major_only, expected):
    spectra, mixtures = planted_set()
    classes = classes_of(len(COMPONENTS))
    network = Planted(major_only, len(classes))
    table = neglect_in_classes(network, mixtures, spectra, COMPONENTS, classes, {cam: CAM_METHODS[cam]}, ["channels"])
    assert len(table) == (mixtures.table["composition"] == "binary").sum() and not table["no_own_band"].any()
    assert table["neglect_index"].to_numpy() == pytest.approx(expected, abs=0.02)


def test_the_map_is_that_of_the_mixture_s_own_class():
    spectra, mixtures = planted_set()
    classes = classes_of(len(COMPONENTS))

    class OneClass(Planted):
        """Only the class PE + PS has a logit that depends on the spectrum."""

        def forward(self, absorbance):
            logits = super().forward(absorbance)[0]
            chosen = torch.tensor((classes == [True, True, False]).all(axis=1))
            return (logits * chosen,)

    table = neglect_in_classes(
        OneClass(False, len(classes)), mixtures, spectra, COMPONENTS, classes, CAM_METHODS, ["channels"]
    )
    pair = mixtures.table.set_index("mixture")["components"].map(sorted).map("+".join)
    assert set(pair.loc[table["mixture"][~table["no_positive"]]]) == {"PE+PS"}
    assert set(pair.loc[table["mixture"][table["no_positive"]]]) == {"PA+PE", "PA+PS"}


def class_rows(**changes):
    rows = pd.DataFrame(
        {
            "mixture": ["a", "b", "c", "d"],
            "cam": "grad_cam",
            "layer": "block4",
            "minor_component": "PE",
            "minor_share": [0.1, 0.15, 0.2, 0.5],
            "specimens": [["1", "9"], ["2", "9"], ["1", "8"], ["2", "8"]],
            "named": [True, True, False, True],
            "attribution_part": [0.05, 0.1, np.nan, 0.5],
            "contribution_part": [0.1, 0.2, 0.2, 0.5],
            "neglect_index": [0.5, 0.5, np.nan, 0.0],
            "no_own_band": False,
            "no_positive": [False, False, True, False],
        }
    )
    return rows.assign(**changes)


def test_the_summary_by_share_by_hand_and_on_disk(tmp_path):
    write_classes(tmp_path / "n.parquet", class_rows())
    assert list(read_classes(tmp_path / "n.parquet").columns) == CLASSES_SCHEMA.names
    bins = bins_from([(0.02, 0.05), (0.05, 0.2), (0.2, 0.5)], 0.1)
    assert bins == [(0.1, 0.2), (0.2, 0.5)]
    table = classes_table([("random", 0, "cnn", 0, tmp_path / "n.parquet")], bins, STATISTICS)
    assert list(table.columns) == CLASSES_COLUMNS
    rows = table[table["outcome"] == "all"].set_index(["share_low", "share_high"])
    low, high, whole = (rows.loc[edges] for edges in ((0.1, 0.2), (0.2, 0.5), (0.1, 0.5)))
    assert low["neglect_index"] == pytest.approx(1 - 0.15 / 0.3) and low["n_mixtures"] == 2
    # The share of exactly one half is in the last bin; the map without positive part is counted, not averaged.
    assert high["neglect_index"] == pytest.approx(0.0) and (high["n_mixtures"], high["n_no_positive"]) == (1, 1)
    assert whole["neglect_index"] == pytest.approx(1 - 0.65 / 0.8) and whole["median_index"] == pytest.approx(0.5)
    assert "own class" in classes_markdown(table, 0.95)
