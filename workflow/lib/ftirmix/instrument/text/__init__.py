"""Text tables: two columns, several spectra as columns, pairs of columns, or a row per spectrum.

Separators are tab, semicolon, comma or blanks; decimals have a point, or a comma where the
separator is not one. The separator is the one with which most of the first lines are numbers.
What stands before the numbers is read for units. A line of digits that cannot be read as numbers
is told, or refused: no point is lost in silence.
"""

from ftirmix.instrument.text.reading import read_text

__all__ = ["read_text"]
