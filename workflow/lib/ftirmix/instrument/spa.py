"""Thermo OMNIC SPA: a table of sections; section 2 describes the spectrum, section 3 holds it."""

import struct

import numpy as np

from ftirmix.instrument.types import Block, Unfit, one_spectrum, within

MAGIC = b"Spectral Data File"
SECTIONS_AT, COUNT_AT, SECTION_BYTES = 304, 294, 16
DESCRIPTION, INTENSITIES = 2, 3

AXES = {1: "cm-1", 3: "nm", 4: "micrometres", 32: "Raman shift"}
UNITS = {
    11: "% reflectance",
    12: "log(1/R)",
    16: "% transmittance",
    17: "absorbance",
    20: "Kubelka-Munk",
    21: "reflectance",
    22: "detector signal",
    26: "photoacoustic",
    31: "Raman intensity",
}


def is_spa(head: bytes) -> bool:
    """Say whether a file starts as SPA."""
    return head.startswith(MAGIC)


def parse_spa(data: bytes) -> Block:
    """Parse an SPA file.

    Raises:
        Unfit: a claimed size is not in the file, a section is missing, or the axis is no
            wavenumber or wavelength.
    """
    (count,) = struct.unpack("<H", within(data, COUNT_AT, 2, "the number of sections"))
    table = within(data, SECTIONS_AT, SECTION_BYTES * count, "the table of sections")
    sections: dict[int, tuple[int, int]] = {}
    for place in range(0, len(table), SECTION_BYTES):
        start, size = struct.unpack_from("<ii", table, place + 2)
        sections.setdefault(table[place], (start, size))
    for key, what in ((DESCRIPTION, "description"), (INTENSITIES, "spectrum")):
        if key not in sections:
            raise Unfit(f"has no section {key}, the {what}; save the spectrum again")
    description = within(data, sections[DESCRIPTION][0], 24, "the description")
    points, axis_type, _, _, unit_type = struct.unpack_from("<IBBHB", description, 4)
    first, last = struct.unpack_from("<ff", description, 16)
    start, size = sections[INTENSITIES]
    if size != 4 * points:
        raise Unfit(f"claims {points} points and keeps {size} bytes for them, not {4 * points}; the file is damaged")
    if axis_type not in AXES:
        raise Unfit(f"its axis is of OMNIC type {axis_type}, which is no wavenumber or wavelength")
    intensity = np.frombuffer(within(data, start, size, "the spectrum"), dtype="<f4")
    return one_spectrum(np.linspace(first, last, points), intensity, AXES[axis_type], UNITS.get(unit_type, ""))
