"""Write tables and Parquet files whole or not at all, and read them back."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import whole_file

Given = TypeVar("Given")

# Columns that are text whatever they look like: a laboratory may be called 1, a label nan.
TEXT_COLUMNS = (
    "spectrum", "source", "laboratory", "specimen", "label", "component", "condition", "stage", "reason", "rule",
    "suggested", "evidence", "pairs",
)  # fmt: skip


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write an Arrow table as zstd-compressed Parquet."""
    with whole_file(path) as temporary:
        pq.write_table(table, temporary, compression="zstd")


def read_parquet(path: Path, schema: pa.Schema | None = None) -> pa.Table:
    """Read a Parquet file and check that it has the columns of ``schema``.

    Raises:
        DamagedFile: the file is truncated or no Parquet file.
        StudyError: it cannot be read at all, or a column is missing.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(path, error) from error
    if schema is not None:
        check_columns(path, table.column_names, schema)
    return table


def parquet_batches(path: Path, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """Read a Parquet file some rows at a time, so that memory does not follow its size.

    Raises:
        DamagedFile: the file is truncated or no Parquet file.
        StudyError: it cannot be read at all, or a column is missing.
    """
    try:
        with pq.ParquetFile(path) as file:
            check_columns(path, file.schema_arrow.names, schema)
            yield from file.iter_batches(rows)
    except (pa.ArrowInvalid, OSError) as error:
        raise unreadable(path, error) from error


def check_columns(path: Path, found: list[str], schema: pa.Schema) -> None:
    """Raise :class:`StudyError` if a file lacks a column of its schema."""
    missing = [field.name for field in schema if field.name not in found]
    if missing:
        raise StudyError(f"{path}: column {missing[0]!r} is missing; delete it and run again")


def unreadable(path: Path, error: Exception) -> StudyError:
    """Say that a Parquet file cannot be read, and what to do."""
    if isinstance(error, OSError) and (error.errno or type(error) is not OSError):  # of the disk, not the content
        return StudyError(f"{path}: cannot be read ({error}); run again once it can")
    return DamagedFile(path, f"not a readable Parquet file ({error})")


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a data frame as CSV that a spreadsheet opens: no index, 6 significant digits."""
    with whole_file(path) as temporary:
        frame.to_csv(temporary, index=False, float_format="%.6g")


def read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV written by :func:`write_csv`; identifiers stay text, empty text stays empty."""
    numbers = [name for name in pd.read_csv(path, nrows=0).columns if name not in TEXT_COLUMNS]
    return pd.read_csv(
        path,
        dtype=dict.fromkeys(TEXT_COLUMNS, "string"),
        keep_default_na=False,
        na_values={name: ["nan", ""] for name in numbers},
        dtype_backend="numpy_nullable",
    )


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_comparison(frame: pd.DataFrame, csv: Path, parquet: Path, markdown: Path, summary: str) -> None:
    """Write a final table as CSV and Parquet, and as Markdown with a summary in front."""
    whole = frame.astype(object).where(frame.notna(), "").to_markdown(index=False, floatfmt=".4g")
    write_summarised(frame, csv, parquet, markdown, f"{summary}\n## All figures\n\n{whole}\n")


def write_summarised(frame: pd.DataFrame, csv: Path, parquet: Path, markdown: Path, text: str) -> None:
    """Write a final table that is too long for a page: whole as CSV and Parquet, as Markdown what is said of it."""
    write_csv(csv, frame)
    write_parquet(parquet, pa.Table.from_pandas(frame, preserve_index=False))
    write_text(markdown, text)


def tables_by_seed(
    files: Iterable[tuple[tuple, int, Given]], read: Callable[[Given], pd.DataFrame]
) -> dict[tuple, list[pd.DataFrame]]:
    """Read the tables of fits and join their folds: by key one table per seed, in the order given.

    Args:
        files: key (what is summarised together but for folds and seeds), seed and file, or files, of each fit.
        read: reads them.
    """
    parts: dict[tuple, dict[int, list[pd.DataFrame]]] = {}
    for key, seed, path in files:
        parts.setdefault(key, {}).setdefault(seed, []).append(read(path))
    return {key: [pd.concat(folds, ignore_index=True) for folds in seeds.values()] for key, seeds in parts.items()}
