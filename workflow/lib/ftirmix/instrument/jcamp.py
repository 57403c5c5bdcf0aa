"""JCAMP-DX: labelled text with plain, packed, squeezed, difference or duplicate-suppressed numbers.

References:
    McDonald and Wilks 1988, JCAMP-DX: a standard form for exchange of infrared spectra in
    computer readable form, Appl. Spectrosc. 42, 151-162.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum

# More than any spectrum has; a damaged duplicate count could otherwise ask for any memory.
MOST_POINTS = 10_000_000

TABLES = ("XYDATA", "XYPOINTS", "DATATABLE")

_LABEL = re.compile(r"^\s*##([^=]*)=(.*)$")
_INFRARED = re.compile(r"infra-?red|\b(ft-?)?n?ir\b|^link$|^ntuples$", re.IGNORECASE)
_PAIR_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\?")

_SQUEEZED = {sign: digit for digit, sign in enumerate("@ABCDEFGHI")} | {
    sign: -digit for digit, sign in enumerate("abcdefghi", start=1)
}
_DIFFERENCE = {sign: digit for digit, sign in enumerate("%JKLMNOPQR")} | {
    sign: -digit for digit, sign in enumerate("jklmnopqr", start=1)
}
_DUPLICATE = {sign: digit for digit, sign in enumerate("STUVWXYZs", start=1)}

# In a packed table E is a squeezed 5: an exponent needs its sign there.
_PACKED_ONLY = re.compile(r"[@A-DF-Ia-df-iJ-Zj-s%]")
_ITEMS = {
    packed: re.compile(
        r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:" + exponent + r")?)"
        r"|(?P<squeezed>[@A-Ia-i])(?P<squeezed_rest>\d*\.?\d*)"
        r"|(?P<difference>[%J-Rj-r])(?P<difference_rest>\d*\.?\d*)"
        r"|(?P<duplicate>[S-Zs])(?P<duplicate_rest>\d*)"
        r"|(?P<missing>\?)|(?P<gap>[\s,;]+)"
    )
    for packed, exponent in ((True, r"[eE][+-]\d+"), (False, r"[eE][+-]?\d+"))
}


@dataclass
class _Labels:
    """The labels of one block, and where a table follows, its lines."""

    values: dict[str, str] = field(default_factory=dict)

    def number(self, label: str, default: float | None = None) -> float:
        text = self.values.get(label, "").strip()
        found = _PAIR_NUMBER.match(text)
        if found and found[0] != "?":
            return float(found[0])
        if default is None:
            raise Unfit(f"the JCAMP-DX label {label} is missing or no number ({text[:30]!r}); export it again")
        return default


def is_jcamp(head: bytes) -> bool:
    """Say whether a file starts as JCAMP-DX: with a label, and with TITLE or JCAMP-DX early on."""
    start = head[:4000].lstrip(b"\xef\xbb\xbf").lstrip()
    early = re.sub(rb"[ \-_/]", b"", start.upper())
    return start.startswith((b"##", b"$$")) and (b"##TITLE=" in early or b"##JCAMPDX=" in early)


def parse_jcamp(data: bytes) -> list[Block | tuple[str, str]]:
    """Parse a JCAMP-DX file, the blocks of a LINK file and the pages of NTUPLES as spectra.

    Returns:
        One block per spectrum, or (title, reason) of one that cannot be read.

    Raises:
        Unfit: the file holds no spectrum.
    """
    tables = list(_tables(data))
    if len(tables) > 1:
        return tables
    return [replace(table, names=[""]) if isinstance(table, Block) else ("", table[1]) for table in tables]


def _tables(data: bytes) -> Iterator[Block | tuple[str, str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    found = 0
    blocks: list[_Labels] = []
    current = _Labels()
    label, lines = "", []  # type: str, list[str]
    ended = False
    for line in [*text.splitlines(), "##"]:
        line = line.split("$$", 1)[0]
        start = _LABEL.match(line)
        if start is None and line.strip() != "##":
            lines.append(line)
            continue
        if label:
            ended = ended or label == "END"
            if label in TABLES:
                found += 1
                title = current.values.get("TITLE", "").strip()
                try:
                    yield _table(current, label, lines, title, found)
                except Unfit as error:
                    yield title or f"table {found}", str(error)
            elif label == "TITLE":
                blocks.append(current)
                current = _Labels({"TITLE": "\n".join(lines)})
            elif label == "END":
                current = blocks.pop() if blocks else _Labels()
            else:
                current.values[label] = "\n".join(lines)
        if start is None:
            break
        label, lines = re.sub(r"[\s\-_/]", "", start[1]).upper(), [start[2]]
    if not found:
        peaks = " (a peak table is no spectrum)" if "PEAKTABLE" in re.sub(r"[\s\-_/]", "", text.upper()) else ""
        cut = "" if ended else "; it has no END, is it truncated?"
        raise Unfit(f"holds no XYDATA and no XYPOINTS{peaks}{cut}")


def _table(labels: _Labels, label: str, lines: list[str], title: str, number: int) -> Block:
    kind = labels.values.get("DATATYPE", "").strip()
    if kind and not _INFRARED.search(kind):
        raise Unfit(f"DATA TYPE is {kind[:40]!r}, not an infrared spectrum")
    if "INTERFEROGRAM" in kind.upper():
        raise Unfit("holds an interferogram; export the spectrum")
    name = title
    if label == "DATATABLE":
        labels = _of_tuple(labels, lines[0])
        page = labels.values.get("PAGE", "").strip()
        name = f"{title} {page}".strip() if page else title
    form = re.sub(r"\s", "", lines[0]).upper()
    if label == "XYPOINTS" or re.match(r"\(X(\w)\.\.X\1\)", form):
        axis, intensity = _pairs(labels, lines[1:])
    elif re.match(r"\(X\+\+\((\w)\.\.\1\)\)", form):
        axis, intensity = _steps(labels, lines[1:])
    else:
        raise Unfit(f"the table form {lines[0].strip()[:40]!r} is not (X++(Y..Y)) or (XY..XY)")
    return one_spectrum(
        axis, intensity, labels.values.get("XUNITS", ""), labels.values.get("YUNITS", ""), name or f"table {number}"
    )


def _of_tuple(labels: _Labels, form: str) -> _Labels:
    """Give the columns of NTUPLES that a data table names the labels of a simple block."""
    symbols = [symbol.strip().upper() for symbol in labels.values.get("SYMBOL", "").split(",")]
    ordinate = re.search(r"\(\s*X\s*\+\+\s*\(\s*(\w)", form, re.IGNORECASE) or re.search(
        r"\(\s*X\s*(\w)\s*\.\.", form, re.IGNORECASE
    )
    if ordinate is None or "X" not in symbols or ordinate[1].upper() not in symbols:
        raise Unfit(f"the data table {form.strip()[:40]!r} names no column of the NTUPLES symbols")
    x, y = symbols.index("X"), symbols.index(ordinate[1].upper())
    values = dict(labels.values)
    wanted = (("XUNITS", "UNITS", x), ("YUNITS", "UNITS", y), ("XFACTOR", "FACTOR", x), ("YFACTOR", "FACTOR", y))
    for name, source, place in (*wanted, ("FIRSTX", "FIRST", x), ("LASTX", "LAST", x), ("NPOINTS", "VARDIM", y)):
        cells = [cell.strip() for cell in labels.values.get(source, "").split(",")]
        if name not in values and place < len(cells) and cells[place]:
            values[name] = cells[place]
    return _Labels(values)


def _pairs(labels: _Labels, lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
    text = "\n".join(lines)
    left = re.sub(r"[\s,;]+", "", _PAIR_NUMBER.sub("", text))
    if left:
        raise Unfit(f"the table of points holds {left[:20]!r}, which is no number")
    numbers = [math.nan if item == "?" else float(item) for item in _PAIR_NUMBER.findall(text)]
    if len(numbers) % 2:
        raise Unfit(f"the table of points holds {len(numbers)} numbers, an odd count; is the file truncated?")
    _check_count(labels, len(numbers) // 2)
    points = np.array(numbers, dtype=float).reshape(-1, 2)
    return points[:, 0] * labels.number("XFACTOR", 1.0), points[:, 1] * labels.number("YFACTOR", 1.0)


def _steps(labels: _Labels, lines: list[str]) -> tuple[np.ndarray, np.ndarray]:
    intensity, first, last = decode_steps(lines)
    _check_count(labels, len(intensity))
    factor = labels.number("XFACTOR", 1.0)
    if "FIRSTX" in labels.values and "LASTX" in labels.values:
        begin, end = labels.number("FIRSTX"), labels.number("LASTX")
    else:
        begin = first * factor
        end = begin + labels.number("DELTAX") * (len(intensity) - 1)
    stated_step = (end - begin) / max(1, len(intensity) - 1)
    if abs(first * factor - begin) > 2 * abs(stated_step) + 1e-3 * abs(begin):
        raise Unfit(f"FIRSTX is {begin:g} and the table begins at {first * factor:g}; export it again")
    if not min(begin, end) - 2 * abs(stated_step) <= last * factor <= max(begin, end) * 1.001 + 2 * abs(stated_step):
        raise Unfit(f"the last line begins at {last * factor:g}, outside FIRSTX to LASTX; export it again")
    return np.linspace(begin, end, len(intensity)), intensity * labels.number("YFACTOR", 1.0)


def _check_count(labels: _Labels, found: int) -> None:
    stated = labels.number("NPOINTS", float(found))
    if stated != found:
        raise Unfit(f"NPOINTS is {stated:g} and the table holds {found}; is the file truncated? Export it again")


def decode_steps(lines: list[str]) -> tuple[np.ndarray, float, float]:
    """Decode a table of the form (X++(Y..Y)) in any of the five ways to write numbers.

    A difference is added to the value before; a duplicate count repeats the value before, or the
    difference before, so that it occurs that often. A line that ends in a difference is followed
    by one that begins with the last value again, as a check.

    Returns:
        The ordinates without factor, shape (point,), NaN for ``?``; the abscissa of the first and
        of the last line, without factor.

    Raises:
        Unfit: a sign that is none of the form, a check that fails, or too many points.
    """
    packed = bool(_PACKED_ONLY.search("".join(lines)))
    values: list[float] = []
    abscissas: list[float] = []
    step: float | None = None
    for line in lines:
        if not line.strip():
            continue
        check = step is not None
        begun = len(values)
        for place, (kind, number) in enumerate(_items(line, packed)):
            if place == 0:
                if kind != "number":
                    raise Unfit(f"line {line.strip()[:30]!r} of the table does not begin with its abscissa")
                abscissas.append(number)
                continue
            if kind in ("number", "missing"):
                if check and len(values) == begun and kind == "number":
                    _check_value(values[-1], number, line)
                    check = False
                else:
                    values.append(number)
                step = None
            elif not values:
                raise Unfit("the table begins with a difference or a duplicate of nothing")
            elif kind == "difference":
                step = number
                values.append(values[-1] + step)
            else:
                repeats = number - 1
                if repeats < 0 or len(values) + repeats > MOST_POINTS:
                    raise Unfit(f"a value is repeated {number:g} times; the table is damaged")
                last = values[-1]
                values += [last + (step or 0.0) * repeat for repeat in range(1, int(repeats) + 1)]
        if len(values) > MOST_POINTS:
            raise Unfit(f"has more than {MOST_POINTS} points; this is no spectrum")
    if not values:
        raise Unfit("the table is empty; is the file truncated?")
    return np.array(values), abscissas[0], abscissas[-1]


def _check_value(before: float, repeated: float, line: str) -> None:
    if not abs(before - repeated) <= 1e-6 * max(1.0, abs(repeated)):
        raise Unfit(
            f"line {line.strip()[:30]!r} repeats {repeated:g} where the line before ends in {before:g}; "
            "the table is damaged, export it again"
        )


def _items(line: str, packed: bool) -> Iterator[tuple[str, float]]:
    """Yield (kind, value) of the numbers of a line; squeezed ones are numbers."""
    position = 0
    pattern = _ITEMS[packed]
    while position < len(line):
        found = pattern.match(line, position)
        if found is None:
            raise Unfit(f"the table holds {line[position : position + 10]!r}, which is no JCAMP-DX number")
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "number":
            yield "number", float(found[kind])
        elif kind == "missing":
            yield "missing", math.nan
        elif kind.endswith("_rest"):
            sort = kind.removesuffix("_rest")
            digits = {"squeezed": _SQUEEZED, "difference": _DIFFERENCE, "duplicate": _DUPLICATE}[sort]
            lead = digits[found[sort]]
            sign = "-" if lead < 0 else ""
            yield ("number" if sort == "squeezed" else sort), float(f"{sign}{abs(lead)}{found[kind]}")
