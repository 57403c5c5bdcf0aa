"""What the words of a table say about its axis and intensity."""

import re

from ftirmix.instrument.axis import stated_axis_unit
from ftirmix.instrument.languages import in_english
from ftirmix.instrument.units import stated_quantity

# Lines in which a unit is that of something else, such as a resolution of 4 cm-1; looked at once they are in English,
# for a nombre is a number in French and a name in Spanish.
_OTHER_MATTERS = re.compile(
    r"resol|range|file|path|title|comment|sample|name|date|operator|laser|correct"
    r"|aufl(ö|oe)sung|bereich|datei|pfad|titel|kommentar|probe(n\w*)?\s*[:;=\t]|datum"
    r"|r[ée]solution|plage|fichier|chemin|titre|commentaire|[ée]chantillon|\bnom\b"
    r"|rango|archivo|\bruta|t[íi]tulo|comentario|muestra|nombre|fecha",
    re.IGNORECASE,
)


def stated_in(above: list[str], header: list[str]) -> tuple[str, str]:
    """Find what the lines above the numbers say about axis and intensity.

    The cells of the header come first. Of the other lines those are left out that speak of
    something else (a resolution in cm-1, a title); lines that contradict each other say nothing.
    """
    axis = header[0] if header and axis_said(header[0]) else ""
    unit = " ".join(cell for cell in header[1:] if quantity_said(cell))
    others = [line for line in above if not _OTHER_MATTERS.search(in_english(line))]
    if not axis:
        axes = {axis_said(line): line for line in others if axis_said(line)}
        axis = next(iter(axes.values())) if len(axes) == 1 else ""
    if not unit:
        units = {quantity_said(line): line for line in others if quantity_said(line)}
        unit = next(iter(units.values())) if len(units) == 1 else ""
    return axis, unit


def axis_said(text: str) -> str:
    """Return what a text states about an axis, cm-1, um, nm or wavelength, or an empty string."""
    return stated_axis_unit(text) or ("wavelength" if "wavelength" in in_english(text).lower() else "")


def quantity_said(text: str) -> str:
    """Return the quantity that a text states, or an empty string."""
    return stated_quantity(text)
