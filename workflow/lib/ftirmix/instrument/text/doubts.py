"""Columns of numbers that may be read in two ways, and are refused."""

import numpy as np

from ftirmix.instrument.text.lines import ColumnTable
from ftirmix.instrument.text.shapes import looks_like_axis, one_way, thousands_as_fractions
from ftirmix.instrument.types import Unfit


def refuse_fractions(axis: np.ndarray) -> None:
    """Raise Unfit if 1000 was written 1.000 in an axis, shape (point,)."""
    misread = thousands_as_fractions(axis)
    if misread:
        raise Unfit(
            f"wavenumber {misread[0]:.3f} is beside {misread[1]:g}: it seems to be {1000 * misread[0]:g} with a "
            "thousands separator; export without thousands separators"
        )


def refuse_doubtful(
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
