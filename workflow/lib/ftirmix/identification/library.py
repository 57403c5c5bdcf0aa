"""Reference spectra for unmixing and searching, in memory and on disk.

A reference is no measurement of anybody but the mean of spectra of at least three specimens, or is calculated
from the positions, widths and heights of bands.
"""

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
        name: of each reference.
    """

    wavenumber: np.ndarray
    absorbance: np.ndarray
    component: list[str]
    name: list[str]


def save_library(path: Path, library: Library) -> None:
    """Write the arrays of a library; names are kept beside them by the caller."""
    with whole_file(path) as temporary:
        save_file({"wavenumber": library.wavenumber, "absorbance": library.absorbance}, temporary)


def load_library(path: Path, component: list[str], name: list[str]) -> Library:
    """Read what :func:`save_library` wrote.

    Raises:
        DamagedFile: the file is damaged.
        StudyError: it belongs to other names.
    """
    try:
        arrays = load_file(path)
        library = Library(arrays["wavenumber"], arrays["absorbance"], component, name)
    except Exception as error:  # safetensors raises its own type, OSError or KeyError
        repair = "restore it from the repository, or run again where it was made here"
        raise DamagedFile(path, f"not a readable library ({error})", repair) from error
    if library.absorbance.shape != (len(name), len(library.wavenumber)):
        raise StudyError(f"{path}: belongs to another identifier.json; restore both from the repository")
    return library
