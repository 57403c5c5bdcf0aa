"""The embedded simulator: the same settings, the same specimens, as dirty as measured spectra."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.ndimage import gaussian_filter1d

from ftirmix.bands import CO2, VAPOUR, material_spectrum, materials_of, offered_components, pseudo_voigt, read_bands
from ftirmix.errors import StudyError
from ftirmix.selection import select_endmembers
from ftirmix.settings import Interferent, NuisanceSettings, SimulatorSettings
from ftirmix.simulator import laboratory_of, simulate, specimen
from ftirmix.spectra import MEASURED_SCHEMA, Spectra

BANDS = read_bands(Path(__file__).parents[2] / "workflow" / "sources" / "bands.csv")
GRID = np.arange(650.0, 4000.5, 2.0)
OPEN = ("PMMA", "PC", "ABS", "PLA", "EVA", "CA", "PTFE", "POM", "cellulose", "protein")
CLEAN = NuisanceSettings(
    noise_median=0.0,
    noise_p95=0.0,
    vapour_median=0.0,
    vapour_p95=0.0,
    vapour_negative_share=0.0,
    baseline_median=0.0,
    baseline_p95=0.0,
    residue_median=0.0,
    residue_p95=0.0,
    co2_low=0.0,
    co2_high=0.0,
    shift_sd_cm1=0.0,
    broadening_share=0.0,
    broadening_cm1=6.9,
    interferents=(),
)
SETTINGS = SimulatorSettings(
    laboratories=2,
    specimens=3,
    height_sd=0.2,
    width_sd=0.1,
    position_sd_cm1=1.0,
    dispersion_k_sd=0.02,
    open_components=(),
    open_specimens=1,
    nuisance=dataclasses.replace(CLEAN, noise_median=1e-3, noise_p95=3e-3, vapour_median=1e-3, vapour_p95=1e-2),
    seed=7,
)


def simulated(components, **changes):
    """Simulate and return the spectra by name."""
    table = simulate(BANDS, components, dataclasses.replace(SETTINGS, **changes), GRID)
    return dict(zip(table["spectrum"].to_pylist(), np.array(table["intensity"].to_pylist()), strict=True))


def test_every_laboratory_has_its_specimens_of_every_component():
    table = simulate(BANDS, ["PE", "PS"], SETTINGS, GRID)
    assert table.schema == MEASURED_SCHEMA
    counts = table.to_pandas().groupby(["laboratory", "component"]).size()
    assert counts.to_dict() == {(f"simulated{n}", c): 3 for n in (1, 2) for c in ("PE", "PS")}


def test_every_spectrum_is_a_specimen_of_its_own():
    table = simulate(BANDS, ["PE", "PS"], SETTINGS, GRID).to_pandas()
    assert table["spectrum"].is_unique
    assert table["specimen"].is_unique


def test_same_settings_give_the_same_spectra():
    assert simulate(BANDS, ["PE", "PS"], SETTINGS, GRID).equals(simulate(BANDS, ["PE", "PS"], SETTINGS, GRID))


def test_another_seed_gives_other_spectra():
    one, other = simulated(["PS"]), simulated(["PS"], seed=8)
    assert one.keys() == other.keys()
    assert not any(np.array_equal(one[name], other[name]) for name in one)


def test_a_specimen_does_not_depend_on_what_else_is_simulated():
    alone, among = simulated(["PS"]), simulated(["PE", "PP", "PS"], laboratories=3, specimens=5)
    for name, intensity in alone.items():
        np.testing.assert_array_equal(among[name], intensity)


STILL = {"height_sd": 0.0, "width_sd": 0.0, "position_sd_cm1": 0.0, "dispersion_k_sd": 0.0, "nuisance": CLEAN}


@pytest.mark.parametrize(
    "spread", [{"height_sd": 0.2}, {"width_sd": 0.1}, {"position_sd_cm1": 1.0}, {"dispersion_k_sd": 0.2}]
)
def test_every_spread_alone_makes_specimens_differ(spread):
    spectra = [*simulated(["PS"], **STILL | spread).values()]
    for number, spectrum in enumerate(spectra):
        assert all(np.abs(spectrum - other).max() > 0.01 for other in spectra[:number])


def test_maximum_is_one_but_for_the_noise():
    for component in ("PE", "PP", "PS", "PET", "PVC", "PA", "PU"):
        for intensity in simulated([component]).values():
            assert intensity.max() == pytest.approx(1, abs=0.05)


def test_maximum_is_one_without_noise():
    for intensity in simulated(["PS"], nuisance=CLEAN).values():
        assert intensity.max() == pytest.approx(1, abs=1e-6)


def test_without_spreads_every_specimen_is_the_table_s_spectrum():
    first, *others = simulated(["PS"], **STILL).values()
    for other in others:
        np.testing.assert_array_equal(other, first)
    strongest = BANDS[BANDS["polymer"] == "PS"].nlargest(1, "relative_absorbance_0_1")["wavenumber_cm1"].item()
    assert abs(GRID[first.argmax()] - strongest) <= 4


def test_component_of_two_materials_gets_specimens_of_both():
    table = simulate(BANDS, ["PE", "PA"], SETTINGS, GRID).to_pandas()
    materials = table.groupby("component")["label"].unique().map(set).to_dict()
    assert materials == {"PE": {"HDPE", "LDPE"}, "PA": {"PA6", "PA66"}}


def test_unknown_component_is_refused_with_the_known_ones():
    with pytest.raises(StudyError, match="no bands for component 'PEEK'; it knows .*HDPE, .*PET, .*PS") as caught:
        simulate(BANDS, ["PEEK"], SETTINGS, GRID)
    assert "X_" not in str(caught.value) and "cellulose" in str(caught.value)


# --- the open components: materials of a sample that are not among the study's --------------------


@pytest.mark.parametrize("component", [*OPEN, "PE", "PP", "PS", "PET", "PVC", "PA", "PU"])
def test_every_component_has_its_bands_at_their_positions_and_heights(component):
    for row in simulate(BANDS, [component], dataclasses.replace(SETTINGS, **STILL), GRID).to_pylist():
        assert row["component"] == component and row["label"] in materials_of(component)
        bands = BANDS[BANDS["polymer"] == row["label"]]
        position, height, width = (
            bands[name].to_numpy() for name in ("wavenumber_cm1", "relative_absorbance_0_1", "fwhm_cm1")
        )
        slow = pseudo_voigt(GRID, position, height, width)
        np.testing.assert_allclose(row["intensity"], slow / slow.max(), atol=1e-6)


# What an analyst looks for: one strong band of each, from textbooks rather than from the table.
KNOWN = {
    "PMMA": 1724, "PC": 1770, "ABS": 2237, "PLA": 1748, "EVA": 1737, "CA": 1740, "PTFE": 1202, "POM": 895,
    "cellulose": 1030, "protein": 1640,
}  # fmt: skip


@pytest.mark.parametrize(("component", "position"), KNOWN.items(), ids=KNOWN)
def test_open_components_show_the_band_that_they_are_known_by(component, position):
    for intensity in simulated([component], **STILL).values():
        maxima = np.flatnonzero((intensity[1:-1] > intensity[:-2]) & (intensity[1:-1] > intensity[2:])) + 1
        assert np.abs(GRID[maxima] - position).min() <= 10


def test_open_components_are_simulated_beside_the_study_s_and_change_nothing_of_them():
    alone = simulated(["PE", "PS"])
    among = simulate(BANDS, ["PE", "PS"], dataclasses.replace(SETTINGS, open_components=OPEN, open_specimens=2), GRID)
    counts = among.to_pandas().groupby("component").size()
    assert counts.to_dict() == {"PE": 6, "PS": 6} | dict.fromkeys(OPEN, 4)
    rows = dict(zip(among["spectrum"].to_pylist(), np.array(among["intensity"].to_pylist()), strict=True))
    for name, intensity in alone.items():
        np.testing.assert_array_equal(rows[name], intensity)


def test_open_components_are_never_endmembers_and_are_listed_with_their_reason():
    options = dataclasses.replace(SETTINGS, open_components=OPEN, open_specimens=1)
    table = simulate(BANDS, ["PE", "PS"], options, GRID)
    spectra = Spectra(
        GRID,
        np.array(table["intensity"].to_pylist(), np.float32),
        table.drop(["wavenumber", "intensity", "unit"]).to_pandas(),
    )
    endmembers, rejected = select_endmembers(spectra, set(), ["PE", "PS"], ["reference"], [], 1.0, 1.0)
    assert set(endmembers.table["component"]) == {"PE", "PS"}
    assert len(rejected) == 2 * len(OPEN)
    assert {reason.split(" is not")[0] for reason in rejected["reason"]} == set(OPEN)


# --- nuisances: their size, measured back from the spectra ----------------------------------------


def measured(specimens=400, **sizes):
    """Simulate PS, all alike but for one nuisance, and return the spectra and their clean one."""
    nuisance = dataclasses.replace(CLEAN, **sizes)
    options = STILL | {"laboratories": 8, "specimens": specimens // 8, "nuisance": nuisance}
    table = simulate(BANDS, ["PS"], dataclasses.replace(SETTINGS, **options), GRID)
    return np.stack(table["intensity"].to_numpy()), material_spectrum(BANDS, "PS", GRID)


def test_noise_has_its_median_and_percentile_and_laboratories_differ():
    spectra, clean = measured(800, noise_median=3e-4, noise_p95=9e-4)
    sd = (spectra - clean).std(axis=1)
    assert np.median(sd) == pytest.approx(3e-4, rel=0.35)  # of eight laboratories
    assert np.log(sd).std() == pytest.approx(np.log(3) / 1.645, rel=0.3)
    between = np.log(sd).reshape(8, -1).mean(axis=1)
    within = np.log(sd).reshape(8, -1).std(axis=1)
    assert within.mean() == pytest.approx(np.sqrt(0.5) * np.log(3) / 1.645, rel=0.1)
    assert between.std() > 0.2


def test_laboratories_draw_noise_and_shift_around_what_is_configured():
    """Over many laboratories, so that the draw of a few does not decide."""
    nuisance = dataclasses.replace(CLEAN, noise_median=3e-4, noise_p95=9e-4, shift_sd_cm1=2.0)
    options = dataclasses.replace(SETTINGS, nuisance=nuisance)
    drawn = [laboratory_of(place, options) for place in range(1, 2001)]
    noise = np.array([laboratory.nuisance.noise_median for laboratory in drawn])
    assert np.median(noise) == pytest.approx(3e-4, rel=0.05)
    assert np.std([laboratory.offset_cm1 for laboratory in drawn]) == pytest.approx(2.0 * np.sqrt(0.5), rel=0.05)
    assert {laboratory.nuisance.shift_sd_cm1 for laboratory in drawn} == {2.0 * np.sqrt(0.5)}


def test_shift_moves_whole_spectra_by_the_configured_spread():
    spectra, clean = measured(shift_sd_cm1=1.0)
    slope = np.gradient(clean, GRID)
    # To first order s(nu - d) = s(nu) - d s'(nu); bands of 5 cm-1 and more make that good for 1 cm-1.
    shift = -((spectra - clean) @ slope) / (slope @ slope)
    between = shift.reshape(8, -1).mean(axis=1)
    options = dataclasses.replace(SETTINGS, nuisance=dataclasses.replace(CLEAN, shift_sd_cm1=1.0))
    offsets = [laboratory_of(place, options).offset_cm1 for place in range(1, 9)]
    # The mean of fifty specimens is good to 0.1 cm-1.
    assert between == pytest.approx(offsets, abs=0.35) and np.corrcoef(between, offsets)[0, 1] > 0.9
    own = shift.reshape(8, -1) - between[:, None]
    assert own.std() == pytest.approx(np.sqrt(0.5), rel=0.2)
    assert 0.6 < shift.std() < 1.4


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_laboratory_has_one_resolution_and_the_share_of_coarse_ones_is_the_configured(share):
    spectra, clean = measured(16, broadening_share=share, broadening_cm1=6.9)
    # Of lines of several widths, the configured one turns the clean spectrum into the measured one.
    widths = [0.0, 4.9, 5.9, 6.9, 7.9, 8.9]
    lines = [gaussian_filter1d(clean, width / 2.3548 / 2.0, mode="nearest") if width else clean for width in widths]
    distance = np.array([[np.abs(spectrum - line).sum() for line in lines] for spectrum in spectra])
    nearest = np.array(widths)[distance.argmin(axis=1)].reshape(8, -1)
    assert (nearest == nearest[:, :1]).all() and set(nearest.ravel()) <= {0.0, 6.9}
    assert (nearest == 6.9).mean() == share


def test_baseline_vapour_and_co2_have_their_sizes():
    spectra, clean = measured(800, baseline_median=0.24, baseline_p95=1.3)
    size = np.ptp(spectra - clean, axis=1)
    assert np.median(size) == pytest.approx(0.24, rel=0.15)
    assert np.quantile(size, 0.95) == pytest.approx(1.3, rel=0.25)
    spectra, clean = measured(800, vapour_median=6e-4, vapour_p95=1e-2, vapour_negative_share=0.4)
    height = fitted(spectra - clean, VAPOUR)
    assert np.median(np.abs(height)) == pytest.approx(6e-4, rel=0.2)
    assert (height < 0).mean() == pytest.approx(0.4, abs=0.05)
    spectra, clean = measured(800, co2_low=-0.04, co2_high=0.15)
    height = fitted(spectra - clean, CO2)
    assert (height.min(), height.max()) == pytest.approx((-0.04, 0.15), abs=0.002)


def fitted(rest, material):
    """Fit the height of one material to what is left of spectra."""
    pattern = material_spectrum(BANDS, material, GRID)
    return rest @ pattern / (pattern @ pattern)


def test_what_lies_on_specimens_comes_in_its_share_and_height():
    film = Interferent("X_biofilm", 0.25, 0.03, 0.3)
    spectra, clean = measured(800, interferents=(film,))
    height = fitted(spectra - clean, "X_biofilm")
    carried = height > 1e-4
    assert carried.mean() == pytest.approx(0.25, abs=0.04)
    assert height[carried].min() > 0.0299 and height[carried].max() < 0.3001
    assert np.median(height[carried]) == pytest.approx(np.sqrt(0.03 * 0.3), rel=0.15)


def test_dispersion_moves_a_band_by_its_height_and_width():
    """One band of each kind, moved by -0.9 k h FWHM: the ratio of two shifts is that of h FWHM."""
    table = pd.DataFrame(
        {
            "polymer": "T",
            "wavenumber_cm1": [1000.0, 2000.0],
            "relative_absorbance_0_1": [1.0, 0.5],
            "fwhm_cm1": [20.0, 30.0],
        }
    )
    options = dataclasses.replace(SETTINGS, **STILL | {"dispersion_k_sd": 0.1})
    grid = np.arange(800.0, 2200.0, 0.01)
    spectra = [specimen(table, "T", options, grid, np.random.default_rng(seed)) for seed in range(200)]
    near = [np.abs(grid - centre) < 50 for centre in (1000, 2000)]
    moved = np.array([[grid[part][spectrum[part].argmax()] for part in near] for spectrum in spectra]) - [1000, 2000]
    assert moved[:, 0].std() == pytest.approx(0.9 * 0.1 * 20, rel=0.15)
    np.testing.assert_allclose(moved[:, 1], moved[:, 0] * 0.5 * 30 / 20, atol=0.1)


def test_every_material_of_the_band_table_has_a_spectrum_of_unit_maximum_on_the_study_s_grid():
    window = np.arange(680.0, 3169.0, 4.0)
    for material in {*BANDS["polymer"], *offered_components(BANDS)}:
        spectrum = material_spectrum(BANDS, material, window)
        assert np.isfinite(spectrum).all() and spectrum.min() >= 0 and spectrum.max() == pytest.approx(1)
    assert not any(name.startswith("X_") for name in offered_components(BANDS))
