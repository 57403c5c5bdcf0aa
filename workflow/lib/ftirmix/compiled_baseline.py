"""The arPLS baseline of very many spectra: what :mod:`ftirmix.baseline` fits, its systems solved by machine code.

To solve the systems of a thousand spectra numpy makes 10,000 small steps, each through memory. Compiled, a few spectra
at a time stay in the nearest cache. Compiling takes as long as numpy needs for some two thousand spectra, so it is
for large shards alone; the machine code is not kept from run to run, since it would be kept as a pickle.
"""

import logging
from collections.abc import Callable
from functools import cache

import numpy as np

from ftirmix.baseline import MOST_ROUNDS, SETTLED, penalty

logger = logging.getLogger(__name__)
# Spectra side by side: as many as doubles fit the widest registers.
LANES = 8
# Groups of them at a time: their arrays stay in the second cache.
GROUPS = 8
# From this many spectra on, compiling and solving are sooner done than solving with numpy.
WORTH_COMPILING = 4000


def worth_compiling(spectra: int) -> bool:
    """Tell whether so many spectra are worth compiling for, and whether this machine lets it be done at all."""
    if spectra < WORTH_COMPILING:
        return False
    try:
        compiled_solve()
    except Exception as error:  # whatever a compiler may meet (no package, no memory that may be run): numpy can do it
        logger.warning("the baseline cannot be compiled here (%s); numpy fits it, in four times as long", error)
        return False
    return True


def compiled_arpls(absorbance: np.ndarray, lam: float) -> np.ndarray:
    """Fit the baselines that :func:`ftirmix.baseline.arpls` fits: same arguments, same result, other order of sums.

    A spectrum whose weights have settled leaves its lane to the next one.
    """
    absorbance = np.asarray(absorbance, dtype=float)
    baselines = np.empty_like(absorbance)
    pool = Pool(absorbance, min(GROUPS, -(-len(absorbance) // LANES)), lam)
    while pool.going.any():
        pool.run_round()
        ended = pool.ended()
        if ended.any():
            baselines[pool.spectrum[ended]] = pool.rows(pool.fitted[:, 2:-2])[ended]
            pool.refill(ended)
    return baselines


class Pool:
    """Spectra that are being fitted, in groups of lanes; arrays have the shape (group, wavenumber, lane).

    Args:
        absorbance: shape (spectrum, wavenumber).
        groups: that are filled first.
        lam: stiffness.
    """

    def __init__(self, absorbance: np.ndarray, groups: int, lam: float) -> None:
        self.absorbance, self.lam = absorbance, lam
        points = absorbance.shape[1]
        self.diagonals = np.stack(penalty(points, 1.0))
        self.measured, self.weight = np.zeros((groups, points, LANES)), np.ones((groups, points, LANES))
        self.fitted = np.zeros((groups, points + 4, LANES))
        self.sums = np.zeros((groups, 3, LANES))
        self.change = np.zeros((groups, LANES))
        self.spectrum, self.round = np.zeros((2, groups, LANES), dtype=int)
        self.going = np.zeros((groups, LANES), dtype=bool)
        self.following = 0
        self.refill(~self.going)

    @staticmethod
    def rows(array: np.ndarray) -> np.ndarray:
        """View (group, wavenumber, lane) as (group, lane, wavenumber): one spectrum per lane."""
        return array.transpose(0, 2, 1)

    def refill(self, free: np.ndarray) -> None:
        """Give free lanes, shape (group, lane), the spectra that follow; those without rest, and are left if many."""
        groups, lanes = np.nonzero(free)
        taken = np.arange(self.following, min(self.following + len(groups), len(self.absorbance)))
        self.following += len(taken)
        self.going[free] = False
        into = groups[: len(taken)], lanes[: len(taken)]
        self.rows(self.measured)[into] = self.absorbance[taken]
        self.rows(self.weight)[groups, lanes] = 1.0
        self.spectrum[into], self.round[into], self.going[into] = taken, 0, True
        wanted = -(-int(self.going.sum()) // LANES)
        if wanted <= len(self.going) // 2:
            self.shrink(wanted)

    def shrink(self, groups: int) -> None:
        """Move the lanes that still work into as few groups as hold them."""
        working = np.nonzero(self.going)
        count = len(working[0])
        into = np.unravel_index(np.arange(count), (groups, LANES))
        for name in ("measured", "weight"):
            moved = np.ones((groups, self.absorbance.shape[1], LANES))
            self.rows(moved)[into] = self.rows(getattr(self, name))[working]
            setattr(self, name, moved)
        for name in ("spectrum", "round", "going"):
            fewer = np.zeros((groups, LANES), dtype=getattr(self, name).dtype)
            fewer[into] = getattr(self, name)[working]
            setattr(self, name, fewer)
        self.fitted, self.sums = self.fitted[:groups], self.sums[:groups]

    def run_round(self) -> None:
        """Solve, and take the next weights as :func:`ftirmix.baseline.weights_of` does."""
        compiled_solve()(self.measured, self.weight, self.fitted, self.sums, self.diagonals, 1.0 / self.lam)
        below, total, squares = self.sums.transpose(1, 0, 2)[:, :, None]
        mean = total / np.maximum(below, 1.0)
        scatter = np.sqrt(np.maximum(squares - below * mean**2, 0.0) / np.maximum(below - 1.0, 1.0))
        scatter = np.maximum(scatter, np.finfo(float).tiny)
        renewed = self.measured - self.fitted[:, 2:-2]
        renewed -= 2.0 * scatter - mean
        with np.errstate(over="ignore"):
            renewed *= 2.0 / scatter
            np.exp(renewed, renewed)
        renewed += 1.0
        np.reciprocal(renewed, renewed)
        before = np.einsum("gwl,gwl->gl", self.weight, self.weight)
        self.weight -= renewed
        self.change = np.sqrt(np.einsum("gwl,gwl->gl", self.weight, self.weight) / before)
        self.weight = renewed
        self.round += 1

    def ended(self) -> np.ndarray:
        """Return the lanes whose spectrum is done, shape (group, lane)."""
        too_few = self.sums[:, 0] < 2  # points below the baseline: there is no scatter
        return self.going & (too_few | (self.change < SETTLED) | (self.round > MOST_ROUNDS))


@cache
def compiled_solve() -> Callable[..., None]:
    """Compile :func:`solve_lanes`, once in a process."""
    # Imported here: it takes most of a second, which small folders need not wait for.
    import numba

    cube = "f8[:, :, ::1]"
    compile_for = numba.njit(f"void({cube}, {cube}, {cube}, {cube}, f8[:, ::1], f8)", error_model="numpy")
    return compile_for(solve_lanes)  # type: ignore[no-any-return]


def solve_lanes(
    measured: np.ndarray, weight: np.ndarray, fitted: np.ndarray, sums: np.ndarray, diagonals: np.ndarray, smooth: float
) -> None:
    """Solve (W / lam + D'D) z = W y / lam by one pass down and one up, and sum up what lies below z.

    Args:
        measured: y, shape (group, wavenumber, lane).
        weight: diagonal of W, shape (group, wavenumber, lane).
        fitted: is filled with z between two rows in front and two behind, shape (group, wavenumber + 4, lane).
        sums: is filled with number, sum and sum of squares of the negative part of y - z, shape (group, 3, lane).
        diagonals: of D'D: main, first and second above it, shape (3, wavenumber).
        smooth: 1 / lam.
    """
    groups, points, lanes = measured.shape
    # L D L' of five diagonals: inverse pivots, and L[i+1, i] times its pivot. The outermost diagonal is one, so
    # L[i+2, i] is the inverse pivot itself. Two rows of zeros stand in front and behind.
    inverse, beside = np.zeros((points + 4, lanes)), np.zeros((points + 4, lanes))
    for g in range(groups):
        for k in range(lanes):
            fitted[g, 0, k] = fitted[g, 1, k] = 0.0
            fitted[g, points + 2, k] = fitted[g, points + 3, k] = 0.0
            sums[g, 0, k] = sums[g, 1, k] = sums[g, 2, k] = 0.0
        for i in range(points):
            for k in range(lanes):
                w = weight[g, i, k] * smooth
                factor = beside[i + 1, k] * inverse[i + 1, k]
                pivot = w + diagonals[0, i] - inverse[i, k] - beside[i + 1, k] * factor
                right = w * measured[g, i, k] - inverse[i, k] * fitted[g, i, k] - factor * fitted[g, i + 1, k]
                fitted[g, i + 2, k] = right
                beside[i + 2, k] = diagonals[1, i] - factor
                inverse[i + 2, k] = 1.0 / pivot
        for i in range(points - 1, -1, -1):
            for k in range(lanes):
                value = fitted[g, i + 2, k] - beside[i + 2, k] * fitted[g, i + 3, k]
                value = (value - diagonals[2, i] * fitted[g, i + 4, k]) * inverse[i + 2, k]
                fitted[g, i + 2, k] = value
                residual = min(measured[g, i, k] - value, 0.0)
                sums[g, 0, k] += 1.0 if residual < 0.0 else 0.0
                sums[g, 1, k] += residual
                sums[g, 2, k] += residual * residual
