"""Equal tuning effort: the same number of candidates for every model, judged on validation mixtures only."""

import json
import logging
import time

import numpy as np
import pandas as pd

from ftirmix.classical import ClassicalModel, answer, fit
from ftirmix.classical.base import Training
from ftirmix.metrics import choose_thresholds
from ftirmix.mixture_sets import MixtureSet

logger = logging.getLogger(__name__)

TUNING_COLUMNS = ["candidate", "options", "exact_match", "minor_recall", "kept"]


def tune(
    method: str, candidates: list[dict], training: Training, validation: MixtureSet, highest_rate: float, seed: int
) -> tuple[ClassicalModel, pd.DataFrame]:
    """Fit every candidate and keep the one with the most exact matches on validation mixtures.

    Args:
        method: key of :data:`ftirmix.classical.METHODS`.
        candidates: options, in the order of the config; of equally good ones the first is kept.
        training: the training subset of a fold.
        validation: the validation mixtures of the same fold. Test mixtures never come here.
        highest_rate: bound on the false-positive rate, at which candidates are compared.
        seed: of everything drawn.

    Returns:
        The best model, and a row per candidate with the columns ``TUNING_COLUMNS``.
    """
    rows: list[dict] = []
    best: ClassicalModel | None = None
    for number, options in enumerate(candidates):
        started = time.monotonic()
        model = fit(method, training, options, seed)
        fitted = time.monotonic()
        scores, _ = answer(model, validation.absorbance)
        exact, recall = standing(scores, validation, training.components, highest_rate)
        seconds = fitted - started, time.monotonic() - fitted
        text = "%s, candidate %d, %s: exact match %.3f; fitted in %.1f s, answered %d mixtures in %.1f s"
        logger.info(text, method, number, json.dumps(options), exact, seconds[0], len(scores), seconds[1])
        if best is None or exact > max(row["exact_match"] for row in rows):
            best = model
        rows.append({"candidate": number, "options": json.dumps(options), "exact_match": exact, "minor_recall": recall})
    if best is None:
        raise ValueError("no candidate to try")
    table = pd.DataFrame(rows)
    return best, table.assign(kept=table.index == table["exact_match"].idxmax())[TUNING_COLUMNS]


def standing(
    scores: np.ndarray, validation: MixtureSet, components: list[str], highest_rate: float
) -> tuple[float, float]:
    """Return exact match, and recall of the minor component, at the threshold of the validation mixtures.

    Mixtures of two specimens of one polymer are left out, as where thresholds are set.

    Args:
        scores: shape (mixture, component).
        validation: the mixtures.
        components: the study's components.
        highest_rate: bound on the false-positive rate.
    """
    use = (validation.table["composition"] != "same_polymer").to_numpy()
    present, scores = validation.presence(components)[use], scores[use]
    called = scores >= choose_thresholds(scores, present, highest_rate)
    minor = validation.table["minor_component"][use]
    column = minor.map({name: index for index, name in enumerate(components)})
    rows = np.flatnonzero(column.notna())
    hits = called[rows, column.iloc[rows].astype(int)]
    return float((called == present).all(axis=1).mean()), float(hits.mean()) if len(hits) else float("nan")
