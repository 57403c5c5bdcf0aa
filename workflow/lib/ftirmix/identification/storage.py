"""Foreign spectra and whole identifiers on disk: safetensors for numbers, JSON for everything else."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ftirmix.errors import StudyError
from ftirmix.identification.calibration import Calibration, calibration_from
from ftirmix.identification.library import Library, load_library, save_library
from ftirmix.models import load_network, save_network
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.settings import PreprocessingSettings, settings
from ftirmix.spectra import IDENTITY, Spectra, read_on_grid, write_on_grid
from ftirmix.tables import write_text

FOREIGN_SCHEMA = pa.schema(
    [
        *IDENTITY,
        pa.field("family", pa.string(), nullable=False),
        # the study's polymer that it derives from, or empty
        pa.field("kin", pa.string(), nullable=False),
        pa.field("half", pa.int64(), nullable=False),
        pa.field("fold", pa.int64(), nullable=False),
        pa.field("absorbance", pa.list_(pa.float32()), nullable=False),
    ]
)
NETWORK, LIBRARY, DESCRIPTION = "network.safetensors", "library.safetensors", "identifier.json"


def write_foreign(path: Path, foreign: Spectra) -> None:
    """Write foreign spectra to Parquet (``FOREIGN_SCHEMA``)."""
    write_on_grid(path, FOREIGN_SCHEMA, foreign.table, foreign.absorbance, foreign.wavenumber)


def read_foreign(path: Path) -> Spectra:
    """Read spectra written by :func:`write_foreign`."""
    wavenumber, absorbance, table, _ = read_on_grid(path, FOREIGN_SCHEMA)
    return Spectra(wavenumber, absorbance, table)


@dataclass(frozen=True)
class Identifier:
    """A trained network with everything that turns measured spectra into answers.

    Attributes:
        network: in evaluation mode.
        components: the study's components, and the foreign one behind them.
        calibration: chosen on validation mixtures.
        library: references, for unmixing and searching beside the network.
        unmixing_threshold: share from which unmixing calls a component.
        preprocessing: that the network was trained behind.
        measured_from_cm1: highest low end of a spectrum that it was trained to do with.
        about: what it rests on, for the reader.
    """

    network: SpectrumNetwork
    components: list[str]
    calibration: Calibration
    library: Library
    unmixing_threshold: float
    preprocessing: PreprocessingSettings
    measured_from_cm1: float
    about: dict[str, Any]


def save_identifier(folder: Path, identifier: Identifier, description: dict, preprocessing: dict[str, Any]) -> None:
    """Write an identifier into a folder.

    Args:
        folder: is made.
        identifier: the identifier.
        description: of the network, see :func:`ftirmix.models.describe`.
        preprocessing: section of the config.
    """
    save_network(folder / NETWORK, identifier.network, description)
    save_library(folder / LIBRARY, identifier.library)
    values = {
        "calibration": identifier.calibration.as_dict(),
        "library": {"component": identifier.library.component, "name": identifier.library.name},
        "unmixing_threshold": identifier.unmixing_threshold,
        "preprocessing": preprocessing,
        "measured_from_cm1": identifier.measured_from_cm1,
        "about": identifier.about,
    }
    write_text(folder / DESCRIPTION, json.dumps(values, indent=1) + "\n")


def load_identifier(folder: Path) -> Identifier:
    """Read what :func:`save_identifier` wrote.

    Raises:
        StudyError: a file is missing, damaged, or belongs to another version.
    """
    try:
        values = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        calibration = calibration_from(values["calibration"])
        preprocessing = settings(PreprocessingSettings, values["preprocessing"])
        parts, names = values["library"]["component"], values["library"]["name"]
        threshold, about = float(values["unmixing_threshold"]), values["about"]
        low_end = float(values["measured_from_cm1"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{folder / DESCRIPTION}: not a readable identifier ({error}); restore it from the repository, or make it "
            "anew: snakemake --cores all pretrained"
        ) from error
    network, description = load_network(folder / NETWORK)
    if description["components"] != list(calibration.components):
        raise StudyError(f"{folder}: its network and its calibration name different components; restore both together")
    library = load_library(folder / LIBRARY, parts, names)
    return Identifier(
        network, description["components"], calibration, library, threshold, preprocessing, low_end, about
    )
