"""The arPLS baseline of many spectra at once.

pybaselines fits one spectrum after another; nearly all of its time goes into solving one small banded
system per round. Here the systems of all spectra are solved side by side, step by step along the axis,
which takes a fraction of the time and gives the same baselines (tests hold the two against each other).
"""

import numpy as np
from scipy.special import expit

# As pybaselines has them: rounds after which the weights are taken as they are, and the relative change of
# the weights below which they have settled.
MOST_ROUNDS = 50
SETTLED = 1e-3
# Spectra at a time: fewer, and calling numpy takes the time; more, and the arrays leave the caches.
AT_ONCE = 1024


def arpls(absorbance: np.ndarray, lam: float) -> np.ndarray:
    """Fit asymmetrically reweighted penalised least squares baselines (Baek et al. 2015, Analyst 140, 250).

    Each round solves (W + lam D'D) z = W y, with D the second differences, and takes as weights
    w = 1 / (1 + exp(2 (r - (2 s - m)) / s)), where r = y - z, and m and s are mean and standard deviation of the
    negative part of r: what stands above the baseline by more than its scatter weighs nothing.

    Args:
        absorbance: evenly spaced, finite, shape (spectrum, wavenumber), at least five wavenumbers.
        lam: stiffness; larger is smoother.

    Returns:
        Baselines, float64, shape as given.
    """
    absorbance = np.asarray(absorbance, dtype=float)
    parts = [fit_part(absorbance[start : start + AT_ONCE].T, lam) for start in range(0, len(absorbance), AT_ONCE)]
    return np.concatenate(parts) if parts else absorbance.copy()


def fit_part(values: np.ndarray, lam: float) -> np.ndarray:
    """Fit the baselines of some spectra; takes (wavenumber, spectrum), returns (spectrum, wavenumber)."""
    baseline = np.empty((values.shape[1], len(values)))
    measured = np.ascontiguousarray(values)
    weight = np.ones_like(measured)
    active = np.arange(values.shape[1])
    for left in reversed(range(MOST_ROUNDS + 1)):
        fitted = solve(weight, weight * measured, lam)
        renewed, usable = weights_of(measured - fitted)
        change = np.linalg.norm(weight - renewed, axis=0) / np.linalg.norm(weight, axis=0)
        going = usable & (change >= SETTLED) & (left > 0)
        baseline[active[~going]] = fitted[:, ~going].T
        if going.all():
            weight = renewed
            continue
        active = active[going]
        if not len(active):
            break
        measured, weight = measured[:, going], renewed[:, going]
    return baseline


def weights_of(residual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the next weights, and where there are any: with fewer than two points below there is no scatter.

    Args:
        residual: shape (wavenumber, spectrum).
    """
    below = np.minimum(residual, 0.0)
    count = np.count_nonzero(below, axis=0)
    usable = count >= 2
    mean = below.sum(axis=0) / np.maximum(count, 1)
    # Around the mean in two steps: the points above the baseline add -mean each, which is taken out again.
    below -= mean
    squares = np.einsum("ij,ij->j", below, below) - (len(below) - count) * mean**2
    scatter = np.sqrt(np.maximum(squares, 0.0) / np.maximum(count - 1, 1))
    scatter = np.maximum(scatter, np.finfo(float).tiny)
    with np.errstate(over="ignore"):
        weights = expit((2.0 / scatter) * ((2.0 * scatter - mean) - residual))
    return weights, usable


def solve(weight: np.ndarray, right: np.ndarray, lam: float) -> np.ndarray:
    """Solve (W + lam D'D) z = right for many spectra by one pass down and one up (L D L' of five diagonals).

    Args:
        weight: diagonal of W, shape (wavenumber, spectrum).
        right: shape (wavenumber, spectrum).
        lam: stiffness.
    """
    points, spectra = weight.shape
    diagonal, beside, beyond = (values.tolist() for values in penalty(points, lam))
    # Two rows of zeros in front and behind: what lies before the first and after the last wavenumber.
    first, second, solved = np.zeros((3, points + 4, spectra))  # first and second: L[i+1, i] and L[i+2, i]
    solved[2:-2] = right
    inverse = weight + penalty(points, lam)[0][:, None]
    product = np.zeros(spectra)  # L[i, i-1] D[i-1]
    scratch = np.empty(spectra)
    multiply, subtract = np.multiply, np.subtract
    before = 0.0, 0.0
    rows = zip(
        inverse, solved[2:], solved[1:], solved, first[2:], first[1:], second[2:], second[1:], second, beside, beyond,
        strict=False,
    )  # fmt: skip
    for pivot, here, back, further, one, one_back, two, two_back, two_further, side, far in rows:
        subtract(pivot, multiply(product, one_back, scratch), pivot)
        subtract(pivot, multiply(two_further, before[0], scratch), pivot)
        subtract(here, multiply(one_back, back, scratch), here)
        subtract(here, multiply(two_further, further, scratch), here)
        np.reciprocal(pivot, pivot)
        subtract(side, multiply(product, two_back, scratch), product)
        multiply(product, pivot, one)
        multiply(far, pivot, two)
        before = before[1], far
    solved[2:-2] *= inverse
    up = zip(solved[-3::-1], solved[-2::-1], solved[-1::-1], first[-3::-1], second[-3::-1], range(points), strict=False)
    for here, next_one, next_two, one, two, _ in up:
        subtract(here, multiply(one, next_one, scratch), here)
        subtract(here, multiply(two, next_two, scratch), here)
    return solved[2:-2]


def penalty(points: int, lam: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the diagonals of lam D'D: main, first and second above it, padded with zeros to equal length."""
    diagonal, beside, beyond = np.full(points, 6.0), np.full(points, -4.0), np.full(points, 1.0)
    diagonal[[0, -1]], diagonal[[1, -2]] = 1.0, 5.0
    beside[[0, -2]], beside[-1] = -2.0, 0.0
    beyond[-2:] = 0.0
    return lam * diagonal, lam * beside, lam * beyond
