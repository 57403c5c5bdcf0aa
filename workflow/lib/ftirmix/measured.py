"""Measured mixtures as a test set: their components are known, their mixing ratios are not."""

import numpy as np
import pandas as pd

from ftirmix.axis import Axis
from ftirmix.errors import StudyError
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra


def measured_rows(spectra: Spectra, components: list[str]) -> np.ndarray:
    """Find the measured mixtures: spectra whose component names several, such as ``PE+PP``, all of the study.

    Returns:
        Positions of the spectra.
    """
    names = spectra.table["component"].str.split("+")
    several = names.map(len) > 1
    known = names.map(lambda parts: set(parts) <= set(components))
    return np.flatnonzero(several & known)


def spectra_of_mixed_objects(spectra: Spectra, components: list[str]) -> set[str]:
    """Name all spectra of the objects (animals), as recorded, of which a mixture was measured."""
    objects = spectra.table["specimen"].fillna(spectra.table["spectrum"])
    return set(spectra.table["spectrum"][objects.isin(objects.iloc[measured_rows(spectra, components)])])


def measured_set(spectra: Spectra, components: list[str], co2_window: tuple[float, float]) -> MixtureSet:
    """Gather measured mixtures of the study's components as a test set.

    Args:
        spectra: all preprocessed spectra.
        components: the study's components.
        co2_window: window that was bridged, cm^-1.

    Raises:
        StudyError: there is none.
    """
    chosen = spectra.take(measured_rows(spectra, components))
    if not len(chosen.table):
        raise StudyError(
            "protocol measured: no source of the study has measured mixtures of its components; take the "
            "protocol out of the config or add a source that has some"
        )
    names = [component.split("+") for component in chosen.table["component"]]
    specimens = chosen.table["specimen"].fillna(chosen.table["spectrum"])
    table = pd.DataFrame(
        {
            "mixture": chosen.table["spectrum"],
            "laboratory": chosen.table["laboratory"],
            "composition": ["binary" if len(parts) == 2 else "ternary" for parts in names],
            "kind": "measured",
            "components": names,
            "mixing_ratios": [[np.nan] * len(parts) for parts in names],
            "endmembers": [[] for _ in names],
            # One physical object, named in every slot: it is drawn once by the bootstrap.
            "specimens": [[specimen] * len(parts) for specimen, parts in zip(specimens, names, strict=True)],
            "minor_component": None,
            "minor_share": np.nan,
            "share_low": np.nan,
            "share_high": np.nan,
            "height": 0.0,
            "material": None,
            "material_height": np.nan,
            "shift_cm1": 0.0,
            "broadening_cm1": 0.0,
            "scale": 1.0,
        }
    )
    return MixtureSet(Axis(chosen.wavenumber, co2_window), chosen.absorbance, table)
