"""The two Parquet forms of spectra: as measured (ragged) and on the study's grid (a matrix)."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.errors import StudyError
from ftirmix.tables import read_parquet, write_parquet

IDENTITY = [
    pa.field("spectrum", pa.string(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
    pa.field("laboratory", pa.string(), nullable=False),
    pa.field("specimen", pa.string()),  # null: the source records none
    pa.field("label", pa.string(), nullable=False),
    pa.field("component", pa.string(), nullable=False),
    pa.field("condition", pa.string(), nullable=False),
]

MEASURED_SCHEMA = pa.schema(
    [
        *IDENTITY,
        pa.field("wavenumber", pa.list_(pa.float32()), nullable=False),
        pa.field("intensity", pa.list_(pa.float32()), nullable=False),
        pa.field("unit", pa.string(), nullable=False),
    ]
)

GRID_SCHEMA = pa.schema([*IDENTITY, pa.field("absorbance", pa.list_(pa.float32()), nullable=False)])

REJECTED_COLUMNS = ["source", "spectrum", "label", "stage", "reason"]


@dataclass(frozen=True)
class Spectra:
    """Spectra that share one wavenumber grid.

    Attributes:
        wavenumber: strictly ascending grid in cm^-1, shape (wavenumber,).
        absorbance: shape (spectrum, wavenumber).
        table: one row per spectrum with the identity columns of ``GRID_SCHEMA``.
    """

    wavenumber: np.ndarray
    absorbance: np.ndarray
    table: pd.DataFrame

    def __post_init__(self) -> None:
        check_grid(self.wavenumber)
        if self.absorbance.shape != (len(self.table), len(self.wavenumber)):
            raise ValueError(
                f"absorbance has shape {self.absorbance.shape}, expected "
                f"({len(self.table)}, {len(self.wavenumber)}): one row per spectrum, "
                "one column per wavenumber"
            )

    def take(self, rows: np.ndarray) -> "Spectra":
        """Return the spectra at ``rows`` (positions or a boolean mask), re-indexed from zero."""
        table = self.table.loc[rows] if rows.dtype == bool else self.table.iloc[rows]
        return Spectra(self.wavenumber, self.absorbance[rows], table.reset_index(drop=True))


def check_grid(wavenumber: np.ndarray) -> None:
    """Raise ValueError unless ``wavenumber`` is finite and strictly ascending."""
    if wavenumber.ndim != 1 or not np.all(np.isfinite(wavenumber)):
        raise ValueError("the wavenumber grid must be one finite row")
    if not np.all(np.diff(wavenumber) > 0):
        raise ValueError("the wavenumber grid must ascend strictly")


def matrix_to_lists(matrix: np.ndarray) -> pa.ListArray:
    """Turn a matrix into a list column of float32 without a Python loop over values."""
    rows, columns = matrix.shape
    offsets = pa.array(np.arange(rows + 1, dtype=np.int32) * columns)
    return pa.ListArray.from_arrays(offsets, pa.array(matrix.astype(np.float32).ravel()))


def lists_to_matrix(column: pa.ChunkedArray, columns: int, path: Path) -> np.ndarray:
    """Turn a list column with equal lengths back into a matrix of float32."""
    values = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    if len(values) != len(column) * columns:
        raise StudyError(f"{path}: rows differ in length; delete it and run again")
    return values.reshape(len(column), columns).astype(np.float32)  # a copy: Arrow memory is read-only


def with_grid(table: pa.Table, wavenumber: np.ndarray) -> pa.Table:
    """Attach the wavenumber grid (cm^-1) to a table as schema metadata."""
    return table.replace_schema_metadata({"wavenumber_cm1": json.dumps(wavenumber.tolist())})


def grid_of(table: pa.Table, path: Path) -> np.ndarray:
    """Read the wavenumber grid (cm^-1) that :func:`with_grid` attached."""
    metadata = table.schema.metadata or {}
    if b"wavenumber_cm1" not in metadata:
        raise StudyError(f"{path}: carries no wavenumber grid; delete it and run again")
    return np.array(json.loads(metadata[b"wavenumber_cm1"]), dtype=float)


def write_on_grid(
    path: Path,
    schema: pa.Schema,
    table: pd.DataFrame,
    absorbance: np.ndarray,
    wavenumber: np.ndarray,
    metadata: dict[bytes, str] | None = None,
) -> None:
    """Write a table whose column ``absorbance`` is a matrix on one grid, with its grid, to Parquet.

    Args:
        path: of the file.
        schema: its columns, ``absorbance`` among them.
        table: the other columns.
        absorbance: shape (row, wavenumber).
        wavenumber: grid in cm^-1.
        metadata: more to be kept beside the grid.
    """
    columns = {
        field.name: pa.array(table[field.name], type=field.type, from_pandas=True)
        for field in schema
        if field.name != "absorbance"
    }
    columns["absorbance"] = matrix_to_lists(absorbance)
    whole = with_grid(pa.table(columns, schema=schema), wavenumber)
    write_parquet(path, whole.replace_schema_metadata({**whole.schema.metadata, **(metadata or {})}))


def read_on_grid(path: Path, schema: pa.Schema) -> tuple[np.ndarray, np.ndarray, pd.DataFrame, dict[bytes, bytes]]:
    """Read a table written by :func:`write_on_grid`: grid, absorbance, other columns, metadata."""
    table = read_parquet(path, schema)
    wavenumber = grid_of(table, path)
    absorbance = lists_to_matrix(table.column("absorbance"), len(wavenumber), path)
    others = table.select([field.name for field in schema if field.name != "absorbance"])
    return wavenumber, absorbance, others.to_pandas(), table.schema.metadata


def write_spectra(path: Path, spectra: Spectra) -> None:
    """Write spectra on a common grid to Parquet (``GRID_SCHEMA``)."""
    write_on_grid(path, GRID_SCHEMA, spectra.table, spectra.absorbance, spectra.wavenumber)


def read_spectra(path: Path) -> Spectra:
    """Read spectra written by :func:`write_spectra`."""
    wavenumber, absorbance, table, _ = read_on_grid(path, GRID_SCHEMA)
    return Spectra(wavenumber, absorbance, table)


def concatenate(parts: list[Spectra]) -> Spectra:
    """Join spectra that lie on one grid.

    Raises:
        ValueError: the grids differ, or ``parts`` is empty.
    """
    if not parts:
        raise ValueError("nothing to join: no spectra were given")
    wavenumber = parts[0].wavenumber
    if any(not np.array_equal(part.wavenumber, wavenumber) for part in parts):
        raise ValueError("spectra on different wavenumber grids cannot be joined; resample first")
    return Spectra(
        wavenumber,
        np.concatenate([part.absorbance for part in parts]),
        pd.concat([part.table for part in parts], ignore_index=True),
    )
