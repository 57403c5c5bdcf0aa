"""The final comparison of models: one long table, every figure with its interval and its n."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.recipes import ABSENT, SLOTS
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap, Estimate, specimen_codes

MODEL_COLUMNS = [
    "protocol", "task", "labels", "composition", "model", "fold", "metric", "component",
    "share_low", "share_high", "value", "low", "high", "n_mixtures", "n_specimens", "n_seeds",
]  # fmt: skip

# Share bins that begin below this enter only their own figures: every method misses most of those
# mixtures, and the headline would measure how many were put in.
LOWEST_HEADLINE_SHARE = 0.05

# Compositions with a minor component, and those without. Mixtures of one polymer with itself are
# in neither: they belong to the null tests.
MIXED = ("binary", "ternary")
UNMIXED = ("pure", "hard_negative")


@dataclass(frozen=True)
class Trial:
    """All test mixtures of a protocol and what one model answered, seed by seed.

    Attributes:
        mixtures: one row per mixture: fold, composition, minor_component, share_low, share_high.
        specimens: specimen codes of each mixture, -1 in empty slots, shape (mixture, slot).
        slots: component code of each slot, -1 in empty ones, same shape; the minor comes first.
        present: truth, shape (mixture, component).
        called: shape (seed, mixture, component).
        ratio_error: absolute error of the mixing ratio, shape (seed, mixture, component).
        components: names of the components.
        parameters: number of trained parameters, or None.
    """

    mixtures: pd.DataFrame
    specimens: np.ndarray
    slots: np.ndarray
    present: np.ndarray
    called: np.ndarray
    ratio_error: np.ndarray
    components: list[str]
    parameters: int | None = None


def assemble(
    tests: dict[int, pd.DataFrame], outcomes: dict[int, dict[int, pd.DataFrame]], components: list[str]
) -> Trial:
    """Join folds and seeds of one model.

    Args:
        tests: table of the test mixtures of each fold.
        outcomes: per seed and fold, one row per mixture and component.
        components: the study's components.

    Raises:
        ValueError: outcomes and mixtures do not belong together.
    """
    mixtures = pd.concat([table.assign(fold=fold) for fold, table in tests.items()], ignore_index=True)
    count = len(components)
    specimens = specimen_codes(mixtures["specimens"])
    names = pd.Categorical(mixtures["components"].explode(), categories=components).codes
    lengths = mixtures["specimens"].map(len).to_numpy()
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    slots = np.full((len(mixtures), SLOTS), ABSENT)
    for slot in range(SLOTS):
        filled = lengths > slot
        slots[filled, slot] = names[starts[filled] + slot]
    called, errors, present = [], [], None
    for by_fold in outcomes.values():
        table = pd.concat([by_fold[fold] for fold in tests], ignore_index=True)
        if table["mixture"].to_numpy()[::count].tolist() != mixtures["mixture"].tolist():
            raise ValueError("outcomes and test mixtures are not the same mixtures in the same order")
        called.append(table["called"].to_numpy().reshape(-1, count))
        errors.append(table["ratio_error"].to_numpy().reshape(-1, count))
        present = table["present"].to_numpy().reshape(-1, count)
    assert present is not None
    return Trial(mixtures, specimens, slots, present, np.stack(called), np.stack(errors), components)


@dataclass(frozen=True)
class Contest:
    """What competed on what: the key of a trial."""

    protocol: str
    labels: str
    task: str
    model: str


def compare_models(trials: dict[Contest, Trial], statistics: StatisticsSettings) -> pd.DataFrame:
    """Build the table of ``MODEL_COLUMNS``.

    Args:
        trials: those of one protocol and labels are all on the same test mixtures.
        statistics: of the bootstrap; the same weights serve all models.
    """
    rows: list[dict] = []
    bootstraps = shared_bootstraps(trials, statistics)
    for contest, trial in trials.items():
        bootstrap = bootstraps[contest.protocol, contest.labels]
        rows += [{**vars(contest), **entry} for entry in model_rows(trial, bootstrap)]
    table = pd.DataFrame(rows, columns=MODEL_COLUMNS)
    order = ["protocol", "labels", "task", "metric", "composition", "component", "share_low", "fold", "model"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def shared_bootstraps(
    trials: dict[Contest, Trial], statistics: StatisticsSettings
) -> dict[tuple[str, str], ClusterBootstrap]:
    """Draw specimens once for each protocol and form of the labels: all models there answered the same mixtures."""
    specimens = {(contest.protocol, contest.labels): trial.specimens for contest, trial in trials.items()}
    return {
        key: ClusterBootstrap(codes, statistics.replicates, statistics.level, statistics.seed)
        for key, codes in specimens.items()
    }


def share_spans(mixtures: pd.DataFrame) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """List the share bins of mixtures, and those of them that enter the headline."""
    binned = mixtures.dropna(subset="share_low")
    bins = sorted(set(zip(binned["share_low"], binned["share_high"], strict=True)))
    return bins, [edges for edges in bins if edges[0] >= LOWEST_HEADLINE_SHARE - 1e-9] or bins[-1:]


def headline_of(mixtures: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return which mixtures of each composition the headline is about, each of shape (mixture,)."""
    composition, low = mixtures["composition"].to_numpy(), mixtures["share_low"].to_numpy(dtype=float)
    chosen = {}
    for name in MIXED:
        _, wanted = share_spans(mixtures[composition == name])
        # Of measured mixtures the shares are unknown: they enter without a bin.
        chosen[name] = (composition == name) & ~(low < (wanted[0][0] if wanted else 0))
    return chosen | {name: composition == name for name in UNMIXED}


@dataclass(frozen=True)
class Figure:
    """One figure of a model: a ratio of sums over chosen mixtures.

    Attributes:
        place: metric, composition, fold, component, share_low and share_high.
        rows: positions of the mixtures, shape (n,).
        above: numerator, shape (seed, n).
        below: denominator, same shape.
        counted: slots whose specimens the figure is about, shape (n, slot); None counts all.
    """

    place: dict
    rows: np.ndarray
    above: np.ndarray
    below: np.ndarray
    counted: np.ndarray | None

    def estimate(self, bootstrap: ClusterBootstrap) -> Estimate:
        """Estimate the figure with its interval."""
        return bootstrap.estimate(self.rows, self.above, self.below, self.counted)


def model_rows(trial: Trial, bootstrap: ClusterBootstrap) -> list[dict]:
    """List all figures of one model with their intervals."""
    rows = [{**figure.place, **vars(figure.estimate(bootstrap))} for figure in figures_of(trial)]
    if trial.parameters is not None:
        size = {"value": trial.parameters, "n_mixtures": 0, "n_specimens": 0, "n_seeds": len(trial.called)}
        place = {"composition": "all", "fold": "all", "component": "all", "metric": "parameters"}
        rows.append({**place, **size})
    return rows


def figures_of(trial: Trial) -> Iterator[Figure]:
    """Define every figure of a model, in an order that depends on the mixtures alone."""
    mixtures, present, called = trial.mixtures, trial.present, trial.called
    exact = (called == present).all(axis=2)
    spoiled = (called & ~present).any(axis=2)
    error = np.where(present, trial.ratio_error, 0).sum(axis=2)
    composition, low = mixtures["composition"].to_numpy(), mixtures["share_low"].to_numpy()
    spans = {name: share_spans(mixtures[composition == name]) for name in MIXED}
    headline = headline_of(mixtures)
    whole = np.any([*headline.values()], axis=0)
    ones = np.ones_like(exact)

    def figure(
        metric: str,
        composed: str,
        mask: np.ndarray,
        above: np.ndarray,
        below: np.ndarray,
        counted: np.ndarray | None = None,
        **where: object,
    ) -> Iterator[Figure]:
        chosen = np.flatnonzero(mask)
        if len(chosen) == 0:
            return  # no such mixture in this study: nothing to say
        place: dict[str, object] = {"metric": metric, "composition": composed, "fold": "all", "component": "all"}
        place |= {"share_low": None, "share_high": None, **where}
        own = None if counted is None else counted[chosen]
        yield Figure(place, chosen, above[:, chosen], below[:, chosen], own)

    groups: list[tuple[str, np.ndarray, dict]] = [("all", whole, {})]
    groups += [(name, headline[name], {}) for name in UNMIXED]
    for name, (bins, wanted) in spans.items():
        groups.append((name, (composition == name) & np.isnan(low), {}))
        if len(wanted) > 1:
            groups.append((name, headline[name], {"share_low": wanted[0][0], "share_high": wanted[-1][1]}))
        groups += [(name, (composition == name) & (low == a), {"share_low": a, "share_high": b}) for a, b in bins]
    for composed, mask, where in groups:
        yield from figure("exact_match", composed, mask, exact, ones, **where)
        yield from figure("false_positive_rate", composed, mask, spoiled, ones, **where)
        known = mask & ~np.isnan(error).any(axis=0)
        named = np.broadcast_to(present.sum(axis=1), exact.shape)
        yield from figure("mixing_ratio_mae", composed, known, error, named, **where)
    for fold in sorted(mixtures["fold"].unique()):
        mask = (mixtures["fold"] == fold).to_numpy() & whole
        yield from figure("exact_match", "all", mask, exact, ones, fold=str(fold))
        yield from figure("false_positive_rate", "all", mask, spoiled, ones, fold=str(fold))
    minor = mixtures["minor_component"].to_numpy()
    column = np.array([trial.components.index(name) if isinstance(name, str) else 0 for name in minor])
    hit = called[:, np.arange(len(column)), column]
    for component in ["all", *trial.components]:
        of_component = np.ones(len(minor), bool) if component == "all" else minor == component
        counted = None if component == "all" else np.arange(SLOTS) == np.zeros((len(minor), 1))
        for name, (bins, _) in spans.items():
            for a, b in bins:
                mask = (composition == name) & (low == a) & of_component
                place = {"component": component, "share_low": a, "share_high": b}
                yield from figure("minor_recall", name, mask, hit, ones, counted, **place)
    for index, component in enumerate(trial.components):
        true, said = np.broadcast_to(present[:, index], exact.shape), called[:, :, index]
        mask, own = whole, trial.slots == index
        yield from figure("precision", "all", mask, said & true, said, own, component=component)
        yield from figure("recall", "all", mask, said & true, true, own, component=component)
        # F1 = 2 TP / (2 TP + FP + FN) = 2 TP / (called + present)
        yield from figure("f1", "all", mask, 2.0 * (said & true), said.astype(float) + true, own, component=component)
