"""Specimens: near-duplicates joined first, specimens dealt into stratified folds after."""

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from ftirmix.errors import StudyError
from ftirmix.spectra import Spectra


def centred_cosines(absorbance: np.ndarray) -> np.ndarray:
    """Return the cosines of mean-centred spectra with each other, shape (spectrum, spectrum)."""
    centred = absorbance.astype(float)
    centred -= centred.mean(axis=1, keepdims=True)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    return centred @ centred.T


def join_near_duplicates(spectra: Spectra, cosine: float, recorded_cosine: float) -> pd.Series:
    """Name the specimen of every spectrum; near-duplicates of one laboratory share a specimen.

    Two spectra are near-duplicates when the cosine of their mean-centred absorbances is at least
    ``cosine``. Recorded specimens that hold near-duplicates of each other become one, and so do
    chains of them (single linkage): joining too much costs specimens, joining too little leaks.

    Args:
        spectra: spectra of any number of laboratories.
        cosine: at which two spectra are near-duplicates.
        recorded_cosine: the same for two spectra whose specimens are both recorded. Clean particles
            of one polymer from two animals can be nearer than 0.9995, and chained through each other
            they would make one specimen of many animals.

    Returns:
        Specimen per spectrum, aligned with ``spectra.table``.
    """
    recorded = spectra.table["specimen"].fillna(spectra.table["spectrum"])
    specimens = pd.Series(index=spectra.table.index, dtype=object)
    for _, rows in spectra.table.groupby("laboratory", sort=True).groups.items():
        known = spectra.table.loc[rows, "specimen"].notna().to_numpy()
        limit = np.where(known[:, None] & known, recorded_cosine, cosine)
        cosines = centred_cosines(spectra.absorbance[rows.to_numpy()])
        links = csr_array(cosines >= limit - 1e-12)  # rounding: an exact copy may come out a hair below 1
        names = recorded.loc[rows]
        codes, uniques = pd.factorize(names)
        membership = csr_array((np.ones(len(codes)), (np.arange(len(codes)), codes)))
        _, cluster = connected_components(membership.T @ links @ membership + csr_array(np.eye(len(uniques))))
        first = pd.Series(uniques).groupby(cluster).first()
        specimens.loc[rows] = first.loc[cluster[codes]].to_numpy()
    return specimens


def assign_folds(table: pd.DataFrame, folds: int, seed: int) -> pd.Series:
    """Deal specimens into folds, stratified by component within each laboratory.

    Args:
        table: columns laboratory, component, specimen.
        folds: number of folds.
        seed: seed of the shuffle.

    Returns:
        Fold number per row; all rows of one specimen share it.

    Raises:
        StudyError: a laboratory has fewer specimens than folds.
    """
    # Imported here: it takes longer than most jobs that only ask which subset a row is in.
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    result = pd.Series(-1, index=table.index)
    for laboratory, rows in table.groupby("laboratory", sort=True):
        if rows["specimen"].nunique() < folds:
            raise StudyError(
                f"laboratory {laboratory!r} has {rows['specimen'].nunique()} specimens of the study's "
                f"components, fewer than split.folds = {folds}; lower split.folds or leave its source out"
            )
        stratifiable = rows["component"].value_counts().max() >= folds  # else StratifiedGroupKFold raises
        splitter = (StratifiedGroupKFold if stratifiable else GroupKFold)(folds, shuffle=True, random_state=seed)
        for fold, (_, positions) in enumerate(splitter.split(rows, rows["component"], rows["specimen"])):
            result.loc[rows.index[positions]] = fold
    return result
