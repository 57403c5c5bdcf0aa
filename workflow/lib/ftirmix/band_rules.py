"""Bands that a label requires and that are missing, and bands of another material that are there."""

import numpy as np
import pandas as pd

from ftirmix.assignments import Profile, band_height, band_width, noise_around


def missing_bands(views: dict[float, Profile], component: pd.Series, assignments: pd.DataFrame) -> dict[int, str]:
    """Say for each spectrum that lacks a required band of its component which, and how much is there.

    Args:
        views: the spectra by smoothing, see :func:`ftirmix.assignments.profiles`.
        component: component of each by its label.
        assignments: assigned bands, each with its smoothing.
    """
    said: dict[int, list[str]] = {}
    for band in assignments[assignments["role"] == "required"].to_dict("records"):
        height, width, lacking = judge(views[band["smoothing_cm1"]], band)
        name, lowest, widest = band["component"], band["minimum_height"], band["maximum_width_cm1"]
        for row in np.flatnonzero((component == name).to_numpy() & lacking):
            where = f"{band['vibration']} ({band['low_cm1']:g}-{band['high_cm1']:g} cm-1)"
            text = f"{where} is {height[row]:.3f} of the maximum high, {name} has {lowest:g}"
            if height[row] >= lowest:
                text = f"{where} is {width[row]:.0f} cm-1 wide, {name} at most {widest:g}"
            said.setdefault(int(row), []).append(text)
    return {row: "; ".join(texts) for row, texts in said.items()}


def judge(view: Profile, band: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return height, width in cm^-1 and whether a required band is lacking, each of shape (spectrum,)."""
    height = band_height(view, band["low_cm1"], band["high_cm1"])
    lacking = height < band["minimum_height"]
    width = np.zeros(len(height))
    if np.isfinite(band["maximum_width_cm1"]):
        width = band_width(view, band["low_cm1"], band["high_cm1"])
        lacking |= width > band["maximum_width_cm1"]
    return height, width, lacking


def foreign_bands(
    views: dict[float, Profile],
    component: pd.Series,
    assignments: pd.DataFrame,
    noise_factor: float,
    noise_reach_cm1: float,
) -> dict[int, str]:
    """Say for each spectrum that shows a whole forbidden pattern of bands which, and how high.

    Args:
        views: the spectra by smoothing, see :func:`ftirmix.assignments.profiles`.
        component: component of each by its label.
        assignments: assigned bands, each with its smoothing.
        noise_factor: how many standard deviations of the noise a foreign band must be high.
        noise_reach_cm1: how far beside the band its noise is estimated.

    Returns:
        The sentence per row that shows a pattern.
    """
    said: dict[int, list[str]] = {}
    forbidden = assignments[assignments["role"] == "forbidden"]
    for (name, pattern), bands in forbidden.groupby(["component", "pattern"], sort=True):
        shown = (component == name).to_numpy(copy=True)
        heights = []
        for band in bands.to_dict("records"):
            view, window = views[band["smoothing_cm1"]], (band["low_cm1"], band["high_cm1"])
            heights.append(band_height(view, *window))
            around = (window[0] - noise_reach_cm1, window[1] + noise_reach_cm1)
            noise = noise_factor * noise_around(view, *around)
            shown &= heights[-1] >= np.maximum(band["minimum_height"], noise)
        for row in np.flatnonzero(shown):
            listed = ", ".join(
                f"{band['vibration']} ({band['low_cm1']:g}-{band['high_cm1']:g} cm-1) {height[row]:.3f}"
                for band, height in zip(bands.to_dict("records"), heights, strict=True)
            )
            said.setdefault(int(row), []).append(f"shows {pattern}: {listed} of the maximum")
    return {row: "; ".join(texts) for row, texts in said.items()}


def present_components(views: dict[float, Profile], assignments: pd.DataFrame) -> dict[str, np.ndarray]:
    """Mark for each component with required bands the spectra that show all; arguments as of :func:`missing_bands`."""
    present: dict[str, np.ndarray] = {}
    for band in assignments[assignments["role"] == "required"].to_dict("records"):
        lacking = judge(views[band["smoothing_cm1"]], band)[2]
        present[band["component"]] = present.get(band["component"], True) & ~lacking
    return present
