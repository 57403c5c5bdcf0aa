"""How many endmembers and specimens each laboratory has of each component, as table, page and figure."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ftirmix.protocols import FEWEST_TESTED, FEWEST_TRAINED, count_laboratories

COUNT_COLUMNS = [
    "laboratory", "component", "spectra", "specimens", "suspect_spectra", "specimens_curated", "specimens_kept",
    "scored_when_left_out",
]  # fmt: skip


def count_endmembers(table: pd.DataFrame, components: list[str]) -> pd.DataFrame:
    """Count endmembers and specimens of every component in every laboratory, and say what it would score.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect.
        components: the study's components.

    Returns:
        One row per laboratory and component, also where there is none (``COUNT_COLUMNS``).
        ``specimens_curated`` are those with a spectrum whose label is not in doubt,
        ``specimens_kept`` the same of all other laboratories together.
    """
    keys = ["laboratory", "component"]
    laboratories = sorted(table["laboratory"].unique())
    counts = table.groupby(keys).agg(
        spectra=("spectrum", "size"), specimens=("specimen", "nunique"), suspect_spectra=("suspect", "sum")
    )  # fmt: skip
    every = pd.MultiIndex.from_product([laboratories, components], names=keys)
    counts = counts.reindex(every, fill_value=0).astype(int).reset_index()
    left_out = count_laboratories(table, laboratories).rename(
        columns={"specimens_tested": "specimens_curated", "scored": "scored_when_left_out"}
    )
    return counts.merge(left_out, on=keys, how="left")[COUNT_COLUMNS]


def cell(spectra: int, specimens: int, suspect: int) -> str:
    """Write the counts of one cell: spectra / specimens (suspect spectra)."""
    return f"{spectra} / {specimens} ({suspect})" if spectra else "–"


def cells(table: pd.DataFrame, components: list[str]) -> pd.DataFrame:
    """Return the table of components against laboratories as text, with the sums of rows and columns.

    A specimen that holds two components, such as an animal, counts in both rows and once in their sum.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect.
        components: the rows, in order.
    """

    def count(rows: pd.DataFrame) -> str:
        return cell(len(rows), rows["specimen"].nunique(), int(rows["suspect"].sum()))

    laboratories = sorted(table["laboratory"].unique())
    lines = {}
    for name in [*components, "all"]:
        rows = table if name == "all" else table[table["component"] == name]
        lines[name] = {lab: count(rows[rows["laboratory"] == lab]) for lab in laboratories} | {"all": count(rows)}
    return pd.DataFrame.from_dict(lines, orient="index")


def counts_markdown(table: pd.DataFrame, counts: pd.DataFrame, components: list[str]) -> str:
    """Write the page of components against laboratories.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect.
        counts: what :func:`count_endmembers` returned for it.
        components: the study's components.
    """
    wide = cells(table, components)
    scored = counts[counts["scored_when_left_out"]]
    for row in scored.itertuples():
        wide.loc[row.component, row.laboratory] = f"**{wide.loc[row.component, row.laboratory]}**"
    lines = []
    for laboratory in sorted(table["laboratory"].unique()):
        names = list(scored["component"][scored["laboratory"] == laboratory])
        alone = "" if len(names) > 1 else " (two are needed, so it cannot be left out)"
        lines.append(f"- {laboratory}: {', '.join(names) or 'nothing'}{alone}")
    return (
        "# Endmembers and specimens\n\n"
        "Spectra / specimens (spectra whose label is in doubt). A specimen is one physical object or, where none is "
        "recorded, one cluster of near-duplicates; all particles of one animal count as one, in every component they "
        "belong to and once in the sum.\n\n"
        f"{wide.rename_axis('component').to_markdown(disable_numparse=True)}\n\n"
        "## What a left-out laboratory scores\n\n"
        f"**Bold**: the laboratory scores the component when it is left out. It has at least {FEWEST_TESTED} specimens "
        f"of it while the others keep {FEWEST_TRAINED}, counting those with a label that is not in doubt.\n\n"
        + "\n".join(lines)
        + "\n"
    )


def counts_figure(table: pd.DataFrame, counts: pd.DataFrame, components: list[str]) -> Figure:
    """Draw the table of components against laboratories, darker for more specimens.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect.
        counts: what :func:`count_endmembers` returned for it.
        components: the study's components.
    """
    wide = cells(table, components)
    specimens = counts.pivot(index="component", columns="laboratory", values="specimens_curated")
    shade = np.full(wide.shape, np.nan)
    shade[:-1, :-1] = specimens.loc[components].to_numpy(float)
    figure = Figure(figsize=(1.5 * wide.shape[1] + 1, 0.5 * wide.shape[0] + 1.3), layout="constrained")
    axes = figure.subplots()
    # Square roots keep five specimens apart from none beside a collection of hundreds; light enough for black text.
    edges = [np.arange(length + 1) - 0.5 for length in wide.shape[::-1]]
    axes.pcolormesh(*edges, np.sqrt(shade), cmap="Blues", vmin=0, vmax=2 * np.sqrt(max(np.nanmax(shade), 1)))
    axes.invert_yaxis()
    for (row, column), text in np.ndenumerate(wide.to_numpy()):
        axes.text(column, row, text, ha="center", va="center", fontsize=9)
    for entry in counts[counts["scored_when_left_out"]].itertuples():
        corner = (wide.columns.get_loc(entry.laboratory) - 0.47, wide.index.get_loc(entry.component) - 0.45)
        axes.add_patch(Rectangle(corner, 0.94, 0.9, fill=False, linewidth=1.6))
    axes.set_xticks(range(wide.shape[1]), wide.columns)
    axes.set_yticks(range(wide.shape[0]), wide.index)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(
        "spectra / specimens (spectra whose label is in doubt); darker: more specimens with a label not in doubt;\n"
        f"framed: scored when the laboratory is left out, {FEWEST_TESTED} specimens while the others keep "
        f"{FEWEST_TRAINED}",
        fontsize=9,
    )
    return figure
