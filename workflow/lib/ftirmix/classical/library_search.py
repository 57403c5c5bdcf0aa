"""Search in a spectral library, as Open Specy does, and the best pair of entries for mixtures.

Without pairs: Pearson's r of absolute first derivatives with every library entry, which is the match
value of Open Specy and its default processing (Cowger et al. 2021, Anal. Chem. 93, 7543; R package
OpenSpecy, ``smooth_intens(derivative = 1, abs = TRUE)`` and ``cor_spec``). Its square is the hit quality
index (HQI); the score of a component is the best one of its entries. A search names one material, so the
mixing ratio of the best hit is one.

With pairs: signed derivatives, since absolute values of a sum are not a sum. All spectra are centred
and of unit norm, r_i is the correlation of the spectrum with entry i and g_ij that of two entries. The
least-squares fit by two entries of different components has

    a_i = (r_i - g_ij r_j) / (1 - g_ij^2)
    R^2_ij = a_i r_i + a_j r_j

and where a coefficient is negative the better entry alone stays, R^2 = max(r_i, r_j, 0)^2. Both components
of the best pair score what the fit gains by them: R^2 less the best HQI of the other one. Any other
component c scores the best R^2 of pairs with c less that of the best pair, which is negative: what the fit
would lose if c had to be in it. A threshold can therefore call a third component, but its mixing ratio is none.
"""

import numpy as np

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import first_derivative
from ftirmix.classical.library import typical_endmembers
from ftirmix.settings import LibrarySearchSettings

# Fits at a time, spectra times pairs: 16 MB for each of their numbers.
FITS_AT_ONCE = 2_000_000
# Entries nearer than this are the same spectrum: their difference is noise, and their fit is ill-conditioned.
HIGHEST_CORRELATION = 0.9999


def fit(training: Training, options: LibrarySearchSettings, seed: int) -> State:
    """Choose the library."""
    rows = typical_endmembers(training, options.per_component, options.derivative_window, seed)
    return {
        "absorbance": training.absorbance[rows],
        "component": training.component[rows],
        "components": len(training.components),
        "window": options.derivative_window,
        "best_pair": options.best_pair,
    }


def centred(absorbance: np.ndarray, window: int, absolute: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return first derivatives, centred and of unit norm, and the norm that each had, shape (spectrum, 1)."""
    derivative = first_derivative(absorbance, window)
    derivative = np.abs(derivative) if absolute else derivative
    derivative = derivative - derivative.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(derivative, axis=1, keepdims=True)
    norm = np.where(norm > 0, norm, 1.0)
    return derivative / norm, norm


def best_of_components(values: np.ndarray, component: np.ndarray, components: int) -> np.ndarray:
    """Return the best value of each component's entries, shape (spectrum, component); 0 without entries."""
    best = np.zeros((len(values), components))
    for index in np.unique(component):
        best[:, index] = values[:, component == index].max(axis=1)
    return best


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Search the library for every spectrum; returns presence scores and mixing ratios."""
    absolute = not state["best_pair"]
    entries, norm = centred(state["absorbance"], state["window"], absolute)
    correlation = centred(absorbance, state["window"], absolute)[0] @ entries.T
    component, components = state["component"], state["components"]
    if not state["best_pair"]:
        quality = best_of_components(np.clip(correlation, 0, None) ** 2, component, components)
        hit = np.zeros_like(quality)
        hit[np.arange(len(hit)), quality.argmax(axis=1)] = 1.0
        return quality, hit
    pairs = pairs_of(component)
    gram = np.clip(entries @ entries.T, -HIGHEST_CORRELATION, HIGHEST_CORRELATION)
    size = max(1, FITS_AT_ONCE // max(1, pairs.shape[1]))
    parts = [
        pair_answers(correlation[start : start + size], gram, pairs, component, norm[:, 0], components)
        for start in range(0, len(correlation), size)
    ]
    scores, ratios = zip(*parts, strict=True)
    return np.concatenate(scores), np.concatenate(ratios)


def pairs_of(component: np.ndarray) -> np.ndarray:
    """List pairs of entries of two components, those of the same two components beside each other.

    Args:
        component: index of each entry's component, shape (entry,).

    Returns:
        Rows of the first and second entry, shape (2, pair).
    """
    first, second = np.triu_indices(len(component), 1)
    lower, upper = (pick(component[first], component[second]) for pick in (np.minimum, np.maximum))
    apart = np.flatnonzero(lower != upper)
    order = apart[np.lexsort((upper[apart], lower[apart]))]
    return np.stack([first[order], second[order]])


def fit_pairs(correlation: np.ndarray, gram: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit spectra by pairs of entries with non-negative coefficients.

    Args:
        correlation: of spectra with entries, shape (spectrum, entry).
        gram: correlations of entries, shape (entry, entry).
        pairs: shape (2, pair).

    Returns:
        Coefficients (2, spectrum, pair) and R^2 (spectrum, pair).
    """
    r = correlation[:, pairs[0]], correlation[:, pairs[1]]
    g = gram[pairs[0], pairs[1]]
    a = np.stack([(r[0] - g * r[1]) / (1 - g**2), (r[1] - g * r[0]) / (1 - g**2)])
    alone = (a < 0).any(axis=0)
    first_better = r[0] >= r[1]
    a[0] = np.where(alone, np.where(first_better, np.clip(r[0], 0, None), 0.0), a[0])
    a[1] = np.where(alone, np.where(first_better, 0.0, np.clip(r[1], 0, None)), a[1])
    return a, a[0] * r[0] + a[1] * r[1]


def pair_answers(
    correlation: np.ndarray, gram: np.ndarray, pairs: np.ndarray, component: np.ndarray, norm: np.ndarray,
    components: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return presence scores and mixing ratios of some spectra (see the module's formulas)."""
    rows = np.arange(len(correlation))
    quality = best_of_components(np.clip(correlation, 0, None) ** 2, component, components)
    if pairs.shape[1] == 0:
        return quality, shares_of(quality)
    amounts, explained = fit_pairs(correlation, gram, pairs)
    of_pair = component[pairs]
    starts = np.flatnonzero(np.r_[True, (np.diff(np.sort(of_pair, axis=0), axis=1) != 0).any(axis=0)])
    best = np.maximum.reduceat(explained, starts, axis=1)
    forced = np.zeros((len(rows), components))
    for place, (one, other) in enumerate(of_pair[:, starts].T):
        for index in (one, other):
            forced[:, index] = np.maximum(forced[:, index], best[:, place])
    winner = explained.argmax(axis=1)
    highest = explained[rows, winner]
    scores = forced - highest[:, None]
    ratios = np.zeros((len(rows), components))
    for slot in range(2):
        own, partner = of_pair[slot, winner], of_pair[1 - slot, winner]
        scores[rows, own] = highest - quality[rows, partner]
        ratios[rows, own] = amounts[slot, rows, winner] / norm[pairs[slot, winner]]
    return scores, shares_of(ratios)
