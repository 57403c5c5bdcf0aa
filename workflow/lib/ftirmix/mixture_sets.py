"""Fixed sets of mixtures on disk: spectra, recipes and everything needed to recompute the truth."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.axis import Axis
from ftirmix.errors import StudyError
from ftirmix.mixtures import ABSENT, EndmemberPool, Recipes, balanced_recipes, compose, contributions
from ftirmix.nuisance import draw_nuisance
from ftirmix.settings import MixtureSettings
from ftirmix.spectra import Spectra, grid_of, lists_to_matrix, matrix_to_lists, with_grid
from ftirmix.tables import read_parquet, write_parquet

MIXTURE_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("laboratory", pa.string(), nullable=False),
        pa.field("composition", pa.string(), nullable=False),
        pa.field("components", pa.list_(pa.string()), nullable=False),
        pa.field("mixing_ratios", pa.list_(pa.float64()), nullable=False),
        pa.field("endmembers", pa.list_(pa.string()), nullable=False),
        pa.field("specimens", pa.list_(pa.string()), nullable=False),
        pa.field("minor_component", pa.string()),
        pa.field("minor_share", pa.float64()),
        pa.field("share_low", pa.float64()),
        pa.field("share_high", pa.float64()),
        pa.field("shift_cm1", pa.float64(), nullable=False),
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

    def ratio_matrix(self, components: list[str]) -> np.ndarray:
        """Return the true mixing ratio of every component, shape (mixture, component)."""
        matrix = np.zeros((len(self.table), len(components)), dtype=np.float32)
        for row, (names, ratios) in enumerate(zip(self.table["components"], self.table["mixing_ratios"], strict=True)):
            for name, ratio in zip(names, ratios, strict=True):
                matrix[row, components.index(name)] += ratio
        return matrix

    def recipes(self, endmembers: pd.DataFrame, components: list[str]) -> Recipes:
        """Rebuild the recipes against a table of endmembers."""
        row_of = {spectrum: row for row, spectrum in enumerate(endmembers["spectrum"])}
        rows = np.full((len(self.table), 2), ABSENT)
        ratios = np.zeros((len(self.table), 2))
        index = np.full((len(self.table), 2), ABSENT)
        for mixture, entry in enumerate(self.table.itertuples()):
            for slot, spectrum in enumerate(entry.endmembers):
                rows[mixture, slot] = row_of[spectrum]
                ratios[mixture, slot] = entry.mixing_ratios[slot]
                index[mixture, slot] = components.index(entry.components[slot])
        return Recipes(rows, ratios, index)

    def contributions(self, endmembers: Spectra, recipes: Recipes) -> np.ndarray:
        """Return each slot's contribution to its mixture, shape (mixture, slot, wavenumber)."""
        shift, scale = self.table["shift_cm1"].to_numpy(), self.table["scale"].to_numpy()
        return contributions(endmembers.absorbance, recipes, shift, scale, self.axis)


def compose_set(
    endmembers: Spectra,
    components: list[str],
    settings: MixtureSettings,
    vapour: np.ndarray,
    co2_window: tuple[float, float],
    prefix: str,
    rng: np.random.Generator,
) -> MixtureSet:
    """Compose a balanced set of binary mixtures and pure spectra from one subset's endmembers."""
    pool = EndmemberPool(endmembers.table, components, settings.laboratory_weight_cap)
    recipes, rows = balanced_recipes(pool, settings, rng)
    draw = draw_nuisance(len(recipes), endmembers.wavenumber, vapour, settings.nuisance, rng)
    axis = Axis(endmembers.wavenumber, co2_window)
    composed = compose(endmembers.absorbance, recipes, draw, axis)
    spectrum, specimen = endmembers.table["spectrum"].to_numpy(), endmembers.table["specimen"].to_numpy()
    filled = [row[row != ABSENT] for row in recipes.endmembers]
    binary = (rows["composition"] == "binary").to_numpy()
    table = rows.assign(
        mixture=[f"{prefix}-{number:05d}" for number in range(len(recipes))],
        components=[[components[i] for i in row if i != ABSENT] for row in recipes.components],
        mixing_ratios=[row[: len(used)].tolist() for row, used in zip(recipes.ratios, filled, strict=True)],
        endmembers=[spectrum[used].tolist() for used in filled],
        specimens=[specimen[used].tolist() for used in filled],
        minor_component=[
            components[row[0]] if two else None for row, two in zip(recipes.components, binary, strict=True)
        ],
        minor_share=np.where(binary, recipes.ratios[:, 0], np.nan),
        shift_cm1=draw.shift_cm1,
        scale=composed.scale,
    )
    return MixtureSet(axis, composed.absorbance, table)


def write_mixtures(path: Path, mixtures: MixtureSet) -> None:
    """Write a mixture set to Parquet (``MIXTURE_SCHEMA``)."""
    columns = {
        field.name: pa.array(mixtures.table[field.name], type=field.type, from_pandas=True)
        for field in MIXTURE_SCHEMA
        if field.name != "absorbance"
    }
    columns["absorbance"] = matrix_to_lists(mixtures.absorbance)
    table = with_grid(pa.table(columns, schema=MIXTURE_SCHEMA), mixtures.axis.wavenumber)
    window = {CO2_WINDOW: json.dumps(mixtures.axis.co2_window)}
    write_parquet(path, table.replace_schema_metadata({**(table.schema.metadata or {}), **window}))


def read_mixtures(path: Path) -> MixtureSet:
    """Read a mixture set written by :func:`write_mixtures`."""
    table = read_parquet(path, MIXTURE_SCHEMA)
    wavenumber = grid_of(table, path)
    absorbance = lists_to_matrix(table.column("absorbance"), len(wavenumber), path)
    low, high = json.loads(table.schema.metadata[CO2_WINDOW])
    return MixtureSet(Axis(wavenumber, (low, high)), absorbance, table.drop_columns(["absorbance"]).to_pandas())


def endmembers_of(endmembers: Spectra, split: pd.DataFrame, subset: pd.Series, name: str) -> Spectra:
    """Take the endmembers of one subset.

    Args:
        endmembers: all endmembers of the study.
        split: the split's table, one row per endmember in the same order.
        subset: subset of each row of ``split``.
        name: train, validation or test.

    Raises:
        StudyError: the split belongs to other endmembers.
    """
    if split["spectrum"].tolist() != endmembers.table["spectrum"].tolist():
        raise StudyError("the split and the endmembers differ; run `snakemake --forcerun split_specimens`")
    return endmembers.take((subset == name).to_numpy())
