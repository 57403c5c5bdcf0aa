"""Text tables: two columns, several spectra as columns, pairs of columns, or a row per spectrum.

Separators are tab, semicolon, comma or blanks; decimals have a point, or a comma where the
separator is not one. The separator is the one with which most of the first lines are numbers.
What stands before the numbers is read for units. A line of digits that cannot be read as numbers
is told, or refused: no point is lost in silence.
"""

import io
import re
import warnings
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np

from ftirmix.instrument.axis import stated_axis_unit
from ftirmix.instrument.columns import (
    are_pairs,
    counts_rows,
    has_index,
    header_rows,
    looks_like_axis,
    one_way,
    thousands_as_fractions,
)
from ftirmix.instrument.dialect import DIALECTS, Dialect, refuse_cut_numbers
from ftirmix.instrument.naming import name_of_place, naming_order, position_columns
from ftirmix.instrument.own_files import OF_ANSWERS, is_table_of_answers
from ftirmix.instrument.types import FEWEST_POINTS, LARGEST_WHOLE_BYTES, ROWS_AT_A_TIME, Block, Unfit
from ftirmix.instrument.units import decide_unit, stated_quantity

# How much of a file decides about its encoding, and how much about its separator and layout.
LOOKED_AT_BYTES = 1_000_000
LOOKED_AT_LINES, LOOKED_AT_SIGNS = 300, 100_000
LONGEST_LINE = 16_000_000

_EXPONENT = re.compile(r"(?<=[\d.])[eE](?=[+-]?\d)")
_WIDE_CELL = re.compile(r"[xX]?(\d+(?:\.\d*)?)(\s?(cm-1|cm\^-1|1/cm))?")

# Lines in which a unit is that of something else, such as a resolution of 4 cm-1.
_OTHER_MATTERS = re.compile(r"resol|range|file|path|title|comment|sample|name|date|operator|laser|correct", re.I)

# Words for axis and intensity in German and French, and what the rules for units know them as.
# Absorption in per cent is 100 - %T and no absorbance: its values decide.
_ENGLISH = (
    (re.compile(r"wellenzahl(en)?|nombres? d.ondes?", re.I), "wavenumber"),
    (re.compile(r"wellenl(ä|ae)nge(n)?|longueurs? d.ondes?", re.I), "wavelength"),
    (re.compile(r"extinktion|absorption(?!.*%)", re.I), "absorbance"),
    (re.compile(r"durchl(ä|ae)ssigkeit", re.I), "transmittance"),
    (re.compile(r"reflexion", re.I), "reflectance"),
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
        if first and is_table_of_answers(DIALECTS[4].cells(first[0])):
            raise Unfit(OF_ANSWERS)
        dialect = _dialect(first)
        if dialect.separator == ",":
            refuse_cut_numbers(first, dialect)
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
    odd = sum(not (sign.isprintable() or sign in "\t\r\n\f\x1a\u00a0\u202f") for sign in start)
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

    def fit(dialect: Dialect) -> tuple[int, int, int]:
        fitting = plain = numbers = 0
        for line in first:
            cells = dialect.cells(line)
            found = sum(bool(cell) and dialect.number(cell) is not None for cell in cells)
            grouped = sum(dialect.grouped(cell) is not None for cell in cells if dialect.number(cell) is None)
            whole = found + grouped >= 2 and found + grouped >= len([cell for cell in cells if cell])
            # A row per spectrum begins with its name: most of its cells being numbers is enough there.
            wide = found > FEWEST_POINTS and found >= 0.5 * len(cells)
            fitting += whole or wide
            # 93,123 is rather a number with a decimal comma than one with thousands.
            plain += whole and not grouped or wide
            numbers += found
        return fitting, plain, numbers

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
        if len(axis) < FEWEST_POINTS or not one_way(axis, 0.9):
            return None
        following = next((dialect.cells(other) for other in first[number + 1 :] if other.strip()), [])
        others = sorted(set(range(len(cells))) - set(places.tolist()))
        placed = position_columns([cells[place] for place in others]) is not None  # so the first column is no axis
        if len(following) != len(cells) or not placed and _first_column_is_axis(first[number:], axis, dialect):
            return None
        return WideHeader(number, len(cells), axis, places, others)
    return None


def _wide_number(cell: str, dialect: Dialect) -> float | None:
    grouped = dialect.grouped(cell)
    if grouped is not None:
        return grouped
    found = _WIDE_CELL.fullmatch(cell.replace(",", ".") if dialect.decimal == "," else cell)
    return float(found[1]) if found else None


def _first_column_is_axis(lines: list[str], header: np.ndarray, dialect: Dialect) -> bool:
    """Say whether the first column is the axis, so that the first line only names columns, or is one of the numbers."""
    column = [dialect.number(dialect.cells(line)[0]) for line in lines if line.strip()]
    if column and column[0] is None and header.max() < 100:
        column = column[1:]
    if len(column) < FEWEST_POINTS or any(value is None for value in column):
        return False
    values = np.array(column, dtype=float)
    return bool(values.max() >= 100 and one_way(values))


def _rows(
    lines: Iterator[str], first: list[str], header: WideHeader, dialect: Dialect
) -> Iterator[Block | tuple[str, str]]:
    columns = [dialect.cells(first[header.line])[place] for place in header.others]
    labelled = Labels(naming_order(columns), position_columns(columns))
    named = " ".join(columns)
    stated_axis, stated_unit = _stated(first[: header.line], [])
    stated_axis = stated_axis or (named if _axis_said(named) else "")
    decided: tuple[str, str] | None = None
    body = (line for number, line in enumerate(lines) if number > header.line and line.strip())
    count = 0
    while rows := list(islice(body, ROWS_AT_A_TIME)):
        names, values, positions, broken = _parsed_rows(rows, header, labelled, dialect, count)
        count += len(rows)
        if names:
            matrix = np.array(values)
            decided = decided or decide_unit(list(matrix), stated_unit)
            places = positions if labelled.position else None
            yield Block(names, header.axis, matrix, stated_axis, stated_unit, decided, places)
        yield from broken
    if count == 0:
        raise Unfit("has a header of wavenumbers and no spectra below it")


@dataclass(frozen=True)
class Labels:
    """Which of the columns beside the numbers say what.

    Attributes:
        order: in which they are asked for a name.
        position: those that say where on a map the spectrum was measured, or None.
    """

    order: list[int]
    position: tuple[int, int] | None

    def place(self, labels: list[str], dialect: Dialect) -> tuple[float, float]:
        """Return the place of a row with these labels, NaN where it has none."""
        across, down = self.position or (len(labels), len(labels))
        if max(across, down) >= len(labels):
            return float("nan"), float("nan")
        numbers = [dialect.number(labels[column].strip()) for column in (across, down)]
        found = [float("nan") if number is None else number for number in numbers]
        return found[0], found[1]

    def name(self, labels: list[str], place: tuple[float, float], row: int) -> str:
        """Return the first label that names the row, else its place, else its number."""
        placed = not np.isnan(place).any()
        silent = self.position if placed and self.position else ()  # a place names a row only if nothing else does
        ordered = (labels[column].strip() for column in self.order if column < len(labels) and column not in silent)
        return next((label for label in ordered if label), name_of_place(*place) if placed else f"row {row}")


def _parsed_rows(
    rows: list[str], header: WideHeader, labelled: Labels, dialect: Dialect, done: int
) -> tuple[list[str], list[np.ndarray], list[tuple[float, float]], list[tuple[str, str]]]:
    """Return names, values and places of the rows, and (name, reason) of those without the header's cells."""
    names, matrix, places, broken = [], [], [], []
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
        place = labelled.place(labels, dialect)
        name = labelled.name(labels, place, number)
        if values is None:
            reason = f"has {len(cells)} cells and the header {header.width}; is the file truncated? Export it again"
            broken.append((name, reason))
        else:
            names.append(name)
            matrix.append(values)
            places.append(place)
    return names, matrix, places, broken


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


@dataclass
class ColumnTable:
    """The lines of a table of columns.

    Attributes:
        above: the lines before the numbers, blank ones left out.
        values: the numbers, row after row.
        width: cells of a row.
        below: the number of the first line after the numbers, its text, and how many there are.
        grouped: how many cells have thousands separators.
        example: one of them.
        ambiguous: per column, a cell such as 1.029 of which only the separator of other cells says
            that it is 1029.
    """

    above: list[str] = field(default_factory=list)
    values: "array[float]" = field(default_factory=lambda: array("d"))
    width: int = 0
    below: tuple[int, str, int] | None = None
    grouped: int = 0
    example: str = ""
    ambiguous: dict[int, str] = field(default_factory=dict)


def _columns(lines: Iterator[str], dialect: Dialect) -> Iterator[Block]:
    found = ColumnTable()
    read = 0
    for number, line in enumerate(lines, start=1):
        read += len(line)
        if read > LARGEST_WHOLE_BYTES:
            raise Unfit(f"is larger than {LARGEST_WHOLE_BYTES / 1e6:g} MB; store a row per spectrum, or Parquet")
        if line.strip():
            _take_line(found, number, line, dialect)
    if not found.width:
        raise Unfit("holds no table of numbers: no line has a wavenumber and an intensity")
    yield from _column_blocks(found, dialect)


def _take_line(found: ColumnTable, number: int, line: str, dialect: Dialect) -> None:
    """Add a line to the rows of a table, or to what stands above or below them."""
    cells = dialect.cells(line)
    row = _numeric_row(cells, dialect, found.width)
    if row is None:
        if not found.width:
            found.above.append(line)
        elif len(cells) < found.width and all(dialect.number(cell) is not None for cell in cells):
            raise Unfit(_other_width(number, len(cells), found.width, dialect))
        elif _of_digits(cells, 2):
            raise Unfit(f"line {number} holds {line.strip()[:40]!r}, which is not all numbers; correct or remove it")
        elif any(sign.isalnum() for sign in line):
            first, text, count = found.below or (number, line, 0)
            found.below = (first, text, count + 1)
        return
    if found.below:
        raise Unfit(f"line {found.below[0]} holds {found.below[1].strip()[:40]!r} among numbers; correct or remove it")
    found.width = found.width or len(row)
    if len(row) != found.width:
        raise Unfit(_other_width(number, len(row), found.width, dialect))
    found.values.extend(row)
    for place, cell in enumerate(cells):
        if dialect.number(cell) is None:
            found.grouped += 1
            found.example = found.example or cell
            if dialect.decimal not in cell:
                found.ambiguous.setdefault(place, cell)


def _of_digits(cells: list[str], fewest: int) -> bool:
    """Say whether so many cells or more have digits, and none a word."""
    text = _EXPONENT.sub("", "".join(cells))
    return sum(any(map(str.isdigit, cell)) for cell in cells) >= fewest and not any(map(str.isalpha, text))


def _other_width(number: int, found: int, expected: int, dialect: Dialect) -> str:
    commas = "; are commas inside numbers, too" if dialect.separator == "," and found > expected else ""
    return (
        f"line {number} has {found} cells where {expected} are expected{commas}; is the file truncated? Export it again"
    )


def _numeric_row(cells: list[str], dialect: Dialect, width: int) -> list[float] | None:
    """Return the numbers of a line, or None if it is not a line of at least two cells, the first a number.

    In a table of four columns or more the first cell may be empty: of pairs, the second may be longer.
    """
    row = [dialect.number(cell) for cell in cells]
    if any(value is None for value in row):
        row = [dialect.grouped(cell) if value is None else value for cell, value in zip(cells, row, strict=True)]
    if len(row) < 2 or any(value is None for value in row):
        return None
    numbers = [value for value in row if value is not None]
    filled = sum(value == value for value in numbers)
    if filled == 0 or cells[0] == "" and (len(row) < 4 or len(row) != width or filled < 2):
        return None
    return numbers


def _column_blocks(found: ColumnTable, dialect: Dialect) -> Iterator[Block]:
    table = np.frombuffer(found.values, dtype=float).reshape(-1, found.width)
    if len(table) < FEWEST_POINTS:
        raise Unfit(f"has {len(table)} points; at least {FEWEST_POINTS} are needed")
    notes = _line_notes(found, dialect)
    _refuse_fractions(table[:, 0])
    start = header_rows(table[:, 0])
    if start:
        numbers = ", ".join(f"{value:.12g}" for value in table[:start, 0])
        notes.append(f"the first {start} lines of numbers ({numbers}) stand apart from the axis, read as header")
        table = table[start:]
    header = dialect.cells(found.above[-1]) if found.above else []
    if len(header) == found.width - 1 and counts_rows(table[:, 0]):
        header = ["", *header]  # row numbers are often written without a name above them
    header = header if len(header) == found.width else [""] * found.width
    said = [bool(_axis_said(cell)) for cell in header]
    place = _axis_place(table, said)
    if place:
        counted = "row numbers" if place == 1 and counts_rows(table[:, 0]) else "before the axis"
        notes.append(f"column{'s' if place > 1 else ''} {_numbered(range(place))} left out, {counted}")
    elif found.width == 2 and not said[0] and counts_rows(table[:, 0]):
        raise Unfit("has row numbers and intensities, and no wavenumbers; export wavenumber and intensity")
    used = np.isfinite(table).any(axis=0)
    used[place] = True
    columns = [int(column) for column in np.flatnonzero(used) if column >= place]
    if len(columns) < 2:
        raise Unfit("has one column of numbers and no intensities beside the axis; export both")
    pairs = are_pairs(table[:, columns], [said[column] for column in columns])
    if pairs:
        notes.append("each pair of columns on its own axis")
    axes = columns[::2] if pairs else columns[:1]
    intensities = columns[1::2] if pairs else columns[1:]
    _refuse_doubtful(found, table, said, axes, intensities)
    yield from _blocks(found.above, header, table, axes, intensities, notes, dialect)


def _line_notes(found: ColumnTable, dialect: Dialect) -> list[str]:
    """Tell what lines of a table were not read, and which numbers were not read as they stand."""
    notes = []
    digits = [line for line in found.above if _of_digits(dialect.cells(line), 1)]
    if digits:
        notes.append(f"{len(digits)} lines of digits above the table, such as {digits[0].strip()[:40]!r}, are not read")
    if found.below:
        notes.append(f"{found.below[2]} lines below the table, from line {found.below[0]}, are not numbers")
    if found.grouped:
        notes.append(f"{found.grouped} numbers have thousands separators, such as {found.example}")
    return notes


def _refuse_fractions(axis: np.ndarray) -> None:
    misread = thousands_as_fractions(axis)
    if misread:
        raise Unfit(
            f"wavenumber {misread[0]:.3f} is beside {misread[1]:g}: it seems to be {1000 * misread[0]:g} with a "
            "thousands separator; export without thousands separators"
        )


def _axis_place(table: np.ndarray, said: list[bool]) -> int:
    """Return the column of the (first) axis: named so, or behind row numbers, else the first.

    The name alone is not enough behind the first column: spectra are called 'PE 4 cm-1', too.
    """
    if has_index(table, said[1]):
        return 1
    named = (place for place, axis in enumerate(said) if axis and one_way(table[:, place], 0.9))
    return next(named, 0)


def _refuse_doubtful(
    found: ColumnTable, table: np.ndarray, said: list[bool], axes: list[int], intensities: list[int]
) -> None:
    """Refuse columns that may be read in two ways.

    Raises:
        Unfit: an axis with thousands separators is out of order, an intensity such as 1.029 may be
            1029, or a column taken for intensities is another axis.
    """
    doubtful = next((column for column in intensities if column in found.ambiguous), None)
    if doubtful is not None:
        raise Unfit(
            f"column {doubtful + 1} holds {found.ambiguous[doubtful]!r}, which may have a thousands separator or "
            "another decimal sign than the rest; export without thousands separators"
        )
    for axis in axes:
        values = table[np.isfinite(table[:, axis]), axis]
        if found.grouped and not one_way(values):
            raise Unfit(
                f"its wavenumbers are out of order if {found.example!r} has a thousands separator; "
                "export without thousands separators"
            )
    for column in intensities:
        values = table[np.isfinite(table[:, column]), column]
        if looks_like_axis(values) or said[column] and one_way(values):
            raise Unfit(
                f"column {column + 1} is a second axis, and the columns are no pairs of axis and intensity; "
                "export one axis, or pairs"
            )


def _blocks(
    above: list[str],
    header: list[str],
    table: np.ndarray,
    axes: list[int],
    intensities: list[int],
    notes: list[str],
    dialect: Dialect,
) -> Iterator[Block]:
    """Make a block of the columns on one axis, or one of each pair; the unit is decided on all of them."""
    words = [_in_english(cell) for cell in header]
    if len(intensities) == 1:
        stated_axis, stated_unit = _stated(above, words[axes[0] :])
        intensity = table[:, intensities].T
        decided = _noted(decide_unit(list(intensity), stated_unit), notes) if notes else None
        yield Block([""], table[:, axes[0]], intensity, stated_axis, stated_unit, decided)
        return
    stated_axis, stated_unit = _stated(above, words[axes[0] : axes[0] + 1])
    stated_unit = stated_unit or next((words[column] for column in intensities if _said(words[column])), "")
    decided = _noted(decide_unit(list(table[:, intensities].T), stated_unit), notes)
    if len(axes) == 1:
        names = [header[column] or f"column {column + 1}" for column in intensities]
        yield Block(names, table[:, axes[0]], table[:, intensities].T, stated_axis, stated_unit, decided)
        return
    names = _pair_names(above, header, axes, intensities, dialect)
    for name, axis, column in zip(names, axes, intensities, strict=True):
        pair = table[:, [axis, column]]
        pair = pair[np.isfinite(pair).any(axis=1)]  # below a shorter pair there is nothing
        own = words[axis] if _axis_said(words[axis]) else stated_axis
        yield Block([name], pair[:, 0], pair[:, 1:].T, own, stated_unit, decided)


def _pair_names(
    above: list[str], header: list[str], axes: list[int], intensities: list[int], dialect: Dialect
) -> list[str]:
    """Name pairs by what stands above the intensities, or the axes; if that is alike, by the line before it."""
    before = dialect.cells(above[-2]) if len(above) > 1 else []
    lines = [line for line in (header, before) if len(line) == len(header)]
    for line in lines:
        names = [_telling(line[column]) or _telling(line[axis]) for axis, column in zip(axes, intensities, strict=True)]
        if all(names) and len(set(names)) == len(names):
            return names
    numbered = [(_telling(header[column]), f"column {column + 1}") for column in intensities]
    return [f"{name} ({number})" if name else number for name, number in numbered]


def _telling(cell: str) -> str:
    return "" if _said(cell) or _axis_said(cell) else cell


def _noted(decided: tuple[str, str], notes: list[str]) -> tuple[str, str]:
    return decided[0], "; ".join([decided[1], *notes])


def _numbered(places: range) -> str:
    return ", ".join(str(place + 1) for place in places)


def _stated(above: list[str], header: list[str]) -> tuple[str, str]:
    """Find what the lines above the numbers say about axis and intensity.

    The cells of the header come first. Of the other lines those are left out that speak of
    something else (a resolution in cm-1, a title); lines that contradict each other say nothing.
    """
    axis = header[0] if header and _axis_said(header[0]) else ""
    unit = " ".join(cell for cell in header[1:] if _said(cell))
    others = [_in_english(line) for line in above if not _OTHER_MATTERS.search(line)]
    if not axis:
        axes = {_axis_said(line): line for line in others if _axis_said(line)}
        axis = next(iter(axes.values())) if len(axes) == 1 else ""
    if not unit:
        units = {_said(line): line for line in others if _said(line)}
        unit = next(iter(units.values())) if len(units) == 1 else ""
    return axis, unit


def _axis_said(text: str) -> str:
    text = _in_english(text)
    return stated_axis_unit(text) or ("wavelength" if "wavelength" in text.lower() else "")


def _said(text: str) -> str:
    return stated_quantity(_in_english(text))


def _in_english(text: str) -> str:
    for words, english in _ENGLISH:
        text = words.sub(english, text)
    return text
