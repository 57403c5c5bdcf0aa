"""Fixed sets of mixtures on disk: spectra, recipes and everything needed to recompute the truth."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.axis import Axis
from ftirmix.balanced import balanced_recipes
from ftirmix.mixtures import compose, contributions
from ftirmix.nuisance import draw_nuisance
from ftirmix.recipes import ABSENT, SLOTS, EndmemberPool, Recipes
from ftirmix.settings import MixtureSettings
from ftirmix.spectra import Spectra, read_on_grid, write_on_grid

logger = logging.getLogger(__name__)

MIXTURE_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("laboratory", pa.string(), nullable=False),
        # pure, binary, ternary, same_polymer or hard_negative
        pa.field("composition", pa.string(), nullable=False),
        # as composition, but for hard negatives their name
        pa.field("kind", pa.string(), nullable=False),
        # of every slot, the minor component first
        pa.field("components", pa.list_(pa.string()), nullable=False),
        pa.field("mixing_ratios", pa.list_(pa.float64()), nullable=False),
        pa.field("endmembers", pa.list_(pa.string()), nullable=False),
        pa.field("specimens", pa.list_(pa.string()), nullable=False),
        pa.field("minor_component", pa.string()),
        pa.field("minor_share", pa.float64()),
        pa.field("share_low", pa.float64()),
        pa.field("share_high", pa.float64()),
        # absolute absorbance of particles side by side, zero for an intimate mixture
        pa.field("height", pa.float64(), nullable=False),
        # what a hard negative carries, as a share of the highest band
        pa.field("material", pa.string()),
        pa.field("material_height", pa.float64()),
        pa.field("shift_cm1", pa.float64(), nullable=False),
        pa.field("broadening_cm1", pa.float64(), nullable=False),
        pa.field("scale", pa.float64(), nullable=False),
        pa.field("absorbance", pa.list_(pa.float32()), nullable=False),
    ]
)
CO2_WINDOW = b"co2_window_cm1"


@dataclass(frozen=True)
class MixtureSet:
    """A fixed set of mixtures; ``table`` has the columns of ``MIXTURE_SCHEMA`` but absorbance."""

    axis: Axis
    absorbance: np.ndarray
    table: pd.DataFrame

    def take(self, rows: np.ndarray) -> "MixtureSet":
        """Return the mixtures at ``rows`` (positions), re-indexed from zero."""
        return MixtureSet(self.axis, self.absorbance[rows], self.table.iloc[rows].reset_index(drop=True))

    def ratio_matrix(self, components: list[str]) -> np.ndarray:
        """Return the true mixing ratio of every component, NaN where unknown, shape (mixture, component)."""
        matrix = np.zeros((len(self.table), len(components)), dtype=np.float32)
        for row, (names, ratios) in enumerate(zip(self.table["components"], self.table["mixing_ratios"], strict=True)):
            for name, ratio in zip(names, ratios, strict=True):
                matrix[row, components.index(name)] += ratio
        return matrix

    def presence(self, components: list[str]) -> np.ndarray:
        """Return which components are in each mixture, also where their ratios are unknown, (mixture, component)."""
        matrix = np.zeros((len(self.table), len(components)), dtype=bool)
        for row, names in enumerate(self.table["components"]):
            matrix[row, [components.index(name) for name in names]] = True
        return matrix

    def recipes(self, endmembers: pd.DataFrame, components: list[str]) -> Recipes:
        """Rebuild the recipes against a table of endmembers."""
        row_of = {spectrum: row for row, spectrum in enumerate(endmembers["spectrum"])}
        rows = np.full((len(self.table), SLOTS), ABSENT)
        ratios = np.zeros((len(self.table), SLOTS))
        index = np.full((len(self.table), SLOTS), ABSENT)
        for mixture, entry in enumerate(self.table.itertuples()):
            for slot, spectrum in enumerate(entry.endmembers):
                rows[mixture, slot] = row_of[spectrum]
                ratios[mixture, slot] = entry.mixing_ratios[slot]
                index[mixture, slot] = components.index(entry.components[slot])
        return Recipes(rows, ratios, index, self.table["height"].to_numpy())

    def contributions(self, endmembers: Spectra, recipes: Recipes) -> np.ndarray:
        """Return each slot's contribution to its mixture, shape (mixture, slot, wavenumber)."""
        shift, broadening, scale = (self.table[name].to_numpy() for name in ("shift_cm1", "broadening_cm1", "scale"))
        return contributions(endmembers.absorbance, recipes, shift, broadening, scale, self.axis)

    def at_equal_ratio(self, endmembers: Spectra, recipes: Recipes) -> np.ndarray:
        """Return what both components of binary mixtures would contribute, mixed intimately, at equal ratio.

        Returns:
            shape (mixture, 2, wavenumber), on the scale of the endmembers.
        """
        return np.stack([self.placed(endmembers, recipes, slot) / 2 for slot in range(2)], axis=1)

    def placed(self, endmembers: Spectra, recipes: Recipes, slot: int) -> np.ndarray:
        """Return one slot's endmembers, unit maximum before, on the shifted and broadened axis of their mixtures."""
        shift, broadening = (self.table[name].to_numpy() for name in ("shift_cm1", "broadening_cm1"))
        return self.axis.place(endmembers.absorbance[recipes.endmembers[:, slot]], shift, broadening)


def compose_set(
    endmembers: Spectra,
    components: list[str],
    settings: MixtureSettings,
    materials: dict[str, np.ndarray],
    co2_window: tuple[float, float],
    subtract_baseline: Callable[[np.ndarray], np.ndarray],
    prefix: str,
    rng: np.random.Generator,
    complete: bool = True,
    lay_out: Callable[..., tuple[Recipes, pd.DataFrame]] = balanced_recipes,
) -> MixtureSet:
    """Compose a balanced set from one subset's endmembers.

    Args:
        endmembers: of the subset.
        components: the study's components.
        settings: section ``mixtures``.
        materials: of :func:`ftirmix.nuisance.nuisance_materials`.
        co2_window: window that is bridged, cm^-1.
        subtract_baseline: the baseline step of preprocessing.
        prefix: of the mixtures' names.
        rng: random generator; the same state gives the same set.
        complete: whether every component and pair is needed.
        lay_out: settles what goes into each mixture, e.g. :func:`ftirmix.balanced.balanced_recipes`.

    Raises:
        StudyError: a needed component or pair has no endmembers.
    """
    pool = EndmemberPool(endmembers.table, components, settings.laboratory_weight_cap, complete)
    recipes, rows = lay_out(pool, settings, rng)
    axis = Axis(endmembers.wavenumber, co2_window)
    table = describe(recipes, rows, endmembers.table, components, prefix)
    mixtures = realise(endmembers, recipes, table, settings, materials, axis, subtract_baseline, rng)
    load = table["endmembers"].explode().value_counts() / len(table)
    text = "%d mixtures; the most used endmember, %s, is in %.1f %% of them"
    logger.info(text, len(table), load.index[0], 100 * load.iloc[0])
    return mixtures


def realise(
    endmembers: Spectra,
    recipes: Recipes,
    table: pd.DataFrame,
    settings: MixtureSettings,
    materials: dict[str, np.ndarray],
    axis: Axis,
    subtract_baseline: Callable[[np.ndarray], np.ndarray],
    rng: np.random.Generator,
) -> MixtureSet:
    """Draw the nuisances of mixtures whose recipes are settled, and compose them.

    Args:
        endmembers: of the subset.
        recipes: one per mixture, over the rows of ``endmembers``.
        table: one row per mixture, with material and material_height.
        settings: section ``mixtures``.
        materials: of :func:`ftirmix.nuisance.nuisance_materials`.
        axis: of the endmembers.
        subtract_baseline: the baseline step of preprocessing.
        rng: random generator of the nuisances.
    """
    draw = draw_nuisance(len(recipes), endmembers.wavenumber, materials, settings.nuisance, rng)
    for material, group in table.groupby("material").groups.items():
        height = table["material_height"].to_numpy()[group].astype(np.float32)
        draw.additive[group] += np.outer(height, materials[str(material)]).astype(np.float32)
    composed = compose(endmembers.absorbance, recipes, draw, axis, subtract_baseline)
    drawn = {"shift_cm1": draw.shift_cm1, "broadening_cm1": draw.broadening_cm1, "scale": composed.scale}
    return MixtureSet(axis, composed.absorbance, table.assign(**drawn))


def describe(
    recipes: Recipes, rows: pd.DataFrame, endmembers: pd.DataFrame, components: list[str], prefix: str
) -> pd.DataFrame:
    """Write recipes out in names, one row per mixture."""
    spectrum, specimen = endmembers["spectrum"].to_numpy(), endmembers["specimen"].to_numpy()
    filled = [row[row != ABSENT] for row in recipes.endmembers]
    mixed = rows["composition"].isin(["binary", "ternary"]).to_numpy()
    return rows.assign(
        mixture=[f"{prefix}-{number:05d}" for number in range(len(recipes))],
        components=[[components[i] for i in row if i != ABSENT] for row in recipes.components],
        mixing_ratios=[row[: len(used)].tolist() for row, used in zip(recipes.ratios, filled, strict=True)],
        endmembers=[spectrum[used].tolist() for used in filled],
        specimens=[specimen[used].tolist() for used in filled],
        minor_component=[
            components[row[0]] if several else None for row, several in zip(recipes.components, mixed, strict=True)
        ],
        minor_share=np.where(mixed, recipes.ratios[:, 0], np.nan),
        height=recipes.height,
    )


def write_mixtures(path: Path, mixtures: MixtureSet) -> None:
    """Write a mixture set to Parquet (``MIXTURE_SCHEMA``)."""
    window = {CO2_WINDOW: json.dumps(mixtures.axis.co2_window)}
    write_on_grid(path, MIXTURE_SCHEMA, mixtures.table, mixtures.absorbance, mixtures.axis.wavenumber, window)


def read_mixtures(path: Path) -> MixtureSet:
    """Read a mixture set written by :func:`write_mixtures`."""
    wavenumber, absorbance, table, metadata = read_on_grid(path, MIXTURE_SCHEMA)
    low, high = json.loads(metadata[CO2_WINDOW])
    return MixtureSet(Axis(wavenumber, (low, high)), absorbance, table)
