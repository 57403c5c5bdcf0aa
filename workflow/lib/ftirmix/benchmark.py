"""The frozen benchmark: fingerprints of its files, and what is in them."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ftirmix.flat import truth_digest
from ftirmix.flat_names import SEPARATOR


def fingerprint(path: Path, name: str) -> dict:
    """Return one row of ``FINGERPRINT_COLUMNS`` for a flat Parquet file.

    Args:
        path: of the file.
        name: its name inside the benchmark.
    """
    table = pq.read_table(path)
    numbers = [column for column in table.column_names if is_wavenumber(column)]
    truth = table.drop_columns(numbers).to_pandas()
    spectra = np.stack([table.column(column).to_numpy() for column in numbers]).astype(float)
    return {
        "file": name,
        "rows": len(table),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "truth_sha256": truth_digest(truth),
        "mean_absorbance": round(float(spectra.mean()), 9),
        "sd_absorbance": round(float(spectra.std()), 9),
    }


def is_wavenumber(column: str) -> bool:
    """Tell the columns of a spectrum from those of the truth."""
    return column.replace(".", "", 1).isdigit()


def load_of(truth: pd.DataFrame) -> pd.Series:
    """Return the share of the mixtures that each endmember is in, highest first."""
    names = truth["endmembers"].str.split(SEPARATOR).explode()
    return names[names != ""].value_counts() / len(truth)


def count_sets(truths: dict[tuple[str, int, str], pd.DataFrame]) -> pd.DataFrame:
    """Count every set: mixtures by composition, laboratories, specimens, the most used endmember's share.

    Args:
        truths: flat truth of each protocol, fold and subset.

    Returns:
        One row per set, and one per protocol and subset with all its folds ("all").
    """
    rows = []
    pooled: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for (protocol, fold, subset), truth in truths.items():
        rows.append({"protocol": protocol, "fold": str(fold), "subset": subset, **count_set(truth)})
        pooled.setdefault((protocol, subset), []).append(truth)
    for (protocol, subset), parts in pooled.items():
        if len(parts) > 1:
            whole = pd.concat(parts, ignore_index=True)
            rows.append({"protocol": protocol, "fold": "all", "subset": subset, **count_set(whole)})
    return pd.DataFrame(rows)


def count_set(truth: pd.DataFrame) -> dict:
    """Count one set."""
    load = load_of(truth)
    compositions = truth["composition"].value_counts()
    names = ("pure", "binary", "ternary", "same_polymer", "hard_negative")
    return {
        "spectra": len(truth),
        **{name: int(compositions.get(name, 0)) for name in names},
        "laboratories": truth["laboratory"].nunique(),
        "specimens": truth["specimens"].str.split(SEPARATOR).explode().nunique(),
        "endmembers": len(load),
        "highest_endmember_share": float(load.iloc[0]) if len(load) else np.nan,
    }
