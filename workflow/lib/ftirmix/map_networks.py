"""Does one network look at minor components more than another? Scores of maps, mixture by mixture, at equal share."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.map_names import CAM_NAMES, CONTROLS, SCORE_NAMES, SEEN_FROM
from ftirmix.map_scores import read_map_scores
from ftirmix.map_table import bootstrap_of, spans
from ftirmix.model_names import MODEL_NAMES
from ftirmix.multiplicity import holm, two_sided_p
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap
from ftirmix.summaries import PROTOCOL_NAMES
from ftirmix.tables import tables_by_seed

NETWORK_COLUMNS = [
    "protocol", "model", "reference", "cam", "layer", "score", "share_low", "share_high", "value", "reference_value",
    "difference", "low", "high", "p", "p_holm", "n_family", "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip
# Scores that need the truth alone and are known of every mixture.
COMPARED_SCORES = ("iou", "own_band_attribution", "pointing")
# Comparisons that are corrected together, by Holm: all shares.
FAMILY = ["protocol", "model", "cam", "score"]
LAST = "last"
# What the page tells of; the whole table has every map.
TOLD = ("grad_cam", "hires_cam", "layer_cam", "ssg_cam", "de_ssg_cam", "consensus")


def last_layers(table: pd.DataFrame) -> pd.DataFrame:
    """Keep of every method the map of the last layer, called ``last``, and maps of the spectrum or of all layers.

    Networks have different numbers of layers, so that only the last one is the same thing in all.

    Args:
        table: scores of one fit, layers first to last.
    """
    blocks = [name for name in dict.fromkeys(table["layer"]) if name.startswith("block")]
    kept = table[~table["layer"].isin(blocks[:-1])]
    return kept.assign(layer=kept["layer"].replace(dict.fromkeys(blocks, LAST)))


def read_last_layers(path: Path) -> pd.DataFrame:
    """Read scores of one fit, of its last layer and of maps that belong to no single layer."""
    return last_layers(read_map_scores(path))


def compare_networks(
    files: Iterable[tuple[str, int, str, int, Path]], reference: str, statistics: StatisticsSettings
) -> pd.DataFrame:
    """Hold the maps of every network against those of the reference, on the same mixtures.

    Both networks were shown the same mixtures, so specimens are drawn alike for both; seeds for
    each on their own. Mixtures count on which the maps of both, of every seed, are defined.

    Args:
        files: protocol, fold, model, seed and file of the scores of each fit.
        reference: name of a network.
        statistics: of the bootstrap.

    Returns:
        Columns ``NETWORK_COLUMNS``; ``share_low`` and ``share_high`` are those of every bin and of
        the span in which most networks see the minor. Empty without the reference or any other.
    """
    fits = (((protocol, model), seed, path) for protocol, _fold, model, seed, path in files)
    by_model = tables_by_seed(fits, read_last_layers)
    rows: list[dict] = []
    for number, ((protocol, model), seeds) in enumerate(by_model.items(), start=1):
        if model != reference and (protocol, reference) in by_model:
            identity = {"protocol": protocol, "model": model, "reference": reference}
            rows += [identity | row for row in differences(seeds, by_model[protocol, reference], statistics, number)]
    table = pd.DataFrame(rows).reindex(columns=NETWORK_COLUMNS)
    families = table.groupby(FAMILY, sort=False)["p"]
    return table.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())), n_family=families.transform("count"))


def differences(
    own: list[pd.DataFrame], other: list[pd.DataFrame], statistics: StatisticsSettings, number: int
) -> list[dict]:
    """Compare two networks by every method, score and span; tables of scores by seed, over the same mixtures."""
    by_map = [[dict(list(table.groupby(["cam", "layer"], sort=False))) for table in seeds] for seeds in (own, other)]
    maps = [key for key in by_map[0][0] if key in by_map[1][0] and key[0] not in (*CONTROLS, "contribution")]
    if not maps:
        return []
    first = by_map[0][0][maps[0]].reset_index(drop=True)
    drawn = [bootstrap_of(first, statistics, model) for model in (number, 0)]
    groups = [(group, chosen) for group, chosen in spans(first, SEEN_FROM) if group["component"] == "all"]
    rows = []
    for cam, layer in maps:
        for score in COMPARED_SCORES:
            sides = [np.stack([seed[cam, layer][score].to_numpy(dtype=float) for seed in seeds]) for seeds in by_map]
            if any(side.shape[1] != len(first) for side in sides):
                raise ValueError("the scores of two networks are not of the same mixtures")
            defined = ~np.isnan(sides[0]).any(axis=0) & ~np.isnan(sides[1]).any(axis=0)
            for group, chosen in groups:
                kept = chosen[defined[chosen]]
                if len(kept) == 0:
                    continue
                values = [float(side[:, kept].mean()) for side in sides]
                replicates = [
                    mean_of(bootstrap, kept, side[:, kept]) for bootstrap, side in zip(drawn, sides, strict=True)
                ]
                # Sums are single precision: without rounding, equal maps would differ in the eighth digit.
                gap = np.round(replicates[0] - replicates[1], 6)
                low, high = np.quantile(gap, [(1 - statistics.level) / 2, (1 + statistics.level) / 2])
                rows.append({
                    "cam": cam, "layer": layer, "score": score,
                    "share_low": group["share_low"], "share_high": group["share_high"],
                    "value": values[0], "reference_value": values[1], "difference": values[0] - values[1],
                    "low": low, "high": high, "p": two_sided_p(gap), "n_mixtures": len(kept),
                    "n_specimens": len(np.unique(drawn[0].specimens[kept])), "n_seeds": len(own),
                })  # fmt: skip
    return rows


def mean_of(bootstrap: ClusterBootstrap, rows: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Average values of shape (seed, mixture) in every replicate, shape (replicate,)."""
    total, weight = bootstrap.totals(rows, np.stack([values, np.ones_like(values)]))
    return total / weight


def networks_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the table: IoU and part on own bands of every network's maps less those of the reference."""
    text = (
        "# Which network looks at the minor component more\n\n"
        "Scores of each network's maps less those of the reference network's, on the same mixtures and at equal share: "
        f"difference with its {100 * level:g} % interval of a bootstrap over specimens and seeds, and p after Holm's "
        "correction over the shares. A network that finds more of the minors is not one that looks at them better: "
        "these scores ask where a map lies, not how much of it there is. All maps and scores: map_networks.csv.\n"
    )
    told = table[(table["score"] != "pointing") & table["cam"].isin(TOLD)]
    for (protocol, score), rows in told.groupby(["protocol", "score"], sort=False):
        lines = []
        for (model, cam), single in rows.groupby(["model", "cam"], sort=False):
            line = {"network": MODEL_NAMES.get(model, model), "map": CAM_NAMES[cam]}
            for _, row in single.sort_values(["share_high", "share_low"]).iterrows():
                share = f"{100 * row['share_low']:g}–{100 * row['share_high']:g} %"
                line[share] = f"{row['difference']:+.2f} ({row['low']:+.2f} to {row['high']:+.2f})" + (
                    " *" if row["p_holm"] < 0.05 else ""
                )
            lines.append(line | {"mixtures": single["n_mixtures"].max(), "seeds": single["n_seeds"].max()})
        reference = MODEL_NAMES.get(rows["reference"].iloc[0], rows["reference"].iloc[0])
        text += (
            f"\n## {SCORE_NAMES[score]}, less that of {reference}: {PROTOCOL_NAMES[protocol]}\n\n"
            f"\\*: p below 0.05 after correction.\n\n{pd.DataFrame(lines).to_markdown(index=False)}\n"
        )
    return text
