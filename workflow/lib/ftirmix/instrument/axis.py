"""The axis of an instrument file: what the file says, what its values say, wavenumbers ascending."""

import re

import numpy as np

from ftirmix.instrument.languages import in_english
from ftirmix.instrument.types import FEWEST_POINTS, Unfit

HIGHEST_WAVENUMBER = 50_000.0  # cm^-1; nothing infrared lies beyond
HIGHEST_MICROMETRE = 60.0  # below it no axis in cm^-1 ends
LOWEST_NANOMETRE_END = 16_000.0  # no axis in cm^-1 of an infrared spectrometer reaches it
# An axis that begins here and ends beyond there covers 920 to 3168 cm^-1 if it is in nanometres. In cm^-1 it would
# begin below any near-infrared range (3,600 or 4,000) and above any mid-infrared one.
NANOMETRE_BEGINNING, NANOMETRE_END = (1_500.0, 3_156.0), 10_870.0

_RAMAN = re.compile(r"raman", re.IGNORECASE)
_WAVENUMBER = re.compile(r"cm\s?\^?\s?\(?[-−–⁻]\s?[1¹]|1\s?/\s?cm|wave\s*-?num|\bcm-1\b", re.IGNORECASE)
_MICROMETRE = re.compile(r"[µμ]m|\bum\b|micro\s*-?met|micron", re.IGNORECASE)
_NANOMETRE = re.compile(r"\bnm\b|nanomet", re.IGNORECASE)


def stated_axis_unit(text: str) -> str:
    """Return cm-1, um or nm as a text about an axis states it, in any of four languages, or an empty string.

    Raises:
        Unfit: the text speaks of a Raman shift, which is no infrared axis.
    """
    text = in_english(text)
    if _RAMAN.search(text):
        raise Unfit("holds a Raman spectrum; only infrared spectra are identified")
    if _WAVENUMBER.search(text):
        return "cm-1"
    if _MICROMETRE.search(text):
        return "um"
    return "nm" if _NANOMETRE.search(text) else ""


def to_wavenumber(axis: np.ndarray, stated: str) -> tuple[np.ndarray, np.ndarray, str]:
    """Turn an axis into ascending wavenumbers.

    The file's own word decides, unless the values cannot be in it: an axis that ends below 60 is
    in micrometres and one that reaches beyond 16,000 is in nanometres, whatever is stated. Without a
    word, one that begins between 1,500 and 3,156 and ends beyond 10,870 is in nanometres, and
    everything else in cm^-1. Micrometres are converted by 1e4/x, nanometres
    by 1e7/x.

    Args:
        axis: as the file holds it, any order, shape (point,).
        stated: the file's words about it, or empty.

    Returns:
        The wavenumbers in cm^-1, shape (point,); the order that sorts what belongs to them; and a
        sentence on the decision, empty where the axis is simply in cm^-1.

    Raises:
        Unfit: fewer than ten points, a point that is no positive number, repeated or impossible
            wavenumbers.
    """
    axis = np.asarray(axis, dtype=float)
    if len(axis) < FEWEST_POINTS:
        raise Unfit(f"has {len(axis)} points; at least {FEWEST_POINTS} are needed")
    missing = int((~np.isfinite(axis)).sum())
    if missing:
        raise Unfit(f"{missing} of {len(axis)} wavenumbers are not numbers; export the file again")
    if axis.min() <= 0:
        raise Unfit(f"wavenumber {axis.min():g} is not positive; the file has no usable axis")
    unit, note = _axis_unit(axis, stated)
    wavenumber = {"cm-1": axis, "um": 1e4 / axis, "nm": 1e7 / axis}[unit]
    order = np.argsort(wavenumber, kind="stable")
    wavenumber = wavenumber[order]
    if wavenumber[-1] > HIGHEST_WAVENUMBER:
        raise Unfit(f"wavenumber {wavenumber[-1]:g} is beyond the infrared; the file has no usable axis")
    repeated = np.flatnonzero(np.diff(wavenumber) <= 0)
    if len(repeated):
        raise Unfit(
            f"wavenumber {wavenumber[repeated[0]]:g} occurs twice ({len(repeated)} repeats); "
            "keep one point per wavenumber"
        )
    return wavenumber, order, note


def _spans_nanometres(lowest: float, highest: float) -> bool:
    return NANOMETRE_BEGINNING[0] <= lowest <= NANOMETRE_BEGINNING[1] and highest >= NANOMETRE_END


def in_order(matrix: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Sort the columns of a matrix by ``order``, without a copy where they are one way already."""
    steps = np.diff(order)
    if np.all(steps == 1):
        return matrix
    return matrix[:, ::-1] if np.all(steps == -1) else matrix[:, order]


def _axis_unit(axis: np.ndarray, stated: str) -> tuple[str, str]:
    unit = stated_axis_unit(stated)
    lowest, highest = float(axis.min()), float(axis.max())
    if highest < HIGHEST_MICROMETRE:
        by_values = "um"
    elif highest > LOWEST_NANOMETRE_END or not unit and _spans_nanometres(lowest, highest):
        by_values = "nm"
    else:
        by_values = ""
    names = {"cm-1": "cm-1", "um": "micrometres", "nm": "nanometres"}
    spans = f"axis from {lowest:.5g} to {highest:.5g}"
    if by_values and by_values != unit and not (unit == "nm" or by_values == "nm" and unit == "cm-1"):
        said = f", although the file states {names[unit]}" if unit else ""
        return by_values, f"{spans} read as {names[by_values]}{said}"
    if unit == "nm" and highest < HIGHEST_MICROMETRE:
        return "um", f"{spans} read as micrometres, although the file states nanometres"
    if unit == "um" and highest >= HIGHEST_MICROMETRE * 10:
        return "cm-1", f"{spans} read as cm-1, although the file states micrometres"
    if unit in ("um", "nm"):
        return unit, f"axis in {names[unit]}, stated by the file"
    return "cm-1", ""
