"""Detection limits as a matrix: every component beside every other one."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ftirmix.detection import HIGHEST_SHARE, LOWEST_SHARE, limit_text
from ftirmix.model_names import MODEL_NAMES

COLUMNS = 3


def detection_figure(table: pd.DataFrame, task: str, components: list[str], level: float) -> Figure:
    """Draw minor component by partner, one panel per model, on unseen specimens with curated labels."""
    chosen = table[(table["protocol"] == "specimen") & (table["labels"] == "curated") & (table["task"] == task)]
    models = [name for name in MODEL_NAMES if (chosen["model"] == name).any()]
    columns = min(COLUMNS, len(models))
    height = int(np.ceil(len(models) / columns))
    figure = Figure(figsize=(0.5 + 4.3 * columns, 0.9 + 4.2 * height), layout="constrained")
    panels = figure.subplots(height, columns, squeeze=False).ravel()
    for axes, model in zip(panels, models, strict=False):
        draw_matrix(axes, chosen[chosen["model"] == model], components)
        axes.set_title(MODEL_NAMES[model], fontsize=11)
    for axes in panels[len(models) :]:
        axes.set_visible(False)
    figure.suptitle(
        "Smallest share (% of peak height) of the minor component, row, found with 95 % probability beside its "
        f"partner, column\nunseen specimens; below: {100 * level:g} % interval over specimens and seeds",
        fontsize=11,
    )
    return figure


def draw_matrix(axes: Axes, rows: pd.DataFrame, components: list[str]) -> None:
    """Draw the limits of one model; the last column is over all partners."""
    partners = [*components, "all"]
    norm, colours = LogNorm(LOWEST_SHARE, HIGHEST_SHARE), colormaps["cividis_r"]
    limits = rows.set_index(["component", "partner"])
    for down, component in enumerate(components):
        for right, partner in enumerate(partners):
            if (component, partner) not in limits.index:
                continue
            row = limits.loc[(component, partner)]
            never = np.isinf(row["detection_limit"])
            shade = 1.0 if never else float(norm(row["detection_limit"]))
            colour = "#202020" if never else colours(shade)  # found nowhere: darker than the scale
            axes.add_patch(
                Rectangle((right - 0.5, down - 0.5), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8)
            )
            ink = "white" if shade > 0.55 else "black"
            axes.text(right, down - 0.12, limit_text(row["detection_limit"]), ha="center", fontsize=8.5, color=ink)
            span = f"{limit_text(row['low'])}–{limit_text(row['high'])}"
            axes.text(right, down + 0.28, span, ha="center", fontsize=5.5, color=ink)
    axes.set_xlim(-0.5, len(partners) - 0.5)
    axes.set_ylim(len(components) - 0.5, -0.5)
    axes.axvline(len(components) - 0.5, color="black", linewidth=1.2)
    axes.set_xticks(range(len(partners)), partners, fontsize=8)
    axes.set_yticks(range(len(components)), components, fontsize=8)
    axes.set_xlabel("partner", fontsize=8)
    axes.set_ylabel("minor component", fontsize=8)
    axes.tick_params(length=0)
