"""Neglect and recall of every minor component in every partner."""

import numpy as np
import pandas as pd

from ftirmix.neglect_readings import Readings
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap

PAIR_COLUMNS = [
    "protocol", "model", "cam", "layer", "component", "partner", "share_low", "share_high",
    "neglect_index", "low", "high", "logit_drop", "recall", "recall_low", "recall_high",
    "n_mixtures", "n_specimens", "n_seeds", "n_left_out",
]  # fmt: skip
# Below this share most minors are missed whatever the pair, and the matrix would show the share.
LOWEST_SHARE = 0.05


def pair_table(readings: dict[tuple[str, str], Readings], statistics: StatisticsSettings) -> pd.DataFrame:
    """Build the table of ``PAIR_COLUMNS``, shares from 5 % up (or the highest bin, if all are lower).

    ``recall`` is over all mixtures of a pair, the index over those on which it is defined;
    ``n_left_out`` counts the others. ``n_specimens`` are those of the minor component.
    """
    rows = []
    for (protocol, model), one in readings.items():
        bootstrap = ClusterBootstrap(one.specimens, statistics.replicates, statistics.level, statistics.seed)
        bins = [span for span in one.shares if span[0] >= LOWEST_SHARE - 1e-9] or one.shares[-1:]
        low, high = bins[0][0], bins[-1][1]
        inside = one.in_share(low, high)
        for component, partner in sorted(set(zip(one.mixtures["component"], one.mixtures["partner"], strict=True))):
            pair = (one.mixtures["component"] == component) & (one.mixtures["partner"] == partner)
            chosen = np.flatnonzero(inside & pair.to_numpy())
            if len(chosen) == 0:
                continue
            recall = bootstrap.estimate(chosen, one.called[:, chosen])
            for cam, layer in one.mixed:
                mixed, pure = one.mixed[cam, layer][:, chosen], one.pure[cam, layer][:, chosen]
                kept = ~np.isnan(mixed) & ~np.isnan(pure)
                ratio = bootstrap.estimate(chosen, np.where(kept, mixed, 0.0), np.where(kept, pure, 0.0))
                used = kept.any(axis=0)
                counts = (int(used.sum()), len(np.unique(one.specimens[chosen[used], 0])), ratio.n_seeds)
                rows.append(
                    (protocol, model, cam, layer, component, partner, low, high)
                    + (1 - ratio.value, 1 - ratio.high, 1 - ratio.low, float(one.logit_drop[:, chosen].mean()))
                    + (recall.value, recall.low, recall.high, *counts, int((~used).sum()))
                )
    return pd.DataFrame(rows, columns=PAIR_COLUMNS)
