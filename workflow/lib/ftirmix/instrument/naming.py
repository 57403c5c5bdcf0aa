"""Which column of a table names its spectra."""

import re

# What such columns are called, the most telling first; compared without case, blanks and signs.
TELLING = (
    "spectrum", "spectrumid", "spectrumname", "sampleid", "samplename", "sample", "particleid", "particle", "well",
    "filename", "file", "id", "name",
)  # fmt: skip


def naming_order(columns: list[str]) -> list[int]:
    """Return the places of columns in the order in which they are asked for a spectrum's name.

    Columns that are called so come first, others in the order of the table.
    """
    plain = [re.sub(r"[^a-z0-9]", "", column.lower()) for column in columns]
    rank = [TELLING.index(name) if name in TELLING else len(TELLING) for name in plain]
    return sorted(range(len(columns)), key=lambda place: (rank[place], place))
