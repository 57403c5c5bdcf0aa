"""Wide tables: one spectrum per row, one column per wavenumber, identity columns in front."""

import lzma
from typing import IO

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.readers.types import MeasuredSpectrum, ReadResult

IDENTITY_COLUMNS = ("study", "sample_id", "type", "environmental", "resolution")
CONDITIONS = {"Y": "environmental", "N": "reference"}


def read_wide_csv(file: IO[bytes], name: str, select: str = "") -> ReadResult:
    """Read a wide CSV table, plain or xz-compressed.

    Args:
        file: the open binary file.
        name: how to call the file in messages.
        select: unused; part of every reader's signature.

    Raises:
        StudyError: the table is empty or unreadable, lacks ``sample_id`` or ``type``, or has a
            column that is neither an identity column nor a wavenumber.
    """
    try:
        if file.peek(6)[:6] == b"\xfd7zXZ\x00":  # type: ignore[attr-defined]
            file = lzma.open(file)  # noqa: SIM115  (the caller closes what it opened)
        # The header as it stands: read_csv would rename a repeated 1000 to 1000.1, a wavenumber of its own.
        header = pd.read_csv(file, header=None, nrows=1, dtype=str, keep_default_na=False).iloc[0].tolist()
        file.seek(0)
        table = pd.read_csv(file, dtype={"sample_id": str, "type": str}, low_memory=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, lzma.LZMAError, EOFError) as error:
        raise StudyError(f"{name}: not a readable CSV table ({error})") from error
    for column in ("sample_id", "type"):
        if column not in table.columns:
            raise StudyError(f"{name}: column {column!r} is missing; a wide table needs it")
    positions = [place for place, column in enumerate(header) if column not in IDENTITY_COLUMNS]
    columns = [header[place] for place in positions]
    wavenumber = pd.to_numeric(pd.Series(columns), errors="coerce").to_numpy(dtype=float)
    if not np.all(np.isfinite(wavenumber)):
        odd = columns[int(np.flatnonzero(~np.isfinite(wavenumber))[0])]
        raise StudyError(
            f"{name}: column {odd!r} is neither a wavenumber nor one of "
            f"{', '.join(IDENTITY_COLUMNS)}; rename or remove it"
        )
    if len(table) == 0 or not columns:
        raise StudyError(f"{name}: holds no spectra")
    intensity = table.iloc[:, positions].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    flags = table.get("environmental", pd.Series([""] * len(table)))
    result = ReadResult()
    for row, (sample, label, flag) in enumerate(zip(table["sample_id"], table["type"], flags, strict=True)):
        if pd.isna(sample) or pd.isna(label):
            result.rejected.append((f"row {row + 2}", "", "sample_id or type is empty"))
            continue
        condition = CONDITIONS.get(str(flag), "")
        result.add(MeasuredSpectrum(sample, label, condition, wavenumber, intensity[row]))
    return result
