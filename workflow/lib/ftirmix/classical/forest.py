"""A random forest on principal components of first derivatives: one forest for presence and ratios of all.

Breiman 2001, Mach. Learn. 45, 5. Each tree answers presence and mixing ratio of all components at once.
Splits minimise the variance summed over all answers; of a 0/1 answer that is half its Gini impurity, so for
presence this is the usual classification forest, and the mean of its trees the share that votes for it.
"""

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import fit_projection, project
from ftirmix.settings import RandomForestSettings


def fit(training: Training, options: RandomForestSettings, seed: int) -> State:
    """Grow the forest."""
    projection = fit_projection(training.mixtures, options.derivative_window, options.directions)
    forest = RandomForestRegressor(
        options.trees, min_samples_leaf=options.leaf, max_features=options.features_per_split, random_state=seed
    )
    answers = np.hstack([training.presence, training.ratios]).astype(float)
    return {"projection": projection, "forest": forest.fit(project(projection, training.mixtures), answers)}


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of trees that vote for each component, and mixing ratios."""
    predicted = state["forest"].predict(project(state["projection"], absorbance))
    components = predicted.shape[1] // 2
    return predicted[:, :components], shares_of(predicted[:, components:])
