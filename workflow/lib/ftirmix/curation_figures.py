"""Flagged spectra over the reference of the label and of what they look like; the page that lists them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ftirmix.curation import NOTHING, suspects
from ftirmix.figures import COLOURS
from ftirmix.spectra import Spectra

# Thin lines beyond this many only blacken the panel; the median still counts all.
THIN_LINES = 40


def reference_medians(spectra: Spectra, excluded: set[str]) -> dict[str, np.ndarray]:
    """Return the median spectrum of each component, without the ``excluded`` spectra.

    The median is taken over the medians of laboratories, so that the largest collection, or one with
    wrong labels, is not the reference. Each of shape (wavenumber,).
    """
    kept = ~spectra.table["spectrum"].isin(excluded).to_numpy()
    medians: dict[str, list[np.ndarray]] = {}
    for (component, _), rows in spectra.table[kept].groupby(["component", "laboratory"], sort=True):
        positions = spectra.table.index.get_indexer(rows.index)
        medians.setdefault(component, []).append(np.median(spectra.absorbance[positions], axis=0))
    return {component: np.median(of_laboratories, axis=0) for component, of_laboratories in medians.items()}


def flagged_figure(spectra: Spectra, flags: pd.DataFrame, columns: int = 3) -> Figure:
    """Draw each group of suspects (source, label, suggestion) over the references of both components.

    Args:
        spectra: the spectra that were judged.
        flags: what :func:`ftirmix.curation.flag_conflicts` returned for them.
        columns: panels side by side.
    """
    found = suspects(flags)
    references = reference_medians(spectra, set(found["spectrum"]))
    groups = sorted(found.groupby(["source", "label", "component", "suggested"]), key=lambda group: group[0])
    height = max(1, int(np.ceil(len(groups) / columns)))
    figure = Figure(figsize=(6.2 * columns, 2.5 * height + 0.6), layout="constrained")
    panels = figure.subplots(height, columns, sharex=True, squeeze=False).ravel()
    position = pd.Series(np.arange(len(spectra.table)), index=spectra.table["spectrum"])
    for axes, ((source, label, component, suggested), rows) in zip(panels, groups, strict=False):
        absorbance = spectra.absorbance[position.loc[rows["spectrum"]].to_numpy()]
        outcome = "blank" if suggested == NOTHING else f"looks like {suggested}"
        axes.set_title(f"{source}: {len(rows)} labelled {label}, {outcome}", fontsize=9, loc="left")
        flagged_panel(axes, spectra.wavenumber, absorbance)
        for offset, name, colour in ((-1.15, component, COLOURS[0]), (-2.3, suggested, COLOURS[1])):
            if name in references:
                axes.plot(spectra.wavenumber, references[name] + offset, color=colour, linewidth=1.1)
                # Between the C-H stretches and the fingerprint, where hardly a polymer has a band.
                axes.text(2600, offset + 0.25, f"reference {name}", color=colour, fontsize=8)
        axes.set_yticks([])
        axes.set_ylim(-2.45 if suggested in references else -1.3, 1.12)
    for axes in panels[len(groups) :]:
        axes.set_visible(False)
    for axes in panels[max(0, len(groups) - columns) : len(groups)]:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("wavenumber / cm$^{-1}$", fontsize=9)
    panels[0].set_xlim(spectra.wavenumber[-1], spectra.wavenumber[0])
    figure.suptitle(
        "Spectra that contradict their label (grey, median black) over references of other spectra", fontsize=11
    )
    return figure


def flagged_panel(axes: Axes, wavenumber: np.ndarray, absorbance: np.ndarray) -> None:
    """Draw flagged spectra thin and their median bold."""
    chosen = np.unique(np.linspace(0, len(absorbance) - 1, min(len(absorbance), THIN_LINES)).round().astype(int))
    for row in absorbance[chosen]:
        # Blank spectra swing far below zero; cut there, they would cross the references.
        axes.plot(wavenumber, np.maximum(row, -0.3), color="0.6", linewidth=0.5, rasterized=True)
    axes.plot(wavenumber, np.maximum(np.median(absorbance, axis=0), -0.3), color="black", linewidth=1.1)


def flagged_page(spectra: Spectra, flags: pd.DataFrame) -> str:
    """Write the page that lists every flag with its evidence, as Markdown.

    Suspect spectra come first and are left out of training; the others carry a single kind of
    evidence and are kept.
    """
    found = suspects(flags)
    totals = spectra.table.groupby(["source", "label"]).size().rename("spectra")
    counts = found.groupby(["source", "label", "suggested"], sort=True).size().rename("suspect").reset_index()
    counts = counts.merge(totals.reset_index(), on=["source", "label"])[
        ["source", "label", "spectra", "suggested", "suspect"]
    ]
    single = flags[~flags["suspect"].astype(bool)]
    lines = ["# Spectra whose label is in doubt", ""]
    lines += [
        f"{len(found)} of {len(spectra.table)} spectra are suspect: they are blank, or their bands and the nearest "
        "references of other laboratories contradict the label both. They are left out of training. "
        f"{single['spectrum'].nunique()} more carry one kind of evidence only and are kept.",
        "",
        "## How many",
        "",
        markdown(counts),
        "",
        "## Suspect spectra",
        "",
        markdown(found[["spectrum", "label", "suggested", "rules", "evidence"]]),
        "",
        "## Kept, with one kind of evidence",
        "",
        markdown(single[["spectrum", "label", "suggested", "rule", "evidence"]]),
        "",
    ]
    return "\n".join(lines)


def markdown(frame: pd.DataFrame) -> str:
    """Write a table as Markdown; a bar inside a cell would end it, so it is escaped."""
    if not len(frame):
        return "None."
    cells = frame.astype(str).map(lambda cell: cell.replace("|", "\\|"))
    rows = [" | ".join(row) for row in cells.itertuples(index=False, name=None)]
    head = [" | ".join(frame.columns), " | ".join(["---"] * len(frame.columns))]
    return "\n".join(f"| {row} |" for row in head + rows)


def histogram_figure(histogram: pd.DataFrame, cosine: float, recorded_cosine: float) -> Figure:
    """Draw the distances to the nearest neighbour per laboratory, with both near-duplicate rules.

    Args:
        histogram: what :func:`ftirmix.duplicates.neighbour_histogram` returned.
        cosine: rule where no specimen is recorded.
        recorded_cosine: rule between recorded specimens.
    """
    laboratories = list(histogram["laboratory"].unique())
    figure = Figure(figsize=(8, 1.7 * len(laboratories) + 0.6), layout="constrained")
    panels = figure.subplots(len(laboratories), 1, sharex=True, squeeze=False)[:, 0]
    names = {"within": "within a recorded specimen", "between": "between recorded specimens", "unrecorded": "no record"}
    smallest = histogram.loc[histogram["distance_low"] > 0, "distance_low"].min()
    for axes, laboratory in zip(panels, laboratories, strict=True):
        for number, (pairs, name) in enumerate(names.items()):
            rows = histogram[(histogram["laboratory"] == laboratory) & (histogram["pairs"] == pairs)]
            if len(rows):
                edges = np.append(rows["distance_low"].clip(lower=smallest / 2), rows["distance_high"].iloc[-1])
                axes.stairs(rows["spectra"], edges, color=COLOURS[number], label=name, fill=True, alpha=0.5)
        axes.axvline(1 - cosine, color="black", linewidth=1)
        axes.axvline(1 - recorded_cosine, color="black", linewidth=1, linestyle=":")
        axes.set_title(laboratory, fontsize=9, loc="left")
        axes.set_ylabel("spectra", fontsize=8)
        axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 0.97), ncols=3, frameon=False)
    panels[0].set_xscale("log")
    panels[-1].set_xlabel("1 - cosine to the nearest spectrum (first bin: exact copies)")
    figure.suptitle(
        f"One specimen: cosine of at least {cosine:g} (line), between recorded ones {recorded_cosine:g} (dots)",
        fontsize=10,
    )
    return figure
