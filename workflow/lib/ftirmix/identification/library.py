"""Reference spectra for unmixing and searching, in memory and on disk.

A reference is no measurement of anybody but the mean of spectra of at least three specimens, or is calculated
from the positions, widths and heights of bands.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import whole_file


@dataclass(frozen=True)
class Library:
    """Reference spectra.

    Attributes:
        wavenumber: grid, cm^-1, shape (wavenumber,).
        absorbance: of unit maximum, shape (reference, wavenumber).
        component: one of the study's components, or ``FOREIGN``, of each reference.
        name: of each reference, no two alike.
    """

    wavenumber: np.ndarray
    absorbance: np.ndarray
    component: list[str]
    name: list[str]


# "PE, mean of 203 spectra of 63 specimens" is one of several of PE, "ABS (calculated)" the only one of its kind.
_MEAN = re.compile(r"(.+?), mean of .*")


def told_apart(names: list[str]) -> list[str]:
    """Number the references of one material, in the library's order: ``PE #3, mean of 13 spectra of 5 specimens``.

    The counts alone may be alike, and a narrow column shows the beginning of a name only. With ``#``, for PA 6 is a
    polymer. Names that were numbered before stay as they are.
    """
    materials = [found[1] if (found := _MEAN.fullmatch(name)) else name for name in names]
    several = {material for material in materials if materials.count(material) > 1}
    numbered, seen = [], Counter[str]()
    for name, material in zip(names, materials, strict=True):
        seen[material] += 1
        number = f"{material} #{seen[material]}"
        numbered.append(number + name[len(material) :] if material in several else name)
    return numbered


def save_library(path: Path, library: Library) -> None:
    """Write the arrays of a library; names are kept beside them by the caller."""
    with whole_file(path) as temporary:
        save_file({"wavenumber": library.wavenumber, "absorbance": library.absorbance}, temporary)


def load_library(path: Path, component: list[str], name: list[str]) -> Library:
    """Read what :func:`save_library` wrote, its references told apart by name.

    Raises:
        DamagedFile: the file is damaged.
        StudyError: it belongs to other names.
    """
    try:
        arrays = load_file(path)
        library = Library(arrays["wavenumber"], arrays["absorbance"], component, told_apart(name))
    except Exception as error:  # safetensors raises its own type, OSError or KeyError
        repair = "restore it from the repository, or run again where it was made here"
        raise DamagedFile(path, f"not a readable library ({error})", repair) from error
    if library.absorbance.shape != (len(name), len(library.wavenumber)):
        raise StudyError(f"{path}: belongs to another identifier.json; restore both from the repository")
    return library
