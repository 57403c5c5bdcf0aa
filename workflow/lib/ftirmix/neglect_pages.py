"""Short tables in Markdown that stand in front of the tables of neglect."""

import numpy as np
import pandas as pd

from ftirmix.statistics import FEWEST_SPECIMENS
from ftirmix.summaries import share_text, with_interval

QUANTITY_NAMES = {
    "neglect_index": "neglect index",
    "index_with_zeros": "neglect index, maps without positive part as 0",
    "own_band_attribution": "own-band attribution",
    "slope": "slope of the index per doubling of the share",
}
COMPARISON_TITLES = {
    "instrument": "Two instruments, same fits, mixtures and layer",
    "layer": "An earlier layer against the last, same instrument",
    "dose_response": "Slope of the neglect index over the share, against none",
    "outcome": "Minor components found against missed, at equal share",
}


def instrument_markdown(table: pd.DataFrame, level: float, replicates: int) -> str:
    """Write the paired comparisons of instruments, layers and outcomes, a section each."""
    text = (
        "# Does the network neglect the minor component, or the instrument?\n\n"
        "All figures are about minor components of binary mixtures. Two readings are compared on those fits and "
        "mixtures only on which both are defined, with the same bootstrap weights of specimens and seeds: the "
        f"difference is paired, its interval covers {100 * level:g} %. p is two-sided, from the bootstrap, and can "
        f"be no smaller than {2 / (replicates + 1):.2g} with {replicates} replicates; beside it p after Holm's "
        "correction within the family: same protocol, model, comparison and quantity. Specimens are those of the "
        f"minor component; below {FEWEST_SPECIMENS} nothing is tested. The index with zeros keeps mixtures whose map "
        "has no positive part and gives them no attribution. A negative slope is neglect that grows as the share "
        "falls. Own bands are widened by half the resolution of each layer's map, so own-band attribution, unlike "
        "the index, is not the same figure at two layers.\n"
    )
    for (protocol, model, comparison), rows in table.groupby(["protocol", "model", "comparison"], sort=False):
        lines = [
            {
                "quantity": QUANTITY_NAMES[row["quantity"]],
                "first": f"{row['cam']}, {row['layer']}",
                "second": row["against"],
                "minor share, %": share_text(row),
                "first value": number(row["first"]),
                "second value": number(row["second"]),
                "difference": with_interval(row, "difference") if pd.notna(row["p"]) else "–",
                "p": number(row["p"]),
                "p, Holm": number(row["p_holm"]),
                "of": row["n_family"],
                "mixtures": row["n_mixtures"],
                "specimens": row["n_specimens"],
            }
            for _, row in rows.iterrows()
        ]
        text += f"\n## {COMPARISON_TITLES[comparison]}: {protocol}, {model}\n\n"
        text += pd.DataFrame(lines).to_markdown(index=False, disable_numparse=True) + "\n"
    return text


def number(value: float) -> str:
    """Write a figure with three decimals, a dash where there is none."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def pairs_markdown(table: pd.DataFrame, level: float) -> str:
    """Write the pairs in which most minors are missed, and say what the table holds."""
    recalls = table.drop_duplicates(["protocol", "model", "component", "partner"])
    worst = recalls.sort_values(["protocol", "model", "recall"], kind="stable").groupby(["protocol", "model"]).head(5)
    lines = [
        {
            "protocol": row["protocol"],
            "model": row["model"],
            "minor": row["component"],
            "partner": row["partner"],
            "minor share, %": share_text(row),
            "recall": f"{row['recall']:.2f} ({row['recall_low']:.2f}–{row['recall_high']:.2f})",
            "specimens of the minor": row["n_specimens"],
        }
        for _, row in worst.iterrows()
    ]
    return (
        "# Neglect and recall by pair\n\n"
        f"Every minor component in every partner, {100 * level:g} % intervals over specimens and seeds. The five pairs "
        "with the lowest recall per model; all of them, with the neglect index by each instrument, follow below.\n\n"
        f"{pd.DataFrame(lines).to_markdown(index=False)}\n"
    )


def classes_markdown(table: pd.DataFrame, level: float) -> str:
    """Write the papers' form of neglect by share, for all mixtures."""
    lines = [
        {
            "model": row["model"],
            "map": f"{row['cam']}, {row['layer']}",
            "minor share, %": share_text(row),
            "neglect index": with_interval(row, "neglect_index", 2),
            "median of single indices": number(row["median_index"]),
            "minor's part of attribution": number(row["attribution_part"]),
            "minor's part of contribution": number(row["contribution_part"]),
            "mixtures": row["n_mixtures"],
            "specimens": row["n_specimens"],
            "without own band": row["n_no_own_band"],
            "without positive part": row["n_no_positive"],
            "positive elsewhere only": row["n_elsewhere"],
        }
        for _, row in table[table["outcome"] == "all"].iterrows()
    ]
    return (
        "# Neglect in the papers' form\n\n"
        "One laboratory split at random (it leaks: the same endmembers train and test), one softmax class per pure "
        "polymer and per pair. On the map of the mixture's own class: 1 less the minor's part of the attribution over "
        "its part of the contribution, both summed over the own bands of minor and major. 0: the minor gets its share, "
        "1: nothing, below 0: more than its share. Ratio of means over mixtures, "
        f"{100 * level:g} % intervals over specimens and seeds.\n\n"
        f"{pd.DataFrame(lines).to_markdown(index=False)}\n"
    )
