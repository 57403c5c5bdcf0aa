"""The intensity unit of an instrument file: what the file says against what its values say.

The rules, in this order:

1. A file that states a unit is believed, unless :func:`ftirmix.units.contradiction` speaks against
   it and both the position of the median and the skewness put the bands on the other side
   (:func:`bands_point_down`); then the values decide.
2. Transmittance and reflectance of which 1 % of the points lie above 2 are per cent, else fractions.
3. Without a statement, bands that point down from a level that transmittance can have are
   transmittance; everything else is absorbance.
4. Absorbance beyond 10 cannot be measured: it is ``scaled_absorbance``.
5. The side of bands in reflectance is not checked: diffuse and specular reflectance have bands of
   both signs.

Kubelka-Munk values, interferograms, single-beam and Raman intensities cannot be turned into
absorbance; they are not read.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from scipy.ndimage import median_filter

from ftirmix.instrument.languages import foreign_word, in_english
from ftirmix.instrument.types import DECIDING_SPECTRA, InstrumentSpectrum, Unfit
from ftirmix.units import contradiction, to_absorbance

REFLECTANCE_UNITS = ("reflectance", "percent_reflectance")

PERCENT_FROM = 2.0
SCALED_FROM = 10.0

# Between these positions of the median within the range a sloping baseline may decide it.
UNSURE = (0.3, 0.7)

_NOT_CONVERTIBLE = re.compile(
    r"kubelka|k-m\b|interferogram|single[\s-]?(beam|channel)|raman|counts|emission|photo-?acoustic|detector|voltage",
    re.IGNORECASE,
)
_LOG_REFLECTANCE = re.compile(r"log\s?\(?\s?(1\s?/\s?r|r\b|refl)|1\s?/\s?r\b", re.IGNORECASE)
_ABSORBANCE = re.compile(r"absorb|\babs\b|\batr\b|extinction|optical density|log\s?\(?\s?1\s?/\s?t", re.IGNORECASE)
_TRANSMITTANCE = re.compile(r"transmi|%\s?t\b|\bt\s?\(?\[?\s?%", re.IGNORECASE)
_REFLECTANCE = re.compile(r"reflect|%\s?r\b|\br\s?\(?\[?\s?%", re.IGNORECASE)
_PERCENT = re.compile(r"%|per\s?cent|pct", re.IGNORECASE)


def stated_quantity(text: str) -> str:
    """Return absorbance, transmittance or reflectance as a text of four languages states it, or an empty string.

    Raises:
        Unfit: the text names a quantity that cannot be turned into absorbance.
    """
    own, text = text, in_english(text)
    found = _NOT_CONVERTIBLE.search(text)
    if found:
        raise Unfit(f"holds {own.strip()[:60]!r}, which cannot be turned into absorbance; export absorbance")
    if _LOG_REFLECTANCE.search(text) or _ABSORBANCE.search(text):
        return "absorbance"
    if _TRANSMITTANCE.search(text):
        return "transmittance"
    return "reflectance" if _REFLECTANCE.search(text) else ""


def decide_unit(intensities: Sequence[np.ndarray], stated: str) -> tuple[str, str]:
    """Decide the unit of spectra that share one, by the rules at the top of this module.

    Args:
        intensities: one array per spectrum, any lengths; points that are not finite are ignored.
            Of many, some hundred spread evenly are looked at.
        stated: what the file says about the unit, in its own words, or empty.

    Returns:
        The unit and a sentence on the decision.

    Raises:
        Unfit: the file states a quantity that cannot be turned into absorbance.
    """
    quantity = stated_quantity(stated)
    intensities = intensities[:: max(1, len(intensities) // DECIDING_SPECTRA)]
    finite = [values[np.isfinite(values)] for values in intensities]
    finite = [values for values in finite if len(values)]
    if not finite:
        return quantity or "absorbance", "no spectrum has values to decide the unit by"
    if quantity == "reflectance":
        unit = _percent_or_not("reflectance", finite)
        return unit, f"{unit}, stated by the file{_word_note(stated)}{_scale_note(stated, unit)}"
    by_values, why = _unit_by_values(finite)
    if not quantity:
        return by_values, f"{by_values}: {why}"
    unit = "absorbance" if quantity == "absorbance" else _percent_or_not("transmittance", finite)
    against = contradiction(unit, finite)
    if against is None:
        return unit, f"{unit}, stated by the file{_word_note(stated)}{_scale_note(stated, unit)}"
    skewed_down = _median_of(_skewness, finite) < 0
    if _quantity_of(by_values) != quantity and skewed_down == (quantity == "absorbance"):
        return by_values, f"{by_values}: {why}, although the file states {quantity}{_word_note(stated)}"
    if unit == "absorbance" and by_values == "scaled_absorbance":
        return by_values, f"{by_values}: stated as absorbance, but {against}"
    return unit, f"{unit}, stated by the file{_word_note(stated)}, although {against}"


def bands_point_down(intensities: Sequence[np.ndarray]) -> bool:
    """Say whether the bands of spectra point down, as in transmittance.

    The position of the median within the range tells where it is clear. Near the middle, where a
    sloping baseline decides it, the skewness tells that remains when a running median, a tenth of
    the spectrum wide, is subtracted. On spectra of five public sets, each taken for itself, this
    is right for 98.8 to 100 %; the position alone for 98.3 to 100 %, the skewness for 90 to 99.9 %.
    """
    position = _median_of(_position, intensities)
    if not UNSURE[0] <= position <= UNSURE[1]:
        return position > 0.5
    return _median_of(_skewness, intensities) < 0


def absorbance_of(spectrum: InstrumentSpectrum) -> np.ndarray:
    """Return the absorbance of a spectrum in any unit, shape (point,).

    Reflectance is treated like transmittance, -log10 R: an ATR accessory records the reflectance
    of its crystal, whose -log10 is what instruments call ATR absorbance. For diffuse reflectance
    this is the apparent absorbance, log(1/R), not Kubelka-Munk.
    """
    return absorbance_matrix(spectrum.intensity, spectrum.unit)


def absorbance_matrix(intensity: np.ndarray, unit: str) -> np.ndarray:
    """Turn intensities of any shape into absorbance, reflectance like transmittance."""
    if unit in REFLECTANCE_UNITS:
        unit = unit.replace("reflectance", "transmittance")
    return to_absorbance(intensity, unit)


def _unit_by_values(finite: Sequence[np.ndarray]) -> tuple[str, str]:
    level = float(np.median([np.median(values) for values in finite]))
    down = bands_point_down(finite)
    why = f"median {level:.3g}, bands point {'down' if down else 'up'}"
    if down:
        unit = _percent_or_not("transmittance", finite)
        full = 100.0 if unit == "percent_transmittance" else 1.0
        if 0.3 * full <= level <= 2.0 * full:
            return unit, why
        why += f", but {level:.3g} is no level of transmittance"
    top = _top(finite)
    return ("scaled_absorbance", f"{why}, up to {top:.3g}") if top > SCALED_FROM else ("absorbance", why)


def _median_of(measure: Callable[[np.ndarray], float], intensities: Sequence[np.ndarray]) -> float:
    return float(np.median([measure(values) for values in intensities]))


def _quantity_of(unit: str) -> str:
    return "transmittance" if unit.endswith("transmittance") else "absorbance"


def _top(finite: Sequence[np.ndarray]) -> float:
    return float(np.median([np.quantile(values, 0.99) for values in finite]))


def _percent_or_not(quantity: str, finite: Sequence[np.ndarray]) -> str:
    return f"percent_{quantity}" if _top(finite) > PERCENT_FROM else quantity


def _word_note(stated: str) -> str:
    word = foreign_word(stated)
    return f" as {word!r}" if word else ""


def _scale_note(stated: str, unit: str) -> str:
    stated = in_english(stated)
    if unit.startswith("percent_") and not _PERCENT.search(stated):
        return "; per cent by its values"
    if unit in ("transmittance", "reflectance") and _PERCENT.search(stated):
        return ", but a fraction by its values"
    return ""


def _position(values: np.ndarray) -> float:
    low, median, high = np.quantile(values, [0.01, 0.5, 0.99])
    return float((median - low) / (high - low)) if high > low else 0.5


def _skewness(values: np.ndarray) -> float:
    thinned = values[:: max(1, len(values) // 600)]
    residual = thinned - median_filter(thinned, size=max(3, len(thinned) // 10), mode="nearest")
    spread = float(residual.std())
    return float(np.mean((residual - residual.mean()) ** 3) / spread**3) if spread > 0 else 0.0
