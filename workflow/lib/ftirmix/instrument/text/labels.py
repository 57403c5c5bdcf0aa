"""What the columns beside the numbers say of a row: its name, and its place on a map."""

from dataclasses import dataclass

import numpy as np

from ftirmix.instrument.naming import name_of_place
from ftirmix.instrument.text.dialect import Dialect


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
