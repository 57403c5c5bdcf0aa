"""Writers of instrument formats for the tests of the readers: short, and independent of the readers."""

import struct

import numpy as np

WAVENUMBER = np.arange(700.0, 3900.0, 16.0)


def absorbance(axis=WAVENUMBER, height=0.8):
    """Return three bands that point up from a small baseline."""
    return height * (0.02 + sum(np.exp(-(((axis - centre) / 40) ** 2)) for centre in (1040, 1720, 2920)))


def jcamp(body, first, last, points, xfactor=1.0, yfactor=1.0, xunits="1/CM", yunits="ABSORBANCE", title="a"):
    """Return a JCAMP-DX file around the lines of a table."""
    return (
        f"##TITLE={title}\n##JCAMP-DX=4.24\n##DATA TYPE=INFRARED SPECTRUM\n##XUNITS={xunits}\n##YUNITS={yunits}\n"
        f"##XFACTOR={xfactor!r}\n##YFACTOR={yfactor!r}\n##FIRSTX={first!r}\n##LASTX={last!r}\n##NPOINTS={points}\n"
        f"##XYDATA=(X++(Y..Y))\n{body}##END=\n"
    )


def _coded(number, signs_up, signs_down):
    digits = str(abs(number))
    return (signs_down[int(digits[0]) - 1] if number < 0 else signs_up[int(digits[0])]) + digits[1:]


def squeezed(number):
    return _coded(number, "@ABCDEFGHI", "abcdefghi")


def difference(number):
    return _coded(number, "%JKLMNOPQR", "jklmnopqr")


def duplicate(count):
    digits = str(count)
    return "STUVWXYZs"[int(digits[0]) - 1] + digits[1:]


def runs(numbers):
    """Group equal neighbours: (value, count)."""
    grouped = []
    for number in numbers:
        if grouped and grouped[-1][0] == number:
            grouped[-1][1] += 1
        else:
            grouped.append([number, 1])
    return grouped


def encoded_lines(abscissas, ordinates, form, per_line=7):
    """Write whole numbers as a table (X++(Y..Y)) in one of the forms AFFN, PAC, SQZ, DIF, DUP."""
    text = ""
    if form in ("AFFN", "PAC", "SQZ"):
        for start in range(0, len(ordinates), per_line):
            part = [int(number) for number in ordinates[start : start + per_line]]
            if form == "AFFN":
                text += " ".join([f"{abscissas[start]:g}", *map(str, part)]) + "\n"
            elif form == "PAC":
                text += f"{abscissas[start]:g}" + "".join(f"{number:+d}" for number in part) + "\n"
            else:
                text += f"{abscissas[start]:g}" + "".join(map(squeezed, part)) + "\n"
        return text
    # In difference form each line begins with its first value, and the next one repeats the last as a check.
    start = 0
    while start < len(ordinates):
        part = [int(number) for number in ordinates[start : start + per_line]]
        steps = np.diff(part).tolist()
        text += f"{abscissas[start]:g}" + squeezed(part[0])
        if form == "DIF":
            text += "".join(map(difference, steps))
        else:
            text += "".join(difference(s) + (duplicate(count) if count > 1 else "") for s, count in runs(steps))
        text += "\n"
        last_line = start + per_line >= len(ordinates)
        start += len(part) if last_line or len(part) == 1 else len(part) - 1
        if last_line:
            break
    return text


def spc(axes, spectra, flags=0, exponent=-128, axis_type=1, unit_type=2, order="<", ends=None):
    """Return a new-format SPC file: ``axes`` is None (even), one array, or a list of one per spectrum."""
    several = len(spectra) > 1
    own = isinstance(axes, list)
    flags |= (0x04 if several else 0) | (0x80 if axes is not None else 0) | (0x40 if own else 0)
    points = 0 if own else len(spectra[0])
    first, last = ends if ends is not None else (axes[0][0], axes[0][-1]) if own else (axes[0], axes[-1])
    version = 0x4B if order == "<" else 0x4C
    header = struct.pack(
        f"{order}BBBbIddIBB", flags, version, 4, exponent, points, first, last, len(spectra), axis_type, unit_type
    )
    data = header.ljust(512, b"\0")
    if axes is not None and not own:
        data += np.asarray(axes, f"{order}f4").tobytes()
    for number, spectrum in enumerate(spectra):
        count = len(spectrum) if own else 0
        data += struct.pack(f"{order}BbHfffII", 0, exponent, number, 0, 0, 0, count, 0).ljust(32, b"\0")
        if own:
            data += np.asarray(axes[number], f"{order}f4").tobytes()
        if exponent == -128:
            data += np.asarray(spectrum, f"{order}f4").tobytes()
        else:
            kind, bits = ("i2", 16) if flags & 1 else ("i4", 32)
            data += np.round(np.asarray(spectrum) * 2.0 ** (bits - exponent)).astype(f"{order}{kind}").tobytes()
    return data


def old_spc(first, last, spectrum, exponent=1):
    """Return an old-format SPC file: words of each integer swapped."""
    header = struct.pack("<BBhfffBB", 0, 0x4D, exponent, len(spectrum), first, last, 1, 2).ljust(256, b"\0")
    numbers = np.round(np.asarray(spectrum) * 2.0 ** (32 - exponent)).astype("<i4")
    return header + numbers.view("<u2").reshape(-1, 2)[:, ::-1].tobytes()


def perkin_elmer(first, last, spectrum, unit="A"):
    """Return a PerkinElmer SP file."""

    def block(number, content):
        return struct.pack("<hi", number, len(content)) + content

    def text(value):
        return struct.pack("<hh", 29987, len(value)) + value.encode()

    values = np.asarray(spectrum, "<f8").tobytes()
    members = (
        block(-29838, struct.pack("<hdd", 29979, first, last))
        + block(-29835, struct.pack("<hi", 29995, len(spectrum)))
        + block(-29833, text("cm-1"))
        + block(-29832, text(unit))
        + block(-29828, struct.pack("<hi", 29974, len(values)) + values)
    )
    return b"PEPE" + b"a spectrum".ljust(40, b" ") + block(120, members)


def asp(first, last, spectrum):
    """Return an Agilent ASP file."""
    return "\n".join(map(repr, [len(spectrum), float(first), float(last), 1, 2, 4, *map(float, spectrum)])) + "\n"


def envi(folder, name, axis, cube, interleave, dtype=4, order=0, extra="", units="Wavenumber (cm-1), Absorbance"):
    """Write an ENVI pair; ``cube`` has shape (line, sample, band)."""
    kinds = {2: "i2", 3: "i4", 4: "f4", 5: "f8", 12: "u2"}
    axes = {"bsq": (2, 0, 1), "bil": (0, 2, 1), "bip": (0, 1, 2)}[interleave]
    stored = cube.transpose(axes).astype(("<" if order == 0 else ">") + kinds[dtype])
    (folder / f"{name}.dat").write_bytes(stored.tobytes())
    (folder / f"{name}.hdr").write_text(
        f"ENVI\nsamples = {cube.shape[1]}\nlines = {cube.shape[0]}\nbands = {cube.shape[2]}\nheader offset = 0\n"
        f"data type = {dtype}\ninterleave = {interleave}\nbyte order = {order}\nz plot titles = {{{units}}}\n{extra}"
        f"wavelength = {{{', '.join(map(str, axis))}}}\n",
        encoding="utf-8",
    )
