"""The table of SSG-CAM's variants: each with its interval, and its difference from the study's own."""

from pathlib import Path

import pandas as pd

from ftirmix.map_names import SCORE_NAMES, SEEN_FROM
from ftirmix.map_table import summarise_maps, widest_spans
from ftirmix.settings import StatisticsSettings
from ftirmix.ssg_variants import OWN, VARIANTS
from ftirmix.summaries import with_interval

# Overlap, and overlap of a blurred copy: what smoothing gains as blur is gained there by all.
COMPARED = ["iou", "iou_blurred"]
SSG_COLUMNS = [
    "protocol", "model", "layer", "orders", "sigma_cm1", "component", "share_low", "share_high", "score", "value",
    "low", "high", "difference", "difference_low", "difference_high", "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip


def summarise_ssg(files: list[tuple[str, int, str, int, Path]], statistics: StatisticsSettings) -> pd.DataFrame:
    """Average the scores of all variants over validation mixtures, folds and seeds.

    Args:
        files: protocol, fold, model, seed and file of the scores of each fit.
        statistics: of the bootstrap.

    Returns:
        Columns ``SSG_COLUMNS``; ``difference`` is from the study's own variant, on the same
        mixtures, with the same bootstrap weights.
    """
    table = summarise_maps(files, statistics, SEEN_FROM, COMPARED, (OWN.name,))
    chosen = table["cam"].map(VARIANTS)
    table["orders"] = [variant.order for variant in chosen]
    table["sigma_cm1"] = [variant.sigma_cm1 for variant in chosen]
    return table[SSG_COLUMNS]


def ssg_markdown(table: pd.DataFrame, level: float) -> str:
    """Write the page: per protocol and network one line per variant, over all minors at shares that most see."""
    text = (
        "# SSG-CAM by order and smoothing\n\n"
        f"At the last layer, on the minor components of binary validation mixtures; with the {100 * level:g} % "
        "interval of a bootstrap over specimens and seeds. Difference: of the IoU from the study's own variant "
        f"(orders {OWN.order}, {OWN.sigma_cm1:g} cm⁻¹) on the same mixtures. A position of the layer is 16 cm⁻¹ "
        "wide, so that 4 cm⁻¹ cannot differ from none. Behind the last layer networks are piecewise linear: the "
        "second order is that of the probability alone. Single shares and components: ssg_ablation.csv.\n"
    )
    for heading, rows in widest_spans(table):
        text += heading
        lines = []
        for (orders, sigma), scores in rows.groupby(["orders", "sigma_cm1"], sort=False):
            by_score = scores.set_index("score")
            apart = by_score.loc["iou", ["difference", "difference_low", "difference_high"]]
            apart.index = pd.Index(["value", "low", "high"])
            own = (orders, sigma) == (OWN.order, OWN.sigma_cm1)
            line = {"orders": orders, "sigma, cm⁻¹": f"{sigma:g}"}
            line |= {SCORE_NAMES[score]: with_interval(by_score.loc[score], "value") for score in COMPARED}
            lines.append(line | {"difference": "–" if own else with_interval(apart, "value")})
        # As text: the order 1 is not a number to be aligned beside 1+2.
        text += f"{pd.DataFrame(lines).to_markdown(index=False, disable_numparse=True)}\n"
    return text
