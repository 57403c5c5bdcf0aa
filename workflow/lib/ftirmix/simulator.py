"""The embedded simulator: endmembers from a band table, for runs without any download."""

import dataclasses
import zlib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.axis import Axis
from ftirmix.bands import laboratory_name, materials_of, offered_components, pseudo_voigt
from ftirmix.errors import StudyError
from ftirmix.nuisance import add_nuisance, added_materials, draw_nuisance, log_normal
from ftirmix.settings import NuisanceSettings, SimulatorSettings
from ftirmix.spectra import MEASURED_SCHEMA

# A diamond crystal moves a band by about -0.9 k times its width (FWHM), k being its absorption index.
DISPERSION = -0.9

# Of noise and shift, each laboratory and each specimen make up half of the variance.
HALF = np.sqrt(0.5)

# A measured spectrum still has its CO2: no window is bridged before preprocessing.
NO_WINDOW = (0.0, 0.0)


@dataclass(frozen=True)
class Laboratory:
    """What all spectra of one simulated laboratory have in common.

    Attributes:
        nuisance: what its specimens draw from: its own noise and its own resolution.
        offset_cm1: how far its wavenumber axis is out.
    """

    nuisance: NuisanceSettings
    offset_cm1: float


def simulate(bands: pd.DataFrame, components: list[str], settings: SimulatorSettings, grid: np.ndarray) -> pa.Table:
    """Simulate specimens of every component as several laboratories would measure them.

    Each specimen has band heights, widths and positions of its own around the table's. They are
    what makes an unseen specimen differ from a seen one; without them the task is trivial. Its
    spectrum then carries the nuisances of measured spectra, drawn and added by the functions that
    mixtures use. Open components come last: materials of a sample that no model may call.

    Args:
        bands: the band table.
        components: components to simulate.
        settings: numbers, spreads, nuisances and open components.
        grid: wavenumbers at which the spectra are sampled, cm^-1.

    Returns:
        A table of ``MEASURED_SCHEMA``; the same settings give the same spectra.

    Raises:
        StudyError: the band table lacks a component.
    """
    offered = [(component, settings.specimens) for component in components]
    offered += [(component, settings.open_specimens) for component in settings.open_components]
    spectra = added_materials(bands, settings.nuisance, grid)
    rows = []
    for place in range(1, settings.laboratories + 1):
        laboratory = laboratory_of(place, settings)
        for component, count in offered:
            for number in range(1, count + 1):
                name = f"lab{place}_{component}_{number}"
                # A specimen's draw depends on its name alone, not on what else is simulated.
                rng = np.random.default_rng([settings.seed, zlib.crc32(name.encode())])
                materials = materials_of(component)
                material = materials[number % len(materials)]
                clean = specimen(bands, material, settings, grid, rng)
                entry = measure(clean, laboratory, spectra, grid, rng)
                rows.append(
                    {
                        "spectrum": f"simulated/{name}",
                        "source": "simulated",
                        "laboratory": laboratory_name(place),
                        "specimen": f"simulated/{name}",
                        "label": material,
                        "component": component,
                        "condition": "reference",
                        "wavenumber": grid.astype(np.float32),
                        "intensity": entry.astype(np.float32),
                        "unit": "absorbance",
                    }
                )
    return pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA)


def laboratory_of(place: int, settings: SimulatorSettings) -> Laboratory:
    """Draw the character of a laboratory, counted from one: its noise, its axis and its resolution.

    Resolutions are dealt in turn, so that the share of coarse ones comes out however few there are.
    """
    nuisance = settings.nuisance
    rng = np.random.default_rng([settings.seed, zlib.crc32(laboratory_name(place).encode())])
    spread = (nuisance.noise_p95 / nuisance.noise_median) ** HALF if nuisance.noise_median else 1.0
    noise = float(log_normal(nuisance.noise_median, nuisance.noise_median * spread, 1, rng)[0])
    offset = float(rng.normal(0.0, nuisance.shift_sd_cm1 * HALF))
    share = nuisance.broadening_share
    coarse = np.floor(place * share) > np.floor((place - 1) * share)
    own = dataclasses.replace(
        nuisance,
        noise_median=noise,
        noise_p95=noise * spread,
        shift_sd_cm1=nuisance.shift_sd_cm1 * HALF,
        broadening_share=float(coarse),
    )
    return Laboratory(own, offset)


def specimen(
    bands: pd.DataFrame, material: str, settings: SimulatorSettings, grid: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Simulate one specimen's absorbance of unit maximum, before anything is measured, shape (wavenumber,).

    Raises:
        StudyError: the band table lacks the material.
    """
    rows = bands[bands["polymer"] == material]
    if rows.empty:
        known = ", ".join(sorted(offered_components(bands)))
        raise StudyError(f"the simulator has no bands for component {material!r}; it knows {known}")
    count = len(rows)
    centre = rows["wavenumber_cm1"].to_numpy(float) + rng.normal(0, settings.position_sd_cm1, count)
    height = rows["relative_absorbance_0_1"].to_numpy(float) * np.exp(rng.normal(0, settings.height_sd, count))
    width = rows["fwhm_cm1"].to_numpy(float) * np.exp(rng.normal(0, settings.width_sd, count))
    # The table was measured on diamond: what differs from it is the refraction of this specimen.
    centre += DISPERSION * rng.normal(0, settings.dispersion_k_sd) * height / height.max() * width
    clean = pseudo_voigt(grid, centre, height, width)
    return clean / clean.max()


def measure(
    clean: np.ndarray,
    laboratory: Laboratory,
    materials: dict[str, np.ndarray],
    grid: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Measure a specimen in a laboratory, shape (wavenumber,).

    Args:
        clean: absorbance of unit maximum, shape (wavenumber,).
        laboratory: who measures it.
        materials: of :func:`ftirmix.nuisance.added_materials`.
        grid: shape (wavenumber,), cm^-1.
        rng: random generator.
    """
    draw = draw_nuisance(1, grid, materials, laboratory.nuisance, rng)
    draw = dataclasses.replace(draw, shift_cm1=draw.shift_cm1 + laboratory.offset_cm1)
    return add_nuisance(clean[None], draw, Axis(grid, NO_WINDOW))[0]
