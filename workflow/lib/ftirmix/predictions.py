"""Predictions on disk: one row per mixture and component, the form in which models compete."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.mixture_sets import MixtureSet
from ftirmix.tables import read_parquet, write_parquet

PREDICTION_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("mixing_ratio", pa.float64(), nullable=False),
    ]
)

# Of the test sets, in the order of a round's files: without and with doubtful labels.
LABELS = ("curated", "as_given")

# What was called, at the thresholds of one task.
OUTCOME_SCHEMA = pa.schema(
    [
        pa.field("task", pa.string(), nullable=False),
        pa.field("labels", pa.string(), nullable=False),
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("called", pa.bool_(), nullable=False),
        pa.field("present", pa.bool_(), nullable=False),
        pa.field("ratio_error", pa.float64()),  # null where the true ratio is unknown
    ]
)


def prediction_table(
    mixtures: MixtureSet, components: list[str], scores: np.ndarray, ratios: np.ndarray
) -> pd.DataFrame:
    """Lay out scores and predicted mixing ratios, each (mixture, component), in long form."""
    return pd.DataFrame(
        {
            "mixture": np.repeat(mixtures.table["mixture"].to_numpy(), len(components)),
            "component": np.tile(components, len(mixtures.table)),
            "score": scores.ravel().astype(float),
            "mixing_ratio": ratios.ravel().astype(float),
        }
    )


def write_predictions(path: Path, predictions: pd.DataFrame) -> None:
    """Write predictions to Parquet (``PREDICTION_SCHEMA``)."""
    write_parquet(path, pa.Table.from_pandas(predictions, schema=PREDICTION_SCHEMA, preserve_index=False))


def read_predictions(path: Path) -> pd.DataFrame:
    """Read predictions written by :func:`write_predictions`."""
    return read_parquet(path, PREDICTION_SCHEMA).to_pandas()


def write_outcomes(path: Path, judged: pd.DataFrame) -> None:
    """Write outcomes to Parquet (``OUTCOME_SCHEMA``)."""
    write_parquet(path, pa.Table.from_pandas(judged, schema=OUTCOME_SCHEMA, preserve_index=False))


def read_outcomes(path: Path) -> pd.DataFrame:
    """Read outcomes written by :func:`write_outcomes`."""
    return read_parquet(path, OUTCOME_SCHEMA).to_pandas()


def matrices(predictions: pd.DataFrame, mixtures: MixtureSet, components: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return scores and ratios as matrices, rows in the order of ``mixtures``."""
    chosen = predictions[predictions["mixture"].isin(mixtures.table["mixture"])]
    wide = chosen.pivot(index="mixture", columns="component", values=["score", "mixing_ratio"])
    wide = wide.loc[mixtures.table["mixture"]]
    return wide["score"][components].to_numpy(), wide["mixing_ratio"][components].to_numpy()
