"""Cut a folder of measured spectra into shards of about equal work, without reading it."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.instrument import Unreadable, find_files
from ftirmix.instrument.own_files import PLACE
from ftirmix.tables import write_text

# Bytes that one spectrum takes in a text table or map, for guessing how many a file holds.
BYTES_PER_SPECTRUM = 10_000
# A shard's start costs what thousands of spectra do: 4 s of interpreter and torch, 2 s to compile the baseline,
# 15 s more on a cluster. So more shards than a small machine has cores are made only where each is worth its start,
# and more than Snakemake plans and joins in minutes never.
ENOUGH_SHARDS = 4
WORTH_A_START = 25_000
MOST_SHARDS = 1_000
COLUMNS = ("shard", "file", "first", "stop", "about", "state")


def listing_fingerprint(where: str) -> str:
    """Return a fingerprint of which files there are, how large and how old; a change of it plans anew."""
    root, names, left_out = find_files(where)
    whole = hashlib.sha256()
    for name in names:
        whole.update(f"{name}\0{state_of(root / name)}\n".encode("utf-8", "surrogateescape"))
    whole.update("\n".join(f"{row.file}\0{row.reason}" for row in left_out).encode())
    return whole.hexdigest()[:16]


def plan_shards(where: str, per_shard: int) -> tuple[Path, pd.DataFrame, list[Unreadable]]:
    """List what each shard reads.

    Small files are joined, and Parquet files cut by rows; see :func:`spectra_per_shard`.

    Args:
        where: folder, file or glob.
        per_shard: fewest spectra of a shard, if there are as many.

    Returns:
        Root of the files; rows shard, file, first, stop (rows of a Parquet file; stop -1: the whole file), about
        (guessed number of spectra), state (size and time of the file: one that was written anew is read anew); and
        what is left out.

    Raises:
        FileNotFoundError: there is no such place.
    """
    root, names, left_out = find_files(where)
    sizes = {name: spectra_in(root / name) for name in names}
    total = sum(abs(size) for size in sizes.values())
    size = spectra_per_shard(total, per_shard)
    rows: list[tuple[str, int, int, int]] = []
    for name in names:
        count = sizes[name]
        if count > size:  # known exactly, of Parquet alone
            rows += [
                (name, first, min(first + size, count), min(size, count - first)) for first in range(0, count, size)
            ]
        else:
            rows.append((name, 0, -1, abs(count)))
    planned, shard, filled = [], 0, 0
    for name, first, stop, about in rows:
        if filled and filled + about > size:
            shard, filled = shard + 1, 0
        planned.append((shard, name, first, stop, about, state_of(root / name)))
        filled += about
    return root, pd.DataFrame(planned, columns=list(COLUMNS)), left_out


def spectra_per_shard(total: int, fewest: int) -> int:
    """Return how many spectra a shard holds, so that shards are equal.

    There are ``ENOUGH_SHARDS``, or as many as are ``WORTH_A_START`` each, whichever is more; but none of less than the
    fewest, and no more than ``MOST_SHARDS``.

    Args:
        total: number of spectra.
        fewest: spectra of a shard, if there are as many.
    """
    shards = min(max(ENOUGH_SHARDS, -(-total // WORTH_A_START)), total // fewest, MOST_SHARDS)
    return max(fewest, -(-total // max(shards, 1)))


def state_of(path: Path) -> str:
    """Return size and time of last change of a file, as text."""
    found = path.stat()
    return f"{found.st_size}-{found.st_mtime_ns}"


def spectra_in(path: Path) -> int:
    """Return the number of rows of a Parquet file; of other files a guess by their size, negative to tell."""
    if path.suffix.lower() == ".parquet":
        try:
            return int(pq.read_metadata(path).num_rows)
        except (pa.ArrowInvalid, OSError):
            return -1  # its reader will say what is wrong
    size = path.stat().st_size * (4 if path.suffix.lower() in PACKED else 1)
    return -max(1, size // BYTES_PER_SPECTRUM) if path.suffix.lower() in LONG else -1


# Formats of which a file may hold many spectra.
PACKED = {".xz", ".gz", ".zip"}
LONG = {".csv", ".tsv", ".txt", ".xz", ".gz", ".zip", ".hdr", ".dat", ".img"}


def remember_place(folder: Path, where: str) -> None:
    """Write down whose answers a folder of results holds; it is no output, so no rerun removes it."""
    write_text(folder / PLACE, f"{Path(where).absolute()}\n")


def answered_for(folder: Path, where: str) -> str:
    """Return whose answers a folder of results holds, if they are of another place than ``where``, else nothing."""
    try:
        known = (folder / PLACE).read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    return known if os.path.normpath(known) != os.path.normpath(Path(where).absolute()) else ""


def read_plan(path: Path) -> pd.DataFrame:
    """Read a plan written as CSV; names of files stay text."""
    return pd.read_csv(path, dtype={"file": str, "state": str}, keep_default_na=False)
