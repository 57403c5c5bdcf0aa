"""ENVI maps: a text header (.hdr) and beside it the values (.dat, .img, ...)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from ftirmix.instrument.text.encoding import single_bytes
from ftirmix.instrument.types import DECIDING_SPECTRA, ROWS_AT_A_TIME, Block, Unfit
from ftirmix.instrument.units import decide_unit

EXTENSIONS = ("", ".dat", ".img", ".raw", ".bsq", ".bil", ".bip")
LARGEST_HEADER_BYTES = 20_000_000

DTYPES = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}

LAYOUTS = ("bsq", "bil", "bip")


def companions(root: Path, name: str) -> list[str]:
    """Return the posix names of the data files that belong to an ENVI header, or nothing."""
    if not name.lower().endswith(".hdr"):
        return []
    try:
        with (root / name).open("rb") as file:
            if not is_header(file.read(16)):
                return []
        return [path.relative_to(root).as_posix() for path in _data_files(root / name)]
    except OSError:
        return []


def is_header(head: bytes) -> bool:
    """Say whether a file starts as an ENVI header does."""
    return head.lstrip(b"\xef\xbb\xbf").lstrip().startswith(b"ENVI")


def read_envi(path: Path) -> Iterator[Block]:
    """Read the map of which ``path`` is the header, a few rows of pixels at a time.

    Spectra are named ``x3_y5``, column and line from zero. The unit is decided once, on pixels
    spread evenly over the map, so that one blank pixel does not decide about itself. Where the
    header has no byte order it is taken as little-endian, as instruments that leave it out write.

    Raises:
        Unfit: the header lacks a field or contradicts the size of the data file.
    """
    header = _header(path)
    lines, samples, bands = (_count(header, key) for key in ("lines", "samples", "bands"))
    dtype = _dtype(header)
    layout = header.get("interleave", "bsq").lower()
    if layout not in LAYOUTS:
        raise Unfit(f"interleave {layout!r} is not one of bsq, bil, bip; correct the header")
    axis = _numbers(header.get("wavelength", ""))
    if len(axis) == 0:
        raise Unfit("the header has no wavelength list, so there is no axis; export the map with it")
    if len(axis) != bands:
        raise Unfit(f"the header lists {len(axis)} wavelengths for {bands} bands; export the map again")
    data = _data_file(path)
    offset = _whole(header.get("header offset", "0"), "header offset")
    size, needed = data.stat().st_size, lines * samples * bands * dtype.itemsize
    if offset + needed > size:
        raise Unfit(f"{data.name} is truncated: {offset + needed} bytes are needed and it has {size}; copy it again")
    cube = _Cube(layout, dtype, offset, lines, samples, bands)
    ignored = _numbers(header.get("data ignore value", ""))
    stated_axis, stated_unit = _stated(header)
    with data.open("rb") as file:
        decided = decide_unit(list(_sampled(file, cube, ignored)), stated_unit)
        for line in range(lines):
            for start in range(0, samples, ROWS_AT_A_TIME):
                stop = min(start + ROWS_AT_A_TIME, samples)
                names = [f"x{column}_y{line}" for column in range(start, stop)]
                values = _cleaned(cube.pixels(file, line, start, stop), ignored)
                positions = [(float(column), float(line)) for column in range(start, stop)]
                yield Block(names, axis, values, stated_axis, stated_unit, decided, positions)


@dataclass(frozen=True)
class _Cube:
    """Where the values of a map lie in its data file.

    They are read, not mapped into memory: a mapped file that shrinks while it is read ends the process.
    """

    layout: str
    dtype: np.dtype
    offset: int
    lines: int
    samples: int
    bands: int

    def pixels(self, file: IO[bytes], line: int, start: int, stop: int) -> np.ndarray:
        """Read the pixels of a line from ``start`` up to ``stop``, shape (pixel, band)."""
        if self.layout == "bip":
            values = self._run(file, (line * self.samples + start) * self.bands, (stop - start) * self.bands)
            return values.reshape(stop - start, self.bands)
        if self.layout == "bil":
            places = [(line * self.bands + band) * self.samples + start for band in range(self.bands)]
        else:
            places = [(band * self.lines + line) * self.samples + start for band in range(self.bands)]
        return np.array([self._run(file, place, stop - start) for place in places]).T

    def _run(self, file: IO[bytes], place: int, count: int) -> np.ndarray:
        file.seek(self.offset + place * self.dtype.itemsize)
        content = file.read(count * self.dtype.itemsize)
        if len(content) < count * self.dtype.itemsize:
            raise Unfit("its data file ended while it was read; copy it again")
        return np.frombuffer(content, self.dtype)


def _sampled(file: IO[bytes], cube: _Cube, ignored: np.ndarray) -> Iterator[np.ndarray]:
    """Yield pixels spread over the map; flat ones say nothing about a unit."""
    count = cube.lines * cube.samples
    for place in np.unique(np.linspace(0, count - 1, min(DECIDING_SPECTRA, count)).astype(int)):
        line, column = divmod(int(place), cube.samples)
        values = _cleaned(cube.pixels(file, line, column, column + 1)[0], ignored)
        if np.isfinite(values).any() and np.nanmax(values) > np.nanmin(values):
            yield values


def _cleaned(values: np.ndarray, ignored: np.ndarray) -> np.ndarray:
    numbers = np.array(values, dtype=float)
    if len(ignored):
        numbers[np.isclose(numbers, ignored[0], rtol=1e-6, atol=0)] = np.nan
    return numbers


def _header(path: Path) -> dict[str, str]:
    if path.stat().st_size > LARGEST_HEADER_BYTES:
        raise Unfit(f"an ENVI header of {path.stat().st_size} bytes is larger than {LARGEST_HEADER_BYTES}")
    content = path.read_bytes()
    text = content.decode(single_bytes(content), "replace")
    fields: dict[str, str] = {}
    for found in re.finditer(r"^([^=\n{}]+)=[ \t]*(\{[^}]*\}?|[^\n]*)", text, re.MULTILINE):
        fields[found[1].strip().lower()] = found[2].strip().strip("{}").strip()
    return fields


def _whole(text: str, key: str) -> int:
    if not re.fullmatch(r"\d{1,15}", text.strip()):
        raise Unfit(f"{key} = {text.strip()[:40]!r} in the ENVI header is not a whole number; correct the header")
    return int(text)


def _count(header: dict[str, str], key: str) -> int:
    if key not in header:
        raise Unfit(f"the ENVI header has no {key!r}; export the map again")
    count = _whole(header[key], key)
    if count == 0:
        raise Unfit(f"{key} = 0 in the ENVI header: the map is empty")
    return count


def _dtype(header: dict[str, str]) -> np.dtype:
    code = _whole(header.get("data type", ""), "data type")
    if code not in DTYPES:
        raise Unfit(f"data type = {code} in the ENVI header is not a real number type; export real numbers")
    return np.dtype((">" if header.get("byte order", "0").strip() == "1" else "<") + DTYPES[code])


def _numbers(text: str) -> np.ndarray:
    cells = text.replace(",", " ").split()
    try:
        return np.array([float(cell) for cell in cells])
    except ValueError as error:
        raise Unfit("a list of numbers in the ENVI header holds something else; export the map again") from error


def _stated(header: dict[str, str]) -> tuple[str, str]:
    titles = header.get("z plot titles", "").split(",")
    axis = header.get("wavelength units", "") or titles[0]
    if "unknown" in axis.lower():
        axis = titles[0]
    return axis, titles[1] if len(titles) > 1 else ""


def _data_files(header: Path) -> list[Path]:
    """List the data files beside a header: map.hdr goes with map.dat, and map.dat.hdr with map.dat.

    Links are none of them: they could lead out of the folder.
    """
    stem = header.name[: -len(".hdr")]
    spellings = dict.fromkeys(name for end in EXTENSIONS for name in (stem + end, stem + end.upper()))
    paths = [header.parent / name for name in spellings]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def _data_file(header: Path) -> Path:
    files = _data_files(header)
    if not files:
        raise Unfit("is an ENVI header without its data file (.dat, .img, ...); put it beside the header")
    return files[0]
