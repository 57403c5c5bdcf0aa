"""From what a parser found to spectra: ascending wavenumbers, a unit, finite values."""

from collections.abc import Iterator

import numpy as np

from ftirmix.instrument.axis import in_order, to_wavenumber
from ftirmix.instrument.types import FEWEST_POINTS, Block, InstrumentSpectrum, Unfit, Unreadable
from ftirmix.instrument.units import decide_unit


def spectra_of(file: str, block: Block) -> Iterator[InstrumentSpectrum | Unreadable]:
    """Check the spectra of a block and give them their unit and ascending wavenumbers.

    Points without a number at either end were not measured and are dropped; one that is missing
    between measured ones makes the spectrum unreadable, because filling it would be a guess. A
    constant spectrum is readable.

    Raises:
        Unfit: the axis or the unit of several spectra cannot be read.
    """
    try:
        wavenumber, order, note = to_wavenumber(block.axis, block.stated_axis)
        unit, decision = block.decided or decide_unit(list(block.intensity), block.stated_unit)
    except Unfit as error:
        if len(block.names) != 1:
            raise
        yield Unreadable(file, block.names[0], str(error), position_of(block, 0))
        return
    decision = "; ".join(part for part in (decision, note, block.note) if part)
    intensity = in_order(np.asarray(block.intensity, dtype=float), order)
    finite = np.isfinite(intensity)
    whole = finite.all(axis=1)
    for number, name in enumerate(block.names):
        position = position_of(block, number)
        if whole[number]:
            yield InstrumentSpectrum(file, name, wavenumber, intensity[number], unit, decision, position)
            continue
        measured = np.flatnonzero(finite[number])
        reason = _incomplete(finite[number], measured)
        if reason:
            yield Unreadable(file, name, reason, position)
            continue
        kept = slice(measured[0], measured[-1] + 1)
        dropped = len(wavenumber) - len(measured)
        ends = f"; {dropped} points without a number dropped at the ends"
        yield InstrumentSpectrum(file, name, wavenumber[kept], intensity[number, kept], unit, decision + ends, position)


def position_of(block: Block, number: int) -> tuple[float, float] | None:
    """Return where on a map a spectrum of a block was measured, or None where the file does not say."""
    return block.positions[number] if block.positions is not None else None


def quiet(
    results: Iterator[InstrumentSpectrum | Unreadable],
) -> Iterator[InstrumentSpectrum | Unreadable]:
    """Keep numpy from warning about the numbers of damaged files, without touching the caller's setting."""
    while True:
        with np.errstate(all="ignore"):
            result = next(results, None)
        if result is None:
            return
        yield result


def _incomplete(finite: np.ndarray, measured: np.ndarray) -> str:
    if len(measured) == 0:
        return f"none of {len(finite)} intensities is a number"
    gaps = int((~finite[measured[0] : measured[-1] + 1]).sum())
    if gaps:
        return f"{gaps} of {len(finite)} intensities are not numbers, between measured ones; export the file again"
    if len(measured) < FEWEST_POINTS:
        return f"has {len(measured)} points with a number; at least {FEWEST_POINTS} are needed"
    return ""
