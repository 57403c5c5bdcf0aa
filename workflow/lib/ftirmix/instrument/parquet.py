"""Parquet: this project's two schemas, and tables with a numeric column per wavenumber, or one of wavenumbers."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ftirmix.instrument.axis import in_order, to_wavenumber
from ftirmix.instrument.finishing import quiet, spectra_of
from ftirmix.instrument.naming import name_of_place, naming_order, position_columns
from ftirmix.instrument.own_files import OF_ANSWERS, is_table_of_answers
from ftirmix.instrument.text.words import axis_said
from ftirmix.instrument.types import (
    DECIDING_SPECTRA,
    FEWEST_POINTS,
    LARGEST_WHOLE_BYTES,
    Block,
    InstrumentSpectrum,
    Unfit,
    Unreadable,
)
from ftirmix.instrument.units import absorbance_matrix, decide_unit, stated_quantity

MAGIC = b"PAR1"
BATCH_ROWS = 1024
READ_AHEAD_BYTES = 1 << 16

# How pandas calls a column of row numbers.
PANDAS_INDEX = "__index_level_"
PARQUET_ERRORS = (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError)

_NUMBER = re.compile(r"[xX]?(\d+(?:\.\d*)?)")


@dataclass(frozen=True)
class Layout:
    """How a Parquet file keeps spectra.

    Attributes:
        values: columns that hold the intensities, one of lists or one per wavenumber.
        axis: the shared axis, shape (point,), or None where each row has its own.
        name: the column that names the spectra, or None.
        unit: the column that states the unit, or None.
        stated: what the file says about the unit of all rows, or empty.
        position: the columns that say where on a map a row was measured, across and down, or None.
    """

    values: list[str]
    axis: np.ndarray | None
    name: str | None
    unit: str | None = None
    stated: str = ""
    position: tuple[str, str] | None = None


class GridRows(NamedTuple):
    """Rows of a Parquet file of which all spectra share one axis.

    Attributes:
        names: of the spectra.
        wavenumber: cm^-1, strictly ascending, shape (point,).
        absorbance: NaN where the file holds no number, shape (spectrum, point).
        position: places on a map, NaN where there are none, shape (spectrum, 2).
        unit: that the file keeps, as :func:`read_parquet_rows` decides on it.
        decision: how that was decided.
    """

    names: list[str]
    wavenumber: np.ndarray
    absorbance: np.ndarray
    position: np.ndarray
    unit: str
    decision: str


def is_parquet(head: bytes) -> bool:
    """Say whether a file starts as Parquet."""
    return head.startswith(MAGIC)


def read_parquet_rows(
    path: Path, name: str, first: int = 0, stop: int | None = None
) -> Iterator[InstrumentSpectrum | Unreadable]:
    """Read the spectra in the rows from ``first`` up to ``stop`` of a Parquet file.

    The unit of a table on one axis is decided on its first rows whatever range is read, so that
    pieces of one file agree. Never raises for bad content.

    Args:
        path: of the file.
        name: how the file is called in the results.
        first: first row.
        stop: row after the last, or None for all.
    """
    yield from quiet(_rows(path, name, first, stop))


def read_parquet_grids(path: Path, first: int = 0, stop: int | None = None) -> Iterator[GridRows]:
    """Read rows of a Parquet file of which all spectra share one axis, a thousand at a time, without a loop over them.

    Args:
        path: of the file.
        first: first row.
        stop: row after the last, or None for all.

    Yields:
        Some rows at a time, in absorbance.
        Ends before the last row where the file has no shared axis or cannot be read;
        :func:`read_parquet_rows` then tells why.
    """
    try:
        with _opened(path) as file:
            layout = _layout(file)
            if layout.axis is None:
                return
            wavenumber, order, note = to_wavenumber(layout.axis, "")
            unit, decision = _decided(file, layout, layout.axis)
            decision = "; ".join(part for part in (decision, note) if part)
            names: list[str] = []
            parts: list[np.ndarray] = []
            places: list[np.ndarray] = []
            for row, batch in _batches(file, layout, first, stop):
                matrix = _matrix(batch, layout, len(layout.axis))
                if matrix is None:
                    break
                names += _names(batch, layout, row)
                places.append(_places(batch, layout))
                parts.append(absorbance_matrix(in_order(matrix, order), unit))
                if len(names) >= BATCH_ROWS:  # row groups may be smaller
                    whole, where = np.concatenate(parts), np.concatenate(places)
                    yield GridRows(names, wavenumber, whole, where, unit, decision)
                    names, parts, places = [], [], []
            if names:
                yield GridRows(names, wavenumber, np.concatenate(parts), np.concatenate(places), unit, decision)
    except (Unfit, *PARQUET_ERRORS):
        return


def _rows(path: Path, name: str, first: int, stop: int | None) -> Iterator[InstrumentSpectrum | Unreadable]:
    try:
        with _opened(path) as file:
            for block in _blocks(file, first, stop):
                yield from spectra_of(name, block) if isinstance(block, Block) else (Unreadable(name, *block),)
    except Unfit as error:
        yield Unreadable(name, "", str(error))
    except FileNotFoundError:
        yield Unreadable(name, "", "there is no such file")
    except PermissionError:
        yield Unreadable(name, "", "permission denied; make it readable")
    except PARQUET_ERRORS as error:
        yield Unreadable(name, "", f"is not readable as Parquet ({_short(error)}); write it again")


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    # Read ahead by little: a row group of a million spectra is otherwise held as a whole.
    with pq.ParquetFile(path, buffer_size=READ_AHEAD_BYTES, pre_buffer=False) as file:
        yield file


def _layout(file: pq.ParquetFile) -> Layout:
    layout = _layout_of_values(file)
    numbers = [field.name for field in file.schema_arrow if _is_number(field.type)]
    place = position_columns([column for column in numbers if column not in layout.values])
    if place is None:
        return layout
    others = [column for column in numbers if column not in layout.values]
    return replace(layout, position=(others[place[0]], others[place[1]]))


def _layout_of_values(file: pq.ParquetFile) -> Layout:
    schema = file.schema_arrow
    columns = {field.name: field.type for field in schema}
    if len(columns) != len(schema):
        raise Unfit("has two columns of one name; give every column its own")
    if is_table_of_answers(columns):
        raise Unfit(OF_ANSWERS)
    texts = [column for column, kind in columns.items() if _is_text(kind)]
    name = texts[naming_order(texts)[0]] if texts else None
    if _is_list(columns.get("wavenumber")) and _is_list(columns.get("intensity")):
        unit = "unit" if "unit" in texts else None
        return Layout(["intensity"], None, name if name != "unit" else None, unit)
    metadata = schema.metadata or {}
    if _is_list(columns.get("absorbance")):
        if b"wavenumber_cm1" not in metadata:
            raise Unfit("has a column absorbance and no wavenumbers in its metadata (wavenumber_cm1); write it again")
        return Layout(["absorbance"], _grid(metadata[b"wavenumber_cm1"]), name, None, "absorbance")
    found = [(column, _NUMBER.fullmatch(column)) for column, kind in columns.items() if _is_number(kind)]
    numbers = [(column, float(match[1])) for column, match in found if match]
    if len(numbers) >= FEWEST_POINTS:
        return Layout([column for column, _ in numbers], np.array([value for _, value in numbers]), name)
    raise Unfit(
        "has neither lists wavenumber and intensity, nor a list absorbance with its grid, "
        "nor at least ten columns named by wavenumbers, nor one column of wavenumbers beside others; write one of these"
    )


def _grid(text: bytes) -> np.ndarray:
    grid = np.array(json.loads(text), dtype=float)
    if grid.ndim != 1:
        raise Unfit("wavenumber_cm1 in its metadata is not one row of numbers; write it again")
    return grid


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_list(kind: pa.DataType | None) -> bool:
    if kind is None:
        return False
    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return bool(listed and _is_number(kind.value_type))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _blocks(file: pq.ParquetFile, first: int, stop: int | None) -> Iterator[Block | tuple[str, str]]:
    if file.metadata.num_rows == 0:
        raise Unfit("has columns and no rows; there is no spectrum in it")
    axis = _axis_column(file.schema_arrow)
    if axis:
        if first == 0:  # its rows are points: a range of them is no range of spectra
            yield _columns(file, axis)
        return
    layout = _layout(file)
    decided = _decided(file, layout, layout.axis) if layout.axis is not None else None
    for row, batch in _batches(file, layout, first, stop):
        names = _names(batch, layout, row)
        if layout.axis is None:
            yield from _ragged(batch, layout, names)
            continue
        matrix = _matrix(batch, layout, len(layout.axis))
        if matrix is None:
            raise Unfit(f"a row after {row} has not the {len(layout.axis)} values of the grid; write it again")
        yield Block(names, layout.axis, matrix, "", layout.stated, decided, _positions(batch, layout))


def _axis_column(schema: pa.Schema) -> str:
    """Return the column that holds the wavenumbers of all spectra, a point in each row, or an empty string."""
    numbers = [field.name for field in schema if _is_number(field.type)]
    axes = [name for name in numbers if axis_said(name)]
    wavenumbers = [name for name in numbers if _NUMBER.fullmatch(name)]
    return axes[0] if len(axes) == 1 and len(numbers) > 1 and len(wavenumbers) < FEWEST_POINTS else ""


def _columns(file: pq.ParquetFile, axis: str) -> Block:
    """Read a table with a point in each row and a spectrum in each column beside the wavenumbers.

    Raises:
        Unfit: it is too large to be held, or has two columns of one name.
    """
    numbers = [field.name for field in file.schema_arrow if _is_number(field.type)]
    names = [name for name in numbers if name != axis and not name.startswith(PANDAS_INDEX)]
    if len({axis, *names}) <= len(names):
        raise Unfit("has two columns of one name; give every column its own")
    if file.metadata.num_rows * (len(names) + 1) * 8 > LARGEST_WHOLE_BYTES:
        raise Unfit(f"is larger than {LARGEST_WHOLE_BYTES / 1e6:g} MB; store a row per spectrum")
    table = file.read([axis, *names], use_threads=False)
    values = [table.column(name).to_numpy().astype(float) for name in (axis, *names)]
    stated = next((name for name in names if stated_quantity(name)), "")
    return Block(names, values[0], np.stack(values[1:]), axis, stated)


def _decided(file: pq.ParquetFile, layout: Layout, axis: np.ndarray) -> tuple[str, str]:
    rows: list[np.ndarray] = []
    for _, batch in _batches(file, layout, 0, DECIDING_SPECTRA):
        matrix = _matrix(batch, layout, len(axis))
        rows += [] if matrix is None else list(matrix)
    return decide_unit(rows, layout.stated)


def _batches(
    file: pq.ParquetFile, layout: Layout, first: int, stop: int | None
) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Yield (number of its first row, batch) of the rows from ``first`` up to ``stop``."""
    total = file.metadata.num_rows
    stop = total if stop is None else min(stop, total)
    wanted = [*layout.values, *(["wavenumber"] if layout.axis is None else [])]
    wanted += [column for column in (layout.name, layout.unit, *(layout.position or ())) if column]
    begin = given = 0
    for group in range(file.metadata.num_row_groups):
        end = begin + file.metadata.row_group(group).num_rows
        if end > first and begin < stop:
            row = begin
            for batch in file.iter_batches(BATCH_ROWS, row_groups=[group], columns=wanted, use_threads=False):
                low, high = max(first - row, 0), min(stop - row, batch.num_rows)
                if high > low:
                    given += high - low
                    yield row + low, batch.slice(low, high - low)
                row += batch.num_rows
                if row >= stop:
                    break
        begin = end
    if given < stop - first:
        raise Unfit(f"claims {total} rows, of which {stop - first - given} are missing; write it again")


def _names(batch: pa.RecordBatch, layout: Layout, row: int) -> list[str]:
    unnamed = [f"row {row + number + 1}" for number in range(batch.num_rows)]
    if layout.name is None:
        places = _places(batch, layout)
        placed = np.isfinite(places).all(axis=1)
        return [name_of_place(*places[at]) if placed[at] else name for at, name in enumerate(unnamed)]
    names = batch.column(batch.schema.get_field_index(layout.name)).to_pylist()
    return [name or other for name, other in zip(names, unnamed, strict=True)]


def _places(batch: pa.RecordBatch, layout: Layout) -> np.ndarray:
    """Return where on a map the rows of a batch were measured, NaN where that is not said, shape (row, 2)."""
    if layout.position is None:
        return np.full((batch.num_rows, 2), np.nan)
    columns = [batch.column(batch.schema.get_field_index(column)) for column in layout.position]
    return np.column_stack([column.to_numpy(zero_copy_only=False).astype(float) for column in columns])


def _positions(batch: pa.RecordBatch, layout: Layout) -> list[tuple[float, float]] | None:
    if layout.position is None:
        return None
    return [(float(across), float(down)) for across, down in _places(batch, layout)]


def _matrix(batch: pa.RecordBatch, layout: Layout, points: int) -> np.ndarray | None:
    """Return the values of a batch, shape (row, point), or None if a row has another length."""
    columns = [batch.column(batch.schema.get_field_index(column)) for column in layout.values]
    if not _is_list(columns[0].type):
        return np.column_stack([column.to_numpy(zero_copy_only=False).astype(float) for column in columns])
    lengths = pc.list_value_length(columns[0]).fill_null(-1).to_numpy(zero_copy_only=False)
    if np.any(lengths != points):
        return None
    return columns[0].flatten().to_numpy(zero_copy_only=False).astype(float).reshape(batch.num_rows, points)


def _ragged(batch: pa.RecordBatch, layout: Layout, names: list[str]) -> Iterator[Block | tuple[str, str]]:
    axes, intensities = (_pieces(batch.column(batch.schema.get_field_index(c))) for c in ("wavenumber", "intensity"))
    units = [""] * batch.num_rows
    if layout.unit:
        units = [unit or "" for unit in batch.column(batch.schema.get_field_index(layout.unit)).to_pylist()]
    places = _positions(batch, layout)
    for number, (name, axis, intensity, unit) in enumerate(zip(names, axes, intensities, units, strict=True)):
        if len(axis) != len(intensity):
            yield name, f"has {len(axis)} wavenumbers and {len(intensity)} intensities; write it again"
        else:
            place = places[number : number + 1] if places else None
            yield Block([name], axis, intensity[np.newaxis, :], "", unit, None, place)


def _pieces(column: pa.Array) -> list[np.ndarray]:
    lengths = pc.list_value_length(column).fill_null(0).to_numpy(zero_copy_only=False)
    values = column.flatten().to_numpy(zero_copy_only=False).astype(float)
    return np.split(values, np.cumsum(lengths)[:-1])


def _short(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
