"""What justifies the near-duplicate rule, and labelled particles found again among unlabelled ones."""

import numpy as np
import pandas as pd

from ftirmix.references import derivatives
from ftirmix.spectra import Spectra
from ftirmix.splits import centred_cosines

# Distances 1 - cosine span eight decades: exact copies (rounding) to other materials.
DISTANCE_EDGES = np.concatenate([[0.0], 10.0 ** np.arange(-8, 0.01, 0.25)])
HISTOGRAM_COLUMNS = ["laboratory", "pairs", "distance_low", "distance_high", "spectra"]


def neighbour_histogram(spectra: Spectra, edges: np.ndarray = DISTANCE_EDGES) -> pd.DataFrame:
    """Count nearest neighbours by distance, 1 - cosine of the mean-centred absorbance, per laboratory.

    The nearest neighbour is sought three ways: ``within`` the recorded specimen, ``between``
    recorded specimens, and ``unrecorded`` where a source names no specimens. A near-duplicate
    rule is right where it lies below nearly all distances between specimens that are known to differ.

    Args:
        spectra: all spectra on one grid; ``specimen`` as recorded.
        edges: ascending distances, the first 0; larger ones than the last are counted in the last bin.

    Returns:
        One row per laboratory, kind of pair and bin (``HISTOGRAM_COLUMNS``).
    """
    rows = []
    for laboratory, group in spectra.table.groupby("laboratory", sort=True):
        positions = spectra.table.index.get_indexer(group.index)
        distance = np.clip(1 - centred_cosines(spectra.absorbance[positions]), 0, None)
        np.fill_diagonal(distance, np.inf)
        recorded = group["specimen"].notna().to_numpy()
        codes = pd.factorize(group["specimen"])[0]
        same = (codes[:, None] == codes[None, :]) & recorded[:, None] & recorded[None, :]
        both = recorded[:, None] & recorded[None, :]
        for pairs, allowed in (("within", same), ("between", both & ~same), ("unrecorded", ~both)):
            nearest = np.where(allowed, distance, np.inf).min(axis=1)
            nearest = np.minimum(nearest[np.isfinite(nearest)], edges[-1])
            counts = np.histogram(nearest, bins=edges)[0]
            rows += [
                (laboratory, pairs, low, high, int(count))
                for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
                if len(nearest)
            ]
    return pd.DataFrame(rows, columns=HISTOGRAM_COLUMNS)


def match_wells(
    labelled: Spectra, unlabelled: Spectra, well_pattern: str, cosine: float, smoothing_cm1: float
) -> pd.DataFrame:
    """Find labelled particles again in a collection of unlabelled ones by the name of their well.

    The id proposes, the spectrum confirms: ids repeat between stations, so of several wells of one
    name the nearest is taken, and it must be near. First derivatives are compared, because the two
    publications subtracted baselines differently.

    Args:
        labelled: spectra whose ids hold the name of a well.
        unlabelled: the collection, on the same grid.
        well_pattern: regular expression; its first group is the well in ``spectrum``, for both.
        cosine: of the first derivatives, at least this for the well to be confirmed.
        smoothing_cm1: standard deviation of the derivatives' Gaussian.

    Returns:
        One row per labelled spectrum: spectrum, well (empty: its id names none), match (spectrum of the
        collection, empty if there is none of that name), cosine, confirmed, and nearest: the
        nearest spectrum of the whole collection.

    Raises:
        ValueError: the grids differ.
    """
    if not np.array_equal(labelled.wavenumber, unlabelled.wavenumber):
        raise ValueError("labelled and unlabelled spectra lie on different wavenumber grids; resample first")
    ids = unlabelled.table["spectrum"].to_numpy(object)
    wells = labelled.table["spectrum"].str.extract(well_pattern, expand=True)[0].fillna("").to_numpy(object)
    offered = unlabelled.table["spectrum"].str.extract(well_pattern, expand=True)[0].fillna("").to_numpy(object)
    near = derivatives(labelled, smoothing_cm1) @ derivatives(unlabelled, smoothing_cm1).T
    named = (wells[:, None] == offered[None, :]) & (wells != "")[:, None]
    own = np.where(named, near, -np.inf)
    best = own.argmax(axis=1)
    highest = own[np.arange(len(best)), best]
    has = np.isfinite(highest)
    return pd.DataFrame(
        {
            "spectrum": labelled.table["spectrum"].to_numpy(object),
            "well": wells,
            "match": np.where(has, ids[best], ""),
            "cosine": np.where(has, highest, np.nan),
            "confirmed": highest >= cosine,
            "nearest": ids[near.argmax(axis=1)],
        }
    )
