"""Detection limits in a short table."""

import pandas as pd

from ftirmix.detection import limit_text
from ftirmix.summaries import heading


def range_text(row: pd.Series) -> str:
    """Write a limit with its interval in per cent, e.g. ``7.4 (6.2–9.0)``."""
    return f"{limit_text(row['detection_limit'])} ({limit_text(row['low'])}–{limit_text(row['high'])})"


def detection_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the limits over all partners: one line per component, one column per model."""
    text = (
        "# Detection limits\n\n"
        "Smallest minor share, in per cent of peak height, at which a component of a binary mixture is found with 95 % "
        "probability, at thresholds that bound false positives on validation specimens. Logistic dose-response; "
        f"{100 * level:g} % intervals over specimens and seeds. >50: not reached in an equal mixture. "
        "Every component beside every partner follows below.\n"
    )
    chosen = table[table["partner"] == "all"]
    for (protocol, labels, task), rows in chosen.groupby(["protocol", "labels", "task"], sort=False):
        lines = []
        for component, own in rows.groupby("component", sort=False):
            line = {"minor component": component}
            line |= {row["model"]: range_text(row) for _, row in own.iterrows()}
            lines.append(line | {"mixtures": own["n_mixtures"].max(), "specimens": own["n_specimens"].max()})
        text += f"\n{heading(protocol, task, labels)}\n\n{pd.DataFrame(lines).to_markdown(index=False)}\n"
    return text
