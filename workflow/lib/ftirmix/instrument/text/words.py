"""What the words of a table say about its axis and intensity."""

import re

from ftirmix.instrument.axis import stated_axis_unit
from ftirmix.instrument.units import stated_quantity

# Lines in which a unit is that of something else, such as a resolution of 4 cm-1.
_OTHER_MATTERS = re.compile(r"resol|range|file|path|title|comment|sample|name|date|operator|laser|correct", re.I)

# Words for axis and intensity in German and French, and what the rules for units know them as.
# Absorption in per cent is 100 - %T and no absorbance: its values decide.
_ENGLISH = (
    (re.compile(r"wellenzahl(en)?|nombres? d.ondes?", re.I), "wavenumber"),
    (re.compile(r"wellenl(ä|ae)nge(n)?|longueurs? d.ondes?", re.I), "wavelength"),
    (re.compile(r"extinktion|absorption(?!.*%)", re.I), "absorbance"),
    (re.compile(r"durchl(ä|ae)ssigkeit", re.I), "transmittance"),
    (re.compile(r"reflexion", re.I), "reflectance"),
)


def stated_in(above: list[str], header: list[str]) -> tuple[str, str]:
    """Find what the lines above the numbers say about axis and intensity.

    The cells of the header come first. Of the other lines those are left out that speak of
    something else (a resolution in cm-1, a title); lines that contradict each other say nothing.
    """
    axis = header[0] if header and axis_said(header[0]) else ""
    unit = " ".join(cell for cell in header[1:] if quantity_said(cell))
    others = [in_english(line) for line in above if not _OTHER_MATTERS.search(line)]
    if not axis:
        axes = {axis_said(line): line for line in others if axis_said(line)}
        axis = next(iter(axes.values())) if len(axes) == 1 else ""
    if not unit:
        units = {quantity_said(line): line for line in others if quantity_said(line)}
        unit = next(iter(units.values())) if len(units) == 1 else ""
    return axis, unit


def axis_said(text: str) -> str:
    """Return what a text states about an axis, cm-1, um, nm or wavelength, or an empty string."""
    text = in_english(text)
    return stated_axis_unit(text) or ("wavelength" if "wavelength" in text.lower() else "")


def quantity_said(text: str) -> str:
    """Return the quantity that a text states, in English, or an empty string."""
    return stated_quantity(in_english(text))


def in_english(text: str) -> str:
    """Put the English words for axis and intensity in place of others."""
    for words, english in _ENGLISH:
        text = words.sub(english, text)
    return text
