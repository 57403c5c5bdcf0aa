"""Readers of spectral files: one function per layout, all with the same signature.

A reader takes the open binary file (or the folder), the manifest's ``select`` value, and returns
what it could read and what it could not: it never drops a spectrum in silence.
"""

from collections.abc import Callable

from ftirmix.readers.folder import read_folder
from ftirmix.readers.open_specy import read_open_specy
from ftirmix.readers.types import MeasuredSpectrum, ReadResult
from ftirmix.readers.wide_csv import read_wide_csv

READERS: dict[str, Callable[..., ReadResult]] = {
    "folder": read_folder,
    "open_specy": read_open_specy,
    "wide_csv": read_wide_csv,
}

__all__ = ["READERS", "MeasuredSpectrum", "ReadResult"]
