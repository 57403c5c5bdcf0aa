"""Mixtures above the maps that several networks make of their minor component."""

from dataclasses import dataclass
from itertools import cycle

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import MultipleLocator

from ftirmix.band_marks import BandMark, spread, vibration_text
from ftirmix.figures import COLOURS
from ftirmix.map_names import CAM_NAMES
from ftirmix.model_names import MODEL_NAMES

# Inches: width of the figure, and heights of its rows.
WIDTH, SPECTRUM, MAPS, ATTENTION = 11.0, 2.9, 1.1, 0.55
# Distance of the baselines of maps, each of which is one high.
PITCH = 1.2
# Labels of bands lie aslant side by side; closer than this part of the axis they would overlap.
LABEL_PITCH = 0.0225
# What a map shows beside the own bands, and its outline.
OFF_BAND, OUTLINE = "0.75", "0.2"
# Of attention; the first two colours are those of the components.
ATTENTION_STYLES = ((COLOURS[2], "-"), (COLOURS[3], "--"), (COLOURS[6], ":"))


@dataclass(frozen=True)
class NetworkMaps:
    """Maps of one network's logit of the minor component of one mixture.

    Attributes:
        network: key of ``NETWORK_NAMES``.
        layer: its last one, of which the maps of single layers are.
        logit: of the minor.
        maps: by key of ``CAM_NAMES``, shape (wavenumber,).
        iou: overlap of each with the own bands at matched area.
        attention_unit: of the weights.
        attention: weights by name, shape (wavenumber,); empty for a network without attention.
    """

    network: str
    layer: str
    logit: float
    maps: dict[str, np.ndarray]
    iou: dict[str, float]
    attention_unit: str
    attention: dict[str, np.ndarray]


@dataclass(frozen=True)
class MapExample:
    """One mixture and what networks' maps make of it.

    Attributes:
        title: what it is.
        minor: its minor component.
        absorbance: shape (wavenumber,).
        absorbance_iou: of the absorbance itself, were it taken for a map; it knows nothing of the component.
        names: components with their mixing ratios, the minor first.
        contributions: shape (component, wavenumber).
        bands: own bands of the minor, shape (wavenumber,), bool.
        marks: its strongest own bands, ascending.
        networks: in the order in which they are drawn.
    """

    title: str
    minor: str
    absorbance: np.ndarray
    absorbance_iou: float
    names: list[str]
    contributions: np.ndarray
    bands: np.ndarray
    marks: list[BandMark]
    networks: list[NetworkMaps]


def maps_figure(wavenumber: np.ndarray, examples: list[MapExample]) -> Figure:
    """Draw every mixture with its true contributions, and under it a row per network, and per attention."""
    if not examples:
        figure = Figure(figsize=(WIDTH, 1))
        figure.text(0.5, 0.5, "No binary mixture has a minor component with bands of its own.", ha="center")
        return figure
    heights = [row_heights(example) for example in examples]
    figure = Figure(figsize=(WIDTH, sum(map(sum, heights))))
    figure.set_layout_engine("constrained", h_pad=0.02, hspace=0.01)
    parts = figure.subfigures(len(examples), 1, squeeze=False, height_ratios=[sum(part) for part in heights])[:, 0]
    for part, example, ratios in zip(parts, examples, heights, strict=True):
        draw_example(part, wavenumber, example, ratios)
    return figure


def row_heights(example: MapExample) -> list[float]:
    """List the height of every row: the spectrum, then maps and, where there is any, attention of each network."""
    return [SPECTRUM, *(height for maps in example.networks for height in [MAPS, *[ATTENTION] * bool(maps.attention)])]


def draw_example(part: SubFigure, wavenumber: np.ndarray, example: MapExample, ratios: list[float]) -> None:
    """Draw one mixture."""
    panels = part.subplots(len(ratios), 1, sharex=True, height_ratios=ratios, squeeze=False)[:, 0]
    part.suptitle(example.title, fontsize=11, x=0.01, ha="left", fontweight="bold")
    draw_spectrum(panels[0], wavenumber, example)
    left = iter(panels[1:])
    for maps in example.networks:
        draw_maps(next(left), wavenumber, example, maps)
        if maps.attention:
            draw_attention(next(left), wavenumber, maps)
    for axes in panels:
        shade(axes, wavenumber, example.bands)
        axes.tick_params(labelsize=9)
        axes.xaxis.set_minor_locator(MultipleLocator(100))
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    panels[-1].set_xlabel("wavenumber / cm$^{-1}$", fontsize=10)
    panels[-1].set_xlim(wavenumber[-1], wavenumber[0])


def shade(axes: Axes, wavenumber: np.ndarray, bands: np.ndarray) -> None:
    """Shade the minor's own bands."""
    inside, edges = steps(wavenumber, bands.astype(float))
    axes.stairs(
        inside, edges, fill=True, transform=axes.get_xaxis_transform(), color=COLOURS[0], alpha=0.14, linewidth=0,
        zorder=0,
    )  # fmt: skip


def draw_spectrum(axes: Axes, wavenumber: np.ndarray, example: MapExample) -> None:
    """Draw the mixture, its true contributions and the names of the minor's own bands."""
    mixture = f"mixture (as a map:\nIoU {example.absorbance_iou:.2f})"
    axes.plot(wavenumber, example.absorbance, color="black", linewidth=1.0, label=mixture)
    for number, (name, contribution) in enumerate(zip(example.names, example.contributions, strict=True)):
        axes.fill_between(wavenumber, contribution, color=COLOURS[number], alpha=0.45, linewidth=0, label=name)
        axes.plot(wavenumber, contribution, color=COLOURS[number], linewidth=0.8)
    axes.set_ylabel("absorbance / max", fontsize=9)
    axes.set_ylim(min(0.0, float(example.absorbance.min())), 1.05)
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 0.95), frameon=False)
    least = LABEL_PITCH * (wavenumber[-1] - wavenumber[0])
    tops = spread(np.array([mark.wavenumber for mark in example.marks]), least)
    for mark, top in zip(example.marks, tops, strict=True):
        height = float(np.interp(mark.wavenumber, wavenumber, example.absorbance))
        axes.annotate(
            f"{mark.wavenumber:.0f}  {vibration_text(mark.vibration)}".strip(), (mark.wavenumber, height), (top, 1.04),
            textcoords=axes.get_xaxis_transform(), rotation=45, rotation_mode="anchor", ha="left", va="center",
            fontsize=9, arrowprops={"arrowstyle": "-", "linewidth": 0.6, "color": "0.4", "shrinkA": 0, "shrinkB": 1,
            "relpos": (0, 0)},
        )  # fmt: skip


def draw_maps(axes: Axes, wavenumber: np.ndarray, example: MapExample, maps: NetworkMaps) -> None:
    """Draw the positive part of each map to its own maximum, one above the other, the first on top."""
    labels, middles = [], []
    for number, (cam, values) in enumerate(maps.maps.items()):
        base = PITCH * (len(maps.maps) - 1 - number)
        positive = np.maximum(values, 0.0)
        scaled = base + positive / (positive.max() or 1.0)
        on_bands = np.where(example.bands, scaled, base)
        axes.stairs(*steps(wavenumber, scaled), baseline=base, fill=True, color=OFF_BAND, linewidth=0)
        axes.stairs(*steps(wavenumber, on_bands), baseline=base, fill=True, color=COLOURS[0], linewidth=0)
        axes.stairs(*steps(wavenumber, scaled), baseline=None, color=OUTLINE, linewidth=0.7)
        labels.append(f"{CAM_NAMES[cam]}, IoU {maps.iou[cam]:.2f}")
        middles.append(base + 0.4)
    axes.yaxis.tick_right()
    axes.set_yticks(middles, labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.05, PITCH * len(labels))
    beside(axes, 0.75, MODEL_NAMES[maps.network], bold=True)
    beside(axes, 0.28, f"{maps.layer}\n{example.minor} logit {maps.logit:.1f}")


def steps(wavenumber: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Join neighbouring points of one value, to a hundredth, into steps: single points would double the file.

    Returns:
        Values, shape (step,), and the wavenumbers between which they hold, shape (step + 1,).
    """
    rounded = values.round(2)
    starts = np.flatnonzero(np.diff(rounded, prepend=np.nan) != 0)
    half = (wavenumber[1] - wavenumber[0]) / 2
    return rounded[starts], np.append(wavenumber[starts] - half, wavenumber[-1] + half)


def draw_attention(axes: Axes, wavenumber: np.ndarray, maps: NetworkMaps) -> None:
    """Draw what attention weighs."""
    for (name, values), (colour, style) in zip(maps.attention.items(), cycle(ATTENTION_STYLES), strict=False):
        axes.stairs(*steps(wavenumber, values), baseline=None, color=colour, linestyle=style, linewidth=1.2)
        # Stairs would be a box in the legend.
        axes.plot([], [], color=colour, linestyle=style, linewidth=1.2, label=name)
    axes.set_ylim(0, 1.15 * max(values.max() for values in maps.attention.values()))
    axes.legend(fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, labelspacing=0.2)
    beside(axes, 0.5, maps.attention_unit, left=-0.05)


def beside(axes: Axes, height: float, text: str, left: float = -0.01, bold: bool = False) -> None:
    """Write what a row shows on its left, level, so that nobody turns the page."""
    weight = "bold" if bold else "normal"
    axes.text(left, height, text, transform=axes.transAxes, ha="right", va="center", fontsize=9, fontweight=weight)
