"""Nearest neighbours among training mixtures, in principal components of first derivatives.

The neighbours' answers are averaged with weights that fall with the square of the distance (Dudani 1976,
IEEE Trans. Syst. Man Cybern. 6, 325, has weights by distance; the inverse square is this project's choice).
"""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import fit_projection, project
from ftirmix.settings import KNNSettings

# Of a squared distance: a mixture that is in the memory itself must not divide by zero.
NEAREST = 1e-12


def fit(training: Training, options: KNNSettings, seed: int) -> State:
    """Remember the training mixtures; nothing is drawn from ``seed``."""
    projection = fit_projection(training.mixtures, options.derivative_window, options.directions)
    return {
        "projection": projection,
        "memory": project(projection, training.mixtures),
        "answers": np.hstack([training.presence, training.ratios]).astype(float),
        "neighbours": options.neighbours,
    }


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted share of neighbours that have each component, and their mean mixing ratios."""
    search = NearestNeighbors(n_neighbors=min(state["neighbours"], len(state["memory"])), algorithm="brute")
    distance, rows = search.fit(state["memory"]).kneighbors(project(state["projection"], absorbance))
    weight = 1 / (distance**2 + NEAREST)
    weight /= weight.sum(axis=1, keepdims=True)
    predicted = np.einsum("sn,sna->sa", weight, state["answers"][rows])
    components = predicted.shape[1] // 2
    return predicted[:, :components], shares_of(predicted[:, components:])
