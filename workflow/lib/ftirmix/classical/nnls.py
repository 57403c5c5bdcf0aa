"""Non-negative least squares unmixing: each spectrum is a non-negative sum of library spectra.

A component's mixing ratio is its share of the coefficients, and its presence score as well. First
derivatives take the baseline out of the fit. Weights take out what scatters:

    minimise over c >= 0   sum_v w(v)^2 (y(v) - sum_k c_k D_k(v))^2
    w(v) = (s(v)^2 + (f s)^2)^(-1/2)

with y the spectrum's derivative, D those of the library, s(v) the root mean square, over training
mixtures, of what the fit without weights leaves at wavenumber v, s the root mean square of s(v) over
all wavenumbers, and f the option ``floor``. What is left is noise, nuisances and the difference
between a specimen and the nearest of the library; weighting by its inverse is the maximum-likelihood
fit if it were independent and normal (Aitken 1936, Proc. R. Soc. Edinb. 55, 42). The floor keeps windows
that are bridged, where nothing is left, from deciding the fit.
"""

import numpy as np
from scipy.optimize import nnls

from ftirmix.classical.base import State, Training, shares_of
from ftirmix.classical.features import first_derivative
from ftirmix.classical.library import typical_endmembers
from ftirmix.settings import NNLSRawSettings, NNLSSettings, NNLSWeightedSettings

# Enough for a scatter per wavenumber to 2 %, and a second of fits.
SCATTER_MIXTURES = 1500
# The library of raw absorbances is chosen by derivatives all the same, as of the other two.
CHOOSING_WINDOW = 7


def fit_raw(training: Training, options: NNLSRawSettings, seed: int) -> State:
    """Choose a library for unmixing absorbances as they are."""
    rows = typical_endmembers(training, options.per_component, CHOOSING_WINDOW, seed)
    return library_of(training, rows, 0)


def fit_derivative(training: Training, options: NNLSSettings, seed: int) -> State:
    """Choose a library for unmixing first derivatives."""
    rows = typical_endmembers(training, options.per_component, options.derivative_window, seed)
    return library_of(training, rows, options.derivative_window)


def fit_weighted(training: Training, options: NNLSWeightedSettings, seed: int) -> State:
    """Choose a library, and weigh wavenumbers by the inverse of what its fits leave of training mixtures."""
    plain = fit_derivative(training, NNLSSettings(options.per_component, options.derivative_window), seed)
    scatter = scatter_of(plain, training.mixtures[:SCATTER_MIXTURES])
    return plain | {"weight": weights_of(scatter, options.floor)}


def library_of(training: Training, rows: np.ndarray, window: int) -> State:
    """Take endmembers as a library whose wavenumbers all weigh the same."""
    absorbance = training.absorbance[rows]
    return {
        "absorbance": absorbance,
        "component": training.component[rows],
        "components": len(training.components),
        "window": window,
        "weight": np.ones(absorbance.shape[1]),
    }


def seen(state: State, absorbance: np.ndarray) -> np.ndarray:
    """Return what is fitted of spectra: derivative or absorbance, weighted; shape as given."""
    window = state["window"]
    return state["weight"] * (first_derivative(absorbance, window) if window else np.asarray(absorbance, dtype=float))


def coefficients_of(state: State, absorbance: np.ndarray) -> np.ndarray:
    """Fit spectra by the library.

    The library's QR factorisation is shared by all spectra, so each fit works on a system of
    the library's size instead of the spectrum's length: ||Dx - y|| and ||Rx - Q'y|| have the
    same minimiser.

    Args:
        state: the library.
        absorbance: shape (spectrum, wavenumber).

    Returns:
        shape (spectrum, entry), non-negative.
    """
    q, r = np.linalg.qr(seen(state, state["absorbance"]).T)
    return np.stack([nnls(r, target)[0] for target in seen(state, absorbance) @ q])


def scatter_of(state: State, mixtures: np.ndarray) -> np.ndarray:
    """Return the root mean square of what fits leave at each wavenumber, shape (wavenumber,)."""
    left = seen(state, mixtures) - coefficients_of(state, mixtures) @ seen(state, state["absorbance"])
    return np.sqrt((left**2).mean(axis=0))


def weights_of(scatter: np.ndarray, floor: float) -> np.ndarray:
    """Return the weight of every wavenumber, mean one (see the module's formula)."""
    mean_square = (scatter**2).mean()
    if mean_square == 0:
        return np.ones_like(scatter)
    weight = (scatter**2 + floor**2 * mean_square) ** -0.5
    return weight / weight.mean()


def answer(state: State, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mixing ratio of every component, as presence score and as ratio."""
    coefficients = coefficients_of(state, absorbance)
    member = state["component"][:, None] == np.arange(state["components"])
    ratios = shares_of(coefficients @ member.astype(float))
    return ratios, ratios
