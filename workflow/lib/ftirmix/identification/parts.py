"""A shard's part of every table, made by its own job, and the parts joined: text is copied, not made again."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.identification.answers import RESULT_SCHEMA
from ftirmix.identification.evidence import EVIDENCE_SCHEMA
from ftirmix.identification.gathering import gather
from ftirmix.identification.pixels import write_placed
from ftirmix.identification.shown import shown_of
from ftirmix.tables import parquet_batches, read_csv, read_parquet, whole_file, write_csv, write_parquet

TABLES = ("predictions_csv", "predictions_parquet", "particles_csv")
ROWS_AT_ONCE = 100_000


def write_part(
    results: Path, evidence: Path, components: list[str], unjudged: int, outputs: Mapping[str, Path]
) -> None:  # fmt: skip
    """Write a shard's part of the tables, its counts, and what the page may show of it.

    Args:
        results: of the shard, of ``RESULT_SCHEMA``.
        evidence: of the shard, of ``EVIDENCE_SCHEMA``.
        components: names, the foreign one last.
        unjudged: poor or unreadable spectra that are shown at most.
        outputs: paths by name: ``TABLES``, counts, placed (rows of results that have a position), shown (rows of
            results) and evidence (of those rows).
    """
    counts = gather([results], RESULT_SCHEMA.empty_table(), components, {name: outputs[name] for name in TABLES})
    write_csv(outputs["counts"], counts)
    write_placed(results, outputs["placed"])
    shown = shown_of(read_parquet(results, RESULT_SCHEMA), read_parquet(evidence, EVIDENCE_SCHEMA), unjudged)
    write_parquet(outputs["shown"], shown.results)
    write_parquet(outputs["evidence"], shown.evidence)


def join_parts(
    parts: Mapping[str, Sequence[Path]], left_out: pa.Table, components: list[str], outputs: Mapping[str, Path]
) -> pd.DataFrame:
    """Join the parts of all shards, in order, and what was never read.

    Args:
        parts: files of all shards by name: ``TABLES`` and counts.
        left_out: what was never read, as results.
        components: names, the foreign one last.
        outputs: paths of ``TABLES``.

    Returns:
        Counts as :func:`ftirmix.identification.gathering.gather` gives them.
    """
    with TemporaryDirectory() as folder:
        last = {name: Path(folder) / name for name in TABLES}
        counts = [*map(read_csv, parts["counts"]), gather([], left_out, components, last)]
        join_text([*parts["predictions_csv"], last["predictions_csv"]], outputs["predictions_csv"])
        join_text([*parts["particles_csv"], last["particles_csv"]], outputs["particles_csv"])
        join_rows([*parts["predictions_parquet"], last["predictions_parquet"]], outputs["predictions_parquet"])
    # Whole numbers stay whole, also beyond a million, where a table's six digits would not do.
    numbers = [table.astype({"spectra": "Int64", "main": "Int64"}) for table in counts]
    joined = pd.concat(numbers).groupby(["kind", "name"], sort=False)[["spectra", "main"]].sum(min_count=1)
    return joined.reset_index()


def join_text(parts: Sequence[Path], path: Path) -> None:
    """Copy CSV files behind each other, under the header of the first."""
    with whole_file(path) as temporary, temporary.open("wb") as joined:
        for place, part in enumerate(parts):
            with part.open("rb") as text:
                header = text.readline()
                joined.write(b"" if place else header)
                shutil.copyfileobj(text, joined, 1 << 20)


def join_rows(parts: Sequence[Path], path: Path) -> None:
    """Copy Parquet files of one schema behind each other, some rows at a time."""
    schema = pq.read_schema(parts[0])
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for part in parts:
            for batch in parquet_batches(part, schema, ROWS_AT_ONCE):
                writer.write_batch(batch)
