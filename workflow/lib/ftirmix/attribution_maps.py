"""Attribution maps on disk."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.spectra import lists_to_matrix, matrix_to_lists
from ftirmix.tables import read_parquet, write_parquet

MAP_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        # mixture: the mixture itself; pure: the same endmember alone, same nuisance.
        pa.field("view", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("logit", pa.float32(), nullable=False),
        # Logit of the same mixture without this component, null where it is absent anyway.
        pa.field("logit_without", pa.float32()),
        pa.field("attribution", pa.list_(pa.float32()), nullable=False),
    ]
)


def map_table(
    mixture: np.ndarray, view: str, component: np.ndarray, logit: np.ndarray, without: np.ndarray, maps: np.ndarray
) -> pa.Table:
    """Assemble rows of ``MAP_SCHEMA``."""
    columns = {
        "mixture": pa.array(mixture),
        "view": pa.array([view] * len(mixture)),
        "component": pa.array(component),
        "logit": pa.array(logit, type=pa.float32()),
        "logit_without": pa.array(without, type=pa.float32(), from_pandas=True),
        "attribution": matrix_to_lists(maps),
    }
    return pa.table(columns, schema=MAP_SCHEMA)


def write_maps(path: Path, table: pa.Table, wavenumber: np.ndarray, resolution: int) -> None:
    """Write attribution maps; the grid and the resolution in grid points go into the metadata."""
    metadata = {"wavenumber_cm1": json.dumps(wavenumber.tolist()), "resolution_points": str(resolution)}
    write_parquet(path, table.replace_schema_metadata(metadata))


def read_maps(path: Path) -> tuple[pd.DataFrame, np.ndarray, int]:
    """Read maps: their table, the maps (row, wavenumber), and the resolution in grid points."""
    table = read_parquet(path, MAP_SCHEMA)
    metadata = table.schema.metadata
    wavenumbers = len(json.loads(metadata[b"wavenumber_cm1"]))
    maps = lists_to_matrix(table.column("attribution"), wavenumbers, path)
    return table.drop_columns(["attribution"]).to_pandas(), maps, int(metadata[b"resolution_points"])
