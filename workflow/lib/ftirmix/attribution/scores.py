"""How well a map finds a component: against its own bands and its contribution, which are exact.

All scores are of one component's map per row, on the wavenumber grid, and NaN where they are not
defined: the component has no own band, or the map no positive part.
"""

import numpy as np


def highest_positions(maps: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Mark the highest positions of each map, ``area`` of them; a mask of the maps' shape.

    Equal values are taken in the order of a fixed shuffle, not of the wavenumber, so that a flat
    map points where a random one does.
    """
    rows, points = maps.shape
    shuffled = np.random.default_rng(0).permutation(points)
    order = shuffled[np.argsort(-maps[:, shuffled], axis=1, kind="stable")]
    marked = np.zeros((rows, points), dtype=bool)
    np.put_along_axis(marked, order, np.arange(points) < area[:, None], axis=1)
    return marked


def matched_area_iou(maps: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Overlap of the highest positions of a map, as many as the own bands have, with the own bands.

        IoU = |T & D| / |T | D|,   T the |D| highest positions of the map

    No threshold enters, so maps of any unit and scale compare.

    Args:
        maps: shape (row, wavenumber).
        bands: mask of own bands, same shape.
    """
    area = bands.sum(axis=1)
    common = (highest_positions(maps, area) & bands).sum(axis=1)
    score = np.full(len(maps), np.nan)
    defined = area > 0
    score[defined] = common[defined] / (2 * area[defined] - common[defined])
    return score


def pointing_game(maps: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Whether the highest position of a map lies on the own bands; of equally high ones, the share that does.

    References:
        Zhang et al. 2018, Top-down neural attention by excitation backprop, IJCV, section 4.
    """
    peak = maps == maps.max(axis=1, keepdims=True)
    score = (peak & bands).sum(axis=1) / peak.sum(axis=1)
    return np.where(bands.any(axis=1) & (maps.max(axis=1) > 0), score, np.nan)


def rank_correlation(maps: np.ndarray, contributions: np.ndarray) -> np.ndarray:
    """Spearman's correlation of a map with the contribution, over wavenumbers; NaN where either is flat."""
    ranks = [centred_ranks(np.asarray(part, dtype=float)) for part in (maps, contributions)]
    norms = [np.sqrt((part**2).sum(axis=1)) for part in ranks]
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (ranks[0] * ranks[1]).sum(axis=1) / (norms[0] * norms[1])
    return np.where(np.minimum(*norms) > 0, score, np.nan)


def centred_ranks(values: np.ndarray) -> np.ndarray:
    """Rank each row, equal values sharing their mean rank, and subtract the mean; shape unchanged."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    fresh = np.concatenate([np.ones((len(values), 1), bool), np.diff(ordered, axis=1) != 0], axis=1)
    points = values.shape[1]
    place = np.arange(points)
    first = np.maximum.accumulate(np.where(fresh, place, 0), axis=1)
    ends = np.concatenate([fresh[:, 1:], np.ones((len(values), 1), bool)], axis=1)
    last = np.flip(np.minimum.accumulate(np.flip(np.where(ends, place, points), axis=1), axis=1), axis=1)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, (first + last) / 2, axis=1)
    return ranks - (points - 1) / 2
