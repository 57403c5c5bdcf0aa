"""The band table: positions, heights and widths, and the spectra they add up to."""

from pathlib import Path

import numpy as np
import pandas as pd

# Share of the Lorentzian in each pseudo-Voigt band; the table was fitted with it.
LORENTZ_SHARE = 0.7

# The table's entries for what the room's air adds.
VAPOUR = "X_H2O_vapour"
CO2 = "X_CO2_gas"

# Components that the band table lists under another name, or as more than one material.
MATERIALS = {"PE": ("HDPE", "LDPE"), "PA": ("PA6", "PA66"), "cellulose": ("Cellulose",), "protein": ("Protein",)}

# What is no material of a specimen's own but lies on it, fills it or hangs in the air.
INTERFERENT = "X_"


def read_bands(path: Path) -> pd.DataFrame:
    """Read the band table: polymer, wavenumber_cm1, relative_absorbance_0_1, fwhm_cm1, ..."""
    return pd.read_csv(path)


def pseudo_voigt(wavenumber: np.ndarray, centre: np.ndarray, height: np.ndarray, fwhm: np.ndarray) -> np.ndarray:
    """Add up pseudo-Voigt bands, eta L + (1 - eta) G with eta = ``LORENTZ_SHARE``.

    Args:
        wavenumber: cm^-1, shape (wavenumber,).
        centre: band positions in cm^-1, shape (..., band).
        height: band maxima, same shape.
        fwhm: full widths at half maximum in cm^-1, same shape.

    Returns:
        Absorbance, shape (..., wavenumber).
    """
    distance = (wavenumber - centre[..., None]) / (fwhm[..., None] / 2)
    lorentz = 1 / (1 + distance**2)
    gauss = np.exp(-np.log(2) * distance**2)
    shape = LORENTZ_SHARE * lorentz + (1 - LORENTZ_SHARE) * gauss
    return np.einsum("...b,...bw->...w", height, shape)


def materials_of(name: str) -> tuple[str, ...]:
    """List the band table's materials that a component stands for; any other name stands for itself."""
    return MATERIALS.get(name, (name,))


def offered_components(bands: pd.DataFrame) -> set[str]:
    """Name everything that can be simulated as a component: all materials but interferents."""
    return {name for name in bands["polymer"] if not name.startswith(INTERFERENT)} | set(MATERIALS)


def laboratory_name(place: int) -> str:
    """Name a simulated laboratory, counted from one."""
    return f"simulated{place}"


def material_spectrum(bands: pd.DataFrame, name: str, wavenumber: np.ndarray) -> np.ndarray:
    """Return the spectrum, of unit maximum, of a material or of a component (the mean of its materials).

    Raises:
        ValueError: the table has no such material.
    """
    columns = ("wavenumber_cm1", "relative_absorbance_0_1", "fwhm_cm1")
    total = np.zeros(len(wavenumber))
    for material in materials_of(name):
        rows = bands[bands["polymer"] == material]
        if rows.empty:
            raise ValueError(f"the band table has no material {material!r}")
        spectrum = pseudo_voigt(wavenumber, *(rows[column].to_numpy(float) for column in columns))
        total += spectrum / spectrum.max()
    return total / total.max()
