"""Figures of neglect by pair of components."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ftirmix.figures import COLOURS
from ftirmix.map_names import CAM_NAMES
from ftirmix.model_names import MODEL_NAMES
from ftirmix.statistics import FEWEST_SPECIMENS

# Okabe-Ito blue, white and vermilion: more attention than to the pure polymer, the same, less.
NEGLECT_COLOURS = LinearSegmentedColormap.from_list("neglect", [COLOURS[0], "white", COLOURS[1]])
RECALL_COLOURS = LinearSegmentedColormap.from_list("recall", ["white", COLOURS[2]])
# Beyond these the colour of the index stays the same; the number in the cell does not.
INDEX_LIMIT = 0.5


def pairs_figure(pairs: pd.DataFrame, components: list[str]) -> Figure:
    """Draw recall and the neglect index of every minor component in every partner.

    Args:
        pairs: table of :func:`ftirmix.neglect_pairs.pair_table`; its protocol ``specimen`` and
            last layer are drawn, one row of panels per model.
        components: the study's components, in order.
    """
    rows = pairs[pairs["protocol"] == "specimen"]
    number = rows["layer"].str.removeprefix("block").astype(int)
    rows = rows[number == number.max()]
    models, cams = list(rows["model"].unique()), list(rows["cam"].unique())
    side = 0.62 * len(components) + 1.3
    figure = Figure(figsize=(side * (1 + len(cams)), (side + 0.4) * len(models) + 0.6), layout="constrained")
    panels = figure.subplots(len(models), 1 + len(cams), squeeze=False)
    recalls, indices = Normalize(0, 1), Normalize(-INDEX_LIMIT, INDEX_LIMIT)
    for line, model in zip(panels, models, strict=True):
        of_model = rows[rows["model"] == model]
        name = MODEL_NAMES[model]
        # Recall does not depend on the map.
        matrix(line[0], of_model[of_model["cam"] == cams[0]], "recall", components, RECALL_COLOURS, recalls)
        line[0].set_title(f"{name}: recall", fontsize=10)
        line[0].set_ylabel("minor component")
        for axes, cam in zip(line[1:], cams, strict=True):
            chosen = of_model[of_model["cam"] == cam]
            matrix(axes, chosen, "neglect_index", components, NEGLECT_COLOURS, indices)
            axes.set_title(f"{name}: neglect index, {CAM_NAMES.get(cam, cam)}, {rows['layer'].iloc[0]}", fontsize=10)
    low, high = rows["share_low"].min(), rows["share_high"].max()
    figure.suptitle(
        f"Minor component in its partner, shares {100 * low:g}–{100 * high:g} % of peak height. Small: mixtures / "
        f"specimens of the minor.\nHatched: fewer than {FEWEST_SPECIMENS} specimens. Index 0: looks where it looks for "
        "the pure polymer; 1: elsewhere.",
        fontsize=9,
    )
    return figure


def matrix(
    axes: Axes, rows: pd.DataFrame, value: str, components: list[str], colours: LinearSegmentedColormap, norm: Normalize
) -> None:
    """Draw one matrix, minor components down, partners across; the diagonal does not exist."""
    count = len(components)
    for row in rows.itertuples():
        across, down = components.index(row.partner), components.index(row.component)
        figure = float(getattr(row, value))
        few = row.n_specimens < FEWEST_SPECIMENS or np.isnan(figure)
        face = "white" if few else colours(norm(figure))
        axes.add_patch(
            Rectangle(
                (across, down), 1, 1, facecolor=face, edgecolor="grey", hatch="////" if few else None, linewidth=0.5
            )
        )
        text = "" if few else f"{figure:.2f}"
        axes.text(across + 0.5, down + 0.42, text, ha="center", va="center", fontsize=8)
        counts = f"{row.n_mixtures} / {row.n_specimens}"
        axes.text(across + 0.5, down + 0.8, counts, ha="center", va="center", fontsize=5)
    axes.set_xlim(0, count)
    axes.set_ylim(count, 0)
    axes.set_aspect("equal")
    axes.set_xticks(np.arange(count) + 0.5, components)
    axes.set_yticks(np.arange(count) + 0.5, components)
    axes.tick_params(length=0)
    axes.set_xlabel("partner (major component)")
