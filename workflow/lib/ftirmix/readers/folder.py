"""A laboratory's own folder: one two-column text file per spectrum and a specimen sheet."""

from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.readers.types import MeasuredSpectrum, ReadResult

SHEET = "specimens.csv"
SHEET_COLUMNS = ("file", "specimen", "label")
LARGEST_FILE_BYTES = 20_000_000


def read_folder(folder: Path, name: str, select: str = "") -> ReadResult:
    """Read every file that the folder's ``specimens.csv`` lists.

    The sheet has the columns file, specimen, label and, if wanted, condition. Each file holds
    two columns, wavenumber (cm^-1) and intensity, separated by commas, semicolons, tabs or
    blanks, with a decimal point, with or without header lines.

    Raises:
        StudyError: the folder or its sheet is missing, a column of the sheet is missing, or a
            file is listed twice.
    """
    sheet = read_sheet(folder, name)
    result = ReadResult()
    for row in sheet.to_dict("records"):
        reason = unreadable(folder, row["file"])
        if reason is None and not row["specimen"]:
            reason = f"has no specimen in {SHEET}"
        if reason:
            result.rejected.append((row["file"], row["label"], reason))
            continue
        try:
            wavenumber, intensity = read_two_columns(folder / row["file"])
        except ValueError as error:
            result.rejected.append((row["file"], row["label"], str(error)))
            continue
        result.add(
            MeasuredSpectrum(
                row["file"], row["label"], row.get("condition", ""), wavenumber, intensity, row["specimen"]
            )
        )
    return result


def read_sheet(folder: Path, name: str) -> pd.DataFrame:
    """Read and check a folder's ``specimens.csv``.

    Args:
        folder: of the source.
        name: how to call the source in messages.

    Raises:
        StudyError: as :func:`read_folder`, or the sheet lists nothing.
    """
    if not folder.is_dir():
        raise StudyError(f"{name}: there is no folder {folder}; correct path in the source manifest")
    sheet_path = folder / SHEET
    if not sheet_path.is_file():
        raise StudyError(f"{name}: {SHEET} is missing; it lists file, specimen and label of each spectrum")
    try:
        sheet = pd.read_csv(sheet_path, dtype=str, keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise StudyError(f"{sheet_path}: not a readable CSV table ({str(error).strip()})") from error
    for column in SHEET_COLUMNS:
        if column not in sheet.columns:
            raise StudyError(f"{sheet_path}: column {column!r} is missing")
    repeated = sheet["file"][sheet["file"].map(lambda file: (folder / file).resolve()).duplicated()]
    if len(repeated):
        raise StudyError(f"{sheet_path}: file {repeated.iloc[0]!r} is listed twice; list it once")
    if sheet.empty:
        raise StudyError(f"{sheet_path}: lists no spectra; add a row per file")
    return sheet


def unreadable(folder: Path, file: str) -> str | None:
    """Say why a listed file will not be opened, or return None."""
    path = (folder / file).resolve()
    if not path.is_relative_to(folder.resolve()):
        return "lies outside the source's folder"
    if not path.is_file():
        return "is listed but there is no such file"
    if path.stat().st_size > LARGEST_FILE_BYTES:
        return f"is larger than {LARGEST_FILE_BYTES / 1e6:g} MB; one spectrum is expected"
    return None


def read_two_columns(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read wavenumber and intensity from a text file, skipping lines before the first number.

    Raises:
        ValueError: the file is not text, or holds no two columns of numbers.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("is not a UTF-8 text file") from error
    rows: list[tuple[float, float]] = []
    for number, line in enumerate(lines, start=1):
        cells = line.replace(";", " ").replace("\t", " ").replace(",", " ").split()
        if not cells:
            continue
        try:
            values = [float(cell) for cell in cells]
        except ValueError as error:
            if rows:
                raise ValueError(f"line {number} holds something that is not a number") from error
            continue
        if len(values) != 2:
            raise ValueError(f"line {number} has {len(values)} columns; two are expected")
        rows.append((values[0], values[1]))
    if not rows:
        raise ValueError("holds no two columns of numbers")
    wavenumber, intensity = np.array(rows).T
    return wavenumber, intensity
