"""Quality of measured spectra: hand-computed measures, slow obvious twins, and every fault found."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.signal import hilbert

from ftirmix.bands import CO2, VAPOUR, material_spectrum, read_bands
from ftirmix.quality import MEASURES, QualityLimits, measure_quality, poor_reasons, vapour_spectrum
from ftirmix.quality.baseline import robust_baseline
from ftirmix.quality.dispersion import phase
from ftirmix.quality.gases import co2_height, vapour_fit
from ftirmix.quality.interference import fringes
from ftirmix.quality.points import quantile
from ftirmix.quality.shape import longest_run, negative_share, noise_of

BANDS = read_bands(Path(__file__).parents[2] / "workflow" / "sources" / "bands.csv")
GRID = 680.0 + 4.0 * np.arange(623)
VAPOUR_LINES = vapour_spectrum(BANDS, GRID)
LIMITS = QualityLimits()
POLYMERS = ("HDPE", "PP", "PS", "PET", "PVC", "PA6", "PU", "PMMA", "PC")
ABSOLUTE = ("highest_absorbance", "variation")  # the measures that scale or offset may change


def good_spectra(noise=1e-3, seed=0):
    """One spectrum of each polymer, of unit maximum, with noise and a slope, shape (polymer, wavenumber)."""
    rng = np.random.default_rng(seed)
    clean = np.stack([material_spectrum(BANDS, name, GRID) for name in POLYMERS])
    slope = np.outer(rng.uniform(0.0, 0.3, len(POLYMERS)), (GRID[-1] - GRID) / np.ptp(GRID))
    return clean + slope + noise * rng.standard_normal(clean.shape)


GOOD = good_spectra()


def measured(absorbance, **changes):
    return measure_quality(absorbance, GRID, vapour=VAPOUR_LINES, **changes)


def reasons(absorbance, absolute=True, limits=LIMITS):
    return poor_reasons(measured(absorbance), limits, np.full(len(absorbance), absolute))


# --- good spectra -----------------------------------------------------------------------------


def test_good_spectra_have_all_measures_and_no_reason():
    measures = measured(GOOD)
    assert tuple(measures.columns) == MEASURES
    assert measures.notna().all(axis=None)
    assert (measures["measured_share"] == 1).all()
    assert reasons(GOOD) == [""] * len(GOOD)


@settings(max_examples=20)
@given(st.floats(1e-4, 1e4), st.floats(-5.0, 5.0))
def test_scale_and_offset_change_no_measure_but_the_absolute_ones(scale, offset):
    relative = [name for name in MEASURES if name not in ABSOLUTE]
    expected, moved = measured(GOOD), measured(scale * (GOOD + offset))
    np.testing.assert_allclose(moved[relative], expected[relative], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved["highest_absorbance"], scale * (GOOD.max(axis=1) + offset), rtol=1e-9)


def test_a_spectrum_is_measured_alike_alone_and_in_a_batch():
    batch = measured(GOOD)
    alone = pd.concat([measured(row[None]) for row in GOOD], ignore_index=True)
    np.testing.assert_allclose(alone, batch, rtol=1e-6, atol=1e-6)


def test_the_spectra_are_not_changed():
    before = GOOD.copy()
    before[0, 3] = np.nan
    given_ = before.copy()
    measured(given_, valid=np.arange(len(GRID)) > 5)
    np.testing.assert_array_equal(given_, before)


# --- each measure, by hand or by a slow twin --------------------------------------------------


def test_quantile_of_the_chosen_by_hand():
    values = np.array([[5.0, 1.0, 9.0, 3.0, 7.0], [5.0, 1.0, 9.0, 3.0, 7.0], [1.0, 2.0, 3.0, 4.0, 5.0]])
    chosen = np.array([[True] * 5, [True, True, False, True, False], [False] * 5])
    # 3 of 5 do not exceed 5; of 1, 3, 5 two do not exceed 3; of none nothing.
    np.testing.assert_array_equal(quantile(values, chosen, 0.5), [5.0, 3.0, np.nan])
    np.testing.assert_array_equal(quantile(values, chosen, 1.0), [9.0, 5.0, np.nan])


def test_noise_of_a_known_second_difference():
    # 0, 1, 0, 1, ...: every second difference is 2 or -2.
    zigzag = (np.arange(20) % 2)[None].astype(float)
    assert noise_of(zigzag, np.ones_like(zigzag, dtype=bool))[0] == pytest.approx(2 / 0.6745 / np.sqrt(6))


def test_noise_of_a_straight_line_is_zero_and_filled_points_do_not_count():
    line = np.linspace(0, 1, 20)[None]
    known = np.ones_like(line, dtype=bool)
    assert noise_of(line, known)[0] == pytest.approx(0, abs=1e-12)
    half = np.concatenate([np.zeros(30), np.arange(20) % 2])[None].astype(float)
    known = (np.arange(50) >= 30)[None]
    assert noise_of(half, known)[0] == pytest.approx(2 / 0.6745 / np.sqrt(6))


@pytest.mark.parametrize("sd", [5e-3, 2e-2, 5e-2])  # the bands' own curvature looks like noise of 0.0005
def test_noise_that_was_added_is_measured(sd):
    clean = good_spectra(noise=0.0)
    noisy = clean + sd * np.random.default_rng(5).standard_normal(clean.shape)
    added = measured(noisy)["noise_share"] * np.array([band_height(row) for row in noisy])
    assert added.median() == pytest.approx(sd, rel=0.25)


def band_height(row):
    """The slow way: fit the baseline, sort, take the value that 99 % do not exceed."""
    low, span = row.min(), np.ptp(row)
    bands = row - (low + span * robust_baseline(((row - low) / span)[None])[0])
    sizes = sorted(abs(band) for band, nu in zip(bands, GRID, strict=True) if not 2280 <= nu <= 2400)
    return sizes[int(np.ceil(0.99 * len(sizes))) - 1]


def test_noise_is_relative_to_the_band_height_of_the_slow_twin():
    for row, share in zip(GOOD, measured(GOOD)["noise_share"], strict=True):
        noise = np.median(np.abs(row[:-2] - 2 * row[1:-1] + row[2:])) / 0.6745 / np.sqrt(6)
        assert share == pytest.approx(noise / band_height(row), rel=1e-2)


def test_baseline_has_the_least_absolute_deviations():
    """The slow twin states the same problem as a linear programme and solves it exactly."""
    scaled = (GOOD - GOOD.min(axis=1, keepdims=True)) / np.ptp(GOOD, axis=1)[:, None]
    coarse = scaled[:, :621].reshape(len(scaled), -1, 3).mean(axis=2)
    fitted = robust_baseline(scaled)[:, :621].reshape(len(scaled), -1, 3).mean(axis=2)
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, 623), 4)[:621].reshape(-1, 3, 5).mean(axis=1)
    points = len(basis)
    cost = np.concatenate([np.zeros(5), np.ones(points)])
    above = np.block([[basis, -np.eye(points)], [-basis, -np.eye(points)]])
    bounds = [(None, None)] * 5 + [(0, None)] * points
    for row, curve in zip(coarse, fitted, strict=True):
        best = linprog(cost, A_ub=above, b_ub=np.concatenate([row, -row]), bounds=bounds).fun
        assert best - 1e-6 <= np.abs(row - curve).sum() <= 1.05 * best


def test_baseline_of_a_polynomial_is_the_polynomial():
    position = np.linspace(-1, 1, 623)
    curve = (0.3 + 0.2 * position - 0.4 * position**2 + 0.1 * position**4)[None]
    np.testing.assert_allclose(robust_baseline(curve), curve, atol=1e-3)


def test_steep_baseline_is_reported_by_its_height():
    steep = material_spectrum(BANDS, "PS", GRID) + 5 * (GRID[-1] - GRID) / np.ptp(GRID)
    assert measured(steep[None])["baseline_share"][0] * band_height(steep) == pytest.approx(5, rel=0.05)


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_longest_run_agrees_with_its_slow_twin(chosen):
    longest = max(len(run) for run in "".join("x" if on else " " for on in chosen).split(" "))
    assert longest_run(np.array([chosen]))[0] == longest


def test_negative_share_by_hand():
    #              3 noise sd of 0.1 are taken off every size: 0.7 up; 0, 0.2 and 0.5 down; the last is left out
    bands = np.array([[1.0, -0.2, -0.5, -0.8, -9.0]])
    outside = np.array([[True, True, True, True, False]])
    assert negative_share(bands, np.array([0.1]), outside)[0] == pytest.approx(0.7 / 1.4)


def test_negative_share_of_nothing_is_zero():
    assert negative_share(np.zeros((1, 5)), np.zeros(1), np.ones((1, 5), dtype=bool))[0] == 0


def test_negative_shares_of_a_spectrum_and_its_negative_add_up_to_one():
    both = measured(GOOD)["negative_share"] + measured(-GOOD)["negative_share"]
    np.testing.assert_allclose(both, 1, atol=1e-6)


@pytest.mark.parametrize("height", [0.5, -0.3])
def test_co2_is_the_extreme_over_the_line_between_its_feet(height):
    row = 0.2 + 1e-4 * GRID
    row[GRID == 2360] += height
    row[GRID == 2340] += height / 2
    row[GRID == 1000] += 3  # elsewhere
    assert co2_height(row[None], GRID, np.ones((1, 623), dtype=bool))[0] == pytest.approx(height)


@pytest.mark.parametrize("height", [-0.3, -0.02, 0.01, 0.05, 0.5])
def test_vapour_that_was_added_is_measured_with_its_sign(height):
    wet = GOOD + height * VAPOUR_LINES
    heights, correlation = vapour_fit(wet, GRID, np.ones_like(wet, dtype=bool), VAPOUR_LINES)
    # Noise of 0.001 leaves about that much.
    np.testing.assert_allclose(heights, height, atol=0.05 * abs(height) + 0.004)
    if abs(height) > 0.1:
        assert (np.sign(height) * correlation > 0.9).all()


def test_vapour_alone_agrees_with_vapour_and_a_polymer_without_any_does_not():
    clean = good_spectra(noise=1e-4)
    alone = 0.1 + VAPOUR_LINES[None] + 1e-4 * np.random.default_rng(1).standard_normal((1, len(GRID)))
    assert measured(alone)["vapour_correlation"][0] > 0.99
    assert measured(clean)["vapour_correlation"].abs().max() < LIMITS.vapour_correlation


def test_vapour_lines_do_not_depend_on_where_the_grid_begins():
    first, second = vapour_spectrum(BANDS, GRID), vapour_spectrum(BANDS, GRID + 1.0)
    assert first.sum() == pytest.approx(second.sum(), rel=0.01)
    assert first.max() < 1  # averaged over the cell


@settings(max_examples=20)
@given(st.sampled_from([25.0, 40.0, 66.0, 100.0, 160.0]), st.floats(0, 1), st.sampled_from([0.02, 0.1, 0.3]))
def test_fringes_are_measured_with_amplitude_and_period(period, place, amplitude):
    flat = 0.5 + amplitude * np.cos(2 * np.pi * (GRID / period + place))
    found, at = fringes(flat[None], GRID, np.ones((1, 623), dtype=bool))
    assert found[0] == pytest.approx(amplitude, rel=0.15)
    assert at[0] == pytest.approx(period, rel=0.1)


def test_fringes_agree_with_a_slow_least_squares_twin():
    row = GOOD[3] + 0.05 * np.sin(2 * np.pi * GRID / 73)
    best = (0.0, 0.0)
    for frequency in np.arange(1 / 250, 1 / 20, 1 / (4 * 370)):
        sizes = []
        for low, high in ((1850, 2220), (2400, 2680)):
            inside = (low <= GRID) & (high >= GRID)
            nu, values = GRID[inside] - GRID[inside].mean(), row[inside]
            slow = np.vander(nu, 3)
            wave = np.stack([np.cos(2 * np.pi * frequency * nu), np.sin(2 * np.pi * frequency * nu)], axis=1)
            without = values - slow @ np.linalg.lstsq(slow, values)[0]
            rest = values - np.hstack([slow, wave]) @ np.linalg.lstsq(np.hstack([slow, wave]), values)[0]
            sizes.append(np.sqrt(2 * (np.sum(without**2) - np.sum(rest**2)) / inside.sum()))
        best = max(best, (min(sizes), 1 / frequency))
    found, at = fringes(row[None], GRID, np.ones((1, 623), dtype=bool))
    assert (found[0], at[0]) == pytest.approx(best, rel=1e-6)


def test_a_wave_in_one_window_alone_is_no_fringe():
    row = np.where(GRID < 2300, 0.3 * np.cos(2 * np.pi * GRID / 60), 0.0)
    assert fringes(row[None], GRID, np.ones((1, 623), dtype=bool))[0][0] < 0.01


@pytest.mark.parametrize("turned", [-120, -60, 0, 30, 90, 180])
def test_phase_is_the_angle_by_which_bands_were_turned(turned):
    bands = sum(np.exp(-(((GRID - centre) / 20) ** 2)) for centre in (1000, 1450, 1730, 2900))
    analytic = hilbert(bands, 4096)[: len(GRID)]
    row = np.cos(np.deg2rad(turned)) * bands + np.sin(np.deg2rad(turned)) * analytic.imag
    distance = (phase(row[None])[0] - turned + 180) % 360 - 180
    assert abs(distance) <= 10


def test_phase_agrees_with_turning_the_spectrum_step_by_step():
    row = GOOD[4] - np.median(GOOD[4])
    coarse = row[::2]
    turned = hilbert(coarse, 4 * len(coarse))[: len(coarse)].imag
    moments = {
        angle: np.sum((coarse * np.cos(np.deg2rad(angle)) + turned * np.sin(np.deg2rad(angle))) ** 3)
        for angle in range(-180, 180, 2)
    }
    assert phase(row[None])[0] == pytest.approx(-max(moments, key=moments.get), abs=4)


def test_a_flat_top_is_as_wide_as_its_points_and_seen_below_a_higher_co2():
    clipped = np.minimum(good_spectra(noise=1e-4), 0.5)
    at_ceiling = "".join("x" if value == 0.5 else " " for value in clipped[0])
    widths = measured(clipped + 0.8 * (np.abs(GRID - 2340) < 30))["flat_top_cm1"]
    assert widths[0] == 4 * max(len(run) for run in at_ceiling.split())
    assert (widths > LIMITS.flat_top_cm1).all()
    assert (measured(GOOD)["flat_top_cm1"] == 4).all()


# --- every fault is found, and named ----------------------------------------------------------

CO2_DOUBLET = material_spectrum(BANDS, CO2, GRID)
CO2_DOUBLET = CO2_DOUBLET / CO2_DOUBLET[(GRID > 2280) & (GRID < 2400)].max()


def turned_by_90(absorbance):
    bands = absorbance - np.median(absorbance, axis=1, keepdims=True)
    return hilbert(bands, 4096, axis=1)[:, : len(GRID)].imag


def noise(sd, shape=GOOD.shape):
    return sd * np.random.default_rng(3).standard_normal(shape)


FAULTS = {
    "noise is": GOOD + noise(0.1),
    "the absorbance is constant": np.full_like(GOOD, 0.7),
    "the highest absorbance is": 3 * GOOD,
    "the highest band is flat": np.minimum(GOOD, 0.6),
    "bands that point down": -GOOD,
    "water vapour is": GOOD + 1.5 * VAPOUR_LINES,
    "CO2 is": GOOD - 4 * CO2_DOUBLET,
    "fringes every": GOOD + 0.1 * np.cos(2 * np.pi * GRID / 66),
    "the baseline spans": GOOD + 20 * (GRID[-1] - GRID) / np.ptp(GRID),
    "bands are turned by": turned_by_90(GOOD),
    "of the window was measured": np.where(GRID < 2300, np.nan, GOOD),
}


@pytest.mark.parametrize("sentence", FAULTS)
def test_every_fault_is_found_and_named(sentence):
    found = reasons(FAULTS[sentence])
    wanted = [sentence in reason for reason in found]
    # A derivative's phase is blurred by a spectrum's ends: most, not all, of the polymers.
    assert np.mean(wanted) >= (0.7 if sentence == "bands are turned by" else 1), found


def test_transmittance_read_as_absorbance_is_found():
    assert all("bands that point down" in reason for reason in reasons(10**-GOOD))


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_noise_without_any_band_is_found(level):
    found = reasons(level + noise(1e-4, (20, len(GRID))))
    assert all(reason.startswith("noise is") for reason in found)


def test_pure_noise_has_the_share_that_the_docstring_says():
    assert measured(noise(1.0, (200, len(GRID))))["noise_share"].median() == pytest.approx(0.39, abs=0.02)


def test_every_limit_has_a_measure_and_every_fault_a_limit():
    names = {field.name for field in dataclasses.fields(QualityLimits)}
    assert names <= set(MEASURES)
    assert len(FAULTS) == len(names - {"vapour_correlation"})


# --- limits and sentences ---------------------------------------------------------------------


def one_measure(**changes):
    good = dict.fromkeys(MEASURES, 0.0) | {"measured_share": 1.0, "variation": 1.0}
    return pd.DataFrame([good | changes], columns=list(MEASURES))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"noise_share": 0.12}, "noise is 0.12 of the highest band (limit 0.033)"),
        ({"noise_share": 0.033}, ""),  # at the limit is within it
        ({"measured_share": 0.123}, "12% of the window was measured (limit 50%)"),
        ({"highest_absorbance": 3.14159}, "the highest absorbance is 3.14 (limit 2.5)"),
        ({"highest_absorbance": -3.0}, ""),
        ({"flat_top_cm1": 24.0}, "the highest band is flat over 24 cm-1 (limit 4 cm-1)"),
        ({"co2_share": -3.0}, "CO2 is 3 of the highest band (limit 2), pointing down"),
        (
            {"vapour_share": -1.0, "vapour_correlation": -0.9},
            "water vapour is 1 of the highest band (limit 0.7), pointing down",
        ),
        ({"baseline_share": 1e12}, "nothing rises above the baseline"),
        ({"vapour_share": 1.0, "vapour_correlation": 0.4}, ""),
        (
            {"fringe_share": 0.08, "fringe_period_cm1": 66.7},
            "fringes every 67 cm-1 are 0.08 of the highest band (limit 0.05)",
        ),
        (
            {"negative_share": 0.8, "noise_share": 0.1},
            "noise is 0.1 of the highest band (limit 0.033); "
            "bands that point down are 0.8 of all band area (limit 0.5)",
        ),
    ],
)
def test_reasons_name_measure_value_and_limit(changes, expected):
    assert poor_reasons(one_measure(**changes), LIMITS, np.array([True])) == [expected]


def test_a_scaled_absorbance_cannot_be_too_high():
    measures = pd.concat([one_measure(highest_absorbance=100.0)] * 2, ignore_index=True)
    found = poor_reasons(measures, LIMITS, np.array([True, False]))
    assert found == ["the highest absorbance is 100 (limit 2.5)", ""]


def test_rows_may_carry_any_index():
    measures = pd.concat([one_measure(), one_measure(noise_share=0.5)]).set_index(pd.Index(["b", "a"]))
    assert [bool(reason) for reason in poor_reasons(measures, LIMITS, np.zeros(2))] == [False, True]


def test_other_limits_are_heeded():
    strict = reasons(GOOD, limits=dataclasses.replace(LIMITS, noise_share=1e-5))
    assert all(reason.startswith("noise is") and reason.endswith("(limit 1e-05)") for reason in strict)


def test_one_flag_for_several_spectra_is_an_error():
    with pytest.raises(ValueError, match=r"absolute has shape \(1,\), expected \(2,\)"):
        poor_reasons(measured(GOOD[:2]), LIMITS, np.array([True]))


# --- gaps, constants, nothing, wrong shapes ---------------------------------------------------


def test_rows_of_nan_have_no_measure_and_spoil_no_other():
    with_nan = GOOD.copy()
    with_nan[2] = np.nan
    measures = measured(with_nan)
    assert measures.loc[2, "measured_share"] == 0
    assert measures.loc[2].drop("measured_share").isna().all()
    np.testing.assert_allclose(measures.drop(index=2), measured(GOOD).drop(index=2), rtol=1e-9)
    assert reasons(with_nan)[2] == "0% of the window was measured (limit 50%)"


def test_infinite_values_count_as_not_measured():
    broken = GOOD.copy()
    broken[0, :100] = np.inf
    assert measured(broken)["measured_share"][0] == pytest.approx(523 / 623)


@pytest.mark.parametrize("level", [0.0, 0.7, -2.0, 100.0])
def test_constant_rows(level):
    rows = np.full((2, len(GRID)), level)
    measures = measured(rows)
    assert (measures["variation"] == 0).all()
    assert measures["noise_share"].isna().all()
    assert reasons(rows, absolute=False) == [
        "the absorbance is constant: it varies by 0 of its level (limit 1e-06)"
    ] * 2  # fmt: skip


def test_a_constant_of_single_precision_is_constant():
    rows = np.nextafter(np.full((1, len(GRID)), 0.3, dtype=np.float32), np.float32(1), dtype=np.float32)
    rows[0, ::2] = 0.3
    assert reasons(rows)[0].startswith("the absorbance is constant")


def test_what_is_not_valid_is_not_looked_at():
    spoilt, valid = GOOD.copy(), np.ones_like(GOOD, dtype=bool)
    spoilt[:, 300:310] = 50.0
    valid[:, 300:310] = False
    measures = measured(spoilt, valid=valid)
    assert (measures["measured_share"] == 1 - 10 / 623).all()
    assert poor_reasons(measures, LIMITS, np.ones(len(GOOD))) == [""] * len(GOOD)
    pd.testing.assert_frame_equal(measured(spoilt, valid=valid[0]), measures)


def test_a_window_that_was_not_measured_has_no_measure():
    valid = ~((GRID >= 2280) & (GRID <= 2400))
    measures = measured(GOOD + 5 * CO2_DOUBLET, valid=valid)
    assert measures["co2_share"].isna().all()
    assert poor_reasons(measures, LIMITS, np.ones(len(GOOD))) == [""] * len(GOOD)


def test_a_grid_without_the_windows_has_no_measure_of_them():
    inside = GRID < 1250
    measures = measure_quality(GOOD[:, inside], GRID[inside], vapour=VAPOUR_LINES[inside])
    absent = ["vapour_share", "vapour_correlation", "co2_share", "fringe_share", "fringe_period_cm1"]
    assert measures[absent].isna().all(axis=None)
    assert measures.drop(columns=absent).notna().all(axis=None)


def test_no_spectra_give_an_empty_table_and_no_reasons():
    measures = measured(np.empty((0, len(GRID))))
    assert (len(measures), tuple(measures.columns)) == (0, MEASURES)
    assert poor_reasons(measures, LIMITS, np.empty(0, dtype=bool)) == []


@pytest.mark.parametrize(
    ("absorbance", "wavenumber", "vapour", "message"),
    [
        (GOOD[0], GRID, VAPOUR_LINES, r"absorbance has shape \(623,\), expected \(spectrum, 623\)"),
        (GOOD[:, 1:], GRID, VAPOUR_LINES, r"absorbance has shape \(9, 622\)"),
        (GOOD, GRID, VAPOUR_LINES[1:], r"vapour has shape \(622,\), expected \(623,\)"),
        (GOOD, GRID[::-1], VAPOUR_LINES, "ascend strictly"),
        (GOOD, GRID**1.01, VAPOUR_LINES, "must be even"),
        (GOOD[:, :9], GRID[:9], VAPOUR_LINES[:9], "at least ten points"),
    ],
)
def test_wrong_shapes_and_grids_are_refused(absorbance, wavenumber, vapour, message):
    with pytest.raises(ValueError, match=message):
        measure_quality(absorbance, wavenumber, vapour=vapour)


def test_the_vapour_material_is_the_one_of_the_band_table():
    fine = np.arange(1300.0, 1900.0, 0.5)
    lines = material_spectrum(BANDS, VAPOUR, fine)
    inside = (GRID > 1310) & (GRID < 1890)
    by_hand = [lines[np.abs(fine - nu) <= 2].mean() for nu in GRID[inside]]
    np.testing.assert_allclose(VAPOUR_LINES[inside], by_hand, atol=0.03 * lines.max())
