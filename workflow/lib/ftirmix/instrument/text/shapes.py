"""What the columns of a table of numbers are: row numbers, axes, intensities, and a header of numbers."""

import numpy as np

from ftirmix.instrument.types import FEWEST_POINTS

# An unnamed column is an axis if it lies within these bounds and spans that much, in cm^-1 or nm.
AXIS_FROM, AXIS_TO, AXIS_SPAN = 100.0, 30_000.0, 200.0

# Lines of numbers above a table: as many at most, and as many where only a leap sets them apart.
LONGEST_HEADER, LONGEST_LEAPT = 20, 5

# A step is far that is this many usual ones and this share of the axis.
FAR_STEPS, FAR_SHARE = 10.0, 0.05

# 1.000 beside 999 is 1000: what is at most this small beside what is at least that large.
LARGEST_FRACTION, LEAST_BESIDE = 1.1, 900.0
FRACTIONS_BELOW = 60.0


def one_way(axis: np.ndarray, share: float = 1.0) -> bool:
    """Say whether at least a share of the steps of an axis, shape (point,), go one way."""
    steps = np.diff(axis)
    return bool(len(steps) and max((steps > 0).mean(), (steps < 0).mean()) >= share)


def looks_like_axis(column: np.ndarray) -> bool:
    """Say whether a column is an axis in cm^-1 or nm by its values, missing ones left out.

    Nearly all steps going one way is enough: an axis with a repeated point is told as such later,
    and no spectrum runs one way over hundreds of units.
    """
    values = column[np.isfinite(column)]
    if len(values) < FEWEST_POINTS or values.min() < AXIS_FROM or values.max() > AXIS_TO:
        return False
    return bool(np.ptp(values) >= AXIS_SPAN) and one_way(values, 0.95)


def counts_rows(column: np.ndarray) -> bool:
    """Say whether a column is 0, 1, 2, ... or 1, 2, 3, ..."""
    return bool(column[0] in (0, 1) and np.all(np.diff(column) == 1))


def has_index(table: np.ndarray, axis_said: bool) -> bool:
    """Say whether the first column counts the rows and the axis is the second.

    Args:
        table: shape (point, column).
        axis_said: the header calls the second column an axis, so that its values need not show it.
    """
    if table.shape[1] < 3 or not counts_rows(table[:, 0]):
        return False
    second = table[:, 1][np.isfinite(table[:, 1])]
    if axis_said:
        return True
    return bool(len(second) and second.min() >= AXIS_FROM and second.max() <= AXIS_TO and one_way(second))


def are_pairs(table: np.ndarray, said: list[bool]) -> bool:
    """Say whether the columns are x1, y1, x2, y2, ...: every second one, from the first, an axis.

    Args:
        table: shape (point, column), empty columns left out.
        said: per column, whether the header calls it an axis.
    """
    width = table.shape[1]
    if width < 4 or width % 2:
        return False
    return all(
        looks_like_axis(table[:, place])
        or np.array_equal(table[:, place], table[:, 0], equal_nan=True)
        or (said[place] and one_way(table[np.isfinite(table[:, place]), place]))
        for place in range(0, width, 2)
    ) and (looks_like_axis(table[:, 0]) or one_way(table[np.isfinite(table[:, 0]), 0]))


def header_rows(axis: np.ndarray) -> int:
    """Count the first points that are no part of an axis: numbers of a header, such as 64 scans.

    They are those up to the last step, among the first, that goes against all later ones or far
    beyond nearly all of them: peak lists have steps of every length. Where what follows does not
    run one way, nothing can be told, and none are counted.
    """
    steps = np.diff(axis)
    if len(steps) < 2 * FEWEST_POINTS or not np.all(np.isfinite(steps)):
        return 0
    usual = np.sign(np.median(steps)) * np.quantile(np.abs(steps), 0.9)
    along = steps[:LONGEST_HEADER] * np.sign(usual)
    far = max(FAR_STEPS * abs(usual), FAR_SHARE * float(np.ptp(axis[LONGEST_HEADER:])))
    leapt = along > far
    leapt[LONGEST_LEAPT:] = False
    breaks = np.flatnonzero((along <= 0) | leapt)
    if not len(breaks):
        return 0
    count = int(breaks[-1]) + 1
    return count if np.abs(along[:count]).max() > far and one_way(axis[count:]) else 0


def thousands_as_fractions(axis: np.ndarray) -> tuple[float, float] | None:
    """Find where 1000 was written 1.000 and read as 1, so that it follows 999 or is followed by it.

    Returns:
        The number that was misread and its neighbour, or None: the axis runs one way as it is, or
        does not with the small numbers times 1000 either.
    """
    small = np.abs(axis) < FRACTIONS_BELOW
    if one_way(axis) or not small.any() or small.all():
        return None
    if not one_way(np.where(small, 1000 * axis, axis)):
        return None
    turn = int(np.flatnonzero(np.diff(small.astype(int)))[0])
    misread, neighbour = (float(axis[place]) for place in ((turn, turn + 1) if small[turn] else (turn + 1, turn)))
    return (misread, neighbour) if misread <= LARGEST_FRACTION and neighbour >= LEAST_BESIDE else None
