"""Intensity units: conversion by hand numbers, and catching a unit declared wrongly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftirmix.units import UNITS, contradiction, to_absorbance

WAVENUMBER = np.linspace(700, 4000, 400)


def absorbance_spectra(height=0.8, count=9):
    """Spectra with three bands that point up from a small baseline."""
    spectra = []
    for number in range(count):
        bands = sum(np.exp(-(((WAVENUMBER - centre) / 30) ** 2)) for centre in (1000 + 40 * number, 1700, 2900))
        spectra.append(height * (bands + 0.02))
    return spectra


def percent_spectra():
    return [100 * 10**-absorbance for absorbance in absorbance_spectra()]


def fraction_spectra():
    return [10**-absorbance for absorbance in absorbance_spectra()]


def test_ten_per_cent_transmittance_is_absorbance_one():
    np.testing.assert_allclose(to_absorbance(np.array([100.0, 10.0, 1.0]), "percent_transmittance"), [0, 1, 2])


def test_a_tenth_transmitted_is_absorbance_one():
    np.testing.assert_allclose(to_absorbance(np.array([1.0, 0.1, 0.01]), "transmittance"), [0, 1, 2])


def test_transmittance_is_floored_at_a_tenth_of_a_per_cent():
    np.testing.assert_allclose(to_absorbance(np.array([0.1, 0.05, 0.0, -2.0]), "percent_transmittance"), [3, 3, 3, 3])
    np.testing.assert_allclose(to_absorbance(np.array([0.001, 0.0, -1.0]), "transmittance"), [3, 3, 3])


def test_nan_stays_nan():
    assert np.isnan(to_absorbance(np.array([np.nan]), "percent_transmittance")[0])


@pytest.mark.parametrize("unit", ["absorbance", "scaled_absorbance"])
def test_absorbance_is_left_as_it_is(unit):
    np.testing.assert_array_equal(to_absorbance(np.array([-0.1, 0.0, 55.0]), unit), [-0.1, 0.0, 55.0])


@given(st.floats(0.002, 1.5))
def test_fraction_and_per_cent_agree(transmittance):
    fraction = to_absorbance(np.array([transmittance]), "transmittance")
    np.testing.assert_allclose(
        to_absorbance(np.array([100 * transmittance]), "percent_transmittance"), fraction, atol=1e-12
    )


def test_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="'reflectance' is not one of absorbance"):
        to_absorbance(np.array([1.0]), "reflectance")
    with pytest.raises(ValueError, match="'reflectance' is not one of absorbance"):
        contradiction("reflectance", absorbance_spectra())


def test_no_spectra_cannot_be_checked():
    with pytest.raises(ValueError, match="without spectra"):
        contradiction("absorbance", [])


@pytest.mark.parametrize(
    ("unit", "spectra"),
    [
        ("absorbance", absorbance_spectra()),
        ("scaled_absorbance", absorbance_spectra(height=100)),
        ("transmittance", fraction_spectra()),
        ("percent_transmittance", percent_spectra()),
    ],
)
def test_a_correct_unit_is_not_contradicted(unit, spectra):
    assert contradiction(unit, spectra) is None


def test_absorbance_scaled_to_a_hundred_is_not_per_cent_transmittance():
    spectra = [100 * values / values.max() for values in absorbance_spectra()]
    assert "lies near 100 between bands" in contradiction("percent_transmittance", spectra)


def test_absorbance_scaled_to_a_hundred_on_a_high_baseline_is_not_per_cent_transmittance():
    # The level alone would pass here; the direction of the bands tells.
    spectra = [50 + 50 * values / values.max() for values in absorbance_spectra()]
    assert "bands point up" in contradiction("percent_transmittance", spectra)


def test_absorbance_is_not_transmittance():
    assert contradiction("transmittance", absorbance_spectra()) is not None


@pytest.mark.parametrize("spectra", [percent_spectra(), fraction_spectra()])
@pytest.mark.parametrize("unit", ["absorbance", "scaled_absorbance"])
def test_transmittance_is_not_absorbance(unit, spectra):
    assert "bands point down" in contradiction(unit, spectra)


def test_a_fraction_is_not_per_cent():
    assert "lies near 100 between bands" in contradiction("percent_transmittance", fraction_spectra())


def test_per_cent_is_not_a_fraction():
    assert "lies near 1 between bands" in contradiction("transmittance", percent_spectra())


def test_absorbance_above_ten_is_not_measurable():
    assert "absorbance above 10" in contradiction("absorbance", absorbance_spectra(height=100))


@pytest.mark.parametrize("unit", ["transmittance", "percent_transmittance"])
def test_one_black_spectrum_in_a_set_does_not_decide(unit):
    spectra = percent_spectra() if unit == "percent_transmittance" else fraction_spectra()
    black = np.random.default_rng(0).normal(0.01, 0.002, len(WAVENUMBER)) * spectra[0].max()
    assert contradiction(unit, [black, *spectra]) is None


def test_one_saturated_spectrum_in_a_set_of_absorbances_does_not_decide():
    assert contradiction("absorbance", [1000 * absorbance_spectra()[0], *absorbance_spectra()]) is None


def test_spectra_without_any_variation_say_nothing():
    for unit in UNITS:
        assert contradiction(unit, [np.full(50, 3.0)]) is None


def test_spectra_of_different_lengths_are_checked_together():
    spectra = percent_spectra()
    assert contradiction("percent_transmittance", [spectra[0][:300], *spectra[1:]]) is None
    assert contradiction("absorbance", [spectra[0][:300], *spectra[1:]]) is not None
