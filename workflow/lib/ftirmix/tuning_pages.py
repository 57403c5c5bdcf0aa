"""Tuning over all folds: what each candidate of every model reached on validation mixtures, beside the first."""

import json
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from ftirmix.model_names import MODEL_NAMES

TUNING_SUMMARY_COLUMNS = [
    "protocol", "model", "candidate", "changed", "metric", "value", "lowest", "highest", "difference",
    "difference_low", "difference_high", "n_folds", "times_kept",
]  # fmt: skip
METRICS = ["exact_match", "minor_recall"]


def tuning_summary(tables: dict[tuple[str, int, str], pd.DataFrame], level: float) -> pd.DataFrame:
    """Summarise the tuning tables of all folds.

    A candidate is compared with the first of its list fold by fold, so that what is hard in a fold
    cancels; the interval is that of Student's t over folds, and is missing where there is one fold.
    All of it is validation: nothing of it says how a model does on test mixtures.

    Args:
        tables: by protocol, fold and model, columns of ``TUNING_COLUMNS``.
        level: of the intervals.

    Returns:
        Columns ``TUNING_SUMMARY_COLUMNS``.
    """
    stacked = pd.concat(
        [table.assign(protocol=protocol, fold=fold, model=model) for (protocol, fold, model), table in tables.items()],
        ignore_index=True,
    )
    rows = []
    for (protocol, model), group in stacked.groupby(["protocol", "model"], sort=False):
        usual = json.loads(group.loc[group["candidate"] == 0, "options"].iloc[0])
        kept = group.groupby("candidate")["kept"].sum()
        for metric in METRICS:
            wide = group.pivot(index="fold", columns="candidate", values=metric).astype(float)
            for candidate, options in group.drop_duplicates("candidate").set_index("candidate")["options"].items():
                reached, beside = wide[candidate], wide[candidate] - wide[0]
                low, high = student_interval(beside.to_numpy(), level)
                rows.append(
                    {
                        "protocol": protocol,
                        "model": model,
                        "candidate": candidate,
                        "changed": changed(usual, json.loads(options)) if candidate else "the first",
                        "metric": metric,
                        "value": reached.mean(),
                        "lowest": reached.min(),
                        "highest": reached.max(),
                        "difference": beside.mean() if candidate else np.nan,
                        "difference_low": low if candidate else np.nan,
                        "difference_high": high if candidate else np.nan,
                        "n_folds": len(reached),
                        "times_kept": int(kept[candidate]),
                    }
                )
    return pd.DataFrame(rows, columns=TUNING_SUMMARY_COLUMNS)


def student_interval(values: np.ndarray, level: float) -> tuple[float, float]:
    """Return the interval of a mean of few values after Student; nan where there is but one."""
    if len(values) < 2:
        return np.nan, np.nan
    half = stats.t.ppf((1 + level) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return values.mean() - half, values.mean() + half


def changed(usual: dict[str, Any], options: dict[str, Any]) -> str:
    """Say which options of a candidate are not those of the first, e.g. ``dropout 0.4``."""
    return ", ".join(
        f"{key} {written(options[key])}" for key in options if key not in usual or options[key] != usual[key]
    )


def written(value: Any) -> str:
    """Write an option as a reader would."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def tuning_markdown(table: pd.DataFrame, level: float) -> str:
    """Write, for every protocol and model, a line per candidate."""
    text = (
        "# Tuning\n\n"
        "Every candidate of each model on *validation* mixtures, at the first bound on false positives: mean over "
        "folds (lowest to highest), and the difference from the first candidate, fold by fold, with its "
        f"{100 * level:g} % interval (Student's t over folds). One seed each. No test mixture takes part; the best of "
        "each fold is kept there.\n"
    )
    for (protocol, model), group in table.groupby(["protocol", "model"], sort=False):
        wide = {metric: rows.set_index("candidate") for metric, rows in group.groupby("metric")}
        lines = [
            {
                "candidate": row["changed"],
                "exact match": reached(row),
                "beside the first": beside(row),
                "minor recall": reached(wide["minor_recall"].loc[candidate]),
                "its difference": beside(wide["minor_recall"].loc[candidate]),
                "kept in": f"{row['times_kept']} of {row['n_folds']} folds",
            }
            for candidate, row in wide["exact_match"].iterrows()
        ]
        text += f"\n## {MODEL_NAMES[model]}, {protocol}\n\n{pd.DataFrame(lines).to_markdown(index=False)}\n"
    return text


def reached(row: pd.Series) -> str:
    """Write a mean over folds with the lowest and highest."""
    return f"{row['value']:.3f} ({row['lowest']:.3f}–{row['highest']:.3f})"


def beside(row: pd.Series) -> str:
    """Write a difference with its interval, as far as there are any."""
    if pd.isna(row["difference"]):
        return "–"
    if pd.isna(row["difference_low"]):
        return f"{row['difference']:+.3f}"
    return f"{row['difference']:+.3f} ({row['difference_low']:+.3f} to {row['difference_high']:+.3f})"
