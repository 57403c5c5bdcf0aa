"""Whether files are those of the published benchmark."""

import hashlib
from pathlib import Path

import pandas as pd

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


def standing(benchmark: Path) -> str:
    """Say whether a benchmark folder still holds what was made, and whether that is the published one."""
    listed = benchmark / "checksums.csv"
    if not listed.is_file():
        return f"{listed} is missing: nobody can say which benchmark this is; run `snakemake --cores all benchmark`."
    verified = pd.read_csv(listed)
    for row in verified[verified["status"] != MISSING].itertuples():
        path = benchmark / str(row.file)
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != row.sha256:
            return f"{path} was changed after it was made: figures on this folder compare with no others."
    return verdict(verified)
