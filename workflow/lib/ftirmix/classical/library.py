"""A balanced library of measured spectra, for unmixing and for searching."""

import numpy as np
from sklearn.cluster import KMeans

from ftirmix.classical.base import Training
from ftirmix.classical.features import unit_derivative


def typical_endmembers(training: Training, per_component: int, window: int, seed: int) -> np.ndarray:
    """Choose each component's most typical, mutually different endmembers.

    The endmembers' first derivatives are clustered by k-means; of each cluster the endmember
    nearest to the centre enters, so library entries are measured spectra and not means.

    Args:
        training: the training subset.
        per_component: entries per component; all endmembers if there are fewer.
        window: points of the derivative, odd.
        seed: seed of k-means.

    Returns:
        Rows of the endmembers, ascending.
    """
    chosen: list[int] = []
    for index in range(len(training.components)):
        rows = np.flatnonzero(training.component == index)
        if len(rows) <= per_component:
            chosen += rows.tolist()
            continue
        derivative = unit_derivative(training.absorbance[rows], window)
        clusters = KMeans(per_component, n_init=4, random_state=seed).fit(derivative)
        distance = clusters.transform(derivative)
        chosen += rows[np.unique(distance.argmin(axis=0))].tolist()
    return np.array(sorted(chosen))
