"""Mixtures of endmembers: which ones, at which mixing ratios, and what they look like.

All endmembers of a mixture come from one laboratory and one subset. The mixing ratio is the
weight of an endmember that was scaled to unit maximum: a share of peak height, not mass per cent.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ftirmix.axis import Axis, bridge_window
from ftirmix.errors import StudyError
from ftirmix.nuisance import Nuisance
from ftirmix.settings import MixtureSettings

ABSENT = -1


@dataclass(frozen=True)
class Recipes:
    """What goes into each mixture; slot 0 holds the minor component of a binary mixture.

    Attributes:
        endmembers: rows of the endmember matrix, ``ABSENT`` for an empty slot, shape (mixture, slot).
        ratios: mixing ratios, zero in empty slots, rows sum to one, shape (mixture, slot).
        components: index of each slot's component, ``ABSENT`` for an empty slot, (mixture, slot).
    """

    endmembers: np.ndarray
    ratios: np.ndarray
    components: np.ndarray

    def __len__(self) -> int:
        return len(self.endmembers)

    def ratio_matrix(self, components: int) -> np.ndarray:
        """Return the mixing ratio of every component, shape (mixture, component)."""
        matrix = np.zeros((len(self), components), dtype=np.float32)
        mixture, slot = np.nonzero(self.components != ABSENT)
        np.add.at(matrix, (mixture, self.components[mixture, slot]), self.ratios[mixture, slot])
        return matrix


@dataclass(frozen=True)
class Composed:
    """Composed mixtures.

    Attributes:
        absorbance: what the network sees, unit maximum, shape (mixture, wavenumber).
        scale: factor that brought each mixture to unit maximum, shape (mixture,).
    """

    absorbance: np.ndarray
    scale: np.ndarray


def compose(endmembers: np.ndarray, recipes: Recipes, nuisance: Nuisance, axis: Axis) -> Composed:
    """Mix intimately, and give the mixture what a measured spectrum has.

        clean = bridge(shift(sum_i r_i s_i)),  x = scale (clean + max(clean) bridge(nuisance))

    The nuisance is a share of the mixture's own highest band, so that mixtures are as noisy as
    pure spectra; ``scale`` brings x to unit maximum. Of the preprocessing of measured spectra,
    shift, bridge and normalisation are repeated here; the baseline fit is not. It is not linear,
    so contributions would no longer be exact; the endmembers went through it, and what it leaves
    behind is part of the nuisance.

    Args:
        endmembers: absorbance of unit maximum, shape (endmember, wavenumber).
        recipes: what goes into each mixture.
        nuisance: one draw per mixture.
        axis: of the endmembers.
    """
    ratios = recipes.ratios.astype(endmembers.dtype)
    clean = ratios[:, :1] * endmembers[recipes.endmembers[:, 0]]
    for slot in range(1, ratios.shape[1]):  # an empty slot has ratio zero
        clean += ratios[:, slot : slot + 1] * endmembers[recipes.endmembers[:, slot]]
    clean = axis.place(clean, nuisance.shift_cm1)
    mixed = bridge_window(nuisance.additive, axis.wavenumber, axis.co2_window)
    mixed *= clean.max(axis=1, keepdims=True)
    mixed += clean
    scale = 1.0 / mixed.max(axis=1)
    return Composed((mixed * scale[:, None]).astype(np.float32), scale)


def contributions(
    endmembers: np.ndarray, recipes: Recipes, shift_cm1: np.ndarray, scale: np.ndarray, axis: Axis
) -> np.ndarray:
    """Return what each slot adds to its mixture, c_i = x - x_without_i, normalisation frozen.

    Mixing, shifting, bridging and scaling are linear, so c_i = scale bridge(shift(r_i s_i)) exactly.

    Returns:
        shape (mixture, slot, wavenumber).
    """
    parts = []
    for slot in range(recipes.ratios.shape[1]):
        part = recipes.ratios[:, slot : slot + 1] * endmembers[recipes.endmembers[:, slot]]
        parts.append(axis.place(part, shift_cm1) * scale[:, None])
    return np.stack(parts, axis=1)


class EndmemberPool:
    """Endmembers of one subset, ready to be drawn: laboratories, then specimens, then spectra.

    Args:
        table: columns laboratory, component, specimen; one row per endmember.
        components: the study's components, in order.
        weight_cap: a laboratory's weight in a pair is the smaller number of specimens it has of
            the two, but at most this, so that a large collection does not drown the others.

    Raises:
        StudyError: a component has no endmember, or a pair shares no laboratory.
    """

    def __init__(self, table: pd.DataFrame, components: list[str], weight_cap: int) -> None:
        self.table = table.reset_index(drop=True)
        self.components = components
        groups = self.table.groupby(["laboratory", "component"], sort=True)
        self.specimens = groups["specimen"].nunique()
        self._rows = {key: rows.to_numpy() for key, rows in groups.groups.items()}
        self._choice = {key: self._specimen_weights(rows) for key, rows in self._rows.items()}
        self.pure_groups = self._pure_groups(weight_cap)
        self.pair_groups = self._pair_groups(weight_cap)

    def _specimen_weights(self, rows: np.ndarray) -> np.ndarray:
        """Cumulative weights that give every specimen the same chance, and its spectra equal parts."""
        specimen = self.table["specimen"].to_numpy()[rows]
        _, inverse, counts = np.unique(specimen, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[inverse]
        return np.cumsum(weights / weights.sum())

    def _pure_groups(self, cap: int) -> dict[str, tuple[list[str], np.ndarray]]:
        groups = {}
        for component in self.components:
            offers = {
                laboratory: min(count, cap) for (laboratory, name), count in self.specimens.items() if name == component
            }
            if not offers:
                raise StudyError(
                    f"component {component!r} has no endmember in this subset; add a source that has "
                    "it, lower split.folds, or take it out of components"
                )
            groups[component] = normalised(offers)
        return groups

    def _pair_groups(self, cap: int) -> dict[tuple[str, str], tuple[list[str], np.ndarray]]:
        groups = {}
        laboratories = self.table["laboratory"].unique()
        for first, second in combinations(self.components, 2):
            offers = {}
            for laboratory in sorted(laboratories):
                count = min(self.specimens.get((laboratory, first), 0), self.specimens.get((laboratory, second), 0))
                if count:
                    offers[laboratory] = min(count, cap)
            if not offers:
                raise StudyError(
                    f"no laboratory has both {first!r} and {second!r} in this subset, so they cannot be "
                    "mixed; add a source, lower split.folds, or take one out of components"
                )
            groups[first, second] = normalised(offers)
        return groups


def normalised(offers: dict[str, int]) -> tuple[list[str], np.ndarray]:
    """Split a mapping into its keys and its values scaled to sum to one."""
    weights = np.array(list(offers.values()), dtype=float)
    return list(offers), weights / weights.sum()


class RecipeSampler:
    """Draw random recipes for training: fresh ones for every batch.

    Pairs are equally likely, laboratories by :class:`EndmemberPool`'s weights, specimens equally
    likely within a laboratory. Drawing is a table look-up: every group of endmembers is one
    stretch of a single cumulative axis, so a whole batch costs two ``searchsorted`` calls.
    """

    def __init__(self, pool: EndmemberPool, settings: MixtureSettings) -> None:
        self.pool = pool
        self.pure_share = settings.pure_share
        self.low = settings.share_bins[0][0]
        self.high = settings.share_bins[-1][1]
        keys = sorted(pool._rows)
        number = {key: index for index, key in enumerate(keys)}
        # Stretch k of the axis is [k, k + 1): searching k + u picks an endmember of group k.
        self._axis = np.concatenate([pool._choice[key] + number[key] for key in keys])
        self._row = np.concatenate([pool._rows[key] for key in keys])
        self._last = np.cumsum([len(pool._rows[key]) for key in keys]) - 1
        self._pairs, self._pair_axis = self._table(
            [
                (number[lab, a], number[lab, b], pool.components.index(a), pool.components.index(b), weight)
                for (a, b), (labs, weights) in pool.pair_groups.items()
                for lab, weight in zip(labs, weights, strict=True)
            ]
        )
        self._pure, self._pure_axis = self._table(
            [
                (number[lab, a], number[lab, a], pool.components.index(a), ABSENT, weight)
                for a, (labs, weights) in pool.pure_groups.items()
                for lab, weight in zip(labs, weights, strict=True)
            ]
        )

    @staticmethod
    def _table(rows: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
        weights = np.array([row[4] for row in rows])
        return np.array([row[:4] for row in rows]), np.cumsum(weights / weights.sum())

    def _endmember(self, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        position = np.searchsorted(self._axis, group + rng.random(len(group)), side="right")
        return self._row[np.minimum(position, self._last[group])]

    def draw(self, count: int, rng: np.random.Generator) -> Recipes:
        """Draw ``count`` recipes."""
        pure = rng.random(count) < self.pure_share
        pair = self._pairs[np.searchsorted(self._pair_axis[:-1], rng.random(count), side="right")]
        single = self._pure[np.searchsorted(self._pure_axis[:-1], rng.random(count), side="right")]
        group = np.where(pure[:, None], single, pair)
        swap = ~pure & (rng.random(count) < 0.5)  # either component may be the minor one
        group[swap] = group[swap][:, [1, 0, 3, 2]]
        minor_share = rng.uniform(self.low, self.high, count)
        endmembers = np.stack([self._endmember(group[:, 0], rng), self._endmember(group[:, 1], rng)], axis=1)
        ratios = np.stack([np.where(pure, 1.0, minor_share), np.where(pure, 0.0, 1 - minor_share)], axis=1)
        endmembers[pure, 1] = ABSENT
        return Recipes(endmembers, ratios, group[:, 2:])


def balanced_recipes(
    pool: EndmemberPool, settings: MixtureSettings, rng: np.random.Generator
) -> tuple[Recipes, pd.DataFrame]:
    """Lay out a fixed set: equal numbers per pair, minor component and share bin, and pure spectra.

    Laboratories get their numbers by weight (largest remainder); within a laboratory the least
    used specimen comes next and, of it, the least used spectrum, ties broken at random. So every
    pair and bin is spread over as many specimens as there are.

    Returns:
        The recipes and one row per mixture: laboratory, composition, share_low, share_high.
    """
    dealer = Dealer(pool, rng)
    plan: list[tuple] = []
    roles: list[np.ndarray] = []
    for (first, second), (laboratories, weights) in pool.pair_groups.items():
        for low, high in settings.share_bins:
            numbers = largest_remainder(weights, settings.per_pair_and_bin, rng)
            for laboratory in np.repeat(laboratories, numbers):
                plan.append((str(laboratory), first, second, low, high))
            # Half with either component as the minor, at random: laboratories come in blocks here.
            roles.append(rng.permutation(np.arange(settings.per_pair_and_bin) % 2 == 0))
    rows: list[dict] = []
    cells: list[tuple] = []
    for (laboratory, first, second, low, high), swapped in zip(plan, np.concatenate(roles), strict=True):
        minor, major = (second, first) if swapped else (first, second)
        share = rng.uniform(low, high)
        cells.append(
            (
                dealer.next(laboratory, minor),
                dealer.next(laboratory, major),
                share,
                1 - share,
                pool.components.index(minor),
                pool.components.index(major),
            )
        )
        rows.append({"laboratory": laboratory, "composition": "binary", "share_low": low, "share_high": high})
    for component, (laboratories, weights) in pool.pure_groups.items():
        numbers = largest_remainder(weights, settings.pure_per_component, rng)
        for laboratory in np.repeat(laboratories, numbers):
            index = pool.components.index(component)
            cells.append((dealer.next(str(laboratory), component), ABSENT, 1.0, 0.0, index, ABSENT))
            rows.append({"laboratory": str(laboratory), "composition": "pure"})
    values = np.array(cells)
    recipes = Recipes(values[:, :2].astype(int), values[:, 2:4], values[:, 4:].astype(int))
    return recipes, pd.DataFrame(rows, columns=["laboratory", "composition", "share_low", "share_high"])


class Dealer:
    """Hand out endmembers so that specimens, and spectra within a specimen, are used evenly."""

    def __init__(self, pool: EndmemberPool, rng: np.random.Generator) -> None:
        self._rng = rng
        self._specimen = pool.table["specimen"].to_numpy()
        self._rows = pool._rows
        self._spectrum_use = np.zeros(len(pool.table))
        self._specimen_use: dict[str, int] = dict.fromkeys(self._specimen, 0)

    def next(self, laboratory: str, component: str) -> int:
        """Return the next endmember of a laboratory and component."""
        rows = self._rows[laboratory, component]
        use = np.array([self._specimen_use[self._specimen[row]] for row in rows], dtype=float)
        order = use + 1e-3 * self._spectrum_use[rows] / (1 + self._spectrum_use.max())
        row = int(rows[np.argmin(order + 1e-6 * self._rng.random(len(rows)))])
        self._spectrum_use[row] += 1
        self._specimen_use[self._specimen[row]] += 1
        return row


def largest_remainder(weights: np.ndarray, total: int, rng: np.random.Generator) -> np.ndarray:
    """Divide ``total`` by weights into whole numbers; remainders are dealt at random by size."""
    exact = weights * total
    numbers = np.floor(exact).astype(int)
    left = total - numbers.sum()
    if left:
        remainder = exact - numbers + 1e-9
        numbers[rng.choice(len(weights), left, replace=False, p=remainder / remainder.sum())] += 1
    return numbers
