"""How the cells of a text table are set apart, what numbers in them look like, and commas that are both."""

import csv
import re
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from ftirmix.instrument.text.shapes import counts_rows
from ftirmix.instrument.types import FEWEST_POINTS, Unfit

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_GROUPING = {
    decimal: re.compile(rf"[+-]?[1-9]\d{{0,2}}([{signs}'’\u00a0\u202f ])\d{{3}}(\1\d{{3}})*({re.escape(decimal)}\d*)?")
    for decimal, signs in ((".", ","), (",", "."))
}
# What stands where there is no number: words of programs, and the errors of spreadsheets, in German as well.
_MISSING = {
    "", "nan", "na", "n/a", "n.a.", "inf", "+inf", "-inf", "infinity", "-infinity", "null", "none", "-", "--", "---",
    "#n/a", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!", "#nv", "#wert!", "#bezug!", "#zahl!",
    "1.#qnan", "-1.#ind", "1.#inf", "-1.#inf",
}  # fmt: skip
_CUT_NUMBER = re.compile(r"0\d+(\.\d*)?")


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
        if cell.lower() in _MISSING:
            return float("nan")
        if self.decimal == ",":
            if "." in cell:
                return None
            cell = cell.replace(",", ".")
        return float(cell) if _NUMBER.fullmatch(cell) else None

    def grouped(self, cell: str) -> float | None:
        """Return the number of a cell with thousands separators, such as 1.000,5 or 1'000, or None."""
        found = _GROUPING[self.decimal].fullmatch(cell)
        return float(cell.replace(found[1], "").replace(",", ".")) if found else None


DIALECTS = (
    Dialect("\t", "."),
    Dialect("\t", ","),
    Dialect(";", "."),
    Dialect(";", ","),
    Dialect(",", "."),
    Dialect(None, "."),
    Dialect(None, ","),
    Dialect(",", ","),  # with its numbers in quotes, else no line has two of them
)


def refuse_cut_numbers(first: list[str], dialect: Dialect) -> None:
    """Refuse numbers with commas in them that are separated by commas.

    Raises:
        Unfit: cells begin with 0 as only the rest of a number does; or there is no decimal point
            anywhere and an integer part beside each fraction, a header with half as many cells, or
            each wavenumber several times.
    """
    lines = [(line, dialect.cells(line)) for line in first if '"' not in line]
    rows = [(line, cells) for line, cells in lines if len(cells) > 1 and all(_is_plain(cell) for cell in cells)]
    if not rows:
        return
    pointed = any("." in cell for _, cells in rows for cell in cells)
    for line, cells in rows:
        cut = next((cell for cell in cells[1:] if _CUT_NUMBER.fullmatch(cell)), None)
        if cut and (not pointed or "." in cut):
            raise Unfit(_cut_reason(line, "thousands separators" if pointed else "decimal commas"))
    width = len(rows[0][1])
    if pointed or width < 3 or any(len(cells) != width for _, cells in rows) or len(rows) < FEWEST_POINTS:
        return
    table = np.array([[float(cell) for cell in cells] for _, cells in rows])
    above = [cells for _, cells in lines[: lines.index(rows[0])]]
    halved = bool(above) and 2 * len(above[-1]) == width
    repeated = width % 2 == 0 and bool(np.any(np.diff(table[:, 0]) == 0))
    if halved or repeated or np.abs(table[:, -2]).max() <= 2 and not counts_rows(table[:, 0]):
        raise Unfit(_cut_reason(rows[0][0], "decimal commas"))


def _is_plain(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell))


def _cut_reason(line: str, what: str) -> str:
    return (
        f"the line {line.strip()[:40]!r} seems to have {what} and commas between its cells as well, which cannot be "
        "told apart; export with semicolons between cells, or with decimal points and no thousands separators"
    )
