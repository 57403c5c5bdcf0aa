"""Gradient-boosted trees on principal components of first derivatives, one component against the rest.

Friedman 2001, Ann. Stat. 29, 1189, with binned features (Ke et al. 2017, NeurIPS, LightGBM). Presence by
log-loss, mixing ratios by squared error.
"""

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import fit_projection, project
from ftirmix.classical.one_vs_rest import answers_of, fit_each
from ftirmix.settings import GradientBoostingSettings


def fit(training: Training, options: GradientBoostingSettings, seed: int) -> State:
    """Boost trees for presence and ratio of every component."""
    projection = fit_projection(training.mixtures, options.derivative_window, options.directions)
    features = project(projection, training.mixtures)
    trees = {
        "max_iter": options.rounds,
        "learning_rate": options.learning_rate,
        "max_leaf_nodes": options.leaves,
        "early_stopping": False,  # it would hold training mixtures back, which share specimens with the rest
        "random_state": seed,
    }
    return {
        "projection": projection,
        "presence": fit_each(features, training.presence, lambda: HistGradientBoostingClassifier(**trees)),
        "ratios": fit_each(features, training.ratios, lambda: HistGradientBoostingRegressor(**trees)),
    }


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return log-odds of presence and mixing ratios."""
    features = project(state["projection"], absorbance)
    scores = answers_of(state["presence"], len(features), lambda trees: trees.decision_function(features))
    amounts = answers_of(state["ratios"], len(features), lambda trees: trees.predict(features))
    return scores, shares_of(amounts)
