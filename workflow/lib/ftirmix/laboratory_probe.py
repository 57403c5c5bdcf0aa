"""Can a classifier tell laboratories by the part of the axis that one of them did not measure?

Two tests on pure spectra of one component. *Laboratories*: which laboratory measured a spectrum? They
differ in resolution, noise and samples too, so a score above chance says nothing about the ends.
*Cut*: of one laboratory, a random half of the specimens is cut to the range of the laboratory that
measured the shortest, and only the cut can tell the halves apart.
"""

import zlib

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.laboratory_views import (
    VIEWS,
    Probed,
    cut,
    laboratory_ranges,
    named,
    only,
    take_measured,
    view,
    whole_range,
)
from ftirmix.settings import PreprocessingSettings, StatisticsSettings

FEWEST_SPECIMENS = 10  # of a laboratory; five in each half when it is cut
MOST_SPECTRA = 100  # of a laboratory, for time; specimens first, so that a large collection keeps its variety
DRAWS = 20  # of the half that is cut
FOLDS = 3
TREES = 12

CUT_VIEWS = [view for view in VIEWS if view[1] != "outside"]

PROBE_COLUMNS = [
    "test", "component", "laboratory", "handling", "features", "metric", "value", "low", "high", "chance",
    "largest_difference", "n_spectra", "n_specimens", "n_laboratories", "n_draws", "reason",
]  # fmt: skip


def choose_component(table: pd.DataFrame, components: list[str]) -> str:
    """Choose the component that most laboratories have enough specimens of; the study's first where several do.

    Args:
        table: columns laboratory, component, specimen, suspect.
        components: the study's components, in order.
    """
    specimens = table[~table["suspect"]].groupby(["component", "laboratory"])["specimen"].nunique()
    enough = (specimens >= FEWEST_SPECIMENS).groupby("component").sum()
    return max(components, key=lambda component: enough.get(component, 0))


def choose_spectra(table: pd.DataFrame, component: str, seed: int) -> pd.DataFrame:
    """Choose at most ``MOST_SPECTRA`` per laboratory, one of every specimen before the second of any.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect; suspects are left out.
        component: of the spectra.
        seed: seed of the order.
    """
    rows = table[(table["component"] == component) & ~table["suspect"]].sort_values("spectrum")
    rows = rows.sample(frac=1, random_state=seed)
    rows = rows.assign(repeat=rows.groupby("specimen").cumcount()).sort_values("repeat", kind="stable")
    rows = rows[rows.groupby("laboratory").cumcount() < MOST_SPECTRA]
    return rows[["spectrum", "laboratory", "specimen"]].sort_values("spectrum").reset_index(drop=True)


def classify(features: np.ndarray, classes: np.ndarray, specimens: np.ndarray, seed: int) -> np.ndarray:
    """Classify every spectrum by a random forest that saw no spectrum of its specimen.

    A forest, because "exactly zero" lies amid the noise of measured values, where no straight line
    parts it off.

    Args:
        features: shape (spectrum, feature).
        classes: shape (spectrum,).
        specimens: the same.
        seed: seed of the folds and of the forest.

    Returns:
        Probability of each class in sorted order, shape (spectrum, class).
    """
    # Imported here: it takes longer than to plan the workflow.
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import cross_val_predict

    forest = RandomForestClassifier(TREES, class_weight="balanced", random_state=seed, n_jobs=1)
    folds = folds_of(classes, specimens, seed)
    return cross_val_predict(forest, features, classes, cv=folds, method="predict_proba")


def folds_of(classes: np.ndarray, specimens: np.ndarray, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Deal spectra into folds, (training, test) positions each; no specimen is on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    splitter = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    return list(splitter.split(np.zeros((len(classes), 1)), classes, specimens))


def balanced_accuracy(
    truth: np.ndarray, called: np.ndarray, specimens: np.ndarray, statistics: StatisticsSettings
) -> tuple[float, float, float]:
    """Return the mean recall over classes, with its interval over specimens (Bayesian bootstrap)."""
    _, codes = np.unique(specimens, return_inverse=True)
    weights = np.random.default_rng(statistics.seed).exponential(size=(statistics.replicates, codes.max() + 1))
    weights = np.concatenate([np.ones((1, codes.max() + 1)), weights])[:, codes]  # first row: the figure itself
    recalls = [weights[:, truth == name] @ (called[truth == name] == name) / weights[:, truth == name].sum(axis=1)
               for name in np.unique(truth)]  # fmt: skip
    means = np.mean(recalls, axis=0)
    tail = (1 - statistics.level) / 2
    low, high = np.quantile(means[1:], [tail, 1 - tail])
    return float(means[0]), float(low), float(high)


def probe_laboratories(probed: Probed, views: list[tuple[str, str]], statistics: StatisticsSettings) -> list[dict]:
    """Score how well laboratories are told apart in each view: balanced accuracy over laboratories."""
    classes, specimens = (probed.table[name].to_numpy(str) for name in ("laboratory", "specimen"))
    names = np.unique(classes)
    rows = []
    for handling, features in views:
        chances = classify(probed.views[handling, features], classes, specimens, statistics.seed)
        value, low, high = balanced_accuracy(classes, names[chances.argmax(axis=1)], specimens, statistics)
        rows.append(
            {
                "test": "laboratories",
                "laboratory": "all",
                "handling": handling,
                "features": features,
                "metric": "balanced_accuracy",
                "value": value,
                "low": low,
                "high": high,
                "chance": 1 / len(names),
                "n_spectra": len(classes),
                "n_specimens": len(np.unique(specimens)),
                "n_laboratories": len(names),
            }
        )
    return rows


def probe_cut(whole: Probed, shortened: Probed, laboratory: str, statistics: StatisticsSettings) -> list[dict]:
    """Score how well cut spectra of one laboratory are told from whole ones, over draws of the half that is cut.

    Args:
        whole: spectra of the laboratory as measured.
        shortened: the same spectra, cut.
        laboratory: its name.
        statistics: level of the interval, which is one over draws, and seed.

    Returns:
        One row per view: area under the ROC curve, and the largest difference that the cut makes at all.
    """
    from sklearn.metrics import roc_auc_score

    specimens = whole.table["specimen"].to_numpy(str)
    names = np.unique(specimens)
    rng = np.random.default_rng([statistics.seed, zlib.crc32(laboratory.encode())])
    halves = [np.isin(specimens, rng.permutation(names)[: len(names) // 2]) for _ in range(DRAWS)]
    rows = []
    for handling, features in CUT_VIEWS:
        uncut, without = whole.views[handling, features], shortened.views[handling, features]
        areas = [
            roc_auc_score(half, classify(np.where(half[:, None], without, uncut), half, specimens, draw)[:, 1])
            for draw, half in enumerate(halves)
        ]
        tail = (1 - statistics.level) / 2
        low, high = np.quantile(areas, [tail, 1 - tail])
        rows.append(
            {
                "test": "cut",
                "laboratory": laboratory,
                "handling": handling,
                "features": features,
                "metric": "auc",
                "value": float(np.mean(areas)),
                "low": float(low),
                "high": float(high),
                "chance": 0.5,
                "largest_difference": float(np.abs(uncut - without).max()),
                "n_spectra": len(specimens),
                "n_specimens": len(names),
                "n_laboratories": 1,
                "n_draws": DRAWS,
            }
        )
    return rows


def probe(
    measured: pa.Table,
    endmembers: pd.DataFrame,
    components: list[str],
    settings: PreprocessingSettings,
    statistics: StatisticsSettings,
) -> pd.DataFrame:
    """Run both tests on a study's spectra.

    Args:
        measured: table of ``MEASURED_SCHEMA`` with all spectra of the study.
        endmembers: columns spectrum, laboratory, component, specimen, suspect.
        components: the study's components.
        settings: the study's preprocessing.
        statistics: of the intervals.

    Returns:
        ``PROBE_COLUMNS``; a row without value says in ``reason`` why there is none.
    """
    component = choose_component(endmembers, components)
    chosen = choose_spectra(endmembers, component, statistics.seed)
    specimens = chosen.groupby("laboratory")["specimen"].nunique()
    enough = sorted(specimens.index[specimens >= FEWEST_SPECIMENS])
    rows = [
        {
            "test": test,
            "laboratory": laboratory,
            "n_specimens": int(count),
            "reason": f"has {count} specimens, {FEWEST_SPECIMENS} are needed",
        }
        for test in ("laboratories", "cut")
        for laboratory, count in specimens.items()
        if laboratory not in enough
    ]
    chosen = chosen[chosen["laboratory"].isin(enough)]
    if len(enough):
        rows += probe_chosen(take_measured(measured, chosen["spectrum"]), chosen, settings, statistics)
    else:
        rows.append({"test": "laboratories", "laboratory": "all", "reason": "no laboratory has enough specimens"})
    table = pd.DataFrame(rows).assign(component=component).reindex(columns=PROBE_COLUMNS)
    counts = [name for name in PROBE_COLUMNS if name.startswith("n_")]
    return table.astype(dict.fromkeys(counts, "Int64")).assign(reason=table["reason"].fillna(""))


def probe_chosen(
    measured: pa.Table, chosen: pd.DataFrame, settings: PreprocessingSettings, statistics: StatisticsSettings
) -> list[dict]:
    """Run both tests on spectra of laboratories that have enough specimens."""
    ranges = laboratory_ranges(measured)
    whole = whole_range(settings, ranges)
    specimen = chosen.set_index("spectrum")["specimen"]
    viewed = named(view(measured, settings, whole), specimen)
    # Ends differ by a point or two between instruments of one laboratory; a grid step is what can be seen.
    differs = (ranges.max() - ranges.min()).max() > settings.step_cm1
    same = (
        f"all laboratories measured {ranges['first'].max():.0f} to {ranges['last'].min():.0f} cm-1: nothing is filled"
    )
    rows: list[dict] = []
    if len(ranges) < 2:
        rows.append({"test": "laboratories", "laboratory": "all", "reason": "only one laboratory has enough specimens"})
    else:
        rows += probe_laboratories(viewed, VIEWS if differs else VIEWS[-1:], statistics)
    if not differs:
        return [*rows, {"test": "cut", "laboratory": "all", "reason": same}]
    shortest = str((ranges["last"] - ranges["first"]).idxmin())
    first, last = ranges.loc[shortest]
    shortened = named(view(cut(measured, first, last), settings, whole), specimen)
    for laboratory, own in ranges.iterrows():
        loss = max(first - own["first"], own["last"] - last)
        if laboratory == shortest:
            reason = f"measured {first:.0f} to {last:.0f} cm-1, the range to which the others are cut"
        elif loss <= settings.step_cm1:
            reason = f"measured nothing that the range of {shortest} lacks"
        else:
            pair = [only(probed, str(laboratory), shortened.table["spectrum"]) for probed in (viewed, shortened)]
            pair[1] = only(pair[1], str(laboratory), pair[0].table["spectrum"])
            if pair[0].table["specimen"].nunique() >= FEWEST_SPECIMENS:
                rows += probe_cut(pair[0], pair[1], str(laboratory), statistics)
                continue
            reason = f"when cut to {first:.0f} to {last:.0f} cm-1, too few of its spectra fill the study's window"
        rows.append({"test": "cut", "laboratory": laboratory, "reason": reason})
    return rows
