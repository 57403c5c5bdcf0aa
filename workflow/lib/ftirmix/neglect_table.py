"""From attribution maps to the table of neglect: per mixture first, then with intervals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.mixture_sets import MixtureSet
from ftirmix.neglect import neglect_index, own_band_attribution, own_bands
from ftirmix.settings import StatisticsSettings
from ftirmix.spectra import Spectra
from ftirmix.statistics import ClusterBootstrap
from ftirmix.tables import read_parquet, tables_by_seed, write_parquet

NEGLECT_COLUMNS = [
    "protocol", "model", "cam", "layer", "component", "partner", "share_low", "share_high", "outcome",
    "neglect_index", "own_band_attribution", "logit_drop", "low", "high",
    "n_mixtures", "n_specimens", "n_no_own_band", "n_no_positive",
]  # fmt: skip
# Checks of the index that go into the summary beside it; they are not columns of neglect.csv.
CHECK_COLUMNS = ["index_with_zeros", "median_index", "no_positive_mixture", "no_positive_pure"]

# Neglect of one component in one binary mixture.
NEGLECT_SCHEMA = pa.schema(
    [
        pa.field("mixture", pa.string(), nullable=False),
        pa.field("component", pa.string(), nullable=False),
        pa.field("partner", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("mixing_ratio", pa.float64(), nullable=False),
        pa.field("share_low", pa.float64(), nullable=False),
        pa.field("share_high", pa.float64(), nullable=False),
        pa.field("specimens", pa.list_(pa.string()), nullable=False),
        pa.field("called", pa.bool_(), nullable=False),
        # Null where the component has no own band or the map no positive part.
        pa.field("own_band_attribution", pa.float64()),
        pa.field("own_band_attribution_pure", pa.float64()),
        pa.field("neglect_index", pa.float64()),
        pa.field("logit_drop", pa.float64(), nullable=False),
        pa.field("no_own_band", pa.bool_(), nullable=False),
        pa.field("no_positive_mixture", pa.bool_(), nullable=False),
        pa.field("no_positive_pure", pa.bool_(), nullable=False),
    ]
)


def write_neglect(path: Path, table: pd.DataFrame) -> None:
    """Write neglect per mixture and component to Parquet (``NEGLECT_SCHEMA``)."""
    write_parquet(path, pa.Table.from_pandas(table, schema=NEGLECT_SCHEMA, preserve_index=False))


def read_neglect(path: Path) -> pd.DataFrame:
    """Read neglect written by :func:`write_neglect`."""
    return read_parquet(path, NEGLECT_SCHEMA).to_pandas()


def neglect_of_mixtures(
    mixtures: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    table: pd.DataFrame,
    maps: np.ndarray,
    resolution: int,
    called: pd.DataFrame,
) -> pd.DataFrame:
    """Measure own-band attribution and neglect of both components of every binary mixture.

    Args:
        mixtures: the test mixtures.
        endmembers: all endmembers of the study.
        components: the study's components.
        table: rows of the attribution maps: mixture, view, component, logit, logit_without.
        maps: the maps themselves, shape (row, wavenumber).
        resolution: grid points per map position.
        called: columns mixture, component, called.

    Returns:
        One row per binary mixture and component present in it.
    """
    mixtures = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "binary"))
    recipes = mixtures.recipes(endmembers.table, components)
    bands = own_bands(mixtures.at_equal_ratio(endmembers, recipes), resolution)
    position = table.assign(row=np.arange(len(table))).set_index(["view", "mixture", "component"])["row"]
    said = called.set_index(["mixture", "component"])["called"]
    frames = []
    info = mixtures.table
    for slot in range(2):
        component = np.array(components)[recipes.components[:, slot]]
        partner = np.array(components)[recipes.components[:, 1 - slot]]
        keys = list(zip(info["mixture"], component, strict=True))
        mixed_rows = position.loc[[("mixture", *key) for key in keys]].to_numpy()
        pure_rows = position.loc[[("pure", *key) for key in keys]].to_numpy()
        mask = bands[:, slot]
        mixed = own_band_attribution(maps[mixed_rows], mask)
        pure = own_band_attribution(maps[pure_rows], mask)
        logits = table.iloc[mixed_rows]
        frames.append(
            pd.DataFrame(
                {
                    "mixture": info["mixture"],
                    "component": component,
                    "partner": partner,
                    "role": "minor" if slot == 0 else "major",
                    "mixing_ratio": recipes.ratios[:, slot],
                    "share_low": info["share_low"],
                    "share_high": info["share_high"],
                    "specimens": info["specimens"],
                    "called": said.loc[keys].to_numpy(),
                    "own_band_attribution": mixed,
                    "own_band_attribution_pure": pure,
                    "neglect_index": neglect_index(mixed, pure),
                    "logit_drop": logits["logit"].to_numpy() - logits["logit_without"].to_numpy(),
                    "no_own_band": ~mask.any(axis=1),
                    "no_positive_mixture": maps[mixed_rows].max(axis=1) <= 0,
                    "no_positive_pure": maps[pure_rows].max(axis=1) <= 0,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def summarise_all(
    maps: list[tuple[str, str, str, int, str, int, Path]], statistics: StatisticsSettings
) -> pd.DataFrame:
    """Summarise every protocol, model, attribution method and layer.

    Args:
        maps: cam, layer, protocol, fold, model, seed and file of each table of neglect.
        statistics: of the bootstrap.
    """
    files = (((protocol, model, cam, layer), seed, path) for cam, layer, protocol, _fold, model, seed, path in maps)
    tables = []
    for (protocol, model, cam, layer), joined in tables_by_seed(files, read_neglect).items():
        identity = {"protocol": protocol, "model": model, "cam": cam, "layer": layer}
        tables.append(summarise_neglect(joined, identity, statistics))
    return pd.concat(tables, ignore_index=True)


def summarise_neglect(
    by_seed: list[pd.DataFrame], identity: dict[str, str], statistics: StatisticsSettings
) -> pd.DataFrame:
    """Average the neglect of minor components, with intervals over specimens and seeds.

    The summary of many mixtures is 1 - mean e(r) / mean e(pure): the mean of the single indices
    has no finite variance, because some e(pure) are close to zero. Beside it stand two checks
    (``CHECK_COLUMNS``): the median of the single indices, and the index with e(r) = 0 where the
    mixture's map has no positive part, which the index itself leaves out.

    Args:
        by_seed: one table of :func:`neglect_of_mixtures` per seed, all over the same mixtures.
        identity: protocol, model, cam and layer.
        statistics: of the bootstrap.
    """
    minors = [table[table["role"] == "minor"].reset_index(drop=True) for table in by_seed]
    first = minors[0]
    codes = pd.factorize(np.concatenate(first["specimens"].to_list()))[0].reshape(-1, 2)
    bootstrap = ClusterBootstrap(codes, statistics.replicates, statistics.level, statistics.seed)
    stacked = {
        name: np.stack([table[name].to_numpy() for table in minors])
        for name in (
            "own_band_attribution", "own_band_attribution_pure", "neglect_index", "logit_drop", "called",
            "no_own_band", "no_positive_mixture", "no_positive_pure",
        )
    }  # fmt: skip
    shares = sorted(set(zip(first["share_low"], first["share_high"], strict=True)))
    groups = [("all", "all")] + [(name, "all") for name in sorted(first["component"].unique())]
    rows = []
    for component, partner in groups + sorted(set(zip(first["component"], first["partner"], strict=True))):
        matching = np.ones(len(first), dtype=bool)
        if component != "all":
            matching &= (first["component"] == component).to_numpy()
        if partner != "all":
            matching &= (first["partner"] == partner).to_numpy()
        span = [(shares[0][0], shares[-1][1])]
        for low, high in span + (shares if partner == "all" else []):
            inside = matching & (first["share_low"] >= low).to_numpy() & (first["share_high"] <= high).to_numpy()
            for outcome in ("all", "hit", "miss") if partner == "all" else ("all",):
                chosen = np.flatnonzero(inside)
                weight = outcome_weight(stacked["called"][:, chosen], outcome)
                rows.append(
                    {
                        **identity,
                        "component": component,
                        "partner": partner,
                        "share_low": low,
                        "share_high": high,
                        "outcome": outcome,
                        **summary(
                            bootstrap, chosen, weight, {k: v[:, chosen] for k, v in stacked.items()}, component != "all"
                        ),
                    }
                )
    return pd.DataFrame(rows, columns=NEGLECT_COLUMNS + CHECK_COLUMNS)


def outcome_weight(called: np.ndarray, outcome: str) -> np.ndarray:
    """Return which (seed, mixture) belong to an outcome: all, hit (called) or miss."""
    if outcome == "all":
        return np.ones_like(called, dtype=bool)
    return called.astype(bool) if outcome == "hit" else ~called.astype(bool)


def summary(
    bootstrap: ClusterBootstrap,
    chosen: np.ndarray,
    weight: np.ndarray,
    values: dict[str, np.ndarray],
    one_component: bool,
) -> dict:
    """Summarise one cell of the table; values are (seed, mixture) of the chosen mixtures.

    ``n_specimens`` counts the specimens of the minor component, in slot 0, where the cell is
    about one component, and those of both components otherwise.
    """
    has_pure = weight & ~np.isnan(values["own_band_attribution_pure"])
    kept = has_pure & ~np.isnan(values["own_band_attribution"])
    mixed = np.where(kept, values["own_band_attribution"], 0.0)
    pure = np.where(kept, values["own_band_attribution_pure"], 0.0)
    ratio = bootstrap.estimate(chosen, mixed, pure)
    whole = np.where(has_pure, values["own_band_attribution_pure"], 0.0).sum()
    single = values["neglect_index"][kept & ~np.isnan(values["neglect_index"])]
    banded = weight & ~values["no_own_band"]
    no_positive = banded & (values["no_positive_mixture"] | values["no_positive_pure"])
    seen = kept.any(axis=0)
    counted = bootstrap.specimens[chosen[seen]]
    specimens = np.unique(counted[:, 0] if one_component else counted)
    return {
        "neglect_index": 1 - ratio.value,
        "own_band_attribution": mixed.sum() / kept.sum() if kept.any() else np.nan,
        "logit_drop": values["logit_drop"][weight].mean() if weight.any() else np.nan,
        "low": 1 - ratio.high,
        "high": 1 - ratio.low,
        "n_mixtures": int(seen.sum()),
        "n_specimens": len(specimens),
        "n_no_own_band": int((weight & values["no_own_band"]).any(axis=0).sum()),
        "n_no_positive": int(no_positive.any(axis=0).sum()),
        "index_with_zeros": 1 - mixed.sum() / whole if whole > 0 else np.nan,
        "median_index": float(np.median(single)) if len(single) else np.nan,
        "no_positive_mixture": share(values["no_positive_mixture"], banded),
        "no_positive_pure": share(values["no_positive_pure"], banded),
    }


def share(condition: np.ndarray, among: np.ndarray) -> float:
    """Return the share of ``among`` that meets a condition, NaN where there is none."""
    return float((condition & among).sum() / among.sum()) if among.any() else float("nan")
