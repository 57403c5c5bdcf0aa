"""Subsets of a split: a table with a row per endmember and a column per fold that names its subset."""

import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.spectra import Spectra

# test_as_given: the test endmembers with those whose label is in doubt.
SUBSETS = ("train", "validation", "test", "test_as_given")
AS_GIVEN = "_as_given"
UNUSED = "unused"
# Protocols whose every subset has all components, and all pairs in some laboratory.
COMPLETE = ("specimen", "random")
# In all subsets at once: the leak of the protocol ``random``.
EVERY = "every"


def fold_column(fold: int) -> str:
    """Name the column of a fold."""
    return f"fold{fold}"


def members(split: pd.DataFrame, fold: int, subset: str) -> pd.Series:
    """Tell which endmembers belong to a subset of a fold.

    Args:
        split: columns spectrum, component, suspect and one per fold.
        fold: number of the fold.
        subset: one of ``SUBSETS``; all but ``test_as_given`` are without suspect endmembers.
    """
    inside = split[fold_column(fold)].isin([subset.removesuffix(AS_GIVEN), EVERY])
    return inside if subset.endswith(AS_GIVEN) else inside & ~split["suspect"].astype(bool)


def endmembers_of(endmembers: Spectra, split: pd.DataFrame, fold: int, subset: str) -> Spectra:
    """Take the endmembers of one subset of a fold.

    Args:
        endmembers: all endmembers of the study.
        split: the split's table, one row per endmember in the same order.
        fold: number of the fold.
        subset: one of ``SUBSETS``.

    Raises:
        StudyError: the split belongs to other endmembers.
    """
    if split["spectrum"].tolist() != endmembers.table["spectrum"].tolist():
        raise StudyError("the split and the endmembers differ; run `snakemake --forcerun split_endmembers`")
    return endmembers.take(members(split, fold, subset).to_numpy(dtype=bool))


def components_of(split: pd.DataFrame, fold: int, subset: str, components: list[str]) -> list[str]:
    """List the study's components that a subset of a fold has, in the study's order."""
    present = set(split["component"][members(split, fold, subset)])
    return [name for name in components if name in present]
