"""Intervals that respect what was really sampled: specimens and seeds, not mixtures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.recipes import ABSENT, SLOTS

# With specimens of a component fewer than this, a bootstrap over them shows little: nothing is tested.
FEWEST_SPECIMENS = 5


@dataclass(frozen=True)
class Estimate:
    """A ratio of sums with its interval and what it rests on."""

    value: float
    low: float
    high: float
    n_mixtures: int
    n_specimens: int
    n_seeds: int


def specimen_codes(specimens: pd.Series) -> np.ndarray:
    """Number the specimens of mixtures.

    Args:
        specimens: a list of names per mixture, the minor component's first.

    Returns:
        shape (mixture, slot), ``ABSENT`` in empty slots.
    """
    codes = np.full((len(specimens), SLOTS), ABSENT)
    lengths = specimens.map(len).to_numpy()
    codes[np.arange(SLOTS) < lengths[:, None]] = pd.factorize(np.concatenate([np.asarray(n) for n in specimens]))[0]
    return codes


class ClusterBootstrap:
    """Bootstrap over specimens and seeds for samples that each hold one or more specimens.

    A mixture depends on every specimen in it, so mixtures are not independent and neither are
    pairs of specimens. Each replicate draws an exponential weight for every specimen and gives
    a mixture the product of its specimens' weights (the Bayesian form of the pigeonhole
    bootstrap for crossed factors); seeds are weighted the same way.

    Args:
        specimens: specimen codes per mixture, -1 in empty slots, shape (mixture, slot).
        replicates: number of replicates.
        level: coverage of the interval, e.g. 0.95.
        seed: seed of the weights; estimates made with equal seeds are paired.
        model: number of the model whose seeds are weighted: seed 0 of one network has nothing to
            do with seed 0 of another. Specimens are weighted alike for all models.

    Attributes:
        weights: of every mixture in every replicate, shape (mixture, replicate): the mixtures of a figure are picked
            row by row, which is several times faster than column by column.

    References:
        Owen 2007, The pigeonhole bootstrap, Ann. Appl. Stat. 1, 386-411.
        Owen and Eckles 2012, Bootstrapping data arrays of arbitrary order, Ann. Appl. Stat. 6, 895-927.
    """

    def __init__(self, specimens: np.ndarray, replicates: int, level: float, seed: int, model: int = 0) -> None:
        self.specimens = specimens
        self.level = level
        self._rng = np.random.default_rng(seed)
        count = int(specimens.max()) + 1
        weights = self._rng.exponential(size=(replicates, count)).astype(np.float32)
        weights = np.concatenate([weights.T, np.ones((1, replicates), np.float32)])
        self.weights = np.ones((len(specimens), replicates), dtype=np.float32)
        for slot in range(specimens.shape[1]):
            # Slot -1 picks the row of ones; a specimen that fills two slots is drawn once.
            again = (specimens[:, slot, None] == specimens[:, :slot]).any(axis=1)
            self.weights *= weights[np.where(again, -1, specimens[:, slot])]
        if model:
            self._rng = np.random.default_rng([seed, model])
        self._seed_weights: dict[int, np.ndarray] = {}

    def estimate(
        self,
        rows: np.ndarray,
        numerator: np.ndarray,
        denominator: np.ndarray | None = None,
        counted: np.ndarray | None = None,
    ) -> Estimate:
        """Estimate sum(numerator) / sum(denominator) over mixtures and seeds.

        Args:
            rows: positions of the mixtures, shape (mixture,).
            numerator: shape (seed, mixture).
            denominator: same shape; ones where None.
            counted: slots whose specimens the figure is about, for ``n_specimens``, shape
                (mixture, slot); all filled ones where None.
        """
        numerator = np.asarray(numerator, dtype=np.float32)
        denominator = np.ones_like(numerator) if denominator is None else np.asarray(denominator, np.float32)
        filled = self.specimens[rows] >= 0
        specimens = np.unique(self.specimens[rows][filled if counted is None else filled & counted])
        seeds = len(numerator)
        counts = (len(rows), len(specimens), seeds)
        total = float(denominator.sum())
        if len(rows) == 0 or total == 0:
            return Estimate(np.nan, np.nan, np.nan, *counts)
        value = float(numerator.sum()) / total
        by_seed = self.seed_weight(seeds)
        weights = self.weights[rows]
        above = (numerator @ weights * by_seed).sum(axis=0)
        below = (denominator @ weights * by_seed).sum(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            replicates = above / below
        tail = (1 - self.level) / 2
        low, high = np.nanquantile(replicates, [tail, 1 - tail])
        return Estimate(value, float(low), float(high), *counts)

    def totals(self, rows: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """Sum terms over mixtures and seeds in every replicate, for statistics that are no single ratio.

        Args:
            rows: positions of the mixtures, shape (mixture,).
            terms: shape (term, seed, mixture).

        Returns:
            shape (term, replicate).
        """
        by_seed = self.seed_weight(terms.shape[1])
        weights = self.weights[rows]
        return np.stack([(term.astype(np.float32) @ weights * by_seed).sum(axis=0, dtype=float) for term in terms])

    def seed_weight(self, seeds: int) -> np.ndarray:
        """Return the same seed weights for the same number of seeds, shape (seed, replicate)."""
        if seeds not in self._seed_weights:
            size = (self.weights.shape[1], seeds)
            drawn = self._rng.exponential(size=size).astype(np.float32) if seeds > 1 else np.ones(size, np.float32)
            self._seed_weights[seeds] = np.ascontiguousarray(drawn.T)
        return self._seed_weights[seeds]
