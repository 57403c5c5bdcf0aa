"""Bring a source to the one Parquet schema, and say of every spectrum left out why."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.errors import StudyError
from ftirmix.readers import READERS, MeasuredSpectrum, ReadResult
from ftirmix.readers.folder import read_sheet
from ftirmix.sources import Source, check_sha256, open_carried
from ftirmix.spectra import MEASURED_SCHEMA, REJECTED_COLUMNS
from ftirmix.units import contradiction

AMBIGUOUS = "ambiguous"

# Open Specy's table of metadata, beside its library.
METADATA = "ftir_metadata.csv"

# A spectrum of fewer points is none.
FEWEST_POINTS = 10

# How far inside the declared range the widest spectrum of a source may end: a few points.
RANGE_TOLERANCE_CM1 = 25.0

# A transmittance of exactly zero cannot be measured: runs of it at an end are padding. In
# absorbance a zero is a baseline, clipped there by its authors, and stays.
SHORTEST_PADDING = 3
PADDED_UNITS = ("transmittance", "percent_transmittance")


def read_source(source: Source, carrier: Path | None, root: Path) -> ReadResult:
    """Open a source where it lies and read it.

    Args:
        source: manifest row.
        carrier: downloaded package, or None for a file or folder of the user's own.
        root: folder against which the paths of own sources are resolved.

    Raises:
        StudyError: the file is missing, its hash differs, or its layout is broken.
    """
    reader = READERS[source.reader]
    name = f"source {source.source!r} ({source.path})"
    if carrier is not None:
        file = open_carried(carrier, source.path, source.sha256)
        if source.reader == "open_specy":
            beside = source.path.replace("ftir_library.csv", METADATA)
            metadata = open_carried(carrier, beside, "")
            return reader(file, name, source.select, metadata)
        return reader(file, name, source.select)
    check_own_files(source, root)
    path = root / source.path
    if source.reader == "folder":
        return reader(path, name, source.select)
    if source.sha256:
        check_sha256(path.read_bytes(), source.sha256, str(path))
    if source.reader == "open_specy":
        with path.open("rb") as file, path.with_name(METADATA).open("rb") as metadata:
            return reader(file, name, source.select, metadata)
    with path.open("rb") as file:
        return reader(file, name, source.select)


def check_own_files(source: Source, root: Path) -> None:
    """Raise StudyError where a file, folder or specimen sheet of a user's own source is missing or wrong.

    No spectrum is opened, so this can be asked before anything starts.
    """
    path, name = root / source.path, f"source {source.source!r} ({source.path})"
    if source.reader == "folder":
        read_sheet(path, name)
        return
    for needed in [path] + ([path.with_name(METADATA)] if source.reader == "open_specy" else []):
        if not needed.is_file():
            raise StudyError(f"{name}: there is no file {needed}; correct path in the source manifest")


def ingest(source: Source, result: ReadResult, labels: pd.DataFrame) -> tuple[pa.Table, pd.DataFrame]:
    """Bring what a reader returned to ``MEASURED_SCHEMA``.

    Args:
        source: manifest row.
        result: what the reader returned.
        labels: columns source, label, component, condition, note.

    Returns:
        The spectra that can be used, and a table of those that cannot (``REJECTED_COLUMNS``).

    Raises:
        StudyError: no spectrum was read, or the declared unit or range contradicts the values.
    """
    rejected = [
        (source.source, f"{source.source}/{sample}", label, "read", reason) for sample, label, reason in result.rejected
    ]
    if not result.spectra:
        raise StudyError(f"source {source.source!r} ({source.path}): no spectrum could be read")
    check_range(source, result)
    meaning = {row["label"]: row for row in labels[labels["source"] == source.source].to_dict("records")}
    rows: list[dict] = []
    taken: set[str] = set()
    for spectrum in result.spectra:
        identifier, number = f"{source.source}/{spectrum.sample}", 1
        while identifier in taken:
            number += 1
            identifier = f"{source.source}/{spectrum.sample}#{number}"
        taken.add(identifier)
        wavenumber, intensity = cut_unmeasured(spectrum, source)
        entry = meaning.get(spectrum.label)
        if entry is None and not source.carrier and spectrum.label:
            # A source of the user's own names components directly, without rows in the label table.
            entry = {"component": spectrum.label, "condition": "", "note": ""}
        reason = unusable(wavenumber, intensity, source)
        if entry is None:
            entry = {"component": "", "condition": "", "note": ""}
            reason = reason or f"label {spectrum.label!r} has no row in the label table"
        elif reason is None and entry["component"] == AMBIGUOUS:
            reason = f"label {spectrum.label!r} is ambiguous: {entry['note']}"
        specimen, unnamed = specimen_of(source, spectrum)
        reason = reason or unnamed
        if reason is not None:
            rejected.append((source.source, identifier, spectrum.label, "ingest", reason))
            continue
        rows.append(
            {
                "spectrum": identifier,
                "source": source.source,
                "laboratory": source.laboratory,
                "specimen": specimen,
                "label": spectrum.label,
                "component": entry["component"],
                "condition": entry["condition"] or source.condition or spectrum.condition or "unrecorded",
                "wavenumber": wavenumber.astype(np.float32),
                "intensity": intensity.astype(np.float32),
                "unit": source.unit,
            }
        )
    if rows:
        problem = contradiction(source.unit, [row["intensity"] for row in rows])
        if problem:
            raise StudyError(
                f"source {source.source!r} ({source.path}): declared as {source.unit}, but {problem}; "
                "correct unit in the source manifest"
            )
    table = pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA)
    return table, pd.DataFrame(rejected, columns=REJECTED_COLUMNS)


def check_range(source: Source, result: ReadResult) -> None:
    """Raise StudyError where no spectrum of a source reaches an end of the declared range.

    A single spectrum may be shorter, and files may hold more than was measured; but an end that
    none of them reaches was declared wrong.
    """
    axes = [spectrum.wavenumber for spectrum in result.spectra if len(spectrum.wavenumber) >= FEWEST_POINTS]
    if not axes:
        return  # each of them is rejected with its own reason
    lowest, highest = min(axis[0] for axis in axes), max(axis[-1] for axis in axes)
    problems = {"range_low": source.range_low < lowest - RANGE_TOLERANCE_CM1 or source.range_low >= highest}
    problems["range_high"] = source.range_high > highest + RANGE_TOLERANCE_CM1 or source.range_high <= lowest
    for key, wrong in problems.items():
        if wrong:
            raise StudyError(
                f"source {source.source!r} ({source.path}): {key} is {getattr(source, key):g} cm-1, but its spectra "
                f"reach from {lowest:g} to {highest:g} cm-1; correct {key} in the source manifest"
            )


def cut_unmeasured(spectrum: MeasuredSpectrum, source: Source) -> tuple[np.ndarray, np.ndarray]:
    """Drop points outside the measured range and, in transmittance, padding zeros at the ends."""
    inside = (spectrum.wavenumber >= source.range_low) & (spectrum.wavenumber <= source.range_high)
    wavenumber, intensity = spectrum.wavenumber[inside], spectrum.intensity[inside]
    nonzero = np.flatnonzero(intensity != 0)
    if len(nonzero) == 0 or source.unit not in PADDED_UNITS:
        return wavenumber, intensity
    first, last = int(nonzero[0]), int(nonzero[-1])
    start = first if first >= SHORTEST_PADDING else 0
    stop = last + 1 if len(intensity) - 1 - last >= SHORTEST_PADDING else len(intensity)
    return wavenumber[start:stop], intensity[start:stop]


def unusable(wavenumber: np.ndarray, intensity: np.ndarray, source: Source) -> str | None:
    """Say why a spectrum cannot be used at all, or return None."""
    if len(wavenumber) < FEWEST_POINTS:
        return f"has {len(wavenumber)} points between {source.range_low:g} and {source.range_high:g} cm-1"
    missing = int(np.count_nonzero(~np.isfinite(intensity)))
    if missing:
        return f"{missing} of {len(intensity)} intensities are not numbers"
    if np.ptp(intensity) == 0:
        return f"is constant ({intensity[0]:g} everywhere)"
    return None


def specimen_of(source: Source, spectrum: MeasuredSpectrum) -> tuple[str | None, str | None]:
    """Name the physical object of a spectrum.

    Returns:
        ``source/object``, None where the source records none; and, where the spectrum does not
        fit the source's pattern, the reason to leave it out: under a name of its own, a second
        spectrum of a specimen would end up in another subset.
    """
    if spectrum.specimen:
        return f"{source.source}/{spectrum.specimen}", None
    if not source.specimen_pattern:
        return None, None
    match = re.fullmatch(source.specimen_pattern, spectrum.sample)
    if match is None or not match.group(1):
        return None, f"its id {spectrum.sample!r} does not fit specimen_pattern {source.specimen_pattern!r}"
    return f"{source.source}/{match.group(1)}", None
