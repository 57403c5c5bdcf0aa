"""Instrument files to spectra: which files there are, what is in them, and what cannot be read.

``find_files`` lists a folder, ``read_file`` reads one of its files. Which format is read by what,
and the rules for units and axes, are in docs/readers.md.
"""

from ftirmix.instrument.finding import find_files
from ftirmix.instrument.parquet import read_parquet_grids, read_parquet_rows
from ftirmix.instrument.reading import read_file
from ftirmix.instrument.types import InstrumentSpectrum, Unreadable
from ftirmix.instrument.units import absorbance_of

__all__ = [
    "InstrumentSpectrum",
    "Unreadable",
    "absorbance_of",
    "find_files",
    "read_file",
    "read_parquet_grids",
    "read_parquet_rows",
]
