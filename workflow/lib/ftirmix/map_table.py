"""From scores of single maps to the table of attribution methods, with intervals and controls."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.map_names import CAM_NAMES, CONTROLS, SCORE_NAMES, SEEN_FROM
from ftirmix.map_scores import DROP, EXCHANGES, MEASURED, SCORES, read_map_scores
from ftirmix.model_names import MODEL_NAMES
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap, Estimate
from ftirmix.summaries import PROTOCOL_NAMES, with_interval
from ftirmix.tables import tables_by_seed

MAP_COLUMNS = [
    "protocol", "model", "cam", "layer", "component", "share_low", "share_high", "score", "value", "low", "high",
    "control", "difference", "difference_low", "difference_high", "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip


def summarise_maps(
    files: list[tuple[str, int, str, int, Path]],
    statistics: StatisticsSettings,
    seen_from: float = SEEN_FROM,
    scores: list[str] = SCORES,
    controls: tuple[str, ...] = CONTROLS,
) -> pd.DataFrame:
    """Average the scores of all maps of minors over mixtures, folds and seeds.

    Args:
        files: protocol, fold, model, seed and file of the scores of each fit.
        statistics: of the bootstrap.
        seen_from: lowest share of the span that single components are scored on.
        scores: that are summarised.
        controls: maps that all are held against; by default those that know nothing of the component.

    Returns:
        Columns ``MAP_COLUMNS``. ``difference`` is to the best of the controls, on the same mixtures,
        with the same bootstrap weights.
    """
    fits = (((protocol, model), seed, path) for protocol, _fold, model, seed, path in files)
    tables = [
        summarise_fits(seeds, {"protocol": protocol, "model": model}, statistics, seen_from, scores, controls)
        for (protocol, model), seeds in tables_by_seed(fits, read_map_scores).items()
    ]
    return pd.concat(tables, ignore_index=True)[MAP_COLUMNS]


def summarise_fits(
    by_seed: list[pd.DataFrame],
    identity: dict[str, str],
    statistics: StatisticsSettings,
    seen_from: float,
    scores: list[str],
    controls: tuple[str, ...],
) -> pd.DataFrame:
    """Summarise all maps of one model under one protocol; one table of scores per seed, over the same mixtures."""
    maps = list(dict.fromkeys(zip(by_seed[0]["cam"], by_seed[0]["layer"], strict=True)))
    apart = [dict(list(table.groupby(["cam", "layer"], sort=False))) for table in by_seed]
    first = apart[0][maps[0]].reset_index(drop=True)
    bootstrap = bootstrap_of(first, statistics)
    values = {
        (key, score): np.stack([seed[key][score].to_numpy(dtype=float) for seed in apart])
        for key in maps
        for score in MEASURED
    }  # (seed, mixture) each
    rows = []
    for group, chosen in spans(first, seen_from):
        for score in scores:
            known = {cam: values[(cam, layer), score][:, chosen] for cam, layer in maps if cam in controls}
            control = max(known, key=lambda cam: np.nansum(known[cam]) / max((~np.isnan(known[cam])).sum(), 1))
            for cam, layer in maps:
                own = values[(cam, layer), score][:, chosen]
                whole = values[(cam, layer), DROP][:, chosen] if score in EXCHANGES else None
                mean = estimate(bootstrap, chosen, own, whole)
                difference = estimate(bootstrap, chosen, own - known[control], whole)
                rows.append(
                    identity
                    | {"cam": cam, "layer": layer, "score": score, "control": control}
                    | group
                    | vars(mean)
                    | {
                        "difference": difference.value,
                        "difference_low": difference.low,
                        "difference_high": difference.high,
                    }
                )
    return pd.DataFrame(rows)


def bootstrap_of(first: pd.DataFrame, statistics: StatisticsSettings, model: int = 0) -> ClusterBootstrap:
    """Draw specimens of binary mixtures, given the scores of one map with its two specimens per mixture."""
    codes = pd.factorize(np.concatenate(first["specimens"].to_list()))[0].reshape(-1, 2)
    return ClusterBootstrap(codes, statistics.replicates, statistics.level, statistics.seed, model=model)


def spans(first: pd.DataFrame, seen_from: float) -> list[tuple[dict, np.ndarray]]:
    """List the groups of mixtures: all of ``seen_from`` and more, whole and by component, and every share bin.

    Where no bin begins at ``seen_from`` or above, the whole is everything.
    """
    seen = (first["share_low"] >= seen_from - 1e-9).to_numpy()
    seen = seen if seen.any() else np.ones(len(first), dtype=bool)
    whole = {"share_low": float(first["share_low"][seen].min()), "share_high": float(first["share_high"].max())}
    groups = [({"component": "all"} | whole, seen)]
    for low, high in sorted(set(zip(first["share_low"], first["share_high"], strict=True))):
        if (low, high) != (whole["share_low"], whole["share_high"]):
            group = {"component": "all", "share_low": low, "share_high": high}
            groups.append((group, (first["share_low"] == low).to_numpy()))
    for name in sorted(set(first["component"])):
        groups.append(({"component": name} | whole, seen & (first["component"] == name).to_numpy()))
    return [(group, np.flatnonzero(inside)) for group, inside in groups if inside.any()]


def estimate(
    bootstrap: ClusterBootstrap, chosen: np.ndarray, values: np.ndarray, whole: np.ndarray | None = None
) -> Estimate:
    """Average values of shape (seed, mixture) where they are defined; with ``whole``, divide their sum by its sum.

    Mixtures without any value are not counted: some scores are of a part of the mixtures only.
    """
    counted = ~np.isnan(values).all(axis=0)
    chosen, values, whole = chosen[counted], values[:, counted], None if whole is None else whole[:, counted]
    defined = ~np.isnan(values)
    below = defined if whole is None else np.where(defined, whole, 0.0)
    return bootstrap.estimate(chosen, np.where(defined, values, 0.0), below)


def widest_spans(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield a heading and the rows of each model and protocol: over all minors, in the widest span of shares."""
    everyone = table[(table["component"] == "all") & (table["share_high"] == table["share_high"].max())]
    lowest = everyone.groupby(["protocol", "model"])["share_low"].transform("min")
    for (protocol, model), rows in everyone[everyone["share_low"] == lowest].groupby(["protocol", "model"], sort=False):
        one = rows.iloc[0]
        yield (
            f"\n## {MODEL_NAMES.get(model, model)}: {PROTOCOL_NAMES[protocol]}\n\n"
            f"Minor share {100 * one['share_low']:g}–{100 * one['share_high']:g} %; {one['n_mixtures']} mixtures of "
            f"{one['n_specimens']} specimens, seeds: {one['n_seeds']}.\n\n",
            rows,
        )


def maps_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the table: one line per map, over all minors at shares where most networks see them."""
    text = (
        "# Attribution maps against the truth\n\n"
        "Mean over the minor components of binary mixtures, over seeds, with the "
        f"{100 * level:g} % interval of a bootstrap over specimens and seeds. IoU: overlap of the map's highest "
        "positions, as many as the own bands have, with the own bands. Controls know nothing of the component; the "
        "contribution itself stays below 1 because own bands are defined at equal mixing ratio. A map that does not "
        "stand above the best control by more than the interval of the difference tells nothing that the spectrum "
        "itself does not. Effect removed: how much of the logit that taking the component out of the mixture costs is "
        "lost already when only the map's highest positions are changed to what they are without it; inserted: the "
        "other way round, on a part of the mixtures. Every share and component: attribution.csv.\n"
    )
    for heading, rows in widest_spans(table):
        text += heading
        lines = []
        for (cam, layer), scores in rows.groupby(["cam", "layer"], sort=False):
            by_score = scores.set_index("score")
            iou = by_score.loc["iou"]
            verdict = f"{'yes' if iou['difference_low'] > 0 else 'no'} ({iou['difference']:+.2f})"
            first = {"map": CAM_NAMES[cam], "layer": layer, SCORE_NAMES["iou"]: with_interval(iou, "value", 2)}
            first |= {"above the controls": "–" if cam in CONTROLS else verdict}
            others = {SCORE_NAMES[score]: with_interval(by_score.loc[score], "value", 2) for score in SCORES}
            lines.append(first | others)
        text += f"{pd.DataFrame(lines).to_markdown(index=False)}\n"
    return text
