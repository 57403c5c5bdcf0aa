"""The embedded simulator: the same settings, the same specimens."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ftirmix.bands import read_bands
from ftirmix.errors import StudyError
from ftirmix.settings import SimulatorSettings
from ftirmix.simulator import simulate
from ftirmix.spectra import MEASURED_SCHEMA

BANDS = read_bands(Path(__file__).parents[2] / "workflow" / "sources" / "bands.csv")
GRID = np.arange(650.0, 4000.5, 2.0)
SETTINGS = SimulatorSettings(
    laboratories=2,
    specimens=3,
    height_sd=0.2,
    width_sd=0.1,
    position_sd_cm1=1.0,
    noise_median=1e-3,
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


STILL = {"height_sd": 0.0, "width_sd": 0.0, "position_sd_cm1": 0.0, "noise_median": 0.0}


@pytest.mark.parametrize("spread", [{"height_sd": 0.2}, {"width_sd": 0.1}, {"position_sd_cm1": 1.0}])
def test_every_spread_alone_makes_specimens_differ(spread):
    spectra = [*simulated(["PS"], **STILL | spread).values()]
    for number, spectrum in enumerate(spectra):
        assert all(np.abs(spectrum - other).max() > 0.01 for other in spectra[:number])


def test_maximum_is_one_but_for_the_noise():
    for component in ("PE", "PP", "PS", "PET", "PVC", "PA", "PU"):
        for intensity in simulated([component]).values():
            assert intensity.max() == pytest.approx(1, abs=0.05)


def test_maximum_is_one_without_noise():
    for intensity in simulated(["PS"], noise_median=0.0).values():
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
    assert "X_" not in str(caught.value)
