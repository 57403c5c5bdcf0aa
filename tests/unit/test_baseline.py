"""Baselines of many spectra at once against pybaselines, one after another, and a dense solution."""

import numpy as np
import pytest
from pybaselines import Baseline

from ftirmix.baseline import arpls, penalty, solve


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
    assert np.abs(arpls(measured, lam) - slowly).max() < 1e-8


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
