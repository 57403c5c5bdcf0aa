"""A table of columns: two, several spectra beside one axis, or pairs of axis and intensity."""

from collections.abc import Iterator

import numpy as np

from ftirmix.instrument.text.dialect import Dialect
from ftirmix.instrument.text.doubts import refuse_doubtful, refuse_fractions
from ftirmix.instrument.text.lines import ColumnTable, line_notes, take_line
from ftirmix.instrument.text.shapes import are_pairs, counts_rows, has_index, header_rows, one_way
from ftirmix.instrument.text.words import axis_said, quantity_said, stated_in
from ftirmix.instrument.types import FEWEST_POINTS, LARGEST_WHOLE_BYTES, Block, Unfit
from ftirmix.instrument.units import decide_unit

# What pandas calls a column that has no name.
NO_NAME = "Unnamed:"


def columns_of(lines: Iterator[str], dialect: Dialect) -> Iterator[Block]:
    """Read the lines of a table of columns into blocks, one for each axis.

    Raises:
        Unfit: it is too large, holds no numbers, or can be read in two ways.
    """
    found = ColumnTable()
    read = 0
    for number, line in enumerate(lines, start=1):
        read += len(line)
        if read > LARGEST_WHOLE_BYTES:
            raise Unfit(f"is larger than {LARGEST_WHOLE_BYTES / 1e6:g} MB; store a row per spectrum, or Parquet")
        if line.strip():
            take_line(found, number, line, dialect)
    if not found.width:
        raise Unfit("holds no table of numbers: no line has a wavenumber and an intensity")
    yield from column_blocks(found, dialect)


def column_blocks(found: ColumnTable, dialect: Dialect) -> Iterator[Block]:
    """Find axes and intensities among the columns of a table and make blocks of them."""
    table = np.frombuffer(found.values, dtype=float).reshape(-1, found.width)
    if len(table) < FEWEST_POINTS:
        raise Unfit(f"has {len(table)} points; at least {FEWEST_POINTS} are needed")
    notes = line_notes(found, dialect)
    refuse_fractions(table[:, 0])
    start = header_rows(table[:, 0])
    if start:
        numbers = ", ".join(f"{value:.12g}" for value in table[:start, 0])
        notes.append(f"the first {start} lines of numbers ({numbers}) stand apart from the axis, read as header")
        table = table[start:]
    header = dialect.cells(found.above[-1]) if found.above else []
    if len(header) == found.width - 1 and counts_rows(table[:, 0]):
        header = ["", *header]  # row numbers are often written without a name above them
    header = header if len(header) == found.width else [""] * found.width
    said = [bool(axis_said(cell)) for cell in header]
    place = axis_place(table, said)
    if place:
        counted = "row numbers" if place == 1 and counts_rows(table[:, 0]) else "before the axis"
        notes.append(f"column{'s' if place > 1 else ''} {_numbered(list(range(place)))} left out, {counted}")
    elif found.width == 2 and not said[0] and counts_rows(table[:, 0]):
        raise Unfit("has row numbers and intensities, and no wavenumbers; export wavenumber and intensity")
    columns, pairs = used_columns(table, header, said, place)
    if len(columns) < 2:
        raise Unfit("has one column of numbers and no intensities beside the axis; export both")
    empty = [column for column in range(place, columns[-1]) if column not in columns]
    if empty and not pairs:
        notes.append(f"column{'s' if len(empty) > 1 else ''} {_numbered(empty)} left out, empty and without a name")
    if pairs:
        notes.append("each pair of columns on its own axis")
    axes = columns[::2] if pairs else columns[:1]
    intensities = columns[1::2] if pairs else columns[1:]
    refuse_doubtful(found, table, said, axes, intensities)
    yield from blocks_of(found.above, header, table, axes, intensities, notes, dialect)


def used_columns(table: np.ndarray, header: list[str], said: list[bool], place: int) -> tuple[list[int], bool]:
    """Return the columns from the axis on that hold something, and whether they are pairs of axis and intensity.

    A column without a number but with a name is a spectrum of which nothing was measured, to be told as such; one
    without either is the space between two spectra, or what a separator at the end of each line makes.
    """
    used = np.isfinite(table).any(axis=0)
    used[place] = True
    named = used | np.array([bool(cell) and not cell.startswith(NO_NAME) for cell in header])
    named, used = ([int(column) for column in np.flatnonzero(which) if column >= place] for which in (named, used))
    for columns in (named, used):
        if are_pairs(table[:, columns], [said[column] for column in columns]):
            return columns, True
    return named, False


def axis_place(table: np.ndarray, said: list[bool]) -> int:
    """Return the column of the (first) axis: named so, or behind row numbers, else the first.

    The name alone is not enough behind the first column: spectra are called 'PE 4 cm-1', too.
    """
    if has_index(table, said[1]):
        return 1
    named = (place for place, axis in enumerate(said) if axis and one_way(table[:, place], 0.9))
    return next(named, 0)


def blocks_of(
    above: list[str],
    header: list[str],
    table: np.ndarray,
    axes: list[int],
    intensities: list[int],
    notes: list[str],
    dialect: Dialect,
) -> Iterator[Block]:
    """Make a block of the columns on one axis, or one of each pair; the unit is decided on all of them.

    Columns that state different quantities in their own heads are decided on apart.
    """
    if len(intensities) == 1:
        stated_axis, stated_unit = stated_in(above, header[axes[0] :])
        intensity = table[:, intensities].T
        decided = _noted(decide_unit(list(intensity), stated_unit), notes) if notes else None
        yield Block([""], table[:, axes[0]], intensity, stated_axis, stated_unit, decided)
        return
    if len(axes) == 1:
        names = spectrum_names(header, intensities)
        groups = by_quantity(header, intensities)
        if len(groups) > 1:
            for group in groups:
                stated_axis, stated_unit = stated_in(above, [header[axes[0]], header[group[0]]])
                decided = _noted(decide_unit(list(table[:, group].T), stated_unit), notes)
                own_names = [names[intensities.index(column)] for column in group]
                yield Block(own_names, table[:, axes[0]], table[:, group].T, stated_axis, stated_unit, decided)
            return
    stated_axis, stated_unit = stated_in(above, header[axes[0] : axes[0] + 1])
    stated_unit = stated_unit or next((header[column] for column in intensities if quantity_said(header[column])), "")
    decided = _noted(decide_unit(list(table[:, intensities].T), stated_unit), notes)
    if len(axes) == 1:
        yield Block(names, table[:, axes[0]], table[:, intensities].T, stated_axis, stated_unit, decided)
        return
    names = pair_names(above, header, axes, intensities, dialect)
    for name, axis, column in zip(names, axes, intensities, strict=True):
        pair = table[:, [axis, column]]
        pair = pair[np.isfinite(pair).any(axis=1)]  # below a shorter pair there is nothing
        own = header[axis] if axis_said(header[axis]) else stated_axis
        yield Block([name], pair[:, 0], pair[:, 1:].T, own, stated_unit, decided)


def by_quantity(header: list[str], intensities: list[int]) -> list[list[int]]:
    """Set columns apart whose heads state different quantities, such as absorbance and transmittance.

    Columns that state nothing go with those before them; without two quantities there is one group.
    """
    groups: dict[str, list[int]] = {}
    quantity = next((quantity_said(header[column]) for column in intensities if quantity_said(header[column])), "")
    for column in intensities:
        quantity = quantity_said(header[column]) or quantity
        groups.setdefault(quantity, []).append(column)
    return list(groups.values())


def spectrum_names(header: list[str], intensities: list[int]) -> list[str]:
    """Name the spectra of one axis by their heads; heads that are equal or empty get the column's number."""
    heads = [header[column] for column in intensities]
    return [
        head if head and heads.count(head) == 1 else f"{head} (column {column + 1})" if head else f"column {column + 1}"
        for head, column in zip(heads, intensities, strict=True)
    ]


def pair_names(
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
    return "" if quantity_said(cell) or axis_said(cell) else cell


def _noted(decided: tuple[str, str], notes: list[str]) -> tuple[str, str]:
    return decided[0], "; ".join([decided[1], *notes])


def _numbered(places: list[int]) -> str:
    return ", ".join(str(place + 1) for place in places)
