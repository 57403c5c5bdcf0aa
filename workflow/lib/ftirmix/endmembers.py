"""Endmembers on disk, and how many there are."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from ftirmix.spectra import (
    IDENTITY,
    Spectra,
    grid_of,
    lists_to_matrix,
    matrix_to_lists,
    with_grid,
)
from ftirmix.tables import read_parquet, write_parquet

ENDMEMBER_SCHEMA = pa.schema(
    [
        *IDENTITY,
        # Whether the label is in doubt: such endmembers are never trained on.
        pa.field("suspect", pa.bool_(), nullable=False),
        pa.field("absorbance", pa.list_(pa.float32()), nullable=False),
    ]
)


def count_endmembers(table: pd.DataFrame) -> pd.DataFrame:
    """Count endmembers and specimens per component and laboratory, with and without the suspect ones.

    Returns:
        Columns component, laboratory, spectra, specimens, spectra_curated, specimens_curated.
    """
    keys = ["component", "laboratory"]
    counts = table.groupby(keys, sort=True).agg(spectra=("spectrum", "size"), specimens=("specimen", "nunique"))
    kept = table[~table["suspect"]].groupby(keys).agg(
        spectra_curated=("spectrum", "size"), specimens_curated=("specimen", "nunique")
    )  # fmt: skip
    return counts.join(kept).fillna(0).astype(int).reset_index()


def write_endmembers(path: Path, endmembers: Spectra) -> None:
    """Write endmembers to Parquet (``ENDMEMBER_SCHEMA``)."""
    columns = {
        field.name: pa.array(endmembers.table[field.name], type=field.type, from_pandas=True)
        for field in ENDMEMBER_SCHEMA
        if field.name != "absorbance"
    }
    columns["absorbance"] = matrix_to_lists(endmembers.absorbance)
    write_parquet(path, with_grid(pa.table(columns, schema=ENDMEMBER_SCHEMA), endmembers.wavenumber))


def read_endmembers(path: Path) -> Spectra:
    """Read endmembers written by :func:`write_endmembers`; their table has the column ``suspect``."""
    table = read_parquet(path, ENDMEMBER_SCHEMA)
    wavenumber = grid_of(table, path)
    absorbance = lists_to_matrix(table.column("absorbance"), len(wavenumber), path)
    return Spectra(wavenumber, absorbance, table.drop_columns(["absorbance"]).to_pandas())
