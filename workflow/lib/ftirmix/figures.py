"""The study's figures; wavenumber axes descend, as chemists read them."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftirmix.files import whole_file
from ftirmix.map_names import CAM_NAMES
from ftirmix.model_names import MODEL_NAMES

# Okabe-Ito colours: told apart by colour-blind readers and in grey print.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
# Of more models than there are colours, those further on are dashed, then dotted.
LINE_STYLES = ["-", "--", ":"]
MARKERS = ["o", "s", "^"]
# How far apart, in share bins, the lines of all models lie at most: else bars of neighbouring bins would meet.
WIDEST_SPREAD = 0.6


@dataclass(frozen=True)
class Example:
    """One mixture for the picture of spectra and maps.

    Attributes:
        title: what it is and what the network said.
        absorbance: shape (wavenumber,).
        names: components with their mixing ratios, minor first.
        contributions: shape (component, wavenumber).
        bands: own bands, same shape, bool.
        maps: attribution maps in logit units, same shape.
    """

    title: str
    absorbance: np.ndarray
    names: list[str]
    contributions: np.ndarray
    bands: np.ndarray
    maps: np.ndarray


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG that is the same, byte for byte, each time."""
    with (
        matplotlib.rc_context({"svg.hashsalt": "ftirmix", "svg.fonttype": "none"}),
        whole_file(path) as temporary,
    ):
        figure.savefig(temporary, format="svg", metadata={"Date": None}, bbox_inches="tight")


def share_labels(rows: pd.DataFrame) -> list[str]:
    """Label share bins in per cent."""
    return [f"{100 * low:g}–{100 * high:g}" for low, high in zip(rows["share_low"], rows["share_high"], strict=True)]


def model_style(model: str) -> dict[str, str]:
    """Return colour, line and marker of a model, the same in every study."""
    place = list(MODEL_NAMES).index(model)
    turn, colour = divmod(place, len(COLOURS))
    return {"colour": COLOURS[colour], "style": LINE_STYLES[turn], "marker": MARKERS[turn]}


def lines(
    axes: Axes, rows: pd.DataFrame, value: str, label: str, colour: str, offset: float, style: str = "-",
    marker: str = "o",
) -> None:  # fmt: skip
    """Draw one line with its intervals over the share bins."""
    positions = np.arange(len(rows)) + offset
    values = rows[value].to_numpy(float)
    errors = np.abs(np.stack([values - rows["low"].to_numpy(float), rows["high"].to_numpy(float) - values]))
    axes.errorbar(
        positions, values, yerr=errors, label=label, color=colour, linestyle=style, marker=marker, markersize=4,
        capsize=2, linewidth=1.2, elinewidth=0.8,
    )  # fmt: skip


def recall_figure(models: pd.DataFrame, task: str, components: list[str], level: float) -> Figure:
    """Draw recall of the minor component against its share, at one task: all components, then each."""
    rows = models[
        (models["metric"] == "minor_recall")
        & (models["task"] == task)
        & (models["composition"] == "binary")
        & (models["protocol"] == "specimen")
        & (models["labels"] == "curated")
    ]
    models_drawn = [model for model in MODEL_NAMES if (rows["model"] == model).any()]
    step = min(0.08, WIDEST_SPREAD / len(models_drawn))
    panels = ["all", *components]
    columns = 4
    height = int(np.ceil(len(panels) / columns))
    figure = Figure(figsize=(13, 3.1 * height), layout="constrained")
    grid = np.atleast_1d(figure.subplots(height, columns, sharey=True, squeeze=False)).ravel()
    for axes, component in zip(grid, panels, strict=False):
        for number, model in enumerate(models_drawn):
            chosen = rows[(rows["model"] == model) & (rows["component"] == component)].sort_values("share_low")
            offset = step * (number - (len(models_drawn) - 1) / 2)
            lines(axes, chosen, "value", MODEL_NAMES[model], offset=offset, **model_style(model))
            specimens = chosen["n_specimens"].astype(int)
        axes.set_xticks(range(len(chosen)), share_labels(chosen))
        span = sorted({specimens.min(), specimens.max()})
        note = f"{'–'.join(map(str, span))} specimens per bin"
        axes.set_ylim(-0.02, 1.02)
        axes.grid(alpha=0.3)
        name = "all minor components" if component == "all" else f"minor: {component}"
        axes.set_title(f"{name} ({note})", fontsize=9)
        axes.set_xlabel("minor share, % of peak height", fontsize=8)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for row in range(height):
        grid[row * columns].set_ylabel("recall of the minor component")
    figure.legend(*grid[0].get_legend_handles_labels(), fontsize=9, loc="outside lower center", ncols=6)
    figure.suptitle(
        f"Minor components of binary mixtures found, unseen specimens ({100 * level:g} % intervals)",
        fontsize=11,
    )
    return figure


def neglect_figure(neglect: pd.DataFrame, level: float) -> Figure:
    """Draw the neglect index and own-band attribution against the minor share, per map."""
    rows = neglect[neglect["protocol"] == "specimen"]
    rows = rows[(rows["component"] == "all") & (rows["partner"] == "all")]
    span = rows["share_high"] - rows["share_low"]
    rows = rows[span < span.max()] if span.nunique() > 1 else rows
    lined = list(rows.groupby(["model", "cam"], sort=True).groups)
    layers = sorted(rows["layer"].unique(), key=lambda layer: int(layer.removeprefix("block")))
    figure = Figure(figsize=(max(3.2 * len(layers), 9), 3.2 * len(lined) + 0.4), layout="constrained")
    grid = figure.subplots(len(lined), len(layers), sharey=True, squeeze=False)
    for axes, ((model, cam), layer) in zip(grid.ravel(), product(lined, layers), strict=True):
        own = rows[(rows["model"] == model) & (rows["cam"] == cam) & (rows["layer"] == layer)]
        for number, (outcome, style) in enumerate((("all", "-"), ("hit", "--"), ("miss", ":"))):
            chosen = own[own["outcome"] == outcome].sort_values("share_low")
            label = {"all": "all", "hit": "component found", "miss": "component missed"}[outcome]
            lines(axes, chosen, "neglect_index", label, COLOURS[number], 0.08 * (number - 1), style)
        axes.axhline(0, color="grey", linewidth=0.8)
        axes.set_xticks(range(len(chosen)), share_labels(chosen))
        axes.set_title(f"{MODEL_NAMES[model]}, {CAM_NAMES.get(cam, cam)}, {layer}", fontsize=10)
        axes.grid(alpha=0.3)
    for axes in grid[-1]:
        axes.set_xlabel("minor share, % of peak height", fontsize=8)
    for axes in grid[:, 0]:
        axes.set_ylabel("neglect index of the minor", fontsize=8)
    grid[0, 0].legend(fontsize=8)
    figure.suptitle(
        f"0: looks where it looks for the pure polymer; 1: looks elsewhere ({100 * level:g} % intervals)", fontsize=10
    )
    return figure


def examples_figure(wavenumber: np.ndarray, examples: list[Example], cam: str) -> Figure:
    """Draw mixtures with their true contributions and, under each, the maps of both components."""
    figure = Figure(figsize=(13, 4.2 * len(examples)), layout="constrained")
    panels = figure.subplots(
        3 * len(examples), 1, sharex=True, height_ratios=[2.2, 1, 1] * len(examples), squeeze=False
    )[:, 0]
    for number, example in enumerate(examples):
        spectrum, *maps = panels[3 * number : 3 * number + 3]
        spectrum.plot(wavenumber, example.absorbance, color="black", linewidth=0.9, label="mixture")
        for slot, name in enumerate(example.names):
            spectrum.fill_between(
                wavenumber,
                example.contributions[slot],
                color=COLOURS[slot],
                alpha=0.45,
                label=f"{name}, true contribution",
            )
        spectrum.set_title(example.title, fontsize=10, loc="left")
        spectrum.set_ylabel("absorbance / max", fontsize=8)
        spectrum.legend(fontsize=8, loc="upper center")  # between C-H stretches and fingerprint, mostly empty
        for slot, axes in enumerate(maps):
            axes.fill_between(
                wavenumber, 0, 1, where=list(example.bands[slot]), transform=axes.get_xaxis_transform(),
                color=COLOURS[slot], alpha=0.15, linewidth=0, label="own bands",
            )  # fmt: skip
            axes.step(wavenumber, example.maps[slot], where="mid", color=COLOURS[slot], linewidth=1.0)
            axes.axhline(0, color="grey", linewidth=0.6)
            axes.set_ylabel(f"{CAM_NAMES.get(cam, cam)}\n{example.names[slot].split()[0]} logit", fontsize=8)
            axes.legend(fontsize=7, loc="upper left")
    panels[-1].set_xlabel("wavenumber / cm$^{-1}$")
    panels[-1].set_xlim(wavenumber[-1], wavenumber[0])
    return figure
