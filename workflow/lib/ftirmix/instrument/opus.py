"""Bruker OPUS: a directory of blocks; results are pairs of a data block and its parameters."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum, within

MAGIC = b"\n\n\xfe\xfe"
ENTRY_BYTES = 12
MOST_BLOCKS = 10_000

# What a block holds, by the field of its type; the first that a file has is read: one measurement
# is often stored as several of them.
RESULTS = {
    4: "absorbance",
    16: "ATR absorbance",
    15: "log(1/R)",
    19: "absorbance",
    5: "transmittance",
    18: "transmittance",
    12: "reflectance",
}
OTHER_RESULTS = {1: "single-channel spectra", 2: "interferograms", 6: "Kubelka-Munk values", 10: "a Raman spectrum"}

AXES = {"WN": "cm-1", "MI": "micrometres", "NM": "nm"}


@dataclass(frozen=True)
class _Entry:
    code: int
    size: int
    start: int

    @property
    def quantity(self) -> int:
        return self.code >> 10 & 127

    @property
    def is_amplitude(self) -> bool:
        return self.code & 3 == 3 and self.code >> 17 & 3 == 0

    @property
    def is_parameters(self) -> bool:
        return self.code >> 4 & 63 == 1

    @property
    def is_plain(self) -> bool:
        """Whether it is neither a series nor a compact copy of another block."""
        return self.code >> 19 & 7 == 0


def is_opus(head: bytes) -> bool:
    """Say whether a file starts as OPUS."""
    return head.startswith(MAGIC)


def parse_opus(data: bytes) -> Iterator[Block]:
    """Parse the result of an OPUS file: absorbance if it has it, else transmittance or reflectance.

    Raises:
        Unfit: a claimed size is not in the file, or there is no such result.
    """
    entries = _directory(data)
    amplitudes = [entry for entry in entries if entry.is_amplitude and not entry.is_parameters]
    plain = [entry for entry in amplitudes if entry.is_plain]
    for quantity, stated in RESULTS.items():
        chosen = [entry for entry in plain if entry.quantity == quantity]
        statuses = [
            entry
            for entry in entries
            if entry.is_amplitude and entry.is_parameters and entry.is_plain and entry.quantity == quantity
        ]
        if sum(entry.size for entry in chosen) > len(data):
            raise Unfit("its blocks claim more bytes than the file has; the file is damaged")
        if chosen and statuses:
            for number, (entry, status) in enumerate(zip(chosen, statuses, strict=False), start=1):
                yield _spectrum(data, entry, status, stated, str(number) if len(chosen) > 1 else "")
            return
    if any(entry.quantity in RESULTS for entry in amplitudes):
        raise Unfit("holds its result as a series or without parameters; export single spectra")
    held = sorted({OTHER_RESULTS[entry.quantity] for entry in amplitudes if entry.quantity in OTHER_RESULTS})
    raise Unfit(f"holds {' and '.join(held) or 'no spectrum'} only; save absorbance in it")


def _directory(data: bytes) -> list[_Entry]:
    _, start, _, count = struct.unpack("<diii", within(data, 4, 20, "the header"))
    if not 0 < count <= MOST_BLOCKS:
        raise Unfit(f"its header claims {count} blocks; the file is damaged")
    table = within(data, start, ENTRY_BYTES * count, "the directory")
    rows = struct.iter_unpack("<Iii", table)
    return [_Entry(code, 4 * words, place) for code, words, place in rows if place > 0 and words > 0]


def _parameters(block: bytes) -> dict[str, int | float | str]:
    """Read the parameters of a block: name, type, length in words, value."""
    found: dict[str, int | float | str] = {}
    place = 0
    while place + 8 <= len(block):
        name = block[place : place + 3].decode("latin-1")
        if name == "END":
            break
        kind, words = struct.unpack_from("<HH", block, place + 4)
        value = block[place + 8 : place + 8 + 2 * words]
        if kind == 0 and len(value) >= 4:
            found[name] = struct.unpack_from("<i", value)[0]
        elif kind == 1 and len(value) >= 8:
            found[name] = struct.unpack_from("<d", value)[0]
        else:
            found[name] = value.split(b"\0", 1)[0].decode("latin-1")
        place += 8 + 2 * words
    return found


def _spectrum(data: bytes, entry: _Entry, status: _Entry, stated: str, name: str) -> Block:
    parameters = _parameters(within(data, status.start, status.size, "the parameters of the spectrum"))
    values = []
    for key in ("NPT", "FXV", "LXV"):
        value = parameters.get(key)
        if not isinstance(value, int | float):
            raise Unfit(f"its parameter {key} is missing or no number; the file is damaged")
        values.append(value)
    points, first, last = values
    if not 0 < points <= entry.size // 4:
        raise Unfit(f"claims {points:g} points in a block of {entry.size} bytes; the file is damaged")
    kind = "<i4" if parameters.get("DPF") == 2 else "<f4"
    intensity = np.frombuffer(within(data, entry.start, 4 * int(points), "the spectrum"), dtype=kind)
    factor = parameters.get("CSF", 1.0)
    unit = str(parameters.get("DXU", "WN")).strip()
    if unit not in AXES:
        raise Unfit(f"its axis is in {unit[:10]!r}, which is no wavenumber or wavelength")
    axis = np.linspace(float(first), float(last), int(points))
    scale = float(factor) if isinstance(factor, int | float) and np.isfinite(factor) and factor else 1.0
    return one_spectrum(axis, intensity.astype(float) * scale, AXES[unit], stated, name)
