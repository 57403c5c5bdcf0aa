"""Is neglect a property of the network or of the instrument? Paired tests on the same fits and mixtures."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ftirmix.multiplicity import holm, two_sided_p
from ftirmix.neglect_readings import Instrument, Readings
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import FEWEST_SPECIMENS, ClusterBootstrap

INSTRUMENT_COLUMNS = [
    "protocol", "model", "comparison", "quantity", "cam", "layer", "against", "share_low", "share_high",
    "first", "second", "difference", "low", "high", "p", "p_holm", "n_family",
    "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip
# Comparisons that are corrected together, by Holm.
FAMILY = ["protocol", "model", "comparison", "quantity"]
# Shares are counted in doublings from here, near the middle of all, for the sake of rounding.
CENTRAL_SHARE = 0.1


@dataclass(frozen=True)
class Quantity:
    """A figure that follows from sums over mixtures.

    Attributes:
        terms: makes the summed terms, shape (term, seed, mixture), from attribution in the
            mixture, attribution alone, which of them count, and log2 of the share.
        combine: makes the figure from the sums, shape (term, ...) to (...).
        zeros: whether a mixture's map without positive part counts as attribution zero, in
            place of being left out.
    """

    terms: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    combine: Callable[[np.ndarray], np.ndarray]
    zeros: bool = False


def slope(sums: np.ndarray) -> np.ndarray:
    """Return the slope of the neglect index over log2 of the share.

    The index 1 - sum e(r) / sum e(pure) is the mean of single indices n weighted by w = e(pure);
    this is the slope of the regression with the same weights, in which w n = e(pure) - e(r):

        b = (sum w  sum w x n - sum w x  sum w n) / (sum w  sum w x^2 - (sum w x)^2)

    Args:
        sums: of w, w x, w x^2, w n and w x n, shape (5, ...).
    """
    w, wx, wxx, wn, wxn = sums
    return (w * wxn - wx * wn) / (w * wxx - wx**2)


QUANTITIES = {
    "neglect_index": Quantity(lambda mixed, pure, kept, x: np.stack([mixed, pure]), lambda s: 1 - s[0] / s[1]),
    "index_with_zeros": Quantity(
        lambda mixed, pure, kept, x: np.stack([mixed, pure]), lambda s: 1 - s[0] / s[1], zeros=True
    ),
    "own_band_attribution": Quantity(lambda mixed, pure, kept, x: np.stack([mixed, kept]), lambda s: s[0] / s[1]),
    "slope": Quantity(
        lambda mixed, pure, kept, x: np.stack([pure, pure * x, pure * x**2, pure - mixed, (pure - mixed) * x]), slope
    ),
}
PER_BIN = ("neglect_index", "index_with_zeros", "own_band_attribution")


def instrument_table(readings: dict[tuple[str, str], Readings], statistics: StatisticsSettings) -> pd.DataFrame:
    """Build the table of ``INSTRUMENT_COLUMNS`` over protocols and models.

    Four comparisons, each ``first`` less ``second``: ``instrument`` (two methods at one layer),
    ``layer`` (an earlier layer against the last), ``dose_response`` (the slope against none) and
    ``outcome`` (the minor found against missed, at equal share).
    """
    rows = []
    for (protocol, model), one in readings.items():
        bootstrap = ClusterBootstrap(one.specimens, statistics.replicates, statistics.level, statistics.seed)
        rows += [{"protocol": protocol, "model": model, **row} for row in comparisons(one, bootstrap)]
    table = pd.DataFrame(rows).reindex(columns=INSTRUMENT_COLUMNS)
    families = table.groupby(FAMILY, sort=False)["p"]
    return table.assign(p_holm=families.transform(lambda p: holm(p.to_numpy())), n_family=families.transform("count"))


def comparisons(one: Readings, bootstrap: ClusterBootstrap) -> list[dict]:
    """List all comparisons of one protocol and model, before correction."""
    cams = list(dict.fromkeys(cam for cam, _ in one.mixed))
    layers = sorted({layer for _, layer in one.mixed}, key=lambda layer: int(layer.removeprefix("block")))
    everywhere = np.ones_like(one.called)
    whole = (one.shares[0][0], one.shares[-1][1])
    spans = [(name, span) for name in PER_BIN for span in one.shares] + [("slope", whole)]
    pairs = [("instrument", (a, layer), (b, layer), b) for layer in layers for a, b in combinations(cams, 2)]
    pairs += [("layer", (cam, layer), (cam, layers[-1]), layers[-1]) for cam in cams for layer in layers[:-1]]
    rows = []
    for comparison, a, b, against in pairs:
        for name, span in spans:
            sides = [(a, everywhere), (b, everywhere)]
            rows.append({**place(comparison, name, a, against, span), **difference(one, bootstrap, name, span, sides)})
    for instrument in one.mixed:
        row = place("dose_response", "slope", instrument, "no slope", whole)
        rows.append({**row, **difference(one, bootstrap, "slope", whole, [(instrument, everywhere)])})
        for span in one.shares:
            sides = [(instrument, one.called), (instrument, ~one.called)]
            row = place("outcome", "neglect_index", instrument, "missed", span)
            rows.append({**row, **difference(one, bootstrap, "neglect_index", span, sides)})
    return rows


def place(comparison: str, quantity: str, instrument: Instrument, against: str, span: tuple[float, float]) -> dict:
    """Say what is compared with what, and where."""
    named = {"comparison": comparison, "quantity": quantity, "cam": instrument[0], "layer": instrument[1]}
    return {**named, "against": against, "share_low": span[0], "share_high": span[1]}


def difference(
    one: Readings,
    bootstrap: ClusterBootstrap,
    name: str,
    span: tuple[float, float],
    sides: list[tuple[Instrument, np.ndarray]],
) -> dict:
    """Compare two readings, or one with zero, in a share bin.

    Two instruments are compared on those fits and mixtures only on which both are defined.

    Args:
        one: of a protocol and model.
        bootstrap: over its mixtures; the same weights serve both sides, which pairs them.
        name: of ``QUANTITIES``.
        span: limits of the share.
        sides: instrument of each side, and which (seed, mixture) belong to it.
    """
    quantity = QUANTITIES[name]
    chosen = np.flatnonzero(one.in_share(*span))
    x = np.log2(one.mixtures["mixing_ratio"].to_numpy()[chosen] / CENTRAL_SHARE)
    paired = np.ones((len(one.called), len(chosen)), dtype=bool)
    for instrument, _ in sides:
        paired &= ~np.isnan(one.pure[instrument][:, chosen])
        if not quantity.zeros:
            paired &= ~np.isnan(one.mixed[instrument][:, chosen])
    values, replicates, mixtures, specimens = [], [], [], []
    for instrument, belongs in sides:
        kept = paired & belongs[:, chosen]
        mixed, pure = (
            np.where(kept, np.nan_to_num(part[instrument][:, chosen]), 0.0) for part in (one.mixed, one.pure)
        )
        terms = quantity.terms(mixed, pure, kept, x)
        with np.errstate(invalid="ignore", divide="ignore"):
            values.append(float(quantity.combine(terms.sum(axis=(1, 2), dtype=float))))
            replicates.append(quantity.combine(bootstrap.totals(chosen, terms)))
        used = chosen[kept.any(axis=0)]
        mixtures.append(len(used))
        specimens.append(len(np.unique(one.specimens[used, 0])))
    first, second = values if len(sides) == 2 else (values[0], 0.0)
    drawn = replicates[0] - replicates[1] if len(sides) == 2 else replicates[0]
    found = {"first": first, "second": second, "difference": first - second}
    counts = {"n_mixtures": min(mixtures), "n_specimens": min(specimens), "n_seeds": len(one.called)}
    if min(specimens) < FEWEST_SPECIMENS or np.isnan(drawn).all():
        return {**found, "low": np.nan, "high": np.nan, "p": np.nan, **counts}
    tail = (1 - bootstrap.level) / 2
    low, high = np.nanquantile(drawn, [tail, 1 - tail])
    return {**found, "low": float(low), "high": float(high), "p": two_sided_p(drawn), **counts}
