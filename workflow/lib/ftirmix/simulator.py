"""The embedded simulator: endmembers from a band table, for runs without any download."""

import zlib

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.bands import MATERIALS, pseudo_voigt
from ftirmix.errors import StudyError
from ftirmix.nuisance import log_normal
from ftirmix.settings import SimulatorSettings
from ftirmix.spectra import MEASURED_SCHEMA


def simulate(bands: pd.DataFrame, components: list[str], settings: SimulatorSettings, grid: np.ndarray) -> pa.Table:
    """Simulate specimens of every component as several laboratories would measure them.

    Each specimen has band heights, widths and positions of its own around the table's. They are
    what makes an unseen specimen differ from a seen one; without them the task is trivial.

    Args:
        bands: the band table.
        components: components to simulate.
        settings: numbers and spreads.
        grid: wavenumbers at which the spectra are sampled, cm^-1.

    Returns:
        A table of ``MEASURED_SCHEMA``; the same settings give the same spectra.

    Raises:
        StudyError: the band table lacks a component.
    """
    rows = []
    for laboratory in range(1, settings.laboratories + 1):
        for component in components:
            for number in range(1, settings.specimens + 1):
                name = f"lab{laboratory}_{component}_{number}"
                # A specimen's draw depends on its name alone, not on what else is simulated.
                rng = np.random.default_rng([settings.seed, zlib.crc32(name.encode())])
                materials = MATERIALS.get(component, (component,))
                material = materials[number % len(materials)]
                entry = specimen(bands, material, settings, grid, rng)
                rows.append(
                    {
                        "spectrum": f"simulated/{name}",
                        "source": "simulated",
                        "laboratory": f"simulated{laboratory}",
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


def specimen(
    bands: pd.DataFrame, material: str, settings: SimulatorSettings, grid: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Simulate one specimen's absorbance, shape (wavenumber,)."""
    rows = bands[bands["polymer"] == material]
    if rows.empty:
        known = ", ".join(sorted(name for name in bands["polymer"].unique() if not name.startswith("X_")))
        raise StudyError(f"the simulator has no bands for component {material!r}; it knows {known}")
    count = len(rows)
    centre = rows["wavenumber_cm1"].to_numpy(float) + rng.normal(0, settings.position_sd_cm1, count)
    height = rows["relative_absorbance_0_1"].to_numpy(float) * np.exp(rng.normal(0, settings.height_sd, count))
    width = rows["fwhm_cm1"].to_numpy(float) * np.exp(rng.normal(0, settings.width_sd, count))
    clean = pseudo_voigt(grid, centre, height, width)
    noise_sd = log_normal(settings.noise_median, 3 * settings.noise_median, 1, rng)[0]
    return clean / clean.max() + rng.normal(0, 1, len(grid)) * noise_sd
