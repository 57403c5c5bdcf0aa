"""PerkinElmer Spectrum SP: nested blocks, each a number, a size and what it holds."""

import struct

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum, within

MAGIC = b"PEPE"
DESCRIPTION_BYTES = 40
DATA_SET = 120
RANGE, POINTS, AXIS_LABEL, UNIT_LABEL, VALUES, NAME = -29838, -29835, -29833, -29832, -29828, -29827


def is_perkin_elmer(head: bytes) -> bool:
    """Say whether a file starts as SP."""
    return head.startswith(MAGIC)


def parse_perkin_elmer(data: bytes) -> Block:
    """Parse an SP file.

    Raises:
        Unfit: a claimed size is not in the file, or a block is missing.
    """
    members = _members(data)
    for key, what in ((RANGE, "range of wavenumbers"), (VALUES, "intensities")):
        if key not in members:
            raise Unfit(f"has no block {key}, the {what}; is the file truncated? Save the spectrum again")
    first, last = struct.unpack("<dd", within(members[RANGE], 2, 16, "the range of wavenumbers"))
    (size,) = struct.unpack("<i", within(members[VALUES], 2, 4, "the size of the spectrum"))
    intensity = np.frombuffer(within(members[VALUES], 6, size // 8 * 8, "the spectrum"), dtype="<f8")
    if POINTS in members:
        (points,) = struct.unpack("<i", within(members[POINTS], 2, 4, "the number of points"))
        if points != len(intensity):
            raise Unfit(f"claims {points} points and holds {len(intensity)}; the file is damaged")
    axis = np.linspace(first, last, len(intensity))
    return one_spectrum(axis, intensity, _text(members.get(AXIS_LABEL, b"")), _text(members.get(UNIT_LABEL, b"")))


def _members(data: bytes) -> dict[int, bytes]:
    """Read the members of the first data set; each begins with the code of its type."""
    members: dict[int, bytes] = {}
    place = len(MAGIC) + DESCRIPTION_BYTES
    while place + 6 <= len(data):
        number, size = struct.unpack_from("<hi", data, place)
        place += 6
        if number == DATA_SET:  # its members follow
            continue
        members.setdefault(number, within(data, place, size, f"block {number}"))
        place += size
    return members


def _text(member: bytes) -> str:
    if len(member) < 4:
        return ""
    (size,) = struct.unpack_from("<h", member, 2)
    return member[4 : 4 + max(0, size)].decode("latin-1")
