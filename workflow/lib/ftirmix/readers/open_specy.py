"""Open Specy's library: a long table of points and, beside it, a table of metadata."""

from typing import IO

import pandas as pd
import pyarrow.csv as pacsv

from ftirmix.errors import StudyError
from ftirmix.readers.types import MeasuredSpectrum, ReadResult


def read_open_specy(file: IO[bytes], name: str, select: str, metadata: IO[bytes]) -> ReadResult:
    """Read the spectra of one organisation from Open Specy's long table.

    Args:
        file: ``ftir_library.csv`` with columns wavenumber, intensity, sample_name.
        name: how to call the file in messages.
        select: value of ``organization`` in the metadata.
        metadata: ``ftir_metadata.csv`` with columns sample_name, spectrum_identity, organization.

    Raises:
        StudyError: a column is missing, or no spectrum has that organisation.
    """
    identities = pd.read_csv(metadata)
    points = pacsv.read_csv(file).to_pandas()
    for table, columns in (
        (points, ("wavenumber", "intensity", "sample_name")),
        (identities, ("sample_name", "spectrum_identity", "organization")),
    ):
        for column in columns:
            if column not in table.columns:
                raise StudyError(f"{name}: column {column!r} is missing")
    chosen = identities[identities["organization"] == select]
    if chosen.empty:
        known = ", ".join(sorted(identities["organization"].dropna().unique()))
        raise StudyError(f"{name}: no spectra of {select!r}; the manifest's select can be: {known}")
    spectra = dict(iter(points[points["sample_name"].isin(chosen["sample_name"])].groupby("sample_name")))
    result = ReadResult()
    for row in chosen.itertuples():
        sample, label = str(row.sample_name), str(row.spectrum_identity)
        if row.sample_name not in spectra:
            result.rejected.append((sample, label, "has metadata but no points"))
            continue
        spectrum = spectra[row.sample_name]
        result.add(
            MeasuredSpectrum(sample, label, "", spectrum["wavenumber"].to_numpy(), spectrum["intensity"].to_numpy())
        )
    return result
