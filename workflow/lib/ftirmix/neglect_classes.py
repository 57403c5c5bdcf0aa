"""The papers' form of neglect on disk, and its summary by share."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap
from ftirmix.tables import read_parquet, tables_by_seed, write_parquet

# The map of one binary mixture's own softmax class.
CLASSES_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("cam", pa.string(), nullable=False),
        pa.field("layer", pa.string(), nullable=False),
        pa.field("minor_component", pa.string(), nullable=False),
        pa.field("minor_share", pa.float64(), nullable=False),
        pa.field("specimens", pa.list_(pa.string()), nullable=False),
        # Whether the best class is the mixture's own.
        pa.field("named", pa.bool_(), nullable=False),
        # The minor's part of what lies on the own bands of both; null where undefined.
        pa.field("attribution_part", pa.float64()),
        pa.field("contribution_part", pa.float64()),
        pa.field("neglect_index", pa.float64()),
        pa.field("no_own_band", pa.bool_(), nullable=False),
        pa.field("no_positive", pa.bool_(), nullable=False),
    ]
)
CLASSES_COLUMNS = [
    "protocol", "model", "cam", "layer", "share_low", "share_high", "outcome", "neglect_index", "low", "high",
    "median_index", "attribution_part", "contribution_part", "n_mixtures", "n_specimens", "n_seeds",
    "n_no_own_band", "n_no_positive", "n_elsewhere",
]  # fmt: skip


def write_classes(path: Path, table: pd.DataFrame) -> None:
    """Write the papers' form per mixture, method and layer to Parquet (``CLASSES_SCHEMA``)."""
    write_parquet(path, pa.Table.from_pandas(table, schema=CLASSES_SCHEMA, preserve_index=False))


def read_classes(path: Path) -> pd.DataFrame:
    """Read what :func:`write_classes` wrote."""
    return read_parquet(path, CLASSES_SCHEMA).to_pandas()


def bins_from(share_bins: list[tuple[float, float]], lowest: float) -> list[tuple[float, float]]:
    """Return the study's share bins from a lowest share up; the bin that holds it begins there."""
    return [(max(low, lowest), high) for low, high in share_bins if high > lowest]


def classes_table(
    fits: list[tuple[str, int, str, int, Path]], bins: list[tuple[float, float]], statistics: StatisticsSettings
) -> pd.DataFrame:
    """Summarise the papers' form over draws and seeds, columns ``CLASSES_COLUMNS``.

    Args:
        fits: protocol, fold, model, seed and file of each table of :func:`write_classes`.
        bins: limits of the share, lowest first.
        statistics: of the bootstrap.
    """
    files = (((protocol, model), seed, path) for protocol, _fold, model, seed, path in fits)
    rows = []
    for (protocol, model), whole in tables_by_seed(files, read_classes).items():
        for cam, layer in whole[0][["cam", "layer"]].drop_duplicates().itertuples(index=False):
            chosen = [
                table[(table["cam"] == cam) & (table["layer"] == layer)].reset_index(drop=True) for table in whole
            ]
            named = {"protocol": protocol, "model": model, "cam": cam, "layer": layer}
            rows += [{**named, **row} for row in summarise_classes(chosen, bins, statistics)]
    return pd.DataFrame(rows, columns=CLASSES_COLUMNS)


def summarise_classes(
    by_seed: list[pd.DataFrame], bins: list[tuple[float, float]], statistics: StatisticsSettings
) -> list[dict]:
    """Summarise one model, method and layer, over the whole range and by share bin.

    The index of many mixtures is one less the mean attribution part over the mean contribution part,
    with intervals over specimens and seeds; the median of single indices stands beside it.

    Args:
        by_seed: one table per seed, all over the same mixtures.
        bins: limits of the share, lowest first.
        statistics: of the bootstrap.
    """
    first = by_seed[0]
    codes = pd.factorize(np.concatenate(first["specimens"].to_list()))[0].reshape(-1, 2)
    bootstrap = ClusterBootstrap(codes, statistics.replicates, statistics.level, statistics.seed)
    names = ("attribution_part", "contribution_part", "neglect_index", "no_own_band", "no_positive", "named")
    values = {name: np.stack([table[name].to_numpy() for table in by_seed]) for name in names}
    share = first["minor_share"].to_numpy()
    rows = []
    for low, high in [(bins[0][0], bins[-1][1]), *(bins if len(bins) > 1 else [])]:
        chosen = np.flatnonzero((share >= low) & ((share < high) | (high == bins[-1][1])))
        part = {name: array[:, chosen] for name, array in values.items()}
        named = part["named"].astype(bool)
        for outcome, weight in (("all", np.ones_like(named)), ("named", named), ("misnamed", ~named)):
            undefined = np.isnan(part["attribution_part"]) | np.isnan(part["contribution_part"])
            kept = weight & ~undefined
            attributed, contributed = (
                np.where(kept, part[name], 0.0) for name in ("attribution_part", "contribution_part")
            )
            ratio = bootstrap.estimate(chosen, attributed, contributed)
            used, single = kept.any(axis=0), part["neglect_index"][kept]
            without, bare = part["no_own_band"].astype(bool), part["no_positive"].astype(bool)
            rows.append(
                {
                    "share_low": low,
                    "share_high": high,
                    "outcome": outcome,
                    "neglect_index": 1 - ratio.value,
                    "low": 1 - ratio.high,
                    "high": 1 - ratio.low,
                    "median_index": float(np.median(single)) if len(single) else np.nan,
                    "attribution_part": attributed.sum() / kept.sum() if kept.any() else np.nan,
                    "contribution_part": contributed.sum() / kept.sum() if kept.any() else np.nan,
                    "n_mixtures": int(used.sum()),
                    "n_specimens": len(np.unique(codes[chosen[used]])),
                    "n_seeds": len(by_seed),
                    "n_no_own_band": int((weight & without).any(axis=0).sum()),
                    "n_no_positive": int((weight & ~without & bare).any(axis=0).sum()),
                    "n_elsewhere": int((weight & ~without & ~bare & undefined).any(axis=0).sum()),
                }
            )
    return rows
