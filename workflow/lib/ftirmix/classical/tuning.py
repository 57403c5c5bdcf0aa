"""Equal tuning effort: the same number of candidates for every model, judged on validation mixtures only."""

import json
import logging
import time

import pandas as pd

from ftirmix.classical.base import Training
from ftirmix.classical.registry import ClassicalModel, answer, fit
from ftirmix.mixture_sets import MixtureSet
from ftirmix.tuning_table import candidate_row, standing, tuning_table

logger = logging.getLogger(__name__)


def tune(
    method: str, candidates: list[dict], training: Training, validation: MixtureSet, highest_rate: float, seed: int
) -> tuple[ClassicalModel, pd.DataFrame]:
    """Fit every candidate and keep the one with the most exact matches on validation mixtures.

    Args:
        method: key of :data:`ftirmix.classical.registry.METHODS`.
        candidates: options, in the order of the config; of equally good ones the first is kept.
        training: the training subset of a fold.
        validation: the validation mixtures of the same fold. Test mixtures never come here.
        highest_rate: bound on the false-positive rate, at which candidates are compared.
        seed: of everything drawn.

    Returns:
        The best model, and a row per candidate with the columns ``TUNING_COLUMNS``.
    """
    rows: list[pd.DataFrame] = []
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
        if best is None or exact > max(row["exact_match"].iloc[0] for row in rows):
            best = model
        rows.append(candidate_row(number, options, exact, recall))
    if best is None:
        raise ValueError("no candidate to try")
    return best, tuning_table(rows)
