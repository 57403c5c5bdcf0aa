"""Make the references: means of clusters of training spectra, and spectra calculated from bands."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from ftirmix.bands import material_spectrum
from ftirmix.classical.features import unit_derivative
from ftirmix.identification.foreign import FOREIGN, IS_MINERAL, MINERALS
from ftirmix.identification.library import Library
from ftirmix.identification.searching import WINDOW
from ftirmix.spectra import Spectra

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
    **MINERALS,
}


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
    measured = foreign.take((foreign.table["part"] != IS_MINERAL).to_numpy())
    for material in sorted(measured.table["component"].unique()):
        rows += means_of(measured, material, FOREIGN, 1)
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
