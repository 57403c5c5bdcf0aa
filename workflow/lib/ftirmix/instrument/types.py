"""What the readers of instrument files hand to each other, and to whoever reads a folder."""

from dataclasses import dataclass

import numpy as np

FEWEST_POINTS = 10

# Formats that are parsed as a whole are refused above this; tables with a row per spectrum, maps
# and Parquet are streamed and have no such limit.
LARGEST_WHOLE_BYTES = 200_000_000

# Spectra that decide about the unit of a table or map, and rows that are held at a time.
DECIDING_SPECTRA = 200
ROWS_AT_A_TIME = 256


@dataclass(frozen=True)
class InstrumentSpectrum:
    """One spectrum of an instrument file.

    Attributes:
        file: path relative to the folder, posix; of a zip member ``archive.zip/member``.
        spectrum: name inside the file; empty where the file holds one.
        wavenumber: cm^-1, strictly ascending, shape (point,), float64.
        intensity: in ``unit``, finite, shape (point,), float64.
        unit: one of ``ftirmix.units.UNITS``, or reflectance, or percent_reflectance.
        decision: how the unit and the axis were decided.
        position: of the pixel on a map, see ``Block.positions``, or None.
    """

    file: str
    spectrum: str
    wavenumber: np.ndarray
    intensity: np.ndarray
    unit: str
    decision: str
    position: tuple[float, float] | None = None


@dataclass(frozen=True)
class Unreadable:
    """A file, or one spectrum of it, that could not be read, and why; of a map's pixel also where it is."""

    file: str
    spectrum: str
    reason: str
    position: tuple[float, float] | None = None


class Unfit(ValueError):
    """The file, or a spectrum of it, cannot be read; the message is the reason."""


@dataclass(frozen=True)
class Block:
    """Spectra on one axis as a parser found them, before units and axis are decided.

    Attributes:
        names: of the spectra inside the file.
        axis: as the file holds it, any order, shape (point,).
        intensity: shape (spectrum, point); NaN where the file holds no number.
        stated_axis: what the file says about the axis, in its own words, or empty.
        stated_unit: what the file says about the intensity, in its own words, or empty.
        decided: unit and decision where they were decided on more than this block.
        positions: of pixels on a map, (x, y) of each: sample and line from zero, or what a table states; y grows
            downwards. None where the file knows no positions; of a single spectrum NaN.
        note: what else was decided about the file, for the decision.
    """

    names: list[str]
    axis: np.ndarray
    intensity: np.ndarray
    stated_axis: str = ""
    stated_unit: str = ""
    decided: tuple[str, str] | None = None
    positions: list[tuple[float, float]] | None = None
    note: str = ""


def one_spectrum(
    axis: np.ndarray, intensity: np.ndarray, stated_axis: str = "", stated_unit: str = "", name: str = ""
) -> Block:
    """Wrap one spectrum, given as two arrays of shape (point,), into a block."""
    return Block([name], axis, np.asarray(intensity, dtype=float)[np.newaxis, :], stated_axis, stated_unit)


def within(data: bytes, start: int, size: int, what: str) -> bytes:
    """Return ``data[start : start + size]``.

    Raises:
        Unfit: the range is not inside the file, so that nothing is allocated for a size that a
            damaged header claims.
    """
    if start < 0 or size < 0 or start + size > len(data):
        raise Unfit(
            f"is truncated or damaged: its header places {what} at bytes {start} to {start + size}, "
            f"and the file has {len(data)}; export it again"
        )
    return data[start : start + size]
