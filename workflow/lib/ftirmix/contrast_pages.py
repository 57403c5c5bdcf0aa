"""Differences between models in a short table."""

import pandas as pd

from ftirmix.contrasts import PLACE, SIGNIFICANT
from ftirmix.summaries import METRIC_NAMES, heading, where


def contrasts_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the differences: one line per figure, one column per model, stars after Holm's correction."""
    text = (
        "# Models against the reference\n\n"
        f"Each model less the reference on the same mixtures; {100 * level:g} % intervals over specimens and seeds. "
        f"A star: different at the level of {SIGNIFICANT:g} after Holm's correction over the models compared by that "
        "figure (bootstrap p-values, which cannot be smaller than two in the number of replicates). All figures, with "
        "their p-values, follow below.\n"
    )
    for (protocol, labels, task), rows in table.groupby(["protocol", "labels", "task"], sort=False):
        lines = []
        for _, own in rows.groupby(PLACE, sort=False, dropna=False):
            first = own.iloc[0]
            line = {"figure": METRIC_NAMES[first["metric"]], "measured on": where(first)}
            line[f"{first['reference']}, reference"] = f"{first['reference_value']:.3f}"
            line |= {row["model"]: difference_text(row) for _, row in own.iterrows()}
            lines.append(line | {"mixtures": first["n_mixtures"], "specimens": first["n_specimens"]})
        text += f"\n{heading(protocol, task, labels)}\n\n{pd.DataFrame(lines).to_markdown(index=False)}\n"
    return text


def difference_text(row: pd.Series) -> str:
    """Write a difference, e.g. ``-0.25 (-0.28–-0.22)*``."""
    star = "*" if row["p_holm"] < SIGNIFICANT else ""
    return f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f}){star}"
