"""The picture of several networks' maps: mixtures by rule, marks by hand, a row for what is there and no other."""

import numpy as np
import pandas as pd
import pytest
import torch

from ftirmix.assignments import COLUMNS
from ftirmix.attribution.attended import TO_EVEN, ZERO_TO_ONE, attended, received
from ftirmix.attribution.scores import matched_area_iou
from ftirmix.band_marks import BandMark, mark_bands, spread, vibration_text
from ftirmix.map_examples import build_map_examples, choose_mixtures
from ftirmix.map_figure import maps_figure, steps
from ftirmix.models import build_seeded
from tests.unit.test_mixtures import COMPONENTS, GRID
from tests.unit.test_models import OPTIONS
from tests.unit.test_neglect import COMMON, PLACES, planted_set

SPECTRUM = np.random.default_rng(0).random(len(GRID), dtype=np.float32)


def network(name, **options):
    return build_seeded(name, GRID, 3, OPTIONS[name] | options, 0).eval()


def assigned(*windows):
    """Rows of the table of assignments, of PE unless named: (vibration, low, high[, component])."""
    rows = [
        dict(zip(("vibration", "low_cm1", "high_cm1", "component"), (*window, "PE")[:4], strict=True))
        | {"role": "required"}
        for window in windows
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_mixtures_are_those_nearest_to_the_wanted_shares_with_different_minors():
    shares = np.array([0.3, 0.24, 0.15, 0.17, 0.25])
    minors = np.array(["PS", "PE", "PE", "PS", "PA"])
    shown = np.array([True, True, True, True, False])
    # 0.25 itself may not be shown; of PE, which is then taken, 0.15 would have been nearest
    assert choose_mixtures(shares, minors, shown) == [1, 3]
    assert choose_mixtures(shares, minors, minors == "PE") == [1]
    assert choose_mixtures(shares, minors, np.zeros(5, bool)) == []


def test_marks_are_peaks_on_own_bands_and_the_higher_of_two_in_a_window_has_its_name():
    wavenumber = 1000.0 + np.arange(12)
    contribution = np.array([0.0, 5, 0, 9, 0, 4, 0, 7, 0, 0.1, 0, 0])
    bands = np.arange(12) != 7
    marks = mark_bands(wavenumber, contribution, bands, assigned(("nu CH", 1000, 1003)), 0.0)
    # 1007 is nobody's own, 1009 is no peak to the eye
    assert marks == [BandMark(1001.0, ""), BandMark(1003.0, "nu CH"), BandMark(1005.0, "")]
    # shifted by 2, what lies at 1003 belongs at 1001 and what lies at 1001 below the window
    shifted = mark_bands(wavenumber, contribution, bands, assigned(("nu CH", 1001, 1002)), 2.0)
    assert [mark.vibration for mark in shifted] == ["", "nu CH", ""]


def test_vibrations_are_written_as_chemists_do():
    assert vibration_text("nu_as CH3") == r"ν$_{\mathrm{as}}$ CH$_{\mathrm{3}}$"
    assert vibration_text("nu C-C + rho CH3") == r"ν C-C + ρ CH$_{\mathrm{3}}$"
    assert vibration_text("nu C#N") == "ν C≡N" and vibration_text("amide II") == "amide II"


def test_labels_that_would_overlap_move_apart_evenly():
    assert spread(np.array([0.0, 10.0]), 5.0).tolist() == [0.0, 10.0]
    assert spread(np.array([0.0, 1.0, 20.0]), 5.0).tolist() == [-2.0, 3.0, 20.0]
    # the first two, moved apart, meet the third
    assert spread(np.array([0.0, 1.0, 7.0]), 5.0) == pytest.approx([8 / 3 - 5, 8 / 3, 8 / 3 + 5])
    assert spread(np.array([]), 5.0).tolist() == []


def test_what_a_token_receives_by_hand():
    # one head; both tokens look at the second, which receives all of it: twice an even share
    assert received(torch.tensor([[[0.0, 1.0], [0.0, 1.0]]])).tolist() == [0.0, 2.0]


def test_attention_is_laid_on_the_grid():
    unit, found = attended(network("resm2a_cnn"), SPECTRUM)
    assert unit == TO_EVEN and set(found) == {"by position", "by region"}
    # rows of weights sum to one: what all receive is an even share on the mean, and each region is flat
    assert found["by position"][: len(GRID) // 2 * 2].mean() == pytest.approx(1.0, abs=1e-5)
    assert len(np.unique(found["by region"])) <= OPTIONS["resm2a_cnn"]["region_count"]
    unit, found = attended(network("dcnet_cbam"), SPECTRUM)
    assert unit == ZERO_TO_ONE and set(found) == {"branch 1", "branch 2"}
    assert all(((values > 0) & (values < 1)).all() and values.shape == GRID.shape for values in found.values())
    assert attended(network("dcnet_cbam", spatial_attention=False), SPECTRUM)[1] == {}
    assert attended(network("cnn"), SPECTRUM)[1] == {}


NETWORKS = {name: network(name) for name in ("cnn", "resm2a_cnn", "dcnet_cbam")}


@pytest.fixture(scope="module")
def examples():
    spectra, mixtures = planted_set(COMMON)
    return build_map_examples(NETWORKS, mixtures, spectra, COMPONENTS, assigned())


def test_minors_with_named_bands_are_preferred(examples, monkeypatch):
    """Each planted component has one band of its own; that of PS is given a name."""
    spectra, mixtures = planted_set(COMMON)
    low, high = GRID[PLACES["PS"]][[0, -1]]
    table = assigned(("ring", low, high, "PS"))
    unnamed = build_map_examples(NETWORKS, mixtures, spectra, COMPONENTS, table)
    assert [example.title for example in unnamed] == [example.title for example in examples]  # one is too few
    monkeypatch.setattr("ftirmix.map_examples.LEAST_NAMED", 1)
    (named,) = build_map_examples(NETWORKS, mixtures, spectra, COMPONENTS, table)
    assert named.minor == "PS" and [mark.vibration for mark in named.marks] == ["ring"]


def test_examples_hold_the_truth_and_the_scores_of_their_maps(examples):
    assert len(examples) == 2 and examples[0].minor != examples[1].minor
    for example in examples:
        # planted bands are where the minor alone absorbs
        assert example.bands[PLACES[example.minor]].any() and not example.bands[COMMON].all()
        assert example.names[0].startswith(example.minor) and len(example.contributions) == 2
        for maps in example.networks:
            assert list(maps.maps) == ["layer_cam", "hires_cam", "consensus"] and maps.layer in ("block2", "block3")
            for cam, values in maps.maps.items():
                assert maps.iou[cam] == matched_area_iou(values[None], example.bands[None])[0]


def test_equal_neighbours_are_one_step():
    values, edges = steps(np.array([10.0, 14.0, 18.0]), np.array([0.5, 0.501, 0.7]))
    assert values.tolist() == [0.5, 0.7] and edges.tolist() == [8.0, 16.0, 20.0]


def test_a_row_for_every_network_and_for_attention_where_there_is_any(examples):
    first = maps_figure(GRID, examples[:1])
    assert len(first.subfigs[0].axes) == 1 + 3 + 2
    without = [type(example)(**vars(example) | {"networks": example.networks[:1]}) for example in examples]
    figure = maps_figure(GRID, without)
    assert [len(part.axes) for part in figure.subfigs] == [2, 2]
    spectrum, maps = figure.subfigs[0].axes
    assert maps.get_xlim() == (GRID[-1], GRID[0])  # wavenumber descends
    said = [text.get_text() for text in maps.texts] + [label.get_text() for label in maps.get_yticklabels()]
    assert "CNN" in said and any(label.startswith("LayerCAM, IoU ") for label in said)
    marked = [text.get_text() for text in spectrum.texts]
    assert len(marked) == len(examples[0].marks)


def test_without_any_mixture_to_show_the_picture_says_so():
    assert "No binary mixture" in maps_figure(GRID, []).texts[0].get_text()
