"""Which dialect the first lines of a table are in."""

from ftirmix.instrument.text.dialect import DIALECTS, Dialect
from ftirmix.instrument.types import FEWEST_POINTS, Unfit


def choose_dialect(first: list[str]) -> Dialect:
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
