"""Whether a table has a row per spectrum, which its header of wavenumbers tells."""

import re
from dataclasses import dataclass

import numpy as np

from ftirmix.instrument.naming import position_columns
from ftirmix.instrument.text.dialect import Dialect
from ftirmix.instrument.text.shapes import one_way
from ftirmix.instrument.types import FEWEST_POINTS

_WIDE_CELL = re.compile(r"[xX]?(\d+(?:\.\d*)?)(\s?(cm-1|cm\^-1|1/cm|nm|[uµμ]m))?")


@dataclass(frozen=True)
class WideHeader:
    """The header of a table with a row per spectrum: its axis, and the unit behind its numbers, if there is one."""

    line: int
    width: int
    axis: np.ndarray
    places: np.ndarray
    others: list[int]
    unit: str


def wide_header(first: list[str], dialect: Dialect) -> WideHeader | None:
    """Find the header of wavenumbers among the first lines, or return None: the table is one of columns."""
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
        unit = _WIDE_CELL.fullmatch(cells[places[0]])
        return WideHeader(number, len(cells), axis, places, others, (unit[3] if unit else "") or "")
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
