"""A text from its bytes to the spectra in it."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain

from ftirmix.instrument.own_files import OF_ANSWERS, is_table_of_answers
from ftirmix.instrument.text.choosing import choose_dialect
from ftirmix.instrument.text.columns import columns_of
from ftirmix.instrument.text.dialect import DIALECTS, refuse_cut_numbers
from ftirmix.instrument.text.encoding import text_encoding
from ftirmix.instrument.text.header import wide_header
from ftirmix.instrument.text.rows import rows_of
from ftirmix.instrument.types import Block, Unfit

# How much of a file decides about its encoding, and how much about its separator and layout.
LOOKED_AT_BYTES = 1_000_000
LOOKED_AT_LINES, LOOKED_AT_SIGNS = 300, 100_000
LONGEST_LINE = 16_000_000
UNMARKED = "UTF-16 without a byte order mark, by its zero bytes"


def read_text(opened: Callable[[], io.BufferedReader]) -> Iterator[Block | tuple[str, str]]:
    """Read a text table of any of the three layouts.

    Args:
        opened: opens the file, or the decompressed stream of it, from its start.

    Raises:
        Unfit: it is no text, is HTML, or holds no table of numbers.
    """
    with opened() as file:
        head = file.read(LOOKED_AT_BYTES)
    encoding = text_encoding(head)
    # A byte that the head did not announce becomes a sign that is no number, and is reported with its line.
    with io.TextIOWrapper(opened(), encoding=encoding, errors="replace", newline=None) as text:
        lines = lines_of(text)
        first = beginning(lines)
        if first and is_table_of_answers(DIALECTS[4].cells(first[0])):
            raise Unfit(OF_ANSWERS)
        dialect = choose_dialect(first)
        if dialect.separator == ",":
            refuse_cut_numbers(first, dialect)
        header = wide_header(first, dialect)
        rest = chain(first, lines)
        found = columns_of(rest, dialect) if header is None else rows_of(rest, first, header, dialect)
        note = UNMARKED if encoding in ("utf-16-le", "utf-16-be") else ""
        for block in found:
            yield replace(block, note=note) if note and isinstance(block, Block) else block


def lines_of(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines of a text, without their ends.

    Raises:
        Unfit: one is longer than any table of spectra has.
    """
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Unfit(f"a line is longer than {LONGEST_LINE} characters; this is no table of spectra")
        yield line.rstrip("\r\n\x1a")


def beginning(lines: Iterator[str]) -> list[str]:
    """Take lines until they are many or long, but two at least: a header and what is below it."""
    first: list[str] = []
    for line in lines:
        first.append(line)
        if len(first) >= LOOKED_AT_LINES or len(first) > 2 and sum(map(len, first)) > LOOKED_AT_SIGNS:
            break
    return first
