"""Preprocessing: resampling, the CO2 window, unit maximum, and spectra that do not cover the window."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftirmix.axis import bridge_window
from ftirmix.preprocessing import preprocess, resample, subtract_baseline, wavenumber_grid
from ftirmix.readers import MeasuredSpectrum, ReadResult
from ftirmix.settings import PreprocessingSettings
from ftirmix.spectra import MEASURED_SCHEMA, REJECTED_COLUMNS

SETTINGS = PreprocessingSettings(
    low_cm1=1000.0,
    high_cm1=1400.0,
    step_cm1=4.0,
    tolerance_cm1=8.0,
    co2_window_cm1=(2280.0, 2400.0),  # outside the grid: nothing is bridged
    baseline="none",
    baseline_lam=1e5,
)
GRID = np.arange(1000.0, 1401.0, 4.0)

# --- the grid ---------------------------------------------------------------------------------


def test_grid_includes_both_ends():
    np.testing.assert_array_equal(wavenumber_grid(SETTINGS), GRID)


def test_grid_ends_below_the_highest_wavenumber_where_the_step_does_not_divide():
    np.testing.assert_array_equal(wavenumber_grid(dataclasses.replace(SETTINGS, step_cm1=150.0)), [1000, 1150, 1300])


def test_grid_does_not_lose_its_last_point_to_rounding():
    grid = wavenumber_grid(dataclasses.replace(SETTINGS, low_cm1=0.1, high_cm1=0.7, step_cm1=0.1))
    np.testing.assert_allclose(grid, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])


# --- resampling -------------------------------------------------------------------------------


def slow_resample(wavenumber, absorbance, grid):
    """Average each cell over many points of the linear interpolation; the end values are repeated."""
    step = grid[1] - grid[0]
    fractions = (np.arange(2000) + 0.5) / 2000 - 0.5
    return np.array([np.interp(centre + step * fractions, wavenumber, absorbance).mean() for centre in grid])


@st.composite
def measured_spectra(draw):
    """A spectrum on uneven points that may begin and end inside or outside the grid."""
    gaps = draw(st.lists(st.floats(0.2, 25.0), min_size=10, max_size=60))
    wavenumber = draw(st.floats(930.0, 1050.0)) + np.cumsum(gaps)
    absorbance = draw(st.lists(st.floats(-1.0, 3.0), min_size=len(gaps), max_size=len(gaps)))
    return wavenumber, np.array(absorbance)


SMALL_GRID = np.arange(1000.0, 1201.0, 8.0)


@settings(deadline=None, max_examples=60)
@given(measured_spectra())
def test_resample_agrees_with_its_slow_twin(spectrum):
    np.testing.assert_allclose(resample(*spectrum, SMALL_GRID), slow_resample(*spectrum, SMALL_GRID), atol=1e-4)


@settings(deadline=None, max_examples=60)
@given(measured_spectra(), st.floats(-2, 2), st.floats(-2, 2))
def test_resample_is_linear(spectrum, first, second):
    wavenumber, absorbance = spectrum
    other = np.cos(wavenumber / 30)
    together = resample(wavenumber, first * absorbance + second * other, SMALL_GRID)
    apart = first * resample(wavenumber, absorbance, SMALL_GRID) + second * resample(wavenumber, other, SMALL_GRID)
    np.testing.assert_allclose(together, apart, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 20.0), min_size=60, max_size=80), st.floats(-0.01, 0.01), st.floats(-5, 5))
def test_resample_preserves_a_straight_line(gaps, slope, offset):
    points = np.cumsum(gaps)
    wavenumber = 990 + 220 * (points - points[0]) / (points[-1] - points[0])  # beyond every cell of the grid
    line = offset + slope * wavenumber
    np.testing.assert_allclose(resample(wavenumber, line, SMALL_GRID), offset + slope * SMALL_GRID, atol=1e-9)


def test_resample_averages_a_finely_sampled_cell():
    # One point per cm-1 with alternating values: taking every eighth point would give all ones.
    wavenumber = np.arange(990.0, 1211.0)
    alternating = (wavenumber % 2 == 0).astype(float)
    np.testing.assert_allclose(resample(wavenumber, alternating, SMALL_GRID), 0.5, atol=1e-9)


def test_resample_repeats_the_end_values():
    wavenumber = np.array([1010.0, 1190.0])
    resampled = resample(wavenumber, np.array([2.0, 3.0]), SMALL_GRID)
    assert resampled[0] == pytest.approx(2.0)
    assert resampled[-1] == pytest.approx(3.0)


# --- the CO2 window ---------------------------------------------------------------------------


def test_window_is_bridged_by_the_line_between_the_means_of_three_points():
    grid = np.arange(10.0)
    #                       edge 1, 2, 3 -> 2          edge 5, 7, 9 -> 7
    absorbance = np.array([[1.0, 2.0, 3.0, 99, 99, 99, 99, 5.0, 7.0, 9.0]])
    bridged = bridge_window(absorbance, grid, (3.0, 6.0))
    np.testing.assert_allclose(bridged, [[1, 2, 3, 3, 4, 5, 6, 5, 7, 9]])


def test_bridging_leaves_its_argument_alone():
    absorbance = np.arange(10.0)[None] ** 2
    bridge_window(absorbance, np.arange(10.0), (3.0, 6.0))
    np.testing.assert_array_equal(absorbance, np.arange(10.0)[None] ** 2)


def test_window_outside_the_grid_changes_nothing():
    absorbance = np.arange(10.0)[None] ** 2
    np.testing.assert_array_equal(bridge_window(absorbance, np.arange(10.0), (20.0, 30.0)), absorbance)


@pytest.mark.parametrize(
    ("window", "expected"),
    [((-5.0, 2.0), [5, 5, 5, 3, 5, 7, 6, 8, 10, 9]), ((7.0, 20.0), [99, 99, 99, 3, 5, 7, 6, 6, 6, 6])],
)
def test_window_beyond_an_end_of_the_grid_is_filled_from_its_other_edge(window, expected):
    absorbance = np.array([[99.0, 99.0, 99.0, 3.0, 5.0, 7.0, 6.0, 8.0, 10.0, 9.0]])
    np.testing.assert_allclose(bridge_window(absorbance, np.arange(10.0), window), [expected])


# --- the baseline -----------------------------------------------------------------------------


@pytest.mark.parametrize("baseline", ["arpls", "asls", "airpls", "iarpls", "drpls"])
def test_every_baseline_of_the_schema_removes_a_slow_slope(baseline):
    band = np.exp(-(((GRID - 1200) / 8) ** 2))
    slope = 0.3 + 0.001 * (GRID - 1000)
    chosen = dataclasses.replace(SETTINGS, baseline=baseline, baseline_lam=1e6)
    noise = np.random.default_rng(0).normal(0, 2e-3, len(GRID))  # without any, arpls warns of a perfect fit
    corrected = subtract_baseline((band + slope + noise)[None], GRID, chosen)[0]
    assert np.abs(corrected - band).max() < 0.1


# --- the whole chain --------------------------------------------------------------------------

POINTS = np.arange(990.0, 1411.0, 2.0)
BAND = 0.1 + np.exp(-(((POINTS - 1100) / 20) ** 2)) + 0.5 * np.exp(-(((POINTS - 1300) / 20) ** 2))


def measured(*spectra, unit="absorbance"):
    identity = {"source": "own", "laboratory": "Own", "specimen": None, "label": "PE", "component": "PE"}
    rows = [
        identity
        | {"condition": "reference", "unit": unit, "spectrum": f"own/{number}"}
        | {"wavenumber": wavenumber.astype(np.float32), "intensity": intensity.astype(np.float32)}
        for number, (wavenumber, intensity) in enumerate(spectra)
    ]
    return pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA)


def test_spectra_come_out_on_the_grid_with_unit_maximum():
    spectra = preprocess(measured((POINTS, BAND), (POINTS, 40 * BAND)), SETTINGS).spectra
    np.testing.assert_array_equal(spectra.wavenumber, GRID)
    assert spectra.absorbance.shape == (2, len(GRID))
    np.testing.assert_allclose(spectra.absorbance.max(axis=1), 1)
    np.testing.assert_allclose(spectra.absorbance[0], spectra.absorbance[1], atol=1e-6)
    assert spectra.table["spectrum"].tolist() == ["own/0", "own/1"]


def test_unit_maximum_holds_after_baseline_and_bridge():
    chosen = dataclasses.replace(SETTINGS, baseline="arpls", co2_window_cm1=(1180.0, 1220.0))
    noisy = BAND + np.random.default_rng(0).normal(0, 2e-3, len(POINTS))
    spectra = preprocess(measured((POINTS, noisy)), chosen).spectra
    assert spectra.absorbance.max() == pytest.approx(1)


def test_transmittance_becomes_absorbance():
    # Averaging over a cell comes after the logarithm: these are plateaus, so cells are plain.
    plateaus = np.where(POINTS < 1200, 10.0, 1.0)
    spectra = preprocess(measured((POINTS, plateaus), unit="percent_transmittance"), SETTINGS).spectra
    np.testing.assert_allclose(spectra.absorbance[0, [0, -1]], [0.5, 1.0], atol=1e-6)


def test_the_co2_window_is_bridged_before_the_maximum_is_taken():
    spike = BAND + 50 * np.exp(-(((POINTS - 1200) / 3) ** 2))
    chosen = dataclasses.replace(SETTINGS, co2_window_cm1=(1180.0, 1220.0))
    plain = preprocess(measured((POINTS, BAND)), chosen).spectra
    spiked = preprocess(measured((POINTS, spike)), chosen).spectra
    np.testing.assert_allclose(spiked.absorbance, plain.absorbance, atol=1e-3)


@pytest.mark.parametrize(("low", "high", "span"), [(1012, 1410, "1012 to 1410"), (990, 1388, "990 to 1388")])
def test_spectrum_that_does_not_cover_the_window_is_rejected_with_its_range(low, high, span):
    inside = (low <= POINTS) & (high >= POINTS)
    result = preprocess(measured((POINTS, BAND), (POINTS[inside], BAND[inside])), SETTINGS)
    assert result.spectra.table["spectrum"].tolist() == ["own/0"]
    assert list(result.rejected.columns) == REJECTED_COLUMNS
    row = result.rejected.iloc[0]
    assert (row["spectrum"], row["stage"]) == ("own/1", "preprocess")
    assert row["reason"] == f"was measured from {span} cm-1, the study's window is 1000 to 1400 cm-1"


def test_spectrum_that_covers_the_window_within_the_tolerance_is_kept():
    inside = (POINTS >= 1008) & (POINTS <= 1392)
    assert len(preprocess(measured((POINTS[inside], BAND[inside])), SETTINGS).spectra.table) == 1


@pytest.mark.parametrize("intensity", [np.zeros(len(POINTS)), -BAND])
def test_spectrum_with_nothing_above_its_baseline_is_rejected(intensity):
    result = preprocess(measured((POINTS, BAND), (POINTS, intensity)), SETTINGS)
    assert result.spectra.table["spectrum"].tolist() == ["own/0"]
    assert result.rejected["spectrum"].tolist() == ["own/1"]
    assert result.rejected["reason"].tolist() == ["nothing rises above its baseline"]


def test_rejections_name_the_right_spectra_and_nothing_vanishes():
    short, flat = (POINTS[50:], BAND[50:]), (POINTS, np.zeros(len(POINTS)))
    result = preprocess(measured(short, (POINTS, BAND), flat, (POINTS, BAND), short), SETTINGS)
    assert result.spectra.table["spectrum"].tolist() == ["own/1", "own/3"]
    assert sorted(result.rejected["spectrum"]) == ["own/0", "own/2", "own/4"]


def test_all_spectra_rejected_gives_an_empty_matrix():
    result = preprocess(measured((POINTS[50:], BAND[50:])), SETTINGS)
    assert result.spectra.absorbance.shape == (0, len(GRID))
    assert len(result.rejected) == 1


def test_no_spectra_give_an_empty_matrix():
    assert preprocess(measured(), SETTINGS).spectra.absorbance.shape == (0, len(GRID))


@settings(deadline=None, max_examples=20)
@given(st.randoms(use_true_random=False))
def test_order_of_the_wavenumbers_in_a_file_does_not_matter(random):
    order = [*range(len(POINTS))]
    random.shuffle(order)
    result = ReadResult()
    result.add(MeasuredSpectrum("a", "PE", "", POINTS[order], BAND[order]))
    shuffled = (result.spectra[0].wavenumber, result.spectra[0].intensity)
    ordered = preprocess(measured((POINTS, BAND)), SETTINGS).spectra
    np.testing.assert_array_equal(preprocess(measured(shuffled), SETTINGS).spectra.absorbance, ordered.absorbance)
