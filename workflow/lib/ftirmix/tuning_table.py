"""Equal tuning effort: what candidates reach on validation mixtures, and which one is kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.metrics import choose_thresholds
from ftirmix.mixture_sets import MixtureSet
from ftirmix.tables import read_csv

TUNING_COLUMNS = ["candidate", "options", "exact_match", "minor_recall", "kept"]


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


def candidate_row(number: int, options: dict[str, Any], exact: float, recall: float) -> pd.DataFrame:
    """Write down one candidate, one row without ``kept``."""
    row = {"candidate": number, "options": json.dumps(options), "exact_match": exact, "minor_recall": recall}
    return pd.DataFrame([row])


def tuning_table(tried: list[pd.DataFrame]) -> pd.DataFrame:
    """Join candidates in their order and mark the best; of equally good ones the first is kept.

    Returns:
        Columns ``TUNING_COLUMNS``.
    """
    table = pd.concat(tried, ignore_index=True).sort_values("candidate", ignore_index=True)
    return table.assign(kept=table.index == table["exact_match"].idxmax())[TUNING_COLUMNS]


def kept_options(path: Path) -> dict[str, Any]:
    """Read the options of the candidate that was kept.

    Raises:
        StudyError: the table keeps none, or several.
    """
    table = read_csv(path)
    kept = table[table["kept"]]
    if len(kept) != 1:
        raise StudyError(f"{path}: {len(kept)} candidates are kept, not one; delete it and run again")
    return json.loads(kept["options"].iloc[0])
