"""Own bands and the neglect index: a worked two-band example, and a model made blind to a band."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ftirmix.attribution import CAM_METHODS, attribute_components
from ftirmix.attribution.mixtures import attribute_mixtures
from ftirmix.attribution_maps import read_maps, write_maps
from ftirmix.neglect import neglect_index, own_band_attribution, own_bands
from ftirmix.neglect_table import NEGLECT_SCHEMA, neglect_of_mixtures, read_neglect, summarise_neglect, write_neglect
from ftirmix.settings import StatisticsSettings
from tests.unit.test_mixtures import COMPONENTS
from tests.unit.test_neglect_classes import PLACES, planted_set


def test_own_bands_by_hand():
    # Component 0 alone at positions 0-1, shared 50:50 at 3, component 1 alone at 5; 2 and 4 empty.
    first = [1.0, 0.5, 0.0, 0.5, 0.0, 0.0]
    second = [0.0, 0.0, 0.0, 0.5, 0.0, 1.0]
    bands = own_bands(np.array([[first, second]]), resolution_points=1)
    assert bands[0, 0].tolist() == [True, True, False, False, False, False]
    assert bands[0, 1].tolist() == [False, False, False, False, False, True]


def test_a_contribution_of_less_than_four_fifths_is_shared():
    contributions = np.array([[[0.79, 0.80], [0.21, 0.20]]])
    assert own_bands(contributions, 1)[0, 0].tolist() == [False, True]


def test_a_contribution_below_a_tenth_of_the_highest_is_no_band():
    contributions = np.array([[[1.0, 0.11, 0.09], [0.0, 0.0, 0.0]]])
    assert own_bands(contributions, 1)[0, 0].tolist() == [True, True, False]
    assert not own_bands(contributions, 1)[0, 1].any()


def test_bands_are_dilated_by_half_the_resolution():
    contributions = np.zeros((1, 2, 9))
    contributions[0, 0, 4] = 1.0
    assert np.flatnonzero(own_bands(contributions, 4)[0, 0]).tolist() == [2, 3, 4, 5, 6]


def test_a_twin_component_has_no_own_band():
    spectrum = np.random.default_rng(0).random(20)
    bands = own_bands(np.stack([spectrum, spectrum])[None], 1)
    assert not bands.any()


def test_neglect_of_the_worked_example():
    bands = np.array([[True, True, False, False]])
    # Pure: 3 of 4 units of positive attribution on the own bands. Mixed: 1.5 of 5; negative parts do not count.
    pure = own_band_attribution(np.array([[2.0, 1.0, 1.0, -9.0]]), bands)
    mixed = own_band_attribution(np.array([[1.0, 0.5, 3.5, -2.0]]), bands)
    assert pure == pytest.approx([0.75]) and mixed == pytest.approx([0.3])
    assert neglect_index(mixed, pure) == pytest.approx([1 - 0.3 / 0.75])


def test_a_map_without_positive_part_and_a_component_without_own_band_are_undefined():
    maps = np.array([[-1.0, -2.0], [1.0, 2.0]])
    bands = np.array([[True, False], [False, False]])
    assert np.isnan(own_band_attribution(maps, bands)).all()
    assert np.isnan(neglect_index(np.array([0.5, np.nan]), np.array([0.0, 0.5]))).all()


def test_a_map_is_unchanged_by_scaling_but_not_by_moving():
    bands = np.array([[True, False, False]])
    maps = np.array([[3.0, 1.0, 0.0]])
    assert own_band_attribution(5 * maps, bands) == own_band_attribution(maps, bands)
    assert own_band_attribution(maps[:, ::-1], bands) == pytest.approx([0.0])


class Detector(nn.Module):
    """Looks at two windows of the spectrum, one channel each, and adds up what it sees.

    The pure polymer shows bands in both windows. In a mixture, a blind detector is one whose
    channel for the own band is silenced by the partner's band.
    """

    def __init__(self, blind: bool) -> None:
        super().__init__()
        self.blind = blind
        self.channels = nn.Identity()

    strides = {"channels": 1}

    @property
    def layers(self):
        return {"channels": self.channels}

    def forward(self, absorbance):
        own, shared, partner = absorbance[:, None, :8], absorbance[:, None, 8:16], absorbance[:, None, 16:]
        empty = torch.zeros_like(own)
        gate = torch.relu(1 - 4 * partner.amax(dim=2, keepdim=True).detach()) if self.blind else 1.0
        features = torch.cat(
            [torch.cat([own * gate, empty, empty], dim=2), torch.cat([empty, shared, empty], dim=2)], dim=1
        )
        return (self.channels(features).sum(dim=(1, 2))[:, None],)


@pytest.mark.parametrize("method", [CAM_METHODS["grad_cam"], CAM_METHODS["hires_cam"]], ids=["grad_cam", "hires_cam"])
def test_a_model_made_blind_to_the_own_band_by_the_partner_scores_one_and_a_seeing_one_its_dilution(method):
    target = np.zeros(24)
    target[3] = target[11] = 1.0  # one band of its own, one that the partner shares
    partner = np.zeros(24)
    partner[11] = partner[20] = 1.0
    bands = own_bands(np.stack([target, partner])[None] / 2, 1)[:, 0]
    assert np.flatnonzero(bands[0]).tolist() == [3]
    pure, mixed = target[None].astype(np.float32), (0.3 * target + 0.7 * partner)[None].astype(np.float32)
    index = {}
    for blind in (False, True):
        network = Detector(blind)
        shares = [
            own_band_attribution(attribute_components(network, spectrum, method, "channels", 4.0)[1][:, 0], bands)
            for spectrum in (mixed, pure)
        ]
        index[blind] = neglect_index(*shares)[0]
    # Seeing: the shared band takes 1.0 of 1.3, e = 0.3/1.3 against 0.5 pure. Blind: nothing is left on the own band.
    assert index[False] == pytest.approx(1 - (0.3 / 1.3) / 0.5, abs=1e-5)
    assert index[True] == pytest.approx(1.0)


COMMON = slice(16, 22)


class BlindToPE(nn.Module):
    """Every logit adds up its own band and the common one, but that of PE loses its own band beside any other."""

    strides = {"channels": 1}

    def __init__(self) -> None:
        super().__init__()
        self.channels = nn.Identity()
        self.weights = torch.zeros(len(COMPONENTS), 60)
        for row, component in enumerate(COMPONENTS):
            self.weights[row, PLACES[component]] = self.weights[row, COMMON] = 1.0

    @property
    def layers(self):
        return {"channels": self.channels}

    def forward(self, absorbance):
        others = torch.maximum(absorbance[:, PLACES["PS"]].amax(1), absorbance[:, PLACES["PA"]].amax(1))
        gate = torch.ones(len(absorbance), len(COMPONENTS), 60)
        gate[:, COMPONENTS.index("PE"), PLACES["PE"]] = (others < 0.05).float()[:, None]
        # One channel per component, whose sum is its logit.
        logits = self.channels(absorbance[:, None] * self.weights * gate).sum(dim=2)
        return logits, logits


@pytest.mark.parametrize("cam", CAM_METHODS)
def test_the_table_flags_the_component_to_whose_band_a_network_is_blind_and_no_other(cam, tmp_path):
    spectra, mixtures = planted_set(COMMON)
    methods = {cam: CAM_METHODS[cam]}
    ((_, _, table, stride),) = attribute_mixtures(BlindToPE(), mixtures, spectra, COMPONENTS, methods, ["channels"])
    write_maps(tmp_path / "maps.parquet", table, mixtures.axis.wavenumber, stride)
    called = pd.DataFrame(
        {
            "mixture": np.repeat(mixtures.table["mixture"].to_numpy(), len(COMPONENTS)),
            "component": COMPONENTS * len(mixtures.table),
            "called": True,
        }
    )
    measured = neglect_of_mixtures(mixtures, spectra, COMPONENTS, *read_maps(tmp_path / "maps.parquet"), called)
    identity = {"protocol": "specimen", "model": "blind", "cam": cam, "layer": "channels"}
    summary = summarise_neglect([measured], identity, StatisticsSettings(200, 0.95, 0))
    whole = summary[(summary["partner"] == "all") & (summary["outcome"] == "all")]
    whole = whole[whole["share_high"] - whole["share_low"] > 0.15].set_index("component")
    # The common band dilutes the others: at a share r, e = r / (1 + r) in place of a half.
    assert whole.loc["PE", "neglect_index"] == pytest.approx(1.0, abs=0.01) and whole.loc["PE", "low"] > 0.98
    assert (whole.loc[["PS", "PA"], "high"] < 0.85).all() and (whole.loc[["PS", "PA"], "neglect_index"] < 0.8).all()


def neglect_rows(**changes):
    rows = pd.DataFrame(
        {
            "mixture": ["a", "b", "c"],
            "component": "PE",
            "partner": "PS",
            "role": "minor",
            "mixing_ratio": 0.1,
            "share_low": 0.05,
            "share_high": 0.2,
            "specimens": [["1", "9"], ["2", "9"], ["1", "8"]],
            "called": [True, True, False],
            "own_band_attribution": [0.2, 0.4, np.nan],
            "own_band_attribution_pure": [0.5, 0.5, 0.5],
            "neglect_index": [0.6, 0.2, np.nan],
            "logit_drop": [1.0, 2.0, 3.0],
            "no_own_band": False,
            "no_positive_mixture": [False, False, True],
            "no_positive_pure": False,
        }
    )
    return rows.assign(**changes)


def test_the_summary_of_neglect_by_hand():
    identity = {"protocol": "specimen", "model": "m", "cam": "grad_cam", "layer": "block1"}
    table = summarise_neglect([neglect_rows()], identity, StatisticsSettings(50, 0.95, 0))
    rows = table[(table["component"] == "PE") & (table["partner"] == "all") & (table["outcome"] == "all")]
    row = rows.iloc[0]
    assert row["neglect_index"] == pytest.approx(1 - 0.6 / 1.0)
    assert row["index_with_zeros"] == pytest.approx(1 - 0.6 / 1.5)  # c counts with e(r) = 0
    assert row["median_index"] == pytest.approx(0.4)
    assert row["no_positive_mixture"] == pytest.approx(1 / 3) and row["no_positive_pure"] == 0
    assert (row["n_mixtures"], row["n_specimens"], row["n_no_positive"]) == (2, 2, 1)
    assert row["logit_drop"] == pytest.approx(2.0)


def test_neglect_survives_the_disk(tmp_path):
    write_neglect(tmp_path / "n.parquet", neglect_rows())
    back = read_neglect(tmp_path / "n.parquet")
    assert back["neglect_index"].isna().tolist() == [False, False, True]
    assert list(back.columns) == NEGLECT_SCHEMA.names
