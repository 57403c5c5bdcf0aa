"""The lines of a table of columns: its numbers, and what stands above, below and between them."""

import re
from array import array
from dataclasses import dataclass, field

from ftirmix.instrument.text.dialect import Dialect
from ftirmix.instrument.types import Unfit

_EXPONENT = re.compile(r"(?<=[\d.])[eE](?=[+-]?\d)")


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


def take_line(found: ColumnTable, number: int, line: str, dialect: Dialect) -> None:
    """Add a line to the rows of a table, or to what stands above or below them."""
    cells = dialect.cells(line)
    row = _numeric_row(cells, dialect, found.width)
    if row is None:
        if not found.width:
            found.above.append(line)
        elif len(cells) < found.width and all(dialect.number(cell) is not None for cell in cells):
            raise Unfit(_other_width(number, len(cells), found.width, dialect))
        elif of_digits(cells, 2):
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


def of_digits(cells: list[str], fewest: int) -> bool:
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


def line_notes(found: ColumnTable, dialect: Dialect) -> list[str]:
    """Tell what lines of a table were not read, and which numbers were not read as they stand."""
    notes = []
    digits = [line for line in found.above if of_digits(dialect.cells(line), 1)]
    if digits:
        notes.append(f"{len(digits)} lines of digits above the table, such as {digits[0].strip()[:40]!r}, are not read")
    if found.below:
        notes.append(f"{found.below[2]} lines below the table, from line {found.below[0]}, are not numbers")
    if found.grouped:
        notes.append(f"{found.grouped} numbers have thousands separators, such as {found.example}")
    return notes
