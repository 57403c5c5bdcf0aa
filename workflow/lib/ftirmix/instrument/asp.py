"""Agilent ASP: one number per line, six of them the header, then the intensities."""

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum

HEADER_LINES = 6


def is_asp(head: bytes) -> bool:
    """Say whether a file starts as ASP: a count, two wavenumbers, three whole numbers, each on a line."""
    lines = head[:400].split(b"\n")[:HEADER_LINES]
    try:
        numbers = [float(line) for line in lines]
    except ValueError:
        return False
    whole = [numbers[place] for place in (0, 3, 4, 5)] if len(numbers) == HEADER_LINES else [0.5]
    return all(number == int(number) for number in whole if abs(number) < 1e15) and 0 < numbers[0] < 1e15


def parse_asp(data: bytes) -> Block:
    """Parse an ASP file: the count of points, the first and the last wavenumber, the intensities.

    The format names no intensity unit in words; the values decide.

    Raises:
        Unfit: there are more or fewer intensities than the first line says, or other text.
    """
    lines = [line.strip() for line in data.splitlines() if line.strip()]
    try:
        numbers = np.array([float(line) for line in lines])
    except ValueError as error:
        odd = next(number for number, line in enumerate(lines, start=1) if not _is_number(line))
        raise Unfit(f"line {odd} of the ASP file is not a number; export it again") from error
    stated, found = int(numbers[0]), len(numbers) - HEADER_LINES
    if stated != found:
        raise Unfit(f"states {stated} points and holds {found}; is the file truncated? Export it again")
    return one_spectrum(np.linspace(numbers[1], numbers[2], found), numbers[HEADER_LINES:], "cm-1")


def _is_number(line: bytes) -> bool:
    try:
        float(line)
    except ValueError:
        return False
    return True
