"""Does where a map lies tell whether the minor was found, in pairs of polymers that the rule has not seen?

What all of a map adds up to predicts hits by construction, since it is the logit or close to it.
So only scores are asked here that a map keeps when it is multiplied by any factor.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ftirmix.map_names import CAM_NAMES, CONTROLS, SCORE_NAMES
from ftirmix.map_networks import FAMILY, mean_of, read_last_layers
from ftirmix.map_table import bootstrap_of
from ftirmix.model_names import MODEL_NAMES
from ftirmix.multiplicity import holm, two_sided_p
from ftirmix.predictions import LABELS, read_outcomes
from ftirmix.settings import StatisticsSettings
from ftirmix.summaries import PROTOCOL_NAMES
from ftirmix.tables import tables_by_seed

PREDICTION_COLUMNS = [
    "protocol", "model", "cam", "layer", "score", "auc_share", "auc", "gain", "low", "high", "p", "p_holm", "n_family",
    "above_control", "above_low", "above_high", "n_mixtures", "n_specimens", "n_pairs", "n_seeds",
]  # fmt: skip
LOCATIONS = ("iou", "own_band_attribution")
# A control that must gain nothing: the same scores among mixtures of the same pair and share in another order.
SHUFFLED = "shuffled"


def read_found(files: tuple[Path, Path], task: str) -> pd.DataFrame:
    """Read map scores of a fit, with whether the minor was found: column ``found``.

    Args:
        files: scores and outcomes of the fit.
        task: whose thresholds decide.
    """
    scores, outcomes = read_last_layers(files[0]), read_outcomes(files[1])
    chosen = outcomes[(outcomes["task"] == task) & (outcomes["labels"] == LABELS[0])]
    called = chosen.set_index(["mixture", "component"])["called"]
    keys = pd.MultiIndex.from_frame(scores[["mixture", "component"]])
    return scores.assign(found=called.loc[keys].to_numpy())


def predict_hits(
    files: Iterable[tuple[str, int, str, int, tuple[Path, Path]]], task: str, statistics: StatisticsSettings
) -> pd.DataFrame:
    """Predict hits in every pair by a rule that was fitted to all other pairs, with and without the map.

    The rule is a logistic regression on the share bin, and on the share bin and one score of the
    map. ``gain`` is by how much the score lowers the log loss, in bits per minor: above 0, where a
    map lies tells of hits what the share does not, in pairs that the rule never saw. Pairs differ in
    how easy they are, and the absorbance shows that as well; so a map must gain more than it.

    Args:
        files: protocol, fold, model, seed, and files of scores and outcomes of each fit.
        task: whose thresholds decide what was found.
        statistics: of the bootstrap over specimens and seeds.

    Returns:
        Columns ``PREDICTION_COLUMNS``.
    """
    fits = (((protocol, model), seed, paths) for protocol, _fold, model, seed, paths in files)
    rows: list[dict] = []
    for (protocol, model), seeds in tables_by_seed(fits, lambda paths: read_found(paths, task)).items():
        identity = {"protocol": protocol, "model": model}
        rows += [identity | row for row in gains(seeds, statistics)]
    table = pd.DataFrame(rows).reindex(columns=PREDICTION_COLUMNS)
    families = table.groupby([name for name in FAMILY if name != "cam"], sort=False)["p"]
    return table.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())), n_family=families.transform("count"))


def gains(by_seed: list[pd.DataFrame], statistics: StatisticsSettings) -> list[dict]:
    """Say what every map gains; one table of scores and hits per seed, over the same mixtures."""
    apart = [dict(list(table.groupby(["cam", "layer"], sort=False))) for table in by_seed]
    first = apart[0]["absorbance", "spectrum"].reset_index(drop=True)
    bootstrap = bootstrap_of(first, statistics)
    found = np.stack([seed["absorbance", "spectrum"]["found"].to_numpy(dtype=bool) for seed in apart])
    bins = pd.factorize(first["share_low"])[0]
    names = zip(first["component"], first["partner"], strict=True)
    pairs = pd.factorize(np.array([" ".join(sorted(pair)) for pair in names]))[0]
    cells = pairs * (bins.max() + 1) + bins
    rows = []
    for score in LOCATIONS:
        known = {key: np.stack([seed[key][score].to_numpy(dtype=float) for seed in apart]) for key in apart[0]}
        known = {key: values for key, values in known.items() if key[0] not in ("random", "contribution")}
        known = {key: values for key, values in known.items() if scored_everywhere(apart, key)}
        # Without an own band there is nothing to find; a map without a positive part finds none of it.
        kept = np.flatnonzero(~np.isnan(np.stack(list(known.values()))).all(axis=(0, 1)))
        known = {key: np.nan_to_num(values) for key, values in known.items()}
        hits = found[:, kept]
        if len(kept) == 0 or hits.all() or not hits.any() or len(set(pairs[kept])) < 2:
            continue
        known[SHUFFLED, "spectrum"] = shuffled_within(known[list(known)[0]], cells)
        by_share = held_out(bins[kept], pairs[kept], hits)
        losses = log_loss_bits(by_share, hits)
        answers = {key: held_out(bins[kept], pairs[kept], hits, values[:, kept]) for key, values in known.items()}
        gained = {key: losses - log_loss_bits(answer, hits) for key, answer in answers.items()}
        control = gained["absorbance", "spectrum"]
        tail = (1 - statistics.level) / 2
        for (cam, layer), gain in gained.items():
            drawn, above = (np.round(mean_of(bootstrap, kept, part), 6) for part in (gain, gain - control))
            low, high = np.quantile(drawn, [tail, 1 - tail])
            above_low, above_high = np.quantile(above, [tail, 1 - tail])
            rows.append({
                "cam": cam, "layer": layer, "score": score, "auc_share": roc_auc_score(hits.ravel(), by_share.ravel()),
                "auc": roc_auc_score(hits.ravel(), answers[cam, layer].ravel()), "gain": float(gain.mean()),
                "low": low, "high": high, "p": two_sided_p(drawn), "above_control": float((gain - control).mean()),
                "above_low": above_low, "above_high": above_high, "n_mixtures": len(kept),
                "n_specimens": len(np.unique(bootstrap.specimens[kept])), "n_pairs": len(set(pairs[kept])),
                "n_seeds": len(hits),
            })  # fmt: skip
    return rows


def scored_everywhere(apart: list[dict[tuple, pd.DataFrame]], key: tuple[str, str]) -> bool:
    """Tell whether a map was scored on all mixtures with an own band; costly ones are on a part only."""
    unknown = [[seed[name]["iou"].isna().to_numpy() for name in (key, ("absorbance", "spectrum"))] for seed in apart]
    return not any((own & ~control).any() for own, control in unknown)


def held_out(bins: np.ndarray, pairs: np.ndarray, hits: np.ndarray, scores: np.ndarray | None = None) -> np.ndarray:
    """Return the probability of a hit, for every pair by a rule fitted to all others; shape (seed, mixture).

    Args:
        bins: number of the share bin, shape (mixture,).
        pairs: number of the pair, same shape.
        hits: shape (seed, mixture).
        scores: of the maps, same shape; the share alone decides where None.
    """
    features = [np.broadcast_to(np.eye(bins.max() + 1)[bins], (len(hits), len(bins), bins.max() + 1))]
    if scores is not None:
        spread = scores.std()
        features.append(((scores - scores.mean()) / (spread if spread > 0 else 1.0))[:, :, None])
    table = np.concatenate(features, axis=2)
    answer = np.empty(hits.shape)
    for pair in np.unique(pairs):
        others = pairs != pair
        seen, known = table[:, others].reshape(-1, table.shape[2]), hits[:, others].ravel()
        if known.all() or not known.any():
            answer[:, ~others] = known.mean()
            continue
        rule = LogisticRegression(C=10.0, max_iter=500).fit(seen, known)
        answer[:, ~others] = rule.predict_proba(table[:, ~others].reshape(-1, table.shape[2]))[:, 1].reshape(
            len(hits), -1
        )
    return answer


def log_loss_bits(probability: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """Return -log2 of the probability that was given to what came about, shape unchanged."""
    given = np.where(hits, probability, 1.0 - probability)
    return -np.log2(np.clip(given, 1e-6, 1.0))


def shuffled_within(scores: np.ndarray, cells: np.ndarray, seed: int = 0) -> np.ndarray:
    """Exchange scores, shape (seed, mixture), among the mixtures of each cell, shape (mixture,)."""
    rng, exchanged = np.random.default_rng(seed), scores.copy()
    for cell in np.unique(cells):
        rows = np.flatnonzero(cells == cell)
        exchanged[:, rows] = scores[:, rng.permutation(rows)]
    return exchanged


def prediction_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the table, one line per network and map."""
    text = (
        "# Does where a map lies tell whether the minor was found\n\n"
        "For every pair of polymers, hits are predicted by a logistic regression that was fitted to all other pairs: "
        "on the share alone, and on the share and the score of the map. Gain: by how many bits per minor the score "
        f"lowers the log loss, with the {100 * level:g} % interval of a bootstrap over specimens and seeds and p after "
        "Holm's correction over the maps. Easy and difficult pairs differ in the spectrum already, so beside it stands "
        "the gain less that of the absorbance, which knows nothing of the network. The score among mixtures of the "
        "same pair and share in another order is a control: it can hold what is common to a pair, and nothing else.\n"
    )
    names = CAM_NAMES | {SHUFFLED: "control: the first map's scores, shuffled within pair and share"}
    for (protocol, score), rows in table.groupby(["protocol", "score"], sort=False):
        lines = [
            {
                "network": MODEL_NAMES.get(row["model"], row["model"]),
                "map": names[row["cam"]],
                "AUC, share alone": f"{row['auc_share']:.3f}",
                "AUC, share and map": f"{row['auc']:.3f}",
                "gain, bits": f"{row['gain']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})",
                "p, Holm": f"{row['p_holm']:.3f}",
                "above the absorbance": "–"
                if row["cam"] in (*CONTROLS, SHUFFLED)
                else f"{row['above_control']:+.3f} ({row['above_low']:+.3f} to {row['above_high']:+.3f})",
                "mixtures": row["n_mixtures"],
                "pairs": row["n_pairs"],
                "seeds": row["n_seeds"],
            }
            for _, row in rows.iterrows()
        ]
        body = pd.DataFrame(lines).to_markdown(index=False)
        text += f"\n## {SCORE_NAMES[score]}: {PROTOCOL_NAMES[protocol]}\n\n{body}\n"
    return text
