"""What every reader returns."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class MeasuredSpectrum:
    """One spectrum as its file holds it, but with ascending wavenumbers.

    Attributes:
        sample: identifier of the spectrum inside its source; need not be unique.
        label: material as given by the source.
        condition: condition as given by the source, or empty.
        wavenumber: cm^-1, strictly ascending, shape (point,).
        intensity: in the source's unit, shape (point,); NaN where a cell held no number.
        specimen: physical object, where the source records it beside the spectrum; else None.
    """

    sample: str
    label: str
    condition: str
    wavenumber: np.ndarray
    intensity: np.ndarray
    specimen: str | None = None


@dataclass
class ReadResult:
    """Spectra that could be read, and (sample, label, reason) of those that could not."""

    spectra: list[MeasuredSpectrum] = field(default_factory=list)
    rejected: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, spectrum: MeasuredSpectrum) -> None:
        """Keep a spectrum, or reject it if its wavenumbers repeat or are not numbers."""
        order = np.argsort(spectrum.wavenumber, kind="stable")
        wavenumber = np.asarray(spectrum.wavenumber, dtype=float)[order]
        reason = None
        if len(wavenumber) < 10:
            reason = f"has {len(wavenumber)} points; at least 10 are needed"
        elif not np.all(np.isfinite(wavenumber)):
            reason = "a wavenumber is missing or not a number"
        elif np.any(np.diff(wavenumber) == 0):
            repeated = wavenumber[:-1][np.diff(wavenumber) == 0][0]
            reason = f"wavenumber {repeated:g} occurs twice"
        elif wavenumber[0] <= 0:
            reason = f"wavenumber {wavenumber[0]:g} is not positive"
        if reason:
            self.rejected.append((spectrum.sample, spectrum.label, reason))
            return
        intensity = np.asarray(spectrum.intensity, dtype=float)[order]
        self.spectra.append(
            MeasuredSpectrum(
                spectrum.sample,
                spectrum.label,
                spectrum.condition,
                wavenumber,
                intensity,
                spectrum.specimen,
            )
        )
