"""Predictions that somebody else made: read, checked, laid out beside the truth of the benchmark."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.flat_names import SEPARATOR, present_column, ratio_column

NEEDED = ("spectrum", "component", "probability", "mixing_ratio")
TRUTH = (
    "spectrum",
    "composition",
    "components",
    "specimens",
    "minor_component",
    "minor_share",
    "share_low",
    "share_high",
)


@dataclass(frozen=True)
class TruthSet:
    """Truth of one set of the benchmark: ``table`` has a row per spectrum, the matrices (spectrum, component)."""

    table: pd.DataFrame
    present: np.ndarray
    ratios: np.ndarray


def read_submission(path: Path) -> pd.DataFrame:
    """Read a file of predictions, CSV or Parquet.

    Returns:
        Columns ``NEEDED`` and seed, which is 0 where the file has none.

    Raises:
        StudyError: a column is missing, or a value is impossible.
    """
    try:
        frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, keep_default_na=True)
    except (OSError, ValueError) as error:
        raise StudyError(
            f"{path}: cannot be read as {'Parquet' if path.suffix == '.parquet' else 'CSV'}: {error}"
        ) from None
    missing = [name for name in NEEDED if name not in frame.columns]
    if missing:
        raise StudyError(
            f"{path}: column {missing[0]!r} is missing; it has {', '.join(map(str, frame.columns))}, and needs "
            f"{', '.join(NEEDED)} (mixing_ratio may be empty), and seed where there are several"
        )
    frame = frame.assign(seed=frame["seed"] if "seed" in frame.columns else 0)[[*NEEDED, "seed"]]
    for name, needed in (("probability", True), ("mixing_ratio", False)):
        values = pd.to_numeric(frame[name], errors="coerce")
        wrong = ~values.between(0, 1) if needed else frame[name].notna() & ~values.between(0, 1)
        if wrong.any():
            row = frame[wrong].iloc[0]
            raise StudyError(
                f"{path}: {int(wrong.sum())} rows have a {name} outside 0 to 1; the first is spectrum "
                f"{row['spectrum']!r}, component {row['component']!r}, value {row[name]!r}"
            )
        frame[name] = values.astype(float)
    twice = frame.duplicated(["spectrum", "component", "seed"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise StudyError(
            f"{path}: {int(twice.sum())} rows answer twice; the first is spectrum {row['spectrum']!r}, component "
            f"{row['component']!r}, seed {row['seed']!r}; keep one of each"
        )
    return frame


def read_truth(path: Path, components: list[str]) -> TruthSet:
    """Read the truth of one set of the benchmark."""
    present, ratios = [present_column(name) for name in components], [ratio_column(name) for name in components]
    frame = pd.read_parquet(path, columns=[*TRUTH, *present, *ratios])
    table = frame[list(TRUTH)].rename(columns={"spectrum": "mixture"})
    for name in ("components", "specimens"):
        table[name] = table[name].str.split(SEPARATOR)
    return TruthSet(table, frame[present].to_numpy(dtype=bool), frame[ratios].to_numpy(dtype=float))


def answers_to(
    submission: pd.DataFrame, truth: TruthSet, components: list[str], name: str
) -> tuple[np.ndarray, np.ndarray] | None:
    """Lay out the answers of one seed to one set, rows and columns in the order of the truth.

    Args:
        submission: of one seed.
        truth: of the set.
        components: of the benchmark.
        name: of the set, for errors.

    Returns:
        Probabilities and mixing ratios (NaN where not given), each (spectrum, component); None
        where the set is not answered at all.

    Raises:
        StudyError: only a part of it is answered.
    """
    chosen = submission[submission["spectrum"].isin(truth.table["mixture"])]
    if chosen.empty:
        return None
    wide = chosen.pivot(index="spectrum", columns="component", values=["probability", "mixing_ratio"])
    wide = wide.reindex(truth.table["mixture"])
    absent = [component for component in components if component not in wide["probability"].columns]
    if absent:
        raise StudyError(
            f"{name}: component {absent[0]!r} is nowhere answered; give every spectrum all of {', '.join(components)}"
        )
    probability = wide["probability"][components]
    gaps = probability.isna().to_numpy()
    if gaps.any():
        spectrum, component = np.argwhere(gaps)[0]
        raise StudyError(
            f"{name}: {int(gaps.any(axis=1).sum())} of {len(gaps)} spectra are not fully answered; the first is "
            f"{truth.table['mixture'].iloc[spectrum]!r}, component {components[component]!r}; "
            "a set counts whole or not at all"
        )
    return probability.to_numpy(), wide["mixing_ratio"][components].to_numpy()


def check_known(submission: pd.DataFrame, spectra: set[str], components: list[str], path: Path) -> None:
    """Raise StudyError for a spectrum or a component that the benchmark does not have."""
    unknown = submission["component"][~submission["component"].isin(components)]
    if len(unknown):
        raise StudyError(
            f"{path}: component {unknown.iloc[0]!r} is not in the benchmark, which has {', '.join(components)}"
        )
    strange = submission["spectrum"][~submission["spectrum"].isin(spectra)]
    if len(strange):
        raise StudyError(
            f"{path}: {strange.nunique()} spectra are not in the benchmark, the first is {strange.iloc[0]!r}; "
            "names are those of the column spectrum of its files"
        )
