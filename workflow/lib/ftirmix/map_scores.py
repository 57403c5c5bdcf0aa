"""Scores of maps on disk."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from ftirmix.map_names import SCORE_NAMES
from ftirmix.tables import read_parquet, write_parquet

SCORES = list(SCORE_NAMES)
# Two of the scores, of a part of the mixtures only, are told as parts of what the whole exchange does to the logit.
EXCHANGES, DROP = ["removal", "insertion"], "drop"
MEASURED = [*SCORES, DROP]

MAP_SCORE_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("cam", pa.string(), nullable=False),
        pa.field("layer", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("partner", pa.string(), nullable=False),
        pa.field("share_low", pa.float64(), nullable=False),
        pa.field("share_high", pa.float64(), nullable=False),
        pa.field("specimens", pa.list_(pa.string()), nullable=False),
        # Null where the component has no own band or the map no positive part.
        *[pa.field(name, pa.float32()) for name in MEASURED],
    ]
)


def write_map_scores(path: Path, table: pd.DataFrame) -> None:
    """Write scores per mixture and map to Parquet (``MAP_SCORE_SCHEMA``)."""
    write_parquet(path, pa.Table.from_pandas(table, schema=MAP_SCORE_SCHEMA, preserve_index=False))


def read_map_scores(path: Path) -> pd.DataFrame:
    """Read scores written by :func:`write_map_scores`."""
    return read_parquet(path, MAP_SCORE_SCHEMA).to_pandas()
