"""Mark the strongest bands of a component in a picture, by wavenumber and vibration."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import find_peaks

# A peak is marked from this share of the component's highest contribution on: weaker ones are noise to the eye.
LEAST_PROMINENCE = 0.03
MOST_MARKS = 7
GREEK = {"nu": "ν", "delta": "δ", "rho": "ρ", "gamma": "γ"}


@dataclass(frozen=True)
class BandMark:
    """A peak and what it is called.

    Attributes:
        wavenumber: of the peak, cm^-1.
        vibration: as the table of assignments writes it; empty where it assigns none.
    """

    wavenumber: float
    vibration: str


def mark_bands(
    wavenumber: np.ndarray, contribution: np.ndarray, bands: np.ndarray, assigned: pd.DataFrame, shift_cm1: float
) -> list[BandMark]:
    """Find the strongest peaks of a component on its own bands, and name those that are assigned.

    Args:
        wavenumber: ascending grid, cm^-1, shape (wavenumber,).
        contribution: of the component, same shape.
        bands: mask of its own bands, same shape.
        assigned: the component's rows of role ``required`` of the table of assignments.
        shift_cm1: shift of the mixture's axis to higher wavenumbers, by which bands are off their windows.

    Returns:
        ``MOST_MARKS`` at most, ascending; of peaks in one window the strongest has the name.
    """
    peaks, _ = find_peaks(contribution, prominence=LEAST_PROMINENCE * contribution.max())
    peaks = peaks[bands[peaks]]
    strongest = peaks[np.argsort(-contribution[peaks], kind="stable")][:MOST_MARKS]
    marks, used = [], set()
    for peak in strongest:
        place = wavenumber[peak] - shift_cm1
        rows = assigned[(assigned["low_cm1"] <= place) & (place <= assigned["high_cm1"])]
        fresh = [row for row in rows.index if row not in used]
        used.update(fresh[:1])
        marks.append(BandMark(float(wavenumber[peak]), str(rows.loc[fresh[0], "vibration"]) if fresh else ""))
    return sorted(marks, key=lambda mark: mark.wavenumber)


def vibration_text(vibration: str) -> str:
    """Write a vibration as chemists do, e.g. ``nu_as CH3`` with a Greek letter and lowered indices."""
    text = vibration.replace("#", "≡")
    symbol = rf"\b({'|'.join(GREEK)})(?:_(\w+))?(?= )"
    text = re.sub(symbol, lambda found: GREEK[found[1]] + lowered(found[2]), text)
    return re.sub(r"(?<=[A-Za-z)])(\d+)", lambda found: lowered(found[1]), text)


def lowered(index: str | None) -> str:
    """Write an index in the markup of the figures; nothing for none."""
    return f"$_{{\\mathrm{{{index}}}}}$" if index else ""


def spread(places: np.ndarray, least: float) -> np.ndarray:
    """Move ascending places apart until neighbours are at least ``least`` apart, each no further than it must.

    Runs that are too close are spaced evenly around their mean, and joined with the run that they
    then meet.
    """
    runs: list[list[float]] = []
    for place in places:
        runs.append([float(place)])
        while len(runs) > 1 and gap(runs[-2], runs[-1], least) < 0:
            last = runs.pop()
            runs[-1] += last
    return np.array([middle for run in runs for middle in evenly(run, least)])


def evenly(run: list[float], least: float) -> np.ndarray:
    """Space a run evenly around its mean."""
    return np.mean(run) + least * (np.arange(len(run)) - (len(run) - 1) / 2)


def gap(lower: list[float], upper: list[float], least: float) -> float:
    """Return how much further than ``least`` the last of one run lies from the first of the next."""
    return float(evenly(upper, least)[0] - evenly(lower, least)[-1] - least)
