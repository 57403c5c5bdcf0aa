"""Text tables: two columns, several spectra as columns, or a row per spectrum.

Separators are tab, semicolon, comma or blanks; decimals have a point, or a comma where the
separator is not one. The separator is the one with which most of the first lines are numbers.
What stands before the numbers is read for units.
"""

import csv
import io
import re
import warnings
from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from ftirmix.instrument.axis import stated_axis_unit
from ftirmix.instrument.naming import naming_order
from ftirmix.instrument.types import FEWEST_POINTS, LARGEST_WHOLE_BYTES, ROWS_AT_A_TIME, Block, Unfit
from ftirmix.instrument.units import decide_unit, stated_quantity

# How much of a file decides about its encoding, and how much about its separator and layout.
LOOKED_AT_BYTES = 1_000_000
LOOKED_AT_LINES, LOOKED_AT_SIGNS = 300, 100_000
LONGEST_LINE = 16_000_000

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_MISSING = {"", "nan", "na", "n/a", "inf", "+inf", "-inf", "infinity", "-infinity", "null", "none", "--", "#n/a"}
_WIDE_CELL = re.compile(r"[xX]?(\d+(?:\.\d*)?)(\s?(cm-1|cm\^-1|1/cm))?")

# Lines in which a unit is that of something else, such as a resolution of 4 cm-1.
_OTHER_MATTERS = re.compile(r"resol|range|file|path|title|comment|sample|name|date|operator|laser|correct", re.I)


@dataclass(frozen=True)
class Dialect:
    """How the cells of a line are set apart: ``separator`` (None: blanks) and the decimal sign."""

    separator: str | None
    decimal: str

    def cells(self, line: str) -> list[str]:
        """Split a line into its cells."""
        if self.separator is None:
            return line.split()
        if '"' in line:
            with suppress(csv.Error):  # quotes that are none: the line is split as it stands
                return [cell.strip() for cell in next(csv.reader([line], delimiter=self.separator), [])]
        return [cell.strip() for cell in line.split(self.separator)]

    def number(self, cell: str) -> float | None:
        """Return a cell's number, NaN for a cell without one, None for a cell of something else."""
        if self.decimal == ",":
            if "." in cell:
                return None
            cell = cell.replace(",", ".")
        if _NUMBER.fullmatch(cell):
            return float(cell)
        return float("nan") if cell.lower() in _MISSING else None


DIALECTS = (
    Dialect("\t", "."),
    Dialect("\t", ","),
    Dialect(";", "."),
    Dialect(";", ","),
    Dialect(",", "."),
    Dialect(None, "."),
    Dialect(None, ","),
)


def read_text(opened: Callable[[], io.BufferedReader]) -> Iterator[Block | tuple[str, str]]:
    """Read a text table of any of the three layouts.

    Args:
        opened: opens the file, or the decompressed stream of it, from its start.

    Raises:
        Unfit: it is no text, is HTML, or holds no table of numbers.
    """
    with opened() as file:
        head = file.read(LOOKED_AT_BYTES)
    encoding = text_encoding(head)
    # A byte that the head did not announce becomes a sign that is no number, and is reported with its line.
    with io.TextIOWrapper(opened(), encoding=encoding, errors="replace", newline=None) as text:
        lines = _lines(text)
        first = _beginning(lines)
        dialect = _dialect(first)
        header = _wide_header(first, dialect)
        rest = chain(first, lines)
        if header is None:
            yield from _columns(rest, dialect)
        else:
            yield from _rows(rest, first, header, dialect)


def text_encoding(head: bytes) -> str:
    """Return the encoding of a text of which the first bytes are given.

    Raises:
        Unfit: they are no text, or HTML or XML.
    """
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        if b"\0" in head:
            raise Unfit("is neither text nor a known instrument format; export it as CSV, JCAMP-DX or SPC")
        try:
            head[: max(0, len(head) - 4)].decode("utf-8")  # the last character may be cut
            encoding = "utf-8-sig"
        except UnicodeDecodeError:
            encoding = "latin-1"
    start = head.decode(encoding, "replace")[:4000]
    odd = sum(not (sign.isprintable() or sign in "\t\r\n\f\x1a") for sign in start)
    if odd > 0.05 * len(start):
        raise Unfit("is neither text nor a known instrument format; export it as CSV, JCAMP-DX or SPC")
    begins = start.lstrip().lower()
    if begins.startswith(("<!doctype html", "<html")) or "<html" in begins[:1000]:
        raise Unfit("is HTML, a page saved under the name of a table; export the spectrum as CSV")
    if begins.startswith("<?xml"):
        raise Unfit("is XML, not a table of numbers; export the spectrum as CSV")
    return encoding


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unfit(f"a line is longer than {LONGEST_LINE} characters; this is no table of spectra")
        yield line.rstrip("\r\n\x1a")


def _beginning(lines: Iterator[str]) -> list[str]:
    """Take lines until they are many or long, but two at least: a header and what is below it."""
    first: list[str] = []
    for line in lines:
        first.append(line)
        if len(first) >= LOOKED_AT_LINES or len(first) > 2 and sum(map(len, first)) > LOOKED_AT_SIGNS:
            break
    return first


def _dialect(first: list[str]) -> Dialect:
    """Choose the dialect with which most lines hold two numbers or more, and most numbers of them."""

    def fit(dialect: Dialect) -> tuple[int, int]:
        fitting = numbers = 0
        for line in first:
            cells = dialect.cells(line)
            found = sum(bool(cell) and dialect.number(cell) is not None for cell in cells)
            whole = found >= 2 and found >= len([cell for cell in cells if cell])
            # A row per spectrum begins with its name: most of its cells being numbers is enough there.
            fitting += whole or found > FEWEST_POINTS and found >= 0.5 * len(cells)
            numbers += found
        return fitting, numbers

    fits = [fit(dialect) for dialect in DIALECTS]
    if max(fits)[0] == 0:
        raise Unfit(_no_table(first))
    return DIALECTS[fits.index(max(fits))]


def _no_table(first: list[str]) -> str:
    if not any(line.strip() for line in first):
        return "holds nothing but blank lines; export it again"
    single = sum(any(d.number(line.strip()) is not None for d in DIALECTS) for line in first if line.strip())
    if single >= 10:
        return "has one column of numbers and no axis; export wavenumber and intensity"
    return "holds no table of numbers: no line has a wavenumber and an intensity"


# --- a row per spectrum -----------------------------------------------------------------------


@dataclass(frozen=True)
class WideHeader:
    """The header of a table with a row per spectrum."""

    line: int
    width: int
    axis: np.ndarray
    places: np.ndarray
    others: list[int]


def _wide_header(first: list[str], dialect: Dialect) -> WideHeader | None:
    for number, line in enumerate(first):
        cells = dialect.cells(line)
        if len(cells) < FEWEST_POINTS:
            continue
        values = [_wide_number(cell, dialect) for cell in cells]
        places = np.array([place for place, value in enumerate(values) if value is not None], dtype=int)
        axis = np.array([value for value in values if value is not None], dtype=float)
        # Some tables keep their columns sorted as text, 1000 before 399: almost one way is enough.
        if len(axis) < FEWEST_POINTS or not _one_way(axis, 0.9):
            return None
        following = next((dialect.cells(other) for other in first[number + 1 :] if other.strip()), [])
        if len(following) != len(cells) or _first_column_is_axis(first[number:], axis, dialect):
            return None
        others = sorted(set(range(len(cells))) - set(places.tolist()))
        return WideHeader(number, len(cells), axis, places, others)
    return None


def _wide_number(cell: str, dialect: Dialect) -> float | None:
    found = _WIDE_CELL.fullmatch(cell.replace(",", ".") if dialect.decimal == "," else cell)
    return float(found[1]) if found else None


def _one_way(axis: np.ndarray, share: float = 1.0) -> bool:
    """Say whether at least a share of the steps of an axis go one way."""
    steps = np.diff(axis)
    return bool(max((steps > 0).mean(), (steps < 0).mean()) >= share)


def _first_column_is_axis(lines: list[str], header: np.ndarray, dialect: Dialect) -> bool:
    """Say whether the first column is the axis, so that the first line only names columns, or is one of the numbers."""
    column = [dialect.number(dialect.cells(line)[0]) for line in lines if line.strip()]
    if column and column[0] is None and header.max() < 100:
        column = column[1:]
    if len(column) < FEWEST_POINTS or any(value is None for value in column):
        return False
    values = np.array(column, dtype=float)
    return bool(values.max() >= 100 and _one_way(values))


def _rows(
    lines: Iterator[str], first: list[str], header: WideHeader, dialect: Dialect
) -> Iterator[Block | tuple[str, str]]:
    columns = [dialect.cells(first[header.line])[place] for place in header.others]
    named, order = " ".join(columns), naming_order(columns)
    stated_axis, stated_unit = _stated(first[: header.line], [])
    stated_axis = stated_axis or (named if _axis_said(named) else "")
    decided: tuple[str, str] | None = None
    body = (line for number, line in enumerate(lines) if number > header.line and line.strip())
    count = 0
    while rows := list(islice(body, ROWS_AT_A_TIME)):
        names, values, broken = _parsed_rows(rows, header, order, dialect, count)
        count += len(rows)
        if names:
            matrix = np.array(values)
            decided = decided or decide_unit(list(matrix), stated_unit)
            yield Block(names, header.axis, matrix, stated_axis, stated_unit, decided)
        yield from broken
    if count == 0:
        raise Unfit("has a header of wavenumbers and no spectra below it")


def _parsed_rows(
    rows: list[str], header: WideHeader, order: list[int], dialect: Dialect, done: int
) -> tuple[list[str], list[np.ndarray], list[tuple[str, str]]]:
    """Return names and values of the rows, and (name, reason) of those without the header's cells."""
    names, matrix, broken = [], [], []
    start, end = int(header.places[0]), int(header.places[-1]) + 1
    plain = end - start == len(header.places) and end == header.width and dialect.separator is not None
    for number, line in enumerate(rows, start=done + 1):
        values = None
        if plain and '"' not in line:
            *labels, rest = line.split(dialect.separator, start)
            values = _fast_numbers(rest, dialect, len(header.places))
        if values is None:
            cells = dialect.cells(line)
            labels = [cells[place] for place in header.others if place < len(cells)]
            if len(cells) == header.width:
                # A cell of something else is a missing number: counted where the spectrum is checked.
                found = (dialect.number(cells[place]) for place in header.places)
                values = np.array([float("nan") if value is None else value for value in found])
        ordered = (labels[place].strip() for place in order if place < len(labels))
        name = next((label for label in ordered if label), f"row {number}")
        if values is None:
            reason = f"has {len(cells)} cells and the header {header.width}; is the file truncated? Export it again"
            broken.append((name, reason))
        else:
            names.append(name)
            matrix.append(values)
    return names, matrix, broken


def _fast_numbers(text: str, dialect: Dialect, expected: int) -> np.ndarray | None:
    """Parse a run of plain numbers, or return None if anything in it is not plain."""
    if dialect.decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            values = np.fromstring(text, sep=dialect.separator or " ")
        except (ValueError, DeprecationWarning):
            return None
    return values if len(values) == expected else None


# --- columns ----------------------------------------------------------------------------------


def _columns(lines: Iterator[str], dialect: Dialect) -> Iterator[Block]:
    above: list[str] = []
    values = array("d")
    width = 0
    read = 0
    footer: tuple[int, str] | None = None
    for number, line in enumerate(lines, start=1):
        read += len(line)
        if read > LARGEST_WHOLE_BYTES:
            raise Unfit(f"is larger than {LARGEST_WHOLE_BYTES / 1e6:g} MB; store a row per spectrum, or Parquet")
        if not line.strip():
            continue
        row = _numeric_row(line, dialect)
        if row is None:
            cells = dialect.cells(line)
            if not width:
                above.append(line)
            elif len(cells) < width and all(dialect.number(cell) is not None for cell in cells):
                raise Unfit(_other_width(number, len(cells), width))
            else:
                footer = footer or (number, line)
            continue
        if footer:
            raise Unfit(f"line {footer[0]} holds {footer[1].strip()[:40]!r} among numbers; correct or remove it")
        width = width or len(row)
        if len(row) != width:
            raise Unfit(_other_width(number, len(row), width))
        values.extend(row)
    if not width:
        raise Unfit("holds no table of numbers: no line has a wavenumber and an intensity")
    table = np.frombuffer(values, dtype=float).reshape(-1, width)
    header = dialect.cells(above[-1]) if above else []
    header = header if len(header) == width else []
    yield from _column_blocks(table, header, above)


def _other_width(number: int, found: int, expected: int) -> str:
    return f"line {number} has {found} cells where {expected} are expected; is the file truncated? Export it again"


def _numeric_row(line: str, dialect: Dialect) -> list[float] | None:
    """Return the numbers of a line, or None if it is not a line of at least two cells, the first a number."""
    cells = dialect.cells(line)
    row = [dialect.number(cell) for cell in cells]
    if len(row) < 2 or any(value is None for value in row):
        return None
    if row[0] != row[0] and (cells[0] == "" or all(value != value for value in row)):
        return None
    return [value for value in row if value is not None]


def _column_blocks(table: np.ndarray, header: list[str], above: list[str]) -> Iterator[Block]:
    if len(table) < FEWEST_POINTS:
        raise Unfit(f"has {len(table)} points; at least {FEWEST_POINTS} are needed")
    used = np.isfinite(table).any(axis=0)
    used[0] = True
    place = next((place for place, cell in enumerate(header) if _axis_said(cell)), 0)
    columns = [column for column in np.flatnonzero(used) if column > place]
    if not columns:
        raise Unfit("has one column of numbers and no intensities beside the axis; export both")
    intensity = table[:, columns].T
    axis = table[:, place]
    if len(columns) == 1:
        stated_axis, stated_unit = _stated(above, header[place:])
        yield Block([""], axis, intensity, stated_axis, stated_unit)
        return
    stated_axis, stated_unit = _stated(above, header[place : place + 1])
    stated_unit = stated_unit or next((header[column] for column in columns if header and _said(header[column])), "")
    names = [header[column] if header and header[column] else f"column {column + 1}" for column in columns]
    yield Block(names, axis, intensity, stated_axis, stated_unit, decide_unit(list(intensity), stated_unit))


def _stated(above: list[str], header: list[str]) -> tuple[str, str]:
    """Find what the lines above the numbers say about axis and intensity.

    The cells of the header come first. Of the other lines those are left out that speak of
    something else (a resolution in cm-1, a title); lines that contradict each other say nothing.
    """
    axis = header[0] if header and _axis_said(header[0]) else ""
    unit = " ".join(cell for cell in header[1:] if _said(cell))
    others = [line for line in above if not _OTHER_MATTERS.search(line)]
    if not axis:
        axes = {_axis_said(line): line for line in others if _axis_said(line)}
        axis = next(iter(axes.values())) if len(axes) == 1 else ""
    if not unit:
        units = {_said(line): line for line in others if _said(line)}
        unit = next(iter(units.values())) if len(units) == 1 else ""
    return axis, unit


def _axis_said(text: str) -> str:
    return stated_axis_unit(text) or ("wavelength" if "wavelength" in text.lower() else "")


def _said(text: str) -> str:
    return stated_quantity(text)
