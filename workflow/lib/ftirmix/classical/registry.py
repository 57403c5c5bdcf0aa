"""The registry of classical models."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ftirmix.classical import boosting, forest, knn, library_search, nnls, plsda, svm
from ftirmix.classical.base import Method, State, Training
from ftirmix.settings import (
    GradientBoostingSettings,
    KNNSettings,
    LibrarySearchSettings,
    NNLSRawSettings,
    NNLSSettings,
    NNLSWeightedSettings,
    PLSDASettings,
    RandomForestSettings,
    SVMSettings,
    settings,
)

METHODS: dict[str, Method] = {
    "nnls": Method(NNLSSettings, nnls.fit_derivative, nnls.answer),
    "nnls_raw": Method(NNLSRawSettings, nnls.fit_raw, nnls.answer),
    "nnls_weighted": Method(NNLSWeightedSettings, nnls.fit_weighted, nnls.answer),
    "library_search": Method(LibrarySearchSettings, library_search.fit, library_search.answer),
    "plsda": Method(PLSDASettings, plsda.fit, plsda.answer),
    "svm": Method(SVMSettings, svm.fit, svm.answer),
    "random_forest": Method(RandomForestSettings, forest.fit, forest.answer),
    "gradient_boosting": Method(GradientBoostingSettings, boosting.fit, boosting.answer),
    "knn": Method(KNNSettings, knn.fit, knn.answer),
}


@dataclass(frozen=True)
class ClassicalModel:
    """A fitted model.

    Attributes:
        method: key of ``METHODS``.
        components: names of the components, in the order of its answers.
        options: the candidate of the config that it was fitted with.
        state: what the fit left behind.
    """

    method: str
    components: list[str]
    options: dict[str, Any]
    state: State


def fit(method: str, training: Training, options: dict[str, Any], seed: int) -> ClassicalModel:
    """Fit one candidate.

    Args:
        method: key of ``METHODS``.
        training: the training subset of a fold.
        options: one entry of the model's ``candidates``.
        seed: of everything drawn.
    """
    family = METHODS[method]
    state = family.fit(training, settings(family.settings, options), seed)
    return ClassicalModel(method, training.components, options, state)


def answer(model: ClassicalModel, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answer for spectra.

    Args:
        model: a fitted model.
        absorbance: preprocessed, shape (spectrum, wavenumber).

    Returns:
        Presence scores, higher is likelier, and mixing ratios, rows summing to one, both (spectrum, component).
    """
    return METHODS[model.method].answer(model.state, absorbance)
