"""Endmembers on disk, and how many there are."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from ftirmix.spectra import IDENTITY, Spectra, read_on_grid, write_on_grid

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
    write_on_grid(path, ENDMEMBER_SCHEMA, endmembers.table, endmembers.absorbance, endmembers.wavenumber)


def read_endmembers(path: Path) -> Spectra:
    """Read endmembers written by :func:`write_endmembers`; their table has the column ``suspect``."""
    wavenumber, absorbance, table, _ = read_on_grid(path, ENDMEMBER_SCHEMA)
    return Spectra(wavenumber, absorbance, table)
