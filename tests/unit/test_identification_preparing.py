"""Spectra are prepared as the study prepares them, many at once."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftirmix.bands import material_spectrum, read_bands
from ftirmix.identification.preparing import Preparer, resampling_operator
from ftirmix.preprocessing import preprocess, resample, wavenumber_grid
from ftirmix.quality import QualityLimits, vapour_spectrum
from ftirmix.settings import PreprocessingSettings
from ftirmix.spectra import MEASURED_SCHEMA

SETTINGS = PreprocessingSettings(680.0, 3168.0, 4.0, 8.0, (2280.0, 2400.0), "arpls", 1e5)
GRID = wavenumber_grid(SETTINGS)
BANDS = read_bands(Path(__file__).parents[2] / "workflow" / "sources" / "bands.csv")
PREPARER = Preparer(SETTINGS, 900.0, QualityLimits(), vapour_spectrum(BANDS, GRID))


def measured(axis: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    clean = material_spectrum(BANDS, ("PE", "PA")[seed % 2], axis)
    return 0.4 * clean + 0.05 * np.exp(-axis / 1500) + rng.normal(0, 2e-4, len(axis))


@given(st.lists(st.floats(0.3, 30.0), min_size=120, max_size=400), st.floats(600, 690), st.integers(0, 2**32 - 1))
def test_operator_is_the_study_s_resampling(steps: list[float], start: float, seed: int) -> None:
    axis = start + np.cumsum(steps)
    values = np.random.default_rng(seed).normal(size=len(axis))
    grid = np.arange(700.0, 1000.0, 4.0)
    assert resampling_operator(axis, grid) @ values == pytest.approx(resample(axis, values, grid), abs=1e-9)


@pytest.mark.parametrize("step", [0.48, 1.93, 4.0, 8.0])
def test_prepares_as_the_study_preprocesses(step: float) -> None:
    axis = np.arange(650.0, 3990.0, step)
    values = np.stack([measured(axis, seed) for seed in range(4)])
    names = [f"s{number}" for number in range(4)]
    table = pa.Table.from_pylist(
        [
            {
                "spectrum": name, "source": "s", "laboratory": "l", "specimen": None, "label": "x", "component": "PE",
                "condition": "", "wavenumber": axis, "intensity": row, "unit": "absorbance",
            }
            for name, row in zip(names, values, strict=True)
        ],
        schema=MEASURED_SCHEMA,
    )  # fmt: skip
    expected = preprocess(table, SETTINGS).spectra.absorbance
    prepared = PREPARER.prepare(PREPARER.on_grid(axis, values), np.ones(4, dtype=bool), np.full(4, axis[0]))
    assert prepared.reasons == [""] * 4
    assert prepared.absorbance == pytest.approx(expected, abs=1e-5)  # the table holds single precision


def test_says_what_is_missing_of_the_window() -> None:
    for first, lacks in ((676.0, ""), (720.0, "; 680 to 720 cm-1 were not measured")):
        axis = np.arange(first, 3200.0)
        assert PREPARER.outside(axis) == ""
        assert PREPARER.lacking(axis) == lacks
    found = PREPARER.outside(np.arange(950.0, 3200.0))
    assert found == "was measured from 950 to 3199 cm-1; 900 to 3168 cm-1 are needed"


def test_poor_spectra_are_named_and_not_answered() -> None:
    rng = np.random.default_rng(0)
    values = np.stack([measured(GRID, 0), np.full(len(GRID), 0.3), rng.normal(0, 1, len(GRID))])
    prepared = PREPARER.prepare(values, np.ones(3, dtype=bool), np.full(3, GRID[0]))
    assert prepared.reasons[0] == ""
    assert prepared.reasons[1] and "noise" in prepared.reasons[2]
    assert np.isfinite(prepared.absorbance[0]).all()
    assert np.isnan(prepared.absorbance[1:]).all()


def test_axes_are_remembered_but_not_without_end() -> None:
    preparer = Preparer(SETTINGS, 900.0, QualityLimits(), vapour_spectrum(BANDS, GRID))
    for start in range(40):
        axis = np.arange(640.0 + start / 10, 3300.0, 4.0)
        preparer.on_grid(axis, np.ones((1, len(axis))))
    assert len(preparer._operators) <= 16


def test_what_was_not_measured_takes_the_end_value_and_is_no_fault() -> None:
    axis = np.arange(760.0, 3990.0, 2.0)
    on_grid = PREPARER.on_grid(axis, measured(axis, 1)[None])
    assert np.ptp(on_grid[0, GRID < 756]) < 1e-12
    prepared = PREPARER.prepare(on_grid, np.ones(1, dtype=bool), axis[:1])
    assert prepared.reasons == [""]
    assert prepared.quality["measured_share"][0] < 1


def test_gaps_and_coarse_points_are_named_but_not_the_window_of_co2() -> None:
    axis = np.arange(650.0, 3300.0, 2.0)
    assert PREPARER.outside(axis[(axis < 2285) | (axis > 2395)]) == ""
    assert "between 1000 and 1800" in PREPARER.outside(axis[(axis <= 1000) | (axis >= 1800)])
    assert "its points are 24 cm-1 apart" in PREPARER.outside(np.arange(640.0, 3300.0, 24.0))
    assert PREPARER.outside(np.arange(640.0, 3300.0, 8.0)) == ""
