"""What goes into each mixture: which endmembers, at which mixing ratios, by which law."""

import logging
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.settings import MixtureSettings

logger = logging.getLogger(__name__)
ABSENT = -1
SLOTS = 3
# Components that are mixed: laboratories that have all of them, and their weights.
Groups = dict[tuple[str, ...], tuple[list[str], np.ndarray]]
# Of particles side by side on the crystal, in absolute absorbance.
LOWEST_HEIGHT, HIGHEST_HEIGHT = 0.05, 1.2


@dataclass(frozen=True)
class Recipes:
    """What goes into each mixture; slot 0 holds the minor component.

    Attributes:
        endmembers: rows of the endmember matrix, ``ABSENT`` for an empty slot, shape (mixture, slot).
        ratios: mixing ratios, zero in empty slots, rows sum to one, shape (mixture, slot).
        components: index of each slot's component, ``ABSENT`` for an empty slot, (mixture, slot).
        height: absolute absorbance of the highest band of particles side by side, shape
            (mixture,); zero for an intimate mixture, whose law does not depend on it.
    """

    endmembers: np.ndarray
    ratios: np.ndarray
    components: np.ndarray
    height: np.ndarray

    def __len__(self) -> int:
        return len(self.endmembers)

    def take(self, rows: np.ndarray) -> "Recipes":
        """Return the recipes at ``rows``."""
        return Recipes(self.endmembers[rows], self.ratios[rows], self.components[rows], self.height[rows])

    def ratio_matrix(self, components: int) -> np.ndarray:
        """Return the mixing ratio of every component, shape (mixture, component)."""
        matrix = np.zeros((len(self), components), dtype=np.float32)
        mixture, slot = np.nonzero(self.components != ABSENT)
        np.add.at(matrix, (mixture, self.components[mixture, slot]), self.ratios[mixture, slot])
        return matrix


def draw_heights(count: int, side_by_side_share: float, rng: np.random.Generator) -> np.ndarray:
    """Draw the law of each mixture: absolute absorbance, log-uniform 0.05 to 1.2, or zero for intimate ones."""
    height = np.exp(rng.uniform(np.log(LOWEST_HEIGHT), np.log(HIGHEST_HEIGHT), count))
    return np.where(rng.random(count) < side_by_side_share, height, 0.0)


class EndmemberPool:
    """Endmembers of one subset, ready to be drawn: laboratories, then specimens, then spectra.

    Args:
        table: columns laboratory, component, specimen; one row per endmember.
        components: the study's components, in order.
        weight_cap: a laboratory's weight in a pair is the smaller number of specimens it has of
            the two, but at most this, so that a large collection does not drown the others.
        complete: whether every component and pair is needed; where a laboratory is left out, the
            others may lack some.

    Raises:
        StudyError: a component has no endmember, or a pair shares no laboratory, and they are needed.
    """

    def __init__(self, table: pd.DataFrame, components: list[str], weight_cap: int, complete: bool = True) -> None:
        self.table = table.reset_index(drop=True)
        self.components = components
        self._cap = weight_cap
        groups = self.table.groupby(["laboratory", "component"], sort=True)
        self.specimens = groups["specimen"].nunique()
        self.rows = {key: rows.to_numpy() for key, rows in groups.groups.items()}
        self.pure: Groups = {(name,): self._offers((name,), 1) for name in components}
        self.pairs: Groups = {pair: self._offers(pair, 1) for pair in combinations(components, 2)}
        self.triples: Groups = {triple: self._offers(triple, 1) for triple in combinations(components, 3)}
        self.twins: Groups = {(name, name): self._offers((name,), 2) for name in components}
        for names, (laboratories, _) in {**self.pure, **self.pairs}.items():
            if not laboratories and complete:
                raise StudyError(missing(names))
            if not laboratories:
                logger.info("not in this subset of any one laboratory: %s", " + ".join(names))

    def _offers(self, names: tuple[str, ...], fewest: int) -> tuple[list[str], np.ndarray]:
        """List the laboratories that have specimens of all ``names``, with their weights."""
        offers = {}
        for laboratory in sorted(self.table["laboratory"].unique()):
            count = min(self.specimens.get((laboratory, name), 0) for name in names)
            if count >= fewest:
                offers[laboratory] = min(count, self._cap)
        weights = np.array(list(offers.values()), dtype=float)
        return list(offers), weights / weights.sum() if offers else weights

    def specimen_weights(self, key: tuple[str, str]) -> np.ndarray:
        """Cumulative weights that give every specimen the same chance, and its spectra equal parts."""
        specimen = self.table["specimen"].to_numpy()[self.rows[key]]
        _, inverse, counts = np.unique(specimen, return_inverse=True, return_counts=True)
        weights = 1.0 / counts[inverse]
        return np.cumsum(weights / weights.sum())


def missing(names: tuple[str, ...]) -> str:
    """Say which component or pair has no endmembers, and what to do."""
    if len(names) == 1:
        return (
            f"component {names[0]!r} has no endmember in this subset; add a source that has it, lower "
            "split.folds, or take it out of components"
        )
    return (
        f"no laboratory has both {names[0]!r} and {names[1]!r} in this subset, so they cannot be mixed; "
        "add a source, lower split.folds, or take one out of components"
    )


class RecipeSampler:
    """Draw random recipes for training: fresh ones for every batch.

    Pure, same-polymer, binary and ternary recipes come in the shares of the settings. Within a
    kind all combinations of components are equally likely, then laboratories by
    :class:`EndmemberPool`'s weights, then specimens within a laboratory. The share of the minor
    component is log-uniform over the share bins, so that small shares are not rare: on validation
    mixtures a residual network finds 0.78 of the minors at 5 to 10 %, and 0.71 where it was trained
    on uniform shares.

    Drawing is a table look-up: every group of endmembers is one stretch of a single cumulative
    axis, so a whole batch costs a few ``searchsorted`` calls.
    """

    def __init__(self, pool: EndmemberPool, settings: MixtureSettings) -> None:
        self.pool = pool
        self.settings = settings
        keys = sorted(pool.rows)
        number = {key: index for index, key in enumerate(keys)}
        # Stretch k of the axis is [k, k + 1): searching k + u picks an endmember of group k.
        self._axis = np.concatenate([pool.specimen_weights(key) + number[key] for key in keys])
        self._row = np.concatenate([pool.rows[key] for key in keys])
        self._last = np.cumsum([len(pool.rows[key]) for key in keys]) - 1
        self._specimen = pd.factorize(pool.table["specimen"])[0]
        shares = settings.training_shares
        kinds = [
            (shares.pure, pool.pure),
            (shares.same_polymer, pool.twins),
            (shares.ternary, pool.triples),
            (1.0 - shares.pure - shares.same_polymer - shares.ternary, pool.pairs),
        ]
        rows = []
        for share, groups in kinds:
            offered = {names: offer for names, offer in groups.items() if offer[0]}
            for names, (laboratories, weights) in offered.items():
                filled = [pool.components.index(name) for name in names]
                empty = [ABSENT] * (SLOTS - len(names))
                for laboratory, weight in zip(laboratories, weights, strict=True):
                    group = [number[laboratory, name] for name in names]
                    rows.append((*group, *empty, *filled, *empty, share * weight / len(offered)))
        self._groups = np.array([row[:-1] for row in rows]).reshape(-1, 2, SLOTS)
        weight = np.array([row[-1] for row in rows])
        self._group_axis = np.cumsum(weight / weight.sum())

    def _endmember(self, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        position = np.searchsorted(self._axis, group + rng.random(len(group)), side="right")
        return self._row[np.minimum(position, self._last[group])]

    def draw(self, count: int, rng: np.random.Generator) -> Recipes:
        """Draw ``count`` recipes."""
        chosen = self._groups[np.searchsorted(self._group_axis[:-1], rng.random(count), side="right")]
        # Any of the components may be the minor one; empty slots stay last.
        order = np.argsort(rng.random((count, SLOTS)) + 2.0 * (chosen[:, 0] == ABSENT), axis=1)
        group, components = (np.take_along_axis(part, order, axis=1) for part in (chosen[:, 0], chosen[:, 1]))
        endmembers = np.full((count, SLOTS), ABSENT)
        for slot in range(SLOTS):
            filled = np.flatnonzero(group[:, slot] != ABSENT)
            endmembers[filled, slot] = self._endmember(group[filled, slot], rng)
        twins = np.flatnonzero((group[:, 1] != ABSENT) & (group[:, 0] == group[:, 1]))
        while len(twins):  # a second spectrum of one specimen is no mixture
            same = self._specimen[endmembers[twins, 0]] == self._specimen[endmembers[twins, 1]]
            twins = twins[same]
            endmembers[twins, 1] = self._endmember(group[twins, 1], rng)
        bins = self.settings.share_bins
        slots = (group != ABSENT).sum(axis=1)
        lowest, highest = bins[0][0], np.minimum(bins[-1][1], 1.0 / slots)
        minor = lowest * (highest / lowest) ** rng.random(count)
        ratios = share_out(minor, slots, rng)
        height = np.where(slots > 1, draw_heights(count, self.settings.side_by_side_share, rng), 0.0)
        return Recipes(endmembers, ratios, components, height)


def share_out(minor: np.ndarray, slots: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn minor shares into mixing ratios; no slot gets less than the first.

    Args:
        minor: share of the first slot, at most 1 / slots, shape (mixture,).
        slots: number of filled slots, 1 to ``SLOTS``, shape (mixture,).

    Returns:
        shape (mixture, slot), rows summing to one.
    """
    ratios = np.zeros((len(minor), SLOTS))
    ratios[:, 0] = np.where(slots == 1, 1.0, minor)
    second = minor + rng.random(len(minor)) * (1 - 3 * minor)  # ternary: between minor and 1 - 2 minor
    ratios[:, 1] = np.select([slots == 2, slots == 3], [1 - minor, second], 0.0)
    ratios[:, 2] = np.where(slots == 3, 1 - minor - second, 0.0)
    return ratios


class Dealer:
    """Hand out endmembers so that specimens, and spectra within a specimen, are used evenly."""

    def __init__(self, pool: EndmemberPool, rng: np.random.Generator) -> None:
        self._rng = rng
        self._specimen = pool.table["specimen"].to_numpy()
        self._rows = pool.rows
        self._spectrum_use = np.zeros(len(pool.table))
        self._specimen_use: dict[str, int] = dict.fromkeys(self._specimen, 0)

    def next(self, laboratory: str, component: str, other_than: int | None = None) -> int:
        """Return the next endmember of a laboratory and component, of another specimen than a given endmember's."""
        rows = self._rows[laboratory, component]
        if other_than is not None:
            rows = rows[self._specimen[rows] != self._specimen[other_than]]
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
