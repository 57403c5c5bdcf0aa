"""One estimator per component, where a component may be missing from training."""

from collections.abc import Callable
from typing import Any

import numpy as np


def fit_each(features: np.ndarray, answers: np.ndarray, make: Callable[[], Any]) -> list:
    """Fit one estimator per column of ``answers``; None for a column that is constant: nothing can be learnt of it.

    Args:
        features: shape (mixture, feature).
        answers: shape (mixture, component).
        make: returns an estimator that has not been fitted.
    """
    constant = (answers == answers[0]).all(axis=0)
    return [None if constant[index] else make().fit(features, column) for index, column in enumerate(answers.T)]


def answers_of(estimators: list, spectra: int, predict: Callable[[Any], np.ndarray]) -> np.ndarray:
    """Let every component's estimator answer.

    Args:
        estimators: of :func:`fit_each`.
        spectra: number of spectra.
        predict: returns an estimator's answers, shape (spectrum,).

    Returns:
        shape (spectrum, component); a component that training lacked answers as the least likely one.
    """
    answers = np.full((spectra, len(estimators)), np.nan)
    for index, estimator in enumerate(estimators):
        if estimator is not None:
            answers[:, index] = predict(estimator)
    lowest = np.nanmin(answers, axis=1, keepdims=True)
    return np.where(np.isnan(answers), lowest, answers)
