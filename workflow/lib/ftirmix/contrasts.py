"""Models against one reference, mixture by mixture: differences with intervals and corrected p-values."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.comparison import Contest, Figure, Trial, figures_of
from ftirmix.multiplicity import holm, two_sided_p
from ftirmix.settings import StatisticsSettings
from ftirmix.statistics import ClusterBootstrap

logger = logging.getLogger(__name__)
PLACE = ["composition", "metric", "share_low", "share_high"]
CONTRAST_COLUMNS = [
    "protocol", "task", "labels", *PLACE, "model", "reference", "value", "reference_value", "difference", "low", "high",
    "p", "p_holm", "n_mixtures", "n_specimens", "n_seeds", "n_seeds_reference",
]  # fmt: skip
# Of p-values, after correction.
SIGNIFICANT = 0.05
# What models are held against each other by; single components and folds stay in the table of models.
METRICS = ("exact_match", "false_positive_rate", "minor_recall", "mixing_ratio_mae")


@dataclass(frozen=True)
class Reading:
    """One figure of one model.

    Attributes:
        value: the figure.
        replicates: the figure in every replicate of the bootstrap, shape (replicate,).
        counts: n_mixtures, n_specimens, n_seeds.
    """

    value: float
    replicates: np.ndarray
    counts: tuple[int, int, int]


def contrast_table(trials: dict[Contest, Trial], reference: str, statistics: StatisticsSettings) -> pd.DataFrame:
    """Build the table of ``CONTRAST_COLUMNS``: every model less the reference.

    Both models answered the same mixtures, so the bootstrap draws the same specimens for both and
    what is hard for either cancels; seeds are drawn for each on their own. Holm's correction is
    over the models compared by one figure.

    Args:
        trials: as for :func:`ftirmix.comparison.compare_models`.
        reference: name of a model.
        statistics: of the bootstrap.
    """
    contests = dict.fromkeys((contest.protocol, contest.labels, contest.task) for contest in trials)
    rows: list[dict] = []
    for protocol, labels, task in contests:
        rivals = {
            c.model: trial for c, trial in trials.items() if (c.protocol, c.labels, c.task) == (protocol, labels, task)
        }
        if reference not in rivals:
            logger.info("%s, %s, %s: no answers of %s, nothing to compare with", protocol, labels, task, reference)
            continue
        readings = {
            model: dict(readings_of(trial, statistics, number)) for number, (model, trial) in enumerate(rivals.items())
        }
        for place, against in readings.pop(reference).items():
            chosen = [model for model in readings if place in readings[model]]
            p = []
            for model in chosen:
                own = readings[model][place]
                # Sums are single precision: without rounding, models that agree would differ in the eighth digit.
                differences = np.round(own.replicates - against.replicates, 6)
                tail = (1 - statistics.level) / 2
                low, high = np.nanquantile(differences, [tail, 1 - tail])
                p.append(two_sided_p(differences))
                counts = dict(zip(("n_mixtures", "n_specimens", "n_seeds"), own.counts, strict=True))
                rows.append({
                    "protocol": protocol, "task": task, "labels": labels, **dict(zip(PLACE, place, strict=True)),
                    "model": model, "reference": reference, "value": own.value, "reference_value": against.value,
                    "difference": own.value - against.value, "low": low, "high": high, "p": p[-1],
                    **counts, "n_seeds_reference": against.counts[2],
                })  # fmt: skip
            for row, adjusted in zip(rows[len(rows) - len(chosen) :], holm(np.array(p)), strict=True):
                row["p_holm"] = adjusted
    return pd.DataFrame(rows, columns=CONTRAST_COLUMNS)


def readings_of(trial: Trial, statistics: StatisticsSettings, model: int) -> Iterator[tuple[tuple, Reading]]:
    """Read the figures that models are compared by.

    Args:
        trial: of one model.
        statistics: of the bootstrap.
        model: its number.
    """
    bootstrap = ClusterBootstrap(trial.specimens, statistics.replicates, statistics.level, statistics.seed, model=model)
    for figure in figures_of(trial):
        place = figure.place
        if place["metric"] in METRICS and place["component"] == "all" and place["fold"] == "all":
            yield tuple(place[name] for name in PLACE), reading_of(figure, bootstrap)


def reading_of(figure: Figure, bootstrap: ClusterBootstrap) -> Reading:
    """Read one figure with its replicates."""
    above, below = bootstrap.totals(figure.rows, np.stack([figure.above, figure.below]))
    found = figure.estimate(bootstrap)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Reading(found.value, above / below, (found.n_mixtures, found.n_specimens, found.n_seeds))
