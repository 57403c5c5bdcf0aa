"""Models side by side for the eye: differences in a short table, and a forest plot."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftirmix.contrasts import PLACE
from ftirmix.figures import COLOURS
from ftirmix.model_names import MODEL_NAMES
from ftirmix.summaries import METRIC_NAMES, heading, where

SIGNIFICANT = 0.05


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


def headline_places(rows: pd.DataFrame) -> list[tuple[str, tuple]]:
    """List the figures that the forest shows: title and place."""
    binary = rows[(rows["metric"] == "minor_recall") & (rows["composition"] == "binary")]
    bins = sorted(set(binary[["share_low", "share_high"]].itertuples(index=False, name=None)))
    wide = rows[(rows["metric"] == "exact_match") & rows["composition"].isin(["binary", "ternary"])]
    span = (wide["share_high"] - wide["share_low"]).groupby(wide["composition"]).transform("max")
    widest = wide[(wide["share_high"] - wide["share_low"]) == span].drop_duplicates("composition")
    places = [
        (f"exact match, {row['composition']} {100 * row['share_low']:g}–{100 * row['share_high']:g} %", row)
        for _, row in widest.sort_values("composition").iterrows()
    ]
    found = [(title, ("exact_match", row["composition"], row["share_low"], row["share_high"])) for title, row in places]
    found.append(("exact match, pure", ("exact_match", "pure", None, None)))
    found.append(("false positives", ("false_positive_rate", "all", None, None)))
    for low, high in bins[1:3]:
        found.append((f"minor recall, {100 * low:g}–{100 * high:g} %", ("minor_recall", "binary", low, high)))
    return found


def at(rows: pd.DataFrame, place: tuple) -> pd.DataFrame:
    """Take the rows of one figure."""
    metric, composition, low, high = place
    chosen = rows[(rows["metric"] == metric) & (rows["composition"] == composition)]
    if low is None:
        return chosen[chosen["share_low"].isna()]
    return chosen[(chosen["share_low"] == low) & (chosen["share_high"] == high)]


def forest_figure(models: pd.DataFrame, differences: pd.DataFrame, task: str, reference: str, level: float) -> Figure:
    """Draw each headline figure of all models above, and its difference from the reference below."""

    def own(table: pd.DataFrame) -> pd.DataFrame:
        kept = (table["protocol"] == "specimen") & (table["labels"] == "curated") & (table["task"] == task)
        return table[kept]

    rows, gaps = own(models), own(differences)
    rows = rows[(rows["component"] == "all") & (rows["fold"] == "all")]
    names = [name for name in MODEL_NAMES if (rows["model"] == name).any()]
    places = headline_places(rows)
    figure = Figure(figsize=(2.4 + 2.5 * len(places), 1.8 + 0.52 * len(names)), layout="constrained")
    grid = figure.subplots(2, len(places), sharey="row", squeeze=False)
    for column, (title, place) in enumerate(places):
        forest(grid[0, column], at(rows, place), "value", names)
        forest(grid[1, column], at(gaps, place), "difference", [name for name in names if name != reference])
        grid[0, column].set_title(title, fontsize=9)
        grid[1, column].axvline(0, color="grey", linewidth=0.8)
        grid[1, column].set_xlabel(f"less {MODEL_NAMES[reference]}", fontsize=8)
    figure.suptitle(
        f"Unseen specimens, {100 * level:g} % intervals over specimens and seeds. Above: figures; below: differences "
        f"from {MODEL_NAMES[reference]} on the same mixtures, filled where they hold after Holm's correction",
        fontsize=10,
    )
    return figure


def forest(axes: Axes, rows: pd.DataFrame, value: str, names: list[str]) -> None:
    """Draw one line per model: a point with its interval."""
    for down, name in enumerate(names):
        chosen = rows[rows["model"] == name]
        if chosen.empty or pd.isna(chosen[value].iloc[0]):
            continue
        row = chosen.iloc[0]
        hollow = value == "difference" and not row["p_holm"] < SIGNIFICANT
        axes.plot([row["low"], row["high"]], [down, down], color=COLOURS[0], linewidth=1.4)
        axes.plot(
            row[value], down, marker="o", markersize=5, color=COLOURS[0],
            markerfacecolor="white" if hollow else COLOURS[0],
        )  # fmt: skip
    axes.set_yticks(range(len(names)), [MODEL_NAMES[name] for name in names], fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize=7)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
