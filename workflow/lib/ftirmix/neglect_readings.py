"""What several attribution methods and layers read on the very same fits and mixtures, side by side."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.neglect_table import read_neglect

# Method and layer of an attribution map.
Instrument = tuple[str, str]


@dataclass(frozen=True)
class Readings:
    """Neglect of the minor component of every binary mixture, by every instrument.

    Attributes:
        mixtures: one row per mixture, with component, partner, mixing_ratio, share_low, share_high.
        specimens: specimen codes, the minor's first, shape (mixture, 2).
        called: whether the minor was called, shape (seed, mixture).
        logit_drop: when the minor is taken out, same shape.
        mixed: own-band attribution in the mixture by instrument, each (seed, mixture), NaN where undefined.
        pure: the same for the endmember alone.
    """

    mixtures: pd.DataFrame
    specimens: np.ndarray
    called: np.ndarray
    logit_drop: np.ndarray
    mixed: dict[Instrument, np.ndarray]
    pure: dict[Instrument, np.ndarray]

    @property
    def shares(self) -> list[tuple[float, float]]:
        """The share bins, lowest first."""
        return sorted(set(zip(self.mixtures["share_low"], self.mixtures["share_high"], strict=True)))

    def in_share(self, low: float, high: float) -> np.ndarray:
        """Return which mixtures have a share within limits, shape (mixture,)."""
        return ((self.mixtures["share_low"] >= low - 1e-9) & (self.mixtures["share_high"] <= high + 1e-9)).to_numpy()


def read_all(maps: list[tuple[str, str, str, int, str, int, Path]]) -> dict[tuple[str, str], Readings]:
    """Read the tables of neglect of every protocol and model.

    Args:
        maps: cam, layer, protocol, fold, model, seed and file of each table of neglect.
    """
    groups: dict[tuple[str, str], dict[Instrument, dict[int, list[pd.DataFrame]]]] = {}
    for cam, layer, protocol, _fold, model, seed, path in maps:
        table = read_neglect(path)
        by_seed = groups.setdefault((protocol, model), {}).setdefault((cam, layer), {})
        by_seed.setdefault(seed, []).append(table[table["role"] == "minor"])
    return {
        key: join(
            {one: [pd.concat(parts, ignore_index=True) for parts in by_seed.values()] for one, by_seed in of.items()}
        )
        for key, of in groups.items()
    }


def join(tables: dict[Instrument, list[pd.DataFrame]]) -> Readings:
    """Lay the readings of all instruments beside each other.

    Args:
        tables: of every instrument one table of minor components per seed, over the same mixtures.

    Raises:
        ValueError: the tables are not over the same mixtures in the same order.
    """
    first = next(iter(tables.values()))[0]
    for of_seeds in tables.values():
        for table in of_seeds:
            if table["mixture"].tolist() != first["mixture"].tolist():
                raise ValueError("tables of neglect are not over the same mixtures in the same order")
    any_seeds = next(iter(tables.values()))

    def stacked(name: str, of_seeds: list[pd.DataFrame]) -> np.ndarray:
        return np.stack([table[name].to_numpy() for table in of_seeds])

    return Readings(
        first[["mixture", "component", "partner", "mixing_ratio", "share_low", "share_high"]],
        pd.factorize(np.concatenate(first["specimens"].to_list()))[0].reshape(-1, 2),
        stacked("called", any_seeds).astype(bool),
        stacked("logit_drop", any_seeds),
        {one: stacked("own_band_attribution", of_seeds) for one, of_seeds in tables.items()},
        {one: stacked("own_band_attribution_pure", of_seeds) for one, of_seeds in tables.items()},
    )
