"""Support vector machines with a Gaussian kernel on principal components of first derivatives.

Presence: one machine per component against the rest, its decision function the score (Cortes and Vapnik
1995, Mach. Learn. 20, 273). Mixing ratios: support vector regression on the same components and kernel.
"""

import numpy as np
from sklearn.svm import SVC, SVR

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import fit_projection, project
from ftirmix.classical.one_vs_rest import answers_of, fit_each
from ftirmix.settings import SVMSettings

# Errors of a ratio within this do not count; ratios are known to no better than the mixing law.
RATIO_TOLERANCE = 0.03
CACHE_MB = 500


def fit(training: Training, options: SVMSettings, seed: int) -> State:
    """Fit both machines of every component; nothing is drawn from ``seed``."""
    projection = fit_projection(training.mixtures, options.derivative_window, options.directions)
    features = project(projection, training.mixtures)
    kernel = {"C": options.penalty, "gamma": options.gamma, "cache_size": CACHE_MB}
    return {
        "projection": projection,
        "presence": fit_each(features, training.presence, lambda: SVC(**kernel)),
        "ratios": fit_each(features, training.ratios, lambda: SVR(epsilon=RATIO_TOLERANCE, **kernel)),
    }


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return decision functions and mixing ratios."""
    features = project(state["projection"], absorbance)
    scores = answers_of(state["presence"], len(features), lambda machine: machine.decision_function(features))
    amounts = answers_of(state["ratios"], len(features), lambda machine: machine.predict(features))
    return scores, shares_of(amounts)
