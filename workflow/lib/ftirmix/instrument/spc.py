"""Galactic SPC: the new format in both byte orders and the old one, one or several spectra.

References:
    Galactic Industries 1997, Universal Data Format Specification (SPC.H).
"""

import struct
from collections.abc import Iterator

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum, within

HEADER_BYTES, OLD_HEADER_BYTES, SUBHEADER_BYTES = 512, 256, 32
OLD_SUBHEADER_AT = OLD_HEADER_BYTES - SUBHEADER_BYTES

# Bits of the first byte.
SIXTEEN_BIT, MULTIPLE, LABELLED, OWN_AXES, UNEVEN = 0x01, 0x04, 0x20, 0x40, 0x80

FLOATS = -128  # in place of an exponent

AXES = {0: "", 1: "wavenumber (cm-1)", 2: "micrometres", 3: "nanometres", 13: "Raman shift (cm-1)"}
INTENSITIES = {
    0: "",
    1: "interferogram",
    2: "absorbance",
    3: "Kubelka-Munk",
    4: "counts",
    10: "log(1/R)",
    11: "",
    12: "",
    13: "",
    128: "transmittance",
    129: "reflectance",
    130: "single beam",
    131: "emission",
}


def is_spc(head: bytes) -> bool:
    """Say whether a file starts as SPC: a known version in the second byte and a known axis type."""
    if len(head) < OLD_HEADER_BYTES:
        return len(head) > 18 and head[1] in (0x4B, 0x4C) and head[2] < 16 and head[:2] != b"PK"
    if head[1] in (0x4B, 0x4C):
        return head[2] < 16 and head[28] in (*range(31), 255)
    return head[1] == 0x4D and head[16] in (*range(31), 255) and b"\0" in head[:OLD_HEADER_BYTES]


def parse_spc(data: bytes) -> Iterator[Block]:
    """Parse an SPC file.

    Raises:
        Unfit: a claimed size is not in the file, or the values are no spectrum.
    """
    if len(data) < 2:
        raise Unfit("is too short to be SPC")
    yield from _old(data) if data[1] == 0x4D else _new(data, ">" if data[1] == 0x4C else "<")


def _new(data: bytes, order: str) -> Iterator[Block]:
    header = within(data, 0, HEADER_BYTES, "the main header")
    flags, exponent = header[0], struct.unpack_from("b", header, 3)[0]
    points, first, last, subfiles = struct.unpack_from(f"{order}IddI", header, 4)
    axis_type, unit_type = header[28], header[29]
    labels = header[218:248].split(b"\0") if flags & LABELLED else []
    stated_axis, stated_unit = _stated(axis_type, unit_type, labels)
    own_axes = bool(flags & OWN_AXES and flags & UNEVEN)
    place = HEADER_BYTES
    axis = None
    if not own_axes:
        if flags & UNEVEN:
            axis = _numbers(data, place, points, f"{order}f4", "the axis")
            place += 4 * points
        else:
            within(data, place, points, "the points")  # a claimed size is looked at before it is used
            axis = np.linspace(first, last, points)
    several = bool(flags & MULTIPLE)
    for number in range(max(1, subfiles) if several else 1):
        subheader = within(data, place, SUBHEADER_BYTES, f"the header of spectrum {number + 1}")
        place += SUBHEADER_BYTES
        own_exponent = struct.unpack_from("b", subheader, 1)[0]
        count = points
        if own_axes:
            count = struct.unpack_from(f"{order}I", subheader, 16)[0]
            axis = _numbers(data, place, count, f"{order}f4", f"the axis of spectrum {number + 1}")
            place += 4 * count
        power = own_exponent if several and exponent != FLOATS else exponent
        kind = "f4" if power == FLOATS else "i2" if flags & SIXTEEN_BIT else "i4"
        values = _numbers(data, place, count, order + kind, f"spectrum {number + 1}")
        place += values.itemsize * count
        assert axis is not None  # read above in either case
        name = f"{number + 1}" if several and subfiles > 1 else ""
        yield one_spectrum(axis, _scaled(values, power), stated_axis, stated_unit, name)


def _old(data: bytes) -> Iterator[Block]:
    header = within(data, 0, OLD_HEADER_BYTES, "the main header")
    flags, exponent = header[0], struct.unpack_from("<h", header, 2)[0]
    claimed, first, last = struct.unpack_from("<fff", header, 4)
    if not 0 < claimed < 1e9:
        raise Unfit(f"the header claims {claimed:g} points; the file is damaged")
    points = int(claimed)
    labels = header[194:224].split(b"\0") if flags & LABELLED else []
    stated_axis, stated_unit = _stated(header[16], header[17], labels)
    several = bool(flags & MULTIPLE)
    width = 2 if flags & SIXTEEN_BIT else 4
    within(data, OLD_HEADER_BYTES, width * points, "the points")
    axis = np.linspace(first, last, points)
    place, number = OLD_SUBHEADER_AT, 0
    while True:
        own_exponent = data[place + 1] - 256 if data[place + 1] > 127 else data[place + 1]
        place += SUBHEADER_BYTES
        number += 1
        power = own_exponent if several and own_exponent else exponent
        if power in (FLOATS, 128):
            values = _numbers(data, place, points, "<f4", f"spectrum {number}")
            power = FLOATS
        elif width == 2:
            values = _numbers(data, place, points, "<i2", f"spectrum {number}")
        else:
            # The old format keeps the high word of an integer first.
            words = _numbers(data, place, 2 * points, "<u2", f"spectrum {number}").astype(np.uint32)
            values = (words[0::2] << np.uint32(16) | words[1::2]).view(np.int32)
        place += width * points
        more = several and place + SUBHEADER_BYTES + width * points <= len(data)
        name = str(number) if more or number > 1 else ""
        yield one_spectrum(axis, _scaled(values, power), stated_axis, stated_unit, name)
        if not more:
            return


def _numbers(data: bytes, place: int, count: int, dtype: str, what: str) -> np.ndarray:
    size = count * np.dtype(dtype).itemsize
    return np.frombuffer(within(data, place, size, what), dtype=dtype)


def _scaled(values: np.ndarray, power: int) -> np.ndarray:
    if power == FLOATS:
        return values.astype(float)
    if abs(power) > 127:
        raise Unfit(f"the header claims an exponent of {power}; the file is damaged")
    return values * 2.0 ** (power - 8 * values.itemsize)


def _stated(axis_type: int, unit_type: int, labels: list[bytes]) -> tuple[str, str]:
    axis, unit = AXES.get(axis_type), INTENSITIES.get(unit_type)
    texts = [label.decode("latin-1").strip() for label in labels]
    if axis is None and not (texts and texts[0]):
        raise Unfit(f"its axis is of SPC type {axis_type}, which is no wavenumber or wavelength")
    if unit is None:
        raise Unfit(f"its intensity is of SPC type {unit_type}, which is no absorbance, transmittance or reflectance")
    stated_axis = texts[0] if texts and texts[0] and not axis else axis or ""
    return stated_axis, texts[1] if len(texts) > 1 and texts[1] and not unit else unit
