"""Protocols: who is trained on, who validates and who is tested, in every fold.

A split is a table with one row per endmember and one column ``fold<k>`` per fold, which says the
subset of the endmember in that fold: train, validation, test or unused. Subsets of a fold never
share a specimen, but in the protocol ``random``, where every endmember is in all of them.
"""

from itertools import combinations, product

import numpy as np
import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.recipes import missing
from ftirmix.splits import assign_folds
from ftirmix.subsets import EVERY, UNUSED, fold_column, members

# A left-out laboratory scores a component if it offers this many specimens of it ...
FEWEST_TESTED = 5
# ... while the other laboratories keep this many to learn from.
FEWEST_TRAINED = 8


def split_by_protocol(
    table: pd.DataFrame, protocol: str, choices: dict, components: list[str], mixed: set[str], folds: int, seed: int
) -> pd.DataFrame:
    """Deal endmembers into subsets as a protocol asks.

    Args:
        table: columns spectrum, laboratory, component, specimen, suspect.
        protocol: specimen, laboratory, measured or random.
        choices: the protocol's section of the config.
        components: the study's components.
        mixed: spectra of physical objects that have a measured mixture; needed by ``measured``.
        folds: number of parts; what they are is up to the protocol.
        seed: seed of the deal.

    Returns:
        One column per fold.
    """
    if protocol == "specimen":
        return split_by_specimen(table, folds, seed)
    if protocol == "laboratory":
        return split_by_laboratory(table, choices["left_out"], folds, seed)
    if protocol == "measured":
        return split_for_measured(table, mixed, folds, seed)
    return split_at_random(table, choices["laboratory"], components, choices["draws"])


def split_by_specimen(table: pd.DataFrame, folds: int, seed: int) -> pd.DataFrame:
    """Test unseen specimens of seen laboratories: every specimen is tested in one fold.

    One fold tests, the next validates, the others train.

    Args:
        table: columns laboratory, component, specimen.
        folds: number of folds.
        seed: seed of the deal.

    Returns:
        One column per fold.
    """
    dealt = assign_folds(table, folds, seed).to_numpy()
    columns = {}
    for fold in range(folds):
        names = np.where(dealt == fold, "test", np.where(dealt == (fold + 1) % folds, "validation", "train"))
        columns[fold_column(fold)] = names
    return pd.DataFrame(columns, index=table.index)


def count_laboratories(table: pd.DataFrame, laboratories: list[str]) -> pd.DataFrame:
    """Count what a left-out laboratory offers and the others keep, and say what it scores.

    Endmembers whose label is in doubt do not count.

    Args:
        table: columns laboratory, component, specimen, suspect.
        laboratories: to be left out in turn.

    Returns:
        Columns fold, laboratory, component, specimens_tested, specimens_kept, scored.
    """
    curated = table[~table["suspect"]]
    specimens = curated.groupby(["laboratory", "component"])["specimen"].nunique()
    rows = []
    for fold, laboratory in enumerate(laboratories):
        for component in sorted(table["component"].unique()):
            tested = int(specimens.get((laboratory, component), 0))
            kept = int(specimens[specimens.index.get_level_values("component") == component].sum()) - tested
            scored = tested >= FEWEST_TESTED and kept >= FEWEST_TRAINED
            rows.append((fold, laboratory, component, tested, kept, scored))
    columns = ["fold", "laboratory", "component", "specimens_tested", "specimens_kept", "scored"]
    return pd.DataFrame(rows, columns=columns)


def split_by_laboratory(table: pd.DataFrame, laboratories: list[str], folds: int, seed: int) -> pd.DataFrame:
    """Test one unseen laboratory per fold.

    Of the laboratory that is left out, the components are tested of which it has at least
    ``FEWEST_TESTED`` specimens while the others keep ``FEWEST_TRAINED``; the rest of it is unused.
    Of the other laboratories, one in ``folds`` of the specimens validates.

    Args:
        table: columns laboratory, component, specimen, suspect.
        laboratories: to be left out in turn, one fold each.
        folds: number of parts of which one validates.
        seed: seed of the deal.

    Returns:
        One column per laboratory.

    Raises:
        StudyError: a laboratory does not exist, or can score no two components.
    """
    dealt = assign_folds(table, folds, seed).to_numpy()
    counts = count_laboratories(table, laboratories)
    columns = {}
    for fold, laboratory in enumerate(laboratories):
        scored = counts[(counts["fold"] == fold) & counts["scored"]]["component"]
        if len(scored) < 2:
            known = ", ".join(sorted(table["laboratory"].unique()))
            raise StudyError(
                f"laboratory {laboratory!r} cannot be left out: it scores {len(scored)} components, two are needed "
                f"with at least {FEWEST_TESTED} specimens each while the others keep {FEWEST_TRAINED}; take it out of "
                f"protocols.laboratory.left_out (the study has {known})"
            )
        names = np.where(dealt == 0, "validation", "train").astype(object)
        own = (table["laboratory"] == laboratory).to_numpy()
        names[own] = np.where(table["component"][own].isin(scored), "test", UNUSED)
        columns[fold_column(fold)] = names
    return pd.DataFrame(columns, index=table.index)


def split_for_measured(table: pd.DataFrame, held_out: set[str], folds: int, seed: int) -> pd.DataFrame:
    """Train for a test on measured mixtures: no specimen (animal) that has one is seen.

    Args:
        table: columns spectrum, laboratory, component, specimen.
        held_out: spectra of the physical objects that have a measured mixture. The whole specimen
            of each is left out: it may have been joined to another object under that one's name.
        folds: number of parts of which one validates.
        seed: seed of the deal.

    Returns:
        One column; nothing in it is a test endmember, the measured mixtures are the test.
    """
    names = np.where(assign_folds(table, folds, seed) == 0, "validation", "train").astype(object)
    specimens = table["specimen"][table["spectrum"].isin(held_out)]
    names[table["specimen"].isin(specimens).to_numpy()] = UNUSED
    return pd.DataFrame({fold_column(0): names}, index=table.index)


def split_at_random(table: pd.DataFrame, laboratory: str, components: list[str], draws: int) -> pd.DataFrame:
    """Use every endmember of one laboratory for training, validation and test alike: the papers' task.

    A random split of a collection of mixtures puts the same endmembers on both sides; only ratios
    and nuisances are new. It is here to show what that is worth, never as a result.

    Args:
        table: columns laboratory, component, suspect.
        laboratory: whose endmembers are used.
        components: the study's components, all of which the laboratory needs.
        draws: number of folds, which differ in the mixtures that are drawn.

    Returns:
        One column per draw.

    Raises:
        StudyError: the laboratory does not exist or lacks a component.
    """
    own = (table["laboratory"] == laboratory).to_numpy()
    if not own.any():
        known = ", ".join(sorted(table["laboratory"].unique()))
        raise StudyError(f"config: protocols.random.laboratory: no endmember is from {laboratory!r}; there are {known}")
    present = set(table["component"][own & ~table["suspect"].to_numpy(dtype=bool)])
    missing = [name for name in components if name not in present]
    if missing:
        raise StudyError(
            f"config: protocols.random.laboratory: {laboratory} has no {', '.join(missing)}; name a laboratory that "
            "has all components, or take the protocol out"
        )
    names = np.where(own, EVERY, UNUSED)
    return pd.DataFrame({fold_column(draw): names for draw in range(draws)}, index=table.index)


def check_offers(split: pd.DataFrame, folds: list[int], components: list[str], twins: bool) -> None:
    """Raise StudyError where a subset of a tested fold lacks a component, a pair or a second specimen.

    Said here, before anything is mixed or trained. Endmembers whose label is in doubt do not count.

    Args:
        split: the split's table, columns laboratory, component, specimen, suspect and one per fold.
        folds: folds that are tested.
        components: the study's components, each of which every subset needs.
        twins: whether test and validation need two specimens of each, for mixtures of a polymer with itself.
    """
    whole = split[~split["suspect"].astype(bool)].groupby("component")["specimen"].nunique()
    offered = {}
    for fold, subset in product(folds, ("train", "validation", "test")):
        inside = split[members(split, fold, subset)]
        counts = inside.groupby(["laboratory", "component"])["specimen"].nunique().unstack(fill_value=0)
        offered[fold, subset] = counts.reindex(columns=components, fill_value=0)
    repair = "add a source that has it, lower split.folds"
    for ((fold, subset), counts), name in product(offered.items(), components):
        if not counts[name].any():
            raise StudyError(
                f"fold {fold}, {subset}: component {name!r} has no specimen ({whole.get(name, 0)} in all that are not "
                f"in doubt); {repair} or take it out of components"
            )
    for ((fold, subset), counts), pair in product(offered.items(), combinations(components, 2)):
        if not (counts[list(pair)] > 0).all(axis=1).any():
            raise StudyError(f"fold {fold}, {subset}: {missing(pair)}")
    for ((fold, subset), counts), name in product(offered.items(), components):
        if twins and subset != "train" and counts[name].max() < 2:
            raise StudyError(
                f"fold {fold}, {subset}: component {name!r} has one specimen per laboratory, too few for mixtures "
                f"of it with itself; {repair} or set mixtures.same_polymer_per_component to 0"
            )


def check_split(split: pd.DataFrame, folds: list[int]) -> None:
    """Raise StudyError if a specimen is in two subsets of a fold."""
    for fold in folds:
        used = split[~split[fold_column(fold)].isin([UNUSED, EVERY])]
        crossing = used.groupby("specimen")[fold_column(fold)].nunique()
        if len(crossing) and crossing.max() > 1:
            raise StudyError(f"fold {fold}: specimen {crossing.idxmax()!r} is in two subsets")
