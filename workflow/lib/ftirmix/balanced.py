"""Fixed validation and test sets: every pair, minor component and share bin the same number of times."""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from ftirmix.recipes import (
    ABSENT,
    SLOTS,
    Dealer,
    EndmemberPool,
    Groups,
    Recipes,
    draw_heights,
    largest_remainder,
    share_out,
)
from ftirmix.settings import MixtureSettings

# What a mixture is; material and material_height name what was added to a hard negative.
ROW_COLUMNS = ["laboratory", "composition", "kind", "share_low", "share_high", "material", "material_height"]


def balanced_recipes(
    pool: EndmemberPool, settings: MixtureSettings, rng: np.random.Generator
) -> tuple[Recipes, pd.DataFrame]:
    """Lay out a fixed set of pure, binary, ternary, same-polymer and hard-negative samples.

    Equal numbers per pair, minor component and share bin. Laboratories get their numbers by
    weight (largest remainder); within a laboratory the least used specimen comes next and, of it,
    the least used spectrum, ties broken at random. So every pair and bin is spread over as many
    specimens as there are.

    Returns:
        The recipes and one row per mixture (``ROW_COLUMNS``).
    """
    layout = Layout(pool, settings, rng)
    layout.add_binary()
    layout.add_ternary()
    layout.add_pure(pool.pure)
    layout.add_same_polymer((settings.share_bins[0][0], settings.share_bins[-1][1]))
    layout.add_hard_negatives()
    return layout.recipes(), pd.DataFrame(layout.rows, columns=ROW_COLUMNS)


def twin_recipes(
    pool: EndmemberPool, settings: MixtureSettings, rng: np.random.Generator
) -> tuple[Recipes, pd.DataFrame]:
    """Lay out pure spectra, and mixtures of two specimens of one polymer in every share bin, for a null test.

    ``settings.same_polymer_per_component`` counts per bin here.

    Returns:
        The recipes and one row per mixture (``ROW_COLUMNS``).
    """
    layout = Layout(pool, settings, rng)
    # Both from the same laboratories: one with a single odd specimen would enter as pure only.
    layout.add_pure({names[:1]: offer for names, offer in pool.twins.items()})
    for low, high in settings.share_bins:
        layout.add_same_polymer((low, high), share_low=low, share_high=high)
    return layout.recipes(), pd.DataFrame(layout.rows, columns=ROW_COLUMNS)


class Layout:
    """Recipes under construction: one entry per mixture in each list."""

    def __init__(self, pool: EndmemberPool, settings: MixtureSettings, rng: np.random.Generator) -> None:
        self.pool, self.settings, self.rng = pool, settings, rng
        self.dealer = Dealer(pool, rng)
        self.endmembers: list[list[int]] = []
        self.components: list[list[int]] = []
        self.minor: list[float] = []
        self.rows: list[dict] = []

    def recipes(self) -> Recipes:
        """Draw what is left, ratios beside the minor share and the mixing law, and return the recipes."""
        endmembers = np.array(self.endmembers)
        slots = (endmembers != ABSENT).sum(axis=1)
        ratios = share_out(np.array(self.minor), slots, self.rng)
        height = np.where(slots > 1, draw_heights(len(slots), self.settings.side_by_side_share, self.rng), 0.0)
        return Recipes(endmembers, ratios, np.array(self.components), height)

    def add(self, laboratory: str, names: tuple[str, ...], shares: tuple[float, float] | None, **row: object) -> None:
        """Deal the endmembers of one mixture and write it down.

        Args:
            laboratory: of all its endmembers.
            names: its components, the minor one first; one name twice asks for two specimens.
            shares: lowest and highest minor share; None where there is one endmember only.
            row: what it is, of ``ROW_COLUMNS``.
        """
        endmembers: list[int] = []
        for slot, name in enumerate(names):
            twin = endmembers[-1] if name in names[:slot] else None
            endmembers.append(self.dealer.next(laboratory, name, other_than=twin))
        empty = [ABSENT] * (SLOTS - len(names))
        self.endmembers.append(endmembers + empty)
        self.components.append([self.pool.components.index(name) for name in names] + empty)
        self.minor.append(1.0 if shares is None else self.rng.uniform(*shares))
        self.rows.append({"laboratory": laboratory, "kind": row["composition"], **row})

    def dealt(self, offer: tuple[list[str], np.ndarray], total: int) -> Iterator[str]:
        """Give laboratories their numbers by weight; none where no laboratory has the components."""
        laboratories, weights = offer
        if laboratories:
            yield from map(str, np.repeat(laboratories, largest_remainder(weights, total, self.rng)))

    def add_binary(self) -> None:
        """Add binary mixtures, half of each pair and bin with either component as the minor."""
        for pair, offer in self.pool.pairs.items():
            for low, high in self.settings.share_bins:
                laboratories = list(self.dealt(offer, self.settings.per_pair_and_bin))
                # Half with either component as the minor, at random: laboratories come in blocks here.
                swapped = self.rng.permutation(np.arange(len(laboratories)) % 2 == 0)
                for laboratory, swap in zip(laboratories, swapped, strict=True):
                    names = pair[::-1] if swap else pair
                    self.add(laboratory, names, (low, high), composition="binary", share_low=low, share_high=high)

    def add_ternary(self) -> None:
        """Add ternary mixtures: equal numbers per minor component and bin, partners in turn.

        The smallest of three shares is at most a third: bins above are left out, the last is cut.
        """
        number = self.settings.ternary_per_minor_and_bin
        for component in self.pool.components:
            others = combinations([name for name in self.pool.components if name != component], 2)
            partners = [pair for pair in others if self.offer_of(component, *pair)[0]]
            for low, high in self.settings.share_bins:
                if low >= 1 / SLOTS or not partners:
                    continue
                for turn in self.rng.permutation(len(partners))[np.arange(number) % len(partners)]:
                    names = (component, *(partners[turn][slot] for slot in self.rng.permutation(2)))
                    laboratories, weights = self.offer_of(*names)
                    laboratory = str(self.rng.choice(laboratories, p=weights))
                    shares = (low, min(high, 1 / SLOTS))
                    self.add(laboratory, names, shares, composition="ternary", share_low=low, share_high=high)

    def offer_of(self, *names: str) -> tuple[list[str], np.ndarray]:
        """Return the laboratories that have three components, in whatever order they are named."""
        return self.pool.triples[tuple(sorted(names, key=self.pool.components.index))]

    def add_pure(self, offers: Groups) -> None:
        """Add pure spectra, equal numbers per component."""
        for names, offer in offers.items():
            for laboratory in self.dealt(offer, self.settings.pure_per_component):
                self.add(laboratory, names, None, composition="pure")

    def add_same_polymer(self, shares: tuple[float, float], **row: float) -> None:
        """Add mixtures of two specimens of one polymer: nobody may tell them from pure spectra."""
        for names, offer in self.pool.twins.items():
            for laboratory in self.dealt(offer, self.settings.same_polymer_per_component):
                self.add(laboratory, names, shares, composition="same_polymer", **row)

    def add_hard_negatives(self) -> None:
        """Add pure polymers under what looks like another one: weathering, biofilm, plasticiser, humid air."""
        for negative in self.settings.hard_negatives:
            for component in negative.components:
                offer = self.pool.pure.get((component,), ([], np.array([])))
                for laboratory in self.dealt(offer, self.settings.hard_negatives_per_component):
                    self.add(
                        laboratory, (component,), None,
                        composition="hard_negative", kind=negative.name, material=negative.material,
                        material_height=float(np.exp(self.rng.uniform(np.log(negative.low), np.log(negative.high)))),
                    )  # fmt: skip
