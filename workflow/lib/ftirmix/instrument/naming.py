"""Which columns of a table name its spectra, and which say where on a map they were measured."""

import re

# What such columns are called, the most telling first; compared without case, blanks and signs.
TELLING = (
    "spectrum", "spectrumid", "spectrumname", "sampleid", "samplename", "sample", "particleid", "particle", "well",
    "filename", "file", "id", "name",
)  # fmt: skip

# Pairs of columns that are the place of a pixel; either alone is not.
PLACES = (
    ("x", "y"), ("sample", "line"), ("column", "line"), ("column", "row"), ("col", "line"), ("col", "row"),
    ("xpos", "ypos"), ("posx", "posy"), ("xposition", "yposition"), ("positionx", "positiony"),
)  # fmt: skip
_UNIT_OF_LENGTH = re.compile(r"[(\[].*?[)\]]|[\s_](um|µm|μm|mm|px|pixel)$")


def naming_order(columns: list[str]) -> list[int]:
    """Return the places of columns in the order in which they are asked for a spectrum's name.

    Columns that are called so come first, others in the order of the table.
    """
    plain = [_plain(column) for column in columns]
    rank = [TELLING.index(name) if name in TELLING else len(TELLING) for name in plain]
    return sorted(range(len(columns)), key=lambda place: (rank[place], place))


def position_columns(columns: list[str]) -> tuple[int, int] | None:
    """Return which columns hold the place of a pixel, across and down, by their names (``x (µm)``), or None."""
    plain = [_plain(_UNIT_OF_LENGTH.sub("", column.lower())) for column in columns]
    found = next((pair for pair in PLACES if all(plain.count(name) == 1 for name in pair)), None)
    return (plain.index(found[0]), plain.index(found[1])) if found else None


def name_of_place(across: float, down: float) -> str:
    """Name a pixel that has no other name, as those of maps are named: ``x3_y5``."""
    return f"x{across:g}_y{down:g}"


def _plain(column: str) -> str:
    return re.sub(r"[^a-z0-9]", "", column.lower())
