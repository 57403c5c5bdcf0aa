"""Reference spectra for unmixing and searching: means of clusters of training spectra, and calculated ones.

A reference is no measurement of anybody but the mean of spectra of at least three specimens, or is calculated
from the positions, widths and heights of bands.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file
from scipy.optimize import nnls
from sklearn.cluster import KMeans

from ftirmix.bands import material_spectrum
from ftirmix.classical.features import first_derivative, unit_derivative
from ftirmix.errors import StudyError
from ftirmix.identification.foreign import FOREIGN
from ftirmix.spectra import Spectra
from ftirmix.tables import whole_file

WINDOW = 7  # of derivatives, in grid points
CLUSTERS = 8
FEWEST_SPECIMENS = 3
# Materials that are calculated, and what they are called; no measurement of theirs in the study is needed.
CALCULATED = {
    "ABS": "ABS",
    "CA": "cellulose acetate",
    "Cellulose": "cellulose",
    "EVA": "EVA",
    "PC": "PC",
    "PCL": "PCL",
    "PLA": "PLA",
    "PMMA": "PMMA",
    "POM": "POM",
    "PTFE": "PTFE",
    "Protein": "protein",
    "X_BaSO4": "barium sulfate",
    "X_CaCO3_calcite": "calcite",
    "X_TiO2": "titanium dioxide",
    "X_Zn_Ca_stearate": "stearate",
    "X_kaolin": "kaolin",
    "X_quartz_silica": "quartz",
    "X_talc": "talc",
}


@dataclass(frozen=True)
class Library:
    """Reference spectra.

    Attributes:
        wavenumber: grid, cm^-1, shape (wavenumber,).
        absorbance: of unit maximum, shape (reference, wavenumber).
        component: one of the study's components, or ``FOREIGN``, of each reference.
        name: of each reference.
    """

    wavenumber: np.ndarray
    absorbance: np.ndarray
    component: list[str]
    name: list[str]


def build_library(endmembers: Spectra, components: list[str], foreign: Spectra, bands: pd.DataFrame) -> Library:
    """Average clusters of training endmembers and of foreign materials, and calculate what is left.

    Args:
        endmembers: of the training subset.
        components: the study's.
        foreign: spectra of foreign materials that may train.
        bands: table of bands.
    """
    rows: list[tuple[str, str, np.ndarray]] = []
    for component in components:
        rows += means_of(endmembers, component, component, CLUSTERS)
    for material in sorted(foreign.table["component"].unique()):
        rows += means_of(foreign, material, FOREIGN, 1)
    rows += calculated(bands, endmembers.wavenumber)
    names, parts, spectra = zip(*rows, strict=True)
    absorbance = np.stack(spectra)
    absorbance = absorbance / absorbance.max(axis=1, keepdims=True)
    return Library(endmembers.wavenumber, absorbance.astype(np.float32), list(parts), list(names))


def calculated(bands: pd.DataFrame, wavenumber: np.ndarray) -> list[tuple[str, str, np.ndarray]]:
    """Calculate the spectra of materials from their bands: name, component and absorbance."""
    return [
        (f"{name} (calculated)", FOREIGN, material_spectrum(bands, material, wavenumber))
        for material, name in CALCULATED.items()
    ]


def means_of(spectra: Spectra, material: str, component: str, clusters: int) -> list[tuple[str, str, np.ndarray]]:
    """Average the clusters of a material's spectra, by k-means of derivatives; those of too few specimens are none."""
    rows = np.flatnonzero((spectra.table["component"] == material).to_numpy())
    specimen = spectra.table["specimen"].to_numpy()[rows]
    if len(set(specimen)) < FEWEST_SPECIMENS:
        return []
    derivative = unit_derivative(spectra.absorbance[rows], WINDOW)
    label = np.zeros(len(rows), dtype=int)
    if clusters > 1:
        count = min(clusters, max(1, len(set(specimen)) // FEWEST_SPECIMENS))
        label = KMeans(count, n_init=4, random_state=0).fit(derivative).labels_
    found = []
    for number in np.unique(label):
        inside = label == number
        specimens = len(set(specimen[inside]))
        if specimens >= FEWEST_SPECIMENS:
            mean = spectra.absorbance[rows[inside]].astype(float).mean(axis=0)
            found.append((f"{material}, mean of {inside.sum()} spectra of {specimens} specimens", component, mean))
    return found


class Searcher:
    """Unmixing by, and searching in, one library; see :mod:`ftirmix.classical.nnls` for the fit.

    Args:
        library: references.
        components: the study's, and the foreign one behind them.
    """

    def __init__(self, library: Library, components: list[str]) -> None:
        self.library = library
        self._derivative = first_derivative(library.absorbance, WINDOW)
        self._q, self._r = np.linalg.qr(self._derivative.T)
        self._unit = unit_derivative(library.absorbance, WINDOW)
        self._member = np.array([[part == name for name in components] for part in library.component], dtype=float)

    def unmix(self, absorbance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Fit spectra by the library: coefficients (spectrum, reference) and shares (spectrum, component)."""
        targets = first_derivative(absorbance, WINDOW) @ self._q
        coefficients = np.stack([nnls(self._r, target)[0] for target in targets])
        shares = coefficients @ self._member
        total = shares.sum(axis=1, keepdims=True)
        return coefficients, np.divide(shares, total, out=np.zeros_like(shares), where=total > 0)

    def search(self, absorbance: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest references and their hit quality, the squared cosine of derivatives, best first.

        Returns:
            Row of the reference and quality, each of shape (spectrum, count).
        """
        quality = np.clip(unit_derivative(absorbance, WINDOW) @ self._unit.T, 0.0, None) ** 2
        order = np.argsort(-quality, axis=1, kind="stable")[:, :count]
        return order, np.take_along_axis(quality, order, axis=1)


def save_library(path: Path, library: Library) -> None:
    """Write the arrays of a library; names are kept beside them by the caller."""
    with whole_file(path) as temporary:
        save_file({"wavenumber": library.wavenumber, "absorbance": library.absorbance}, temporary)


def load_library(path: Path, component: list[str], name: list[str]) -> Library:
    """Read what :func:`save_library` wrote.

    Raises:
        StudyError: the file is damaged or belongs to other names.
    """
    try:
        arrays = load_file(path)
        library = Library(arrays["wavenumber"], arrays["absorbance"], component, name)
    except Exception as error:  # safetensors raises its own type, OSError or KeyError
        raise StudyError(f"{path}: not a readable library ({error}); restore it from the repository") from error
    if library.absorbance.shape != (len(name), len(library.wavenumber)):
        raise StudyError(f"{path}: belongs to another identifier.json; restore both from the repository")
    return library
