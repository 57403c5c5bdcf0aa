"""Models side by side: a forest plot of headline figures and of differences."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftirmix.contrasts import SIGNIFICANT
from ftirmix.figures import COLOURS
from ftirmix.model_names import MODEL_NAMES


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
