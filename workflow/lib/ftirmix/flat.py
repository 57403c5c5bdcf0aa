"""Mixtures and endmembers as flat tables: one column per wavenumber, readable by anything that reads Parquet.

``pandas.read_parquet`` gives plain columns; those whose names are numbers are the spectrum, the
wavenumber in cm^-1 their name. The other columns are the truth.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.errors import StudyError
from ftirmix.files import whole_file
from ftirmix.flat_names import SEPARATOR, present_column, ratio_column, wavenumber_column
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra

ROWS_PER_GROUP = 8192


def flat_mixtures(mixtures: MixtureSet, components: list[str]) -> pd.DataFrame:
    """Lay out the truth of a mixture set without lists, one row per spectrum.

    Lists become text, the minor component first. Numbers are rounded to nine digits, so that they
    read the same wherever they were computed.

    Args:
        mixtures: validation or test mixtures.
        components: the study's components, each of which gets a mixing ratio and a presence.

    Raises:
        StudyError: a specimen's name holds the separator.
    """
    table = mixtures.table
    columns: dict[str, object] = {
        "spectrum": table["mixture"],
        "laboratory": table["laboratory"],
        "composition": table["composition"],
        "kind": table["kind"],
        "components": table["components"].map(joined),
        "specimens": table["specimens"].map(joined),
        "endmembers": table["endmembers"].map(joined),
        "minor_component": table["minor_component"],
        "minor_share": table["minor_share"].astype(float).round(9),
        "share_low": table["share_low"].astype(float),
        "share_high": table["share_high"].astype(float),
        "side_by_side_absorbance": table["height"].astype(float).round(9),
    }
    present, ratios = mixtures.presence(components), mixtures.ratio_matrix(components).astype(float).round(6)
    columns |= {present_column(name): present[:, index] for index, name in enumerate(components)}
    columns |= {ratio_column(name): ratios[:, index] for index, name in enumerate(components)}
    return pd.DataFrame(columns)


def joined(names: list[str]) -> str:
    """Join names to one text."""
    for name in names:
        if SEPARATOR in name:
            raise StudyError(f"the name {name!r} holds {SEPARATOR!r}, which separates names; rename it in its source")
    return SEPARATOR.join(names)


def flat_endmembers(endmembers: Spectra, splits: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Lay out endmembers with the subset of each in every fold.

    Args:
        endmembers: all of the study.
        splits: split table of each protocol, rows in the order of the endmembers.

    Returns:
        Columns spectrum, laboratory, component, specimen, condition, suspect, one per protocol and fold.
    """
    table = endmembers.table
    columns = {
        name: table[name] for name in ("spectrum", "laboratory", "component", "specimen", "condition", "suspect")
    }
    for protocol, split in splits.items():
        if split["spectrum"].tolist() != table["spectrum"].tolist():
            raise StudyError(
                f"protocol {protocol}: the split and the endmembers differ; run again from select_endmembers"
            )
        columns |= {f"{protocol}_{name}": split[name] for name in split.columns if name.startswith("fold")}
    return pd.DataFrame(columns)


def arrow_of(table: pd.DataFrame, absorbance: np.ndarray, wavenumber: np.ndarray) -> pa.Table:
    """Join a flat table and its spectra, (row, wavenumber), to one Arrow table."""
    columns = {name: pa.array(table[name], from_pandas=True) for name in table.columns}
    spectra = np.ascontiguousarray(absorbance.T, dtype=np.float32)
    columns |= {wavenumber_column(value): pa.array(spectra[index]) for index, value in enumerate(wavenumber)}
    return pa.table(columns)


def write_stream(path: Path, parts: Iterator[pa.Table]) -> int:
    """Write tables of one schema to one Parquet file, one after the other; returns the number of rows.

    Only one part is in memory at a time.
    """
    rows = 0
    with whole_file(path) as temporary:
        writer: pq.ParquetWriter | None = None
        try:
            for part in parts:
                writer = writer or pq.ParquetWriter(temporary, part.schema, compression="zstd", use_dictionary=False)
                writer.write_table(part, row_group_size=ROWS_PER_GROUP)
                rows += len(part)
        finally:
            if writer is not None:
                writer.close()
    return rows


def truth_digest(table: pd.DataFrame) -> str:
    """Return the SHA-256 of a flat table without its spectra, written as CSV."""
    return hashlib.sha256(table.to_csv(index=False, float_format="%.6g").encode()).hexdigest()
