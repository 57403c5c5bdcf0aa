"""Non-negative least squares unmixing on first derivatives: the classical baseline.

Each spectrum is written as a non-negative sum of library spectra; a component's mixing ratio is
its share of the coefficients. First derivatives take the baseline out of the fit.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.optimize import nnls
from scipy.signal import savgol_filter
from sklearn.cluster import KMeans

from ftirmix.errors import StudyError
from ftirmix.tables import whole_file


@dataclass(frozen=True)
class Library:
    """A balanced library: the same number of spectra for each component where there are enough.

    Attributes:
        absorbance: unit maximum, shape (entry, wavenumber).
        component: index of each entry's component, shape (entry,).
        components: names of the components.
        window: points of the Savitzky-Golay derivative, odd.
    """

    absorbance: np.ndarray
    component: np.ndarray
    components: list[str]
    window: int


def first_derivative(absorbance: np.ndarray, window: int) -> np.ndarray:
    """Savitzky-Golay first derivative, second order, per grid point; shape as given."""
    return savgol_filter(np.asarray(absorbance, dtype=float), window, 2, deriv=1, axis=-1)


def fit_library(
    absorbance: np.ndarray, component: np.ndarray, components: list[str], per_component: int, window: int, seed: int
) -> Library:
    """Choose each component's most typical, mutually different endmembers.

    The endmembers' first derivatives are clustered by k-means; of each cluster the endmember
    nearest to the centre enters, so library entries are measured spectra and not means.

    Args:
        absorbance: endmembers, shape (endmember, wavenumber).
        component: index of each endmember's component, shape (endmember,).
        components: names of the components.
        per_component: entries per component; all endmembers if there are fewer.
        window: points of the derivative, odd.
        seed: seed of k-means.
    """
    chosen: list[int] = []
    for index in range(len(components)):
        rows = np.flatnonzero(component == index)
        if len(rows) <= per_component:
            chosen += rows.tolist()
            continue
        derivative = first_derivative(absorbance[rows], window)
        derivative /= np.linalg.norm(derivative, axis=1, keepdims=True)
        clusters = KMeans(per_component, n_init=4, random_state=seed).fit(derivative)
        distance = clusters.transform(derivative)
        chosen += rows[np.unique(distance.argmin(axis=0))].tolist()
    picked = np.array(sorted(chosen))
    return Library(absorbance[picked], component[picked], components, window)


def unmix(library: Library, absorbance: np.ndarray) -> np.ndarray:
    """Return the mixing ratio of every component, rows summing to one.

    The library's QR factorisation is shared by all spectra, so each fit works on a system of
    the library's size instead of the spectrum's length: ||Dx - y|| and ||Rx - Q'y|| have the
    same minimiser.

    Args:
        library: the library.
        absorbance: spectra, shape (spectrum, wavenumber).

    Returns:
        shape (spectrum, component); a spectrum that nothing fits gets equal ratios.
    """
    q, r = np.linalg.qr(first_derivative(library.absorbance, library.window).T)
    targets = first_derivative(absorbance, library.window) @ q
    coefficients = np.stack([nnls(r, target)[0] for target in targets])
    shares = np.zeros((len(absorbance), len(library.components)))
    for index in range(len(library.components)):
        shares[:, index] = coefficients[:, library.component == index].sum(axis=1)
    total = shares.sum(axis=1, keepdims=True)
    return np.where(total > 0, shares / np.where(total > 0, total, 1.0), 1.0 / shares.shape[1])


def save_library(path: Path, library: Library) -> None:
    """Write a library as safetensors."""
    tensors: dict[str, np.ndarray] = {
        "absorbance": np.ascontiguousarray(library.absorbance, dtype=np.float32),
        "component": library.component.astype(np.int64),
    }
    metadata = {"components": json.dumps(library.components), "window": str(library.window)}
    with whole_file(path) as temporary:
        save_file(tensors, temporary, metadata=metadata)


def load_library(path: Path) -> Library:
    """Read a library written by :func:`save_library`.

    Raises:
        StudyError: the file is truncated or something else.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata()
            return Library(
                file.get_tensor("absorbance"),
                file.get_tensor("component"),
                json.loads(metadata["components"]),
                int(metadata["window"]),
            )
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise StudyError(f"{path}: not a readable library ({error}); delete it and run again") from error
