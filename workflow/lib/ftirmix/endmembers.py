"""Endmembers on disk."""

from pathlib import Path

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


def write_endmembers(path: Path, endmembers: Spectra) -> None:
    """Write endmembers to Parquet (``ENDMEMBER_SCHEMA``)."""
    write_on_grid(path, ENDMEMBER_SCHEMA, endmembers.table, endmembers.absorbance, endmembers.wavenumber)


def read_endmembers(path: Path) -> Spectra:
    """Read endmembers written by :func:`write_endmembers`; their table has the column ``suspect``."""
    wavenumber, absorbance, table, _ = read_on_grid(path, ENDMEMBER_SCHEMA)
    return Spectra(wavenumber, absorbance, table)
