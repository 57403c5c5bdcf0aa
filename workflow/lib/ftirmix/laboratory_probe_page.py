"""The page and the figure of the test for a signature of the laboratory."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ftirmix.figures import COLOURS
from ftirmix.laboratory_views import AFTERWARDS, REPEATED, VIEWS, WINDOW, ZERO
from ftirmix.summaries import with_interval

HANDLING_NAMES = {
    ZERO: "whole range, unmeasured part zero",
    REPEATED: "whole range, end value repeated",
    AFTERWARDS: "whole range preprocessed, then cut to the window",
    WINDOW: "cut to the window, then preprocessed (this study)",
}
FEATURE_NAMES = {"outside": "outside the window only", "inside": "the window", "all": "all"}


def view_name(handling: str, features: str) -> str:
    """Name a handling, with its features where they are not what the handling implies."""
    name = HANDLING_NAMES[handling]
    return f"{name}: outside the window only" if features == "outside" else name


def probe_markdown(table: pd.DataFrame, window: tuple[float, float], level: float) -> str:
    """Write the page: both tests as tables a reader can compare, and what was left out.

    Args:
        table: ``PROBE_COLUMNS``.
        window: lowest and highest wavenumber of the study's window, cm^-1.
        level: coverage of the intervals.
    """
    component = table["component"].iloc[0]
    text = (
        "# Can laboratories be told by what they did not measure?\n\n"
        f"Pure spectra of {component} whose label is not in doubt, in the study's window of {window[0]:g} to "
        f"{window[1]:g} cm-1 and over the whole range that any laboratory measured. The classifier is a random "
        "forest that never saw a spectrum of the specimen it judges.\n\n"
        "## One laboratory, half of its specimens cut\n\n"
        "Only the cut tells the halves apart, to the range of the laboratory that measured the shortest. Area under "
        "the ROC curve, 1: always told apart, 0.5: chance. Mean over random halves, in brackets the "
        f"{100 * level:g} % interval over them; below it, the largest difference that the cut makes to any "
        "spectrum of unit maximum.\n\n"
        f"{cut_table(table[(table['test'] == 'cut') & table['value'].notna()])}\n\n"
        "## All laboratories\n\n"
        "Mean recall over laboratories, with the interval over specimens. Laboratories differ in resolution, noise and "
        "samples as well: a score above chance inside the window is no sign of the ends, and a window does not "
        "remove it.\n\n"
        f"{laboratory_table(table[(table['test'] == 'laboratories') & table['value'].notna()])}\n\n"
        "## Left out\n\n"
    )
    names = {"cut": "half of its specimens cut", "laboratories": "all laboratories"}
    left_out = table[table["value"].isna()]
    lines = [f"- {names[row.test]}: {row.laboratory}: {row.reason}" for row in left_out.itertuples()]
    return text + ("\n".join(lines) or "Nothing.") + "\n"


def cut_table(rows: pd.DataFrame) -> str:
    """Write the second test: one line per handling, one column per laboratory."""
    if not len(rows):
        return "Not tested, see below."
    lines = []
    for handling, of_handling in rows.groupby("handling", sort=False):
        by_name = of_handling.set_index("laboratory")
        lines.append(
            {"handling": HANDLING_NAMES[str(handling)]}
            | {str(name): with_interval(row, "value", 2) for name, row in by_name.iterrows()}
        )
        lines.append(
            {"handling": "… largest difference by the cut"}
            | {str(name): f"{row['largest_difference']:.1e}" for name, row in by_name.iterrows()}
        )
    first = rows.drop_duplicates("laboratory")
    for name in ("spectra", "specimens"):
        counts = zip(first["laboratory"], first[f"n_{name}"], strict=True)
        lines.append({"handling": name} | {laboratory: str(count) for laboratory, count in counts})
    return pd.DataFrame(lines).to_markdown(index=False, disable_numparse=True)


def laboratory_table(rows: pd.DataFrame) -> str:
    """Write the first test: one line per view."""
    if not len(rows):
        return "Not tested, see below."
    lines = [
        {
            "handling": HANDLING_NAMES[row["handling"]],
            "the classifier sees": FEATURE_NAMES[row["features"]],
            "balanced accuracy": with_interval(row, "value", 2),
            "chance": f"{row['chance']:.2f}",
            "laboratories": row["n_laboratories"],
            "specimens": row["n_specimens"],
            "spectra": row["n_spectra"],
        }
        for _, row in rows.iterrows()
    ]
    return pd.DataFrame(lines).to_markdown(index=False, disable_numparse=True)


def probe_figure(table: pd.DataFrame, level: float) -> Figure:
    """Draw both tests, handlings from top to bottom; the line is chance."""
    scored = table[table["value"].notna()]
    shown = set(zip(scored["handling"], scored["features"], strict=True))
    views = [view for view in VIEWS if view in shown]
    place = {view: -number for number, view in enumerate(views)}
    figure = Figure(figsize=(11, 1.7 + 0.5 * max(len(views), 1)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    tests = (
        ("cut", "half of one laboratory's specimens cut", "area under the ROC curve"),
        ("laboratories", "all laboratories, which differ otherwise too", "balanced accuracy"),
    )
    for axes, (test, title, measure) in zip(panels, tests, strict=True):
        rows = scored[scored["test"] == test]
        names = list(rows["laboratory"].unique())
        for number, name in enumerate(names):
            own = rows[rows["laboratory"] == name]
            offset = 0.12 * (number - (len(names) - 1) / 2)
            height = [place[view] - offset for view in zip(own["handling"], own["features"], strict=True)]
            values = own["value"].to_numpy(float)
            # A mean over draws can lie outside the quantiles of a lopsided few.
            errors = [values - own["low"].to_numpy(float), own["high"].to_numpy(float) - values]
            colour = "black" if test == "laboratories" else COLOURS[number % len(COLOURS)]
            label = f"{name} ({own['n_specimens'].iloc[0]} specimens)" if test == "cut" else None
            axes.errorbar(
                values, height, xerr=np.maximum(errors, 0), linestyle="", marker="o", markersize=4, capsize=2,
                color=colour, label=label,
            )  # fmt: skip
        if len(rows):
            axes.axvline(rows["chance"].iloc[0], color="grey", linewidth=1, linestyle="--")
        else:
            axes.text(0.5, 0.5, "nothing to cut", transform=axes.transAxes, ha="center", va="center", color="grey")
        axes.set_xlim(-0.02, 1.04)
        axes.set_xlabel(f"{measure} (dashed: chance)", fontsize=9)
        axes.set_title(title, fontsize=10, loc="left")
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(list(place.values()), [view_name(*view) for view in views], fontsize=8)
    panels[0].set_ylim(min(place.values(), default=0) - 0.5, 0.5)
    if panels[0].get_legend_handles_labels()[0]:
        figure.legend(*panels[0].get_legend_handles_labels(), fontsize=8, loc="outside lower center", ncols=5)
    component = table["component"].iloc[0]
    figure.suptitle(f"Told apart by pure {component} ({100 * level:g} % intervals)", fontsize=11)
    return figure
