"""A table with a row per spectrum, streamed."""

import warnings
from collections.abc import Iterator
from itertools import islice

import numpy as np

from ftirmix.instrument.naming import naming_order, position_columns
from ftirmix.instrument.text.dialect import Dialect
from ftirmix.instrument.text.header import WideHeader
from ftirmix.instrument.text.labels import Labels
from ftirmix.instrument.text.words import axis_said, stated_in
from ftirmix.instrument.types import ROWS_AT_A_TIME, Block, Unfit
from ftirmix.instrument.units import decide_unit


def rows_of(
    lines: Iterator[str], first: list[str], header: WideHeader, dialect: Dialect
) -> Iterator[Block | tuple[str, str]]:
    """Read the rows below a header into blocks; a row without its cells is (name, reason).

    Raises:
        Unfit: there are no rows.
    """
    columns = [dialect.cells(first[header.line])[place] for place in header.others]
    labelled = Labels(naming_order(columns), position_columns(columns))
    named = " ".join(columns)
    stated_axis, stated_unit = stated_in(first[: header.line], [])
    stated_axis = header.unit or stated_axis or (named if axis_said(named) else "")
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
