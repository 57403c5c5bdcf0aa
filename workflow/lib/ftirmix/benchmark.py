"""The frozen benchmark: fingerprints of its files, and whether they are the published ones."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from ftirmix.flat import truth_digest
from ftirmix.flat_names import SEPARATOR

VERSION = "1"
FINGERPRINT_COLUMNS = ["file", "rows", "sha256", "truth_sha256", "mean_absorbance", "sd_absorbance"]

# Another processor computes other last digits. Of spectra of unit maximum that moves mean and
# spread of a whole file by far less than this, another nuisance draw by far more.
LAST_DIGITS = 1e-6

IDENTICAL = "identical"
SAME_MIXTURES = "same mixtures, other last digits"
DIFFERENT = "different"
NOT_PUBLISHED = "not published"
MISSING = "missing"


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


def verify(made: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Compare fingerprints with the published ones, file by file.

    Args:
        made: columns ``FINGERPRINT_COLUMNS``.
        published: the same, of the repository.

    Returns:
        ``made`` and what is missing of ``published``, with a column status.
    """
    known = published.set_index("file")
    status = []
    for row in made.itertuples():
        if row.file not in known.index:
            status.append(NOT_PUBLISHED)
            continue
        other = known.loc[row.file]
        moved = max(
            abs(row.mean_absorbance - float(other["mean_absorbance"])),
            abs(row.sd_absorbance - float(other["sd_absorbance"])),
        )
        if row.sha256 == other["sha256"]:
            status.append(IDENTICAL)
        elif row.truth_sha256 == other["truth_sha256"] and moved < LAST_DIGITS:
            status.append(SAME_MIXTURES)
        else:
            status.append(DIFFERENT)
    absent = published[~published["file"].isin(made["file"])].assign(status=MISSING)
    return pd.concat([made.assign(status=status), absent], ignore_index=True)[[*FINGERPRINT_COLUMNS, "status"]]


def verdict(verified: pd.DataFrame) -> str:
    """Say in one sentence whether these files are the published benchmark."""
    counts = verified["status"].value_counts()
    if set(counts.index) == {IDENTICAL}:
        return f"These files are version {VERSION} of the benchmark, byte for byte."
    if set(counts.index) <= {IDENTICAL, SAME_MIXTURES}:
        return (
            f"These are the mixtures of version {VERSION} of the benchmark; in {counts[SAME_MIXTURES]} of "
            f"{len(verified)} files the spectra differ in their last digits, as between processors."
        )
    found = ", ".join(f"{count} {status}" for status, count in counts.items())
    return (
        f"These files are NOT version {VERSION} of the benchmark ({found}): "
        "figures made on them compare with no others."
    )


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
