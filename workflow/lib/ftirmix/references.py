"""Nearest references of other laboratories, and the component that they support."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d

from ftirmix.spectra import Spectra


@dataclass(frozen=True)
class Neighbours:
    """The nearest references of other laboratories, per spectrum and component.

    Attributes:
        components: all components that references have, sorted.
        cosines: nearest first, shape (spectrum, component, vote); -inf where there are fewer.
        references: row of each of these references in the table, same shape; -1 where there are fewer.
    """

    components: list[str]
    cosines: np.ndarray
    references: np.ndarray


def support_of(cosines: np.ndarray) -> np.ndarray:
    """Return the support of a component: the mean cosine of its votes.

    A vote that is missing or points away counts zero, so one stray reference reaches at most a half.

    Args:
        cosines: shape (..., vote), -inf where a vote is missing.

    Returns:
        Shape (...).
    """
    return np.clip(cosines, 0.0, None).mean(axis=-1)


def derivatives(spectra: Spectra, smoothing_cm1: float) -> np.ndarray:
    """Return first derivatives of unit length, smoothed by a Gaussian, shape (spectrum, wavenumber).

    A flat spectrum stays zero, so it is near to nothing.
    """
    step = float(spectra.wavenumber[1] - spectra.wavenumber[0])
    slope = gaussian_filter1d(spectra.absorbance.astype(float), smoothing_cm1 / step, axis=1, order=1)
    length = np.linalg.norm(slope, axis=1, keepdims=True)
    return slope / np.where(length > 0, length, 1.0)


def nearest_references(
    spectra: Spectra, specimen: pd.Series, usable: np.ndarray, votes: int, smoothing_cm1: float
) -> Neighbours:
    """Find for every spectrum the nearest references of each component in other laboratories.

    Each component is spoken for by its ``votes`` nearest specimens, and a specimen (or a cluster of
    near-duplicates) counts once: hundreds of looks at one wrongly labelled object are one vote.
    Counting votes over all components instead would let those that many laboratories measured
    outvote what only one laboratory has, such as protein.

    Args:
        spectra: spectra that are judged; they are also the references.
        specimen: physical object, or cluster of near-duplicates, of every spectrum.
        usable: which spectra may serve as references, bool, shape (spectrum,).
        votes: number of specimens that speak for a component.
        smoothing_cm1: standard deviation of the derivative's Gaussian.
    """
    table = spectra.table.assign(specimen=specimen.to_numpy()).reset_index(drop=True)
    # Sorted by what they are, not by where they stood, so ties do not depend on the order of files.
    references = table[usable].sort_values(["component", "laboratory", "specimen", "spectrum"])
    components = sorted(references["component"].unique())
    cosines = np.full((len(table), len(components), votes), -np.inf)
    found = np.full(cosines.shape, -1)
    slopes = derivatives(spectra, smoothing_cm1)
    laboratory = references["laboratory"].to_numpy(object)
    component = references["component"].to_numpy(object)
    clusters = references.groupby(["laboratory", "specimen"], sort=True).ngroup().to_numpy()
    positions = references.index.to_numpy()
    for name, rows in table.groupby("laboratory", sort=True).groups.items():
        for number, kind in enumerate(components):
            offered = np.flatnonzero((component == kind) & (laboratory != name))
            if not len(offered):
                continue
            # Rounded: the last digits of a matrix product depend on the order of its rows.
            near = (slopes[rows] @ slopes[positions[offered]].T).round(9)
            for vote in range(votes):
                best = near.argmax(axis=1)
                cosines[rows, number, vote] = near[np.arange(len(rows)), best]
                left = np.isfinite(cosines[rows, number, vote])
                found[rows, number, vote] = np.where(left, positions[offered[best]], -1)
                if vote == votes - 1:
                    break
                near[clusters[offered][None, :] == clusters[offered[best]][:, None]] = -np.inf
    return Neighbours(components, cosines, found)
