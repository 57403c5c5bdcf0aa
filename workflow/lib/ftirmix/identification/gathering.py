"""Lay results out as the tables that a laboratory opens, without holding them all."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from ftirmix.files import whole_file
from ftirmix.identification.answers import RESULT_SCHEMA, STATUSES, component_names, long_table, result_table
from ftirmix.quality import MEASURES
from ftirmix.tables import parquet_batches

ROWS_AT_ONCE = 50_000

# Kinds and names of counts beside those of statuses and components.
MIXED = ("polymers", "2 or more")
COMPARED = ("methods", "compared")
DIFFERING = ("methods", "differ")

PARTICLE_TEXT = (
    "file", "spectrum", "x", "y", "status", "answer", "reason", "decision", "nnls_answer", "library_answer",
    "library_hit_quality", "disagreement",
)  # fmt: skip


def particle_table(results: pa.Table) -> pa.Table:
    """Lay results out with one row per spectrum: the answer in words, then the measures of quality."""
    columns = {name: results.column(name) for name in PARTICLE_TEXT}
    quality = results.column("quality").combine_chunks()
    values = np.full((results.num_rows, len(MEASURES)), np.nan)
    values[np.array(quality.is_valid())] = quality.flatten().to_numpy(zero_copy_only=False).reshape(-1, len(MEASURES))
    for place, name in enumerate(MEASURES):
        columns[f"quality_{name}"] = pa.array(values[:, place].astype(np.float32), from_pandas=True)
    return pa.table(columns)


def gather(shards: list[Path], left_out: pa.Table, components: list[str], outputs: dict[str, Path]) -> pd.DataFrame:
    """Write predictions and particles as CSV and Parquet, part by part, and count.

    Args:
        shards: results of the shards.
        left_out: what was never read, as results.
        components: names, ``FOREIGN`` last.
        outputs: paths of predictions_csv, predictions_parquet and particles_csv.

    Returns:
        Counts: columns kind (status, component, polymers or methods), name, spectra, main (spectra of which a component
        is the largest part).
    """
    status, present, main, other = Counter[str](), Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    names = np.array(component_names(components), dtype=object)
    empty = result_table({"file": [], "spectrum": [], "status": []})
    with (
        whole_file(outputs["predictions_csv"]) as csv_path,
        whole_file(outputs["predictions_parquet"]) as parquet_path,
        whole_file(outputs["particles_csv"]) as particle_path,
        pacsv.CSVWriter(csv_path, long_table(empty, components).schema) as csv_writer,
        pq.ParquetWriter(parquet_path, long_table(empty, components).schema, compression="zstd") as parquet_writer,
        pacsv.CSVWriter(particle_path, particle_table(empty).schema) as particle_writer,
    ):
        for part in parts_of(shards, left_out):
            long = long_table(part, components)
            plain = plain_text(part)
            csv_writer.write_table(rounded(long if plain is part else long_table(plain, components)))
            parquet_writer.write_table(long)
            particle_writer.write_table(rounded(particle_table(plain)))
            status.update(part.column("status").to_pylist())
            count_components(part, names, present, main)
            count_answers(part, len(names), other)
    rows = [("status", name, status[name], np.nan) for name in STATUSES]
    rows += [("component", name, present[name], main[name]) for name in names]
    rows += [(kind, name, other[kind, name], np.nan) for kind, name in (MIXED, COMPARED, DIFFERING)]
    return pd.DataFrame(rows, columns=["kind", "name", "spectra", "main"])


def never_read(left_out: Path) -> pa.Table:
    """Return what was left out when files were listed, as results.

    Args:
        left_out: CSV with the columns file and reason.
    """
    refused = pd.read_csv(left_out, dtype=str, keep_default_na=False)
    return result_table(
        {
            "file": refused["file"].tolist(),
            "spectrum": [""] * len(refused),
            "status": ["unreadable"] * len(refused),
            "reason": refused["reason"].tolist(),
        }
    )


def parts_of(shards: list[Path], left_out: pa.Table) -> Iterator[pa.Table]:
    """Read results ``ROWS_AT_ONCE`` at a time, however many a shard holds; what was left out comes last."""
    for path in shards:
        for batch in parquet_batches(path, RESULT_SCHEMA, ROWS_AT_ONCE):
            yield pa.Table.from_batches([batch])
    for start in range(0, left_out.num_rows, ROWS_AT_ONCE):
        yield left_out.slice(start, ROWS_AT_ONCE).combine_chunks()


def count_components(results: pa.Table, names: np.ndarray, present: Counter, main: Counter) -> None:
    """Add to the counts of components."""
    answered = results.filter(results.column("probability").is_valid())
    if not answered.num_rows:
        return
    shape = (answered.num_rows, len(names))
    called = answered.column("present").combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
    ratio = answered.column("mixing_ratio").combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(shape)
    present.update(dict(zip(names, called.sum(axis=0).tolist(), strict=True)))
    main.update(names[ratio.argmax(axis=1)].tolist())


def count_answers(results: pa.Table, components: int, other: Counter) -> None:
    """Add to the counts of mixtures and of methods that differ; something unknown is no polymer."""
    answered = results.filter(results.column("probability").is_valid())
    called = answered.column("present").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    polymers = called.reshape(-1, components)[:, :-1].sum(axis=1)
    other[MIXED] += int((polymers > 1).sum())
    other[COMPARED] += answered.num_rows
    other[DIFFERING] += pc.sum(answered.column("disagreement")).as_py() or 0


def plain_text(table: pa.Table) -> pa.Table:
    """Put an apostrophe before text that a spreadsheet would take for a formula, such as a file's name.

    Returns:
        The table itself where there is no such text, so that nothing is laid out twice.
    """
    columns = [
        pc.replace_substring_regex(column, r"\A([=+@\-\t\r])", r"'\1") if pa.types.is_string(field.type) else column
        for column, field in zip(table.columns, table.schema, strict=True)
    ]
    plain = pa.Table.from_arrays(columns, schema=table.schema)
    texts = [field.name for field in table.schema if pa.types.is_string(field.type)]
    return table if plain.select(texts).equals(table.select(texts)) else plain


def rounded(table: pa.Table) -> pa.Table:
    """Round numbers to four digits, as a spreadsheet is to show them; Parquet keeps them whole."""
    columns = []
    for column, field in zip(table.columns, table.schema, strict=True):
        if pa.types.is_floating(field.type):
            values = column.to_numpy().astype(float)
            with np.errstate(divide="ignore", invalid="ignore"):
                digits = 3 - np.floor(np.log10(np.abs(values)))
            digits = np.where(np.isfinite(digits), np.clip(digits, 0, 9), 0)
            factor = 10.0**digits
            column = pa.array(
                (np.round(values * factor) / factor).astype(field.type.to_pandas_dtype()), from_pandas=True
            )
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=table.schema)
