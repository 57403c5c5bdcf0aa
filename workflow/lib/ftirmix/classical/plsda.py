"""Partial least squares discriminant analysis (PLS-DA), multi-label: one regression on presence and ratios.

Barker and Rayens 2003, J. Chemometr. 17, 166: partial least squares regression on 0/1 columns, here one
per component and beside them the mixing ratios, so that both share their latent variables. What is
kept is the regression matrix.
"""

import numpy as np
from sklearn.cross_decomposition import PLSRegression

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import unit_derivative
from ftirmix.settings import PLSDASettings


def fit(training: Training, options: PLSDASettings, seed: int) -> State:
    """Regress presence and mixing ratios on unit derivatives; nothing is drawn from ``seed``."""
    answers = np.hstack([training.presence, training.ratios]).astype(float)
    derivative = unit_derivative(training.mixtures, options.derivative_window)
    regression = PLSRegression(options.latent_variables, scale=False).fit(derivative, answers)
    slope = regression.coef_.T
    return {
        "window": options.derivative_window,
        "slope": slope,
        "offset": regression.predict(np.zeros((1, derivative.shape[1])))[0],
    }


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return predicted presence and mixing ratios."""
    predicted = unit_derivative(absorbance, state["window"]) @ state["slope"] + state["offset"]
    components = predicted.shape[1] // 2
    return predicted[:, :components], shares_of(predicted[:, components:])
