"""Baselines of many spectra at once against pybaselines, one after another, and a dense solution."""

import numpy as np
import pytest
from pybaselines import Baseline

from ftirmix import compiled_baseline
from ftirmix.baseline import arpls, penalty, solve
from ftirmix.compiled_baseline import WORTH_COMPILING, compiled_arpls, solve_lanes, worth_compiling


def spectra(count: int, points: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    axis = np.linspace(0, 1, points)
    bands = sum(np.exp(-(((axis - rng.random((count, 1))) / 0.01) ** 2)) for _ in range(5))
    return bands + rng.random((count, 1)) * np.exp(-3 * axis) + rng.normal(0, 1e-3, (count, points))


@pytest.mark.parametrize("lam", [1e3, 1e5])
def test_is_what_pybaselines_fits(lam: float) -> None:
    measured = spectra(40, 623, 1)
    fitter = Baseline(x_data=np.arange(623.0))
    slowly = np.stack([fitter.arpls(row, lam=lam)[0] for row in measured])
    # Each solver rounds otherwise, and the rounds carry it on: here and there those of pybaselines differ more.
    fitter.banded_solver = 4
    otherwise = np.stack([fitter.arpls(row, lam=lam)[0] for row in measured])
    assert np.abs(arpls(measured, lam) - slowly).max() < max(1e-8, np.abs(otherwise - slowly).max())


def test_compiled_it_is_the_same_in_whatever_lane() -> None:
    # More than fill all lanes, so that some follow others, and a number that leaves lanes empty.
    measured = spectra(101, 300, 4) * 10.0 ** np.arange(-50, 51)[:, None]
    slowly = arpls(measured, 1e5)
    assert (np.abs(compiled_arpls(measured, 1e5) - slowly) / np.ptp(measured, axis=1, keepdims=True)).max() < 1e-7
    for count in (0, 1, 9):
        assert compiled_arpls(measured[:count], 1e5) == pytest.approx(slowly[:count], rel=1e-7, abs=1e-60)


@pytest.mark.parametrize("value", [np.zeros((3, 50)), np.linspace(0, 1, 50)[None], np.full((2, 50), -3.0)])
def test_compiled_it_ends_where_nothing_lies_below(value: np.ndarray) -> None:
    assert compiled_arpls(value, 1e5) == pytest.approx(value, abs=1e-6)


def test_what_cannot_be_compiled_is_left_to_numpy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused() -> None:
        raise OSError("no memory that may be run")

    assert worth_compiling(WORTH_COMPILING) and not worth_compiling(WORTH_COMPILING - 1)
    monkeypatch.setattr(compiled_baseline, "compiled_solve", refused)
    assert not worth_compiling(WORTH_COMPILING)
    assert "no memory that may be run" in caplog.text


def test_a_spectrum_that_never_settles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_baseline, "SETTLED", 0.0)
    monkeypatch.setattr(compiled_baseline, "MOST_ROUNDS", 3)
    monkeypatch.setattr("ftirmix.baseline.SETTLED", 0.0)
    monkeypatch.setattr("ftirmix.baseline.MOST_ROUNDS", 3)
    measured = spectra(20, 100, 5)
    assert compiled_arpls(measured, 1e4) == pytest.approx(arpls(measured, 1e4), abs=1e-9)


def test_what_is_compiled_solves_the_system_and_sums_what_lies_below() -> None:
    rng = np.random.default_rng(6)
    measured, weight = rng.normal(size=(2, 9, 3)), rng.random((2, 9, 3)) + 0.1
    fitted, sums = np.full((2, 13, 3), np.nan), np.full((2, 3, 3), np.nan)
    solve_lanes(measured, weight, fitted, sums, np.stack(penalty(9, 1.0)), 1 / 7.0)
    for group in range(2):
        expected = solve(weight[group], weight[group] * measured[group], 7.0)
        assert fitted[group, 2:-2] == pytest.approx(expected)
        below = np.minimum(measured[group] - expected, 0)
        assert sums[group] == pytest.approx(np.stack([(below < 0).sum(0), below.sum(0), (below**2).sum(0)]))


def test_solves_the_banded_system() -> None:
    rng = np.random.default_rng(2)
    weight, right = rng.random((9, 3)) + 0.1, rng.normal(size=(9, 3))
    difference = np.diff(np.eye(9), 2, axis=0)
    for column in range(3):
        matrix = np.diag(weight[:, column]) + 7.0 * difference.T @ difference
        assert solve(weight, right, 7.0)[:, column] == pytest.approx(np.linalg.solve(matrix, right[:, column]))


def test_penalty_is_that_of_second_differences() -> None:
    difference = np.diff(np.eye(7), 2, axis=0)
    dense = 3.0 * difference.T @ difference
    diagonal, beside, beyond = penalty(7, 3.0)
    assert diagonal == pytest.approx(np.diag(dense))
    assert beside[:-1] == pytest.approx(np.diag(dense, 1))
    assert beyond[:-2] == pytest.approx(np.diag(dense, 2))


def test_a_spectrum_does_not_depend_on_its_neighbours() -> None:
    measured = spectra(300, 200, 3)
    assert arpls(measured, 1e4)[[280]] == pytest.approx(arpls(measured[[280]], 1e4), abs=1e-9)


@pytest.mark.parametrize("flat", [0.0, 0.5, -3.0])
def test_a_constant_spectrum_is_its_own_baseline(flat: float) -> None:
    assert arpls(np.full((2, 50), flat), 1e5) == pytest.approx(np.full((2, 50), flat))


def test_a_straight_line_is_its_own_baseline() -> None:
    line = np.linspace(0, 1, 60)[None]
    assert arpls(line, 1e5) == pytest.approx(line, abs=1e-6)


def test_no_spectra_give_no_baselines() -> None:
    assert arpls(np.empty((0, 60)), 1e5).shape == (0, 60)
