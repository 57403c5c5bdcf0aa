"""Draw the answers of a map's pixels as a PNG: a colour for each polymer, with a legend that counts."""

from pathlib import Path

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ftirmix.files import whole_file
from ftirmix.identification.pixels import NOTHING, PixelImage

# As on the page, which a test holds against these: told apart under each of the three kinds of colour blindness.
COMPONENTS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#332288", "#882255", "#7a7a20")
UNKNOWN, POOR, UNREADABLE = "#4d4d4d", "#c8c8c8", "#ffffff"
DPI = 100
# Of the picture, in its own points: small maps are magnified, large ones drawn point by point.
LONGEST, MOST_MAGNIFIED = 640, 32
MARGINS = (70, 40, 200, 60)  # left, top, right (the legend), bottom


def colours_of(legend: list[str]) -> list[str]:
    """Return the colour of each code: components, the unknown one, poor and unreadable spectra."""
    polymers = [COMPONENTS[place % len(COMPONENTS)] for place in range(len(legend) - 3)]
    return [*polymers, UNKNOWN, POOR, UNREADABLE]


def magnification(lines: int, samples: int) -> int:
    """Return how many points of the picture a pixel takes across and down."""
    return int(np.clip(LONGEST // max(lines, samples), 1, MOST_MAGNIFIED))


def draw_pixels(image: PixelImage, legend: list[str], path: Path) -> None:
    """Draw a whole map; each pixel is a square of whole points, so that none is blurred.

    Args:
        image: not thinned.
        legend: names of the codes.
        path: of the PNG.
    """
    lines, samples = image.code.shape
    factor = magnification(lines, samples)
    left, top, right, bottom = MARGINS
    inner = samples * factor, lines * factor
    width, height = left + max(inner[0], 120) + right, top + max(inner[1], 230) + bottom
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    axes = figure.add_axes((left / width, 1 - (top + inner[1]) / height, inner[0] / width, inner[1] / height))
    shown = np.ma.masked_equal(image.code, NOTHING)
    colours = colours_of(legend)
    axes.imshow(
        shown, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(legend) - 0.5, interpolation="nearest",
        extent=edges(image),
    )  # fmt: skip
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    figure.text(left / width, 1 - 14 / height, image.file[-60:], va="top", fontsize=9)
    total = max(1, int(image.counts.sum()))
    keys = [
        Patch(facecolor=colour, edgecolor="#777777", label=f"{name.replace('_', ' ')} {count:,} ({count / total:.1%})")
        for name, colour, count in zip(legend, colours, image.counts, strict=True)
        if count
    ]
    axes.legend(
        handles=keys, loc="upper left", bbox_to_anchor=(1, 1), borderaxespad=0, borderpad=0.8, frameon=False, fontsize=8
    )
    with whole_file(path) as temporary:
        figure.savefig(temporary, format="png", dpi=DPI, metadata={"Software": None})


def edges(image: PixelImage) -> tuple[float, float, float, float]:
    """Return the outer edges of a map, left, right, bottom and top; y grows downwards."""
    lines, samples = image.size
    (x, y), (across, down) = image.origin, image.step
    return x - across / 2, x + (samples - 0.5) * across, y + (lines - 0.5) * down, y - down / 2
