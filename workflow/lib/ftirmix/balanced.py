"""Fixed validation and test sets: every pair, minor component and share bin the same number of times."""

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pandas as pd

from ftirmix.recipes import (
    ABSENT,
    SLOTS,
    Dealer,
    EndmemberPool,
    Recipes,
    draw_heights,
    largest_remainder,
    share_out,
)
from ftirmix.settings import MixtureSettings


@dataclass
class Layout:
    """Recipes under construction, one entry per mixture in each list."""

    endmembers: list[list[int]] = field(default_factory=list)
    components: list[list[int]] = field(default_factory=list)
    minor: list[float] = field(default_factory=list)
    rows: list[dict] = field(default_factory=list)

    def add(self, endmembers: list[int], components: list[int], minor: float, **row: object) -> None:
        """Add one mixture; ``row`` says what it is."""
        empty = [ABSENT] * (SLOTS - len(endmembers))
        self.endmembers.append(endmembers + empty)
        self.components.append(components + empty)
        self.minor.append(minor)
        self.rows.append(row)


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
    dealer, layout = Dealer(pool, rng), Layout()
    add_binary(layout, pool, dealer, settings, rng)
    add_ternary(layout, pool, dealer, settings, rng)
    add_pure(layout, pool, dealer, settings, rng)
    add_same_polymer(layout, pool, dealer, settings, rng)
    add_hard_negatives(layout, pool, dealer, settings, rng)
    endmembers = np.array(layout.endmembers)
    slots = (endmembers != ABSENT).sum(axis=1)
    ratios = share_out(np.array(layout.minor), slots, rng)
    height = np.where(slots > 1, draw_heights(len(slots), settings.side_by_side_share, rng), 0.0)
    recipes = Recipes(endmembers, ratios, np.array(layout.components), height)
    return recipes, pd.DataFrame(layout.rows, columns=ROW_COLUMNS)


def add_binary(
    layout: Layout, pool: EndmemberPool, dealer: Dealer, settings: MixtureSettings, rng: np.random.Generator
) -> None:
    """Add binary mixtures, half of each pair and bin with either component as the minor."""
    for pair, (laboratories, weights) in pool.pairs.items():
        if not laboratories:
            continue
        for low, high in settings.share_bins:
            numbers = largest_remainder(weights, settings.per_pair_and_bin, rng)
            # Half with either component as the minor, at random: laboratories come in blocks here.
            swapped = rng.permutation(np.arange(settings.per_pair_and_bin) % 2 == 0)
            for laboratory, swap in zip(np.repeat(laboratories, numbers), swapped, strict=True):
                names = pair[::-1] if swap else pair
                layout.add(
                    [dealer.next(str(laboratory), name) for name in names],
                    [pool.components.index(name) for name in names],
                    rng.uniform(low, high),
                    laboratory=str(laboratory),
                    composition="binary",
                    kind="binary",
                    share_low=low,
                    share_high=high,
                )


def add_ternary(
    layout: Layout, pool: EndmemberPool, dealer: Dealer, settings: MixtureSettings, rng: np.random.Generator
) -> None:
    """Add ternary mixtures: equal numbers per minor component and bin, partners in turn.

    The smallest of three shares is at most a third: bins above are left out, the last is cut.
    """
    for component in pool.components:
        partners = [
            pair
            for pair in combinations([name for name in pool.components if name != component], 2)
            if pool.triples[tuple(sorted((component, *pair), key=pool.components.index))][0]
        ]
        for low, high in settings.share_bins:
            if low >= 1 / SLOTS or not partners:
                continue
            for turn in rng.permutation(len(partners))[np.arange(settings.ternary_per_minor_and_bin) % len(partners)]:
                names = [component, *(partners[turn][slot] for slot in rng.permutation(2))]
                laboratories, weights = pool.triples[tuple(sorted(names, key=pool.components.index))]
                laboratory = str(rng.choice(laboratories, p=weights))
                layout.add(
                    [dealer.next(laboratory, name) for name in names],
                    [pool.components.index(name) for name in names],
                    rng.uniform(low, min(high, 1 / SLOTS)),
                    laboratory=laboratory,
                    composition="ternary",
                    kind="ternary",
                    share_low=low,
                    share_high=high,
                )


def add_pure(
    layout: Layout, pool: EndmemberPool, dealer: Dealer, settings: MixtureSettings, rng: np.random.Generator
) -> None:
    """Add pure spectra, equal numbers per component."""
    for (component,), (laboratories, weights) in pool.pure.items():
        if not laboratories:
            continue
        numbers = largest_remainder(weights, settings.pure_per_component, rng)
        for laboratory in np.repeat(laboratories, numbers):
            layout.add(
                [dealer.next(str(laboratory), component)],
                [pool.components.index(component)],
                1.0,
                laboratory=str(laboratory),
                composition="pure",
                kind="pure",
            )


def add_same_polymer(
    layout: Layout, pool: EndmemberPool, dealer: Dealer, settings: MixtureSettings, rng: np.random.Generator
) -> None:
    """Add mixtures of two specimens of one polymer: nobody may tell them from pure spectra."""
    for (component, _), (laboratories, weights) in pool.twins.items():
        if not laboratories:
            continue
        numbers = largest_remainder(weights, settings.same_polymer_per_component, rng)
        for laboratory in np.repeat(laboratories, numbers):
            first = dealer.next(str(laboratory), component)
            layout.add(
                [first, dealer.next(str(laboratory), component, other_than=first)],
                [pool.components.index(component)] * 2,
                rng.uniform(settings.share_bins[0][0], settings.share_bins[-1][1]),
                laboratory=str(laboratory),
                composition="same_polymer",
                kind="same_polymer",
            )


def add_hard_negatives(
    layout: Layout, pool: EndmemberPool, dealer: Dealer, settings: MixtureSettings, rng: np.random.Generator
) -> None:
    """Add pure polymers under what looks like another one: weathering, biofilm, plasticiser, humid air."""
    for negative in settings.hard_negatives:
        for component in negative.components:
            if component not in pool.components:
                continue
            laboratories, weights = pool.pure[component,]
            if not laboratories:
                continue
            numbers = largest_remainder(weights, settings.hard_negatives_per_component, rng)
            for laboratory in np.repeat(laboratories, numbers):
                layout.add(
                    [dealer.next(str(laboratory), component)],
                    [pool.components.index(component)],
                    1.0,
                    laboratory=str(laboratory),
                    composition="hard_negative",
                    kind=negative.name,
                    material=negative.material,
                    material_height=float(np.exp(rng.uniform(np.log(negative.low), np.log(negative.high)))),
                )
