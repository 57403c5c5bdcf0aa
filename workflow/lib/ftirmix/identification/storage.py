"""Foreign spectra, and what describes an identifier, on disk; no network, so that no job needs torch for it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ftirmix.errors import StudyError
from ftirmix.identification.calibration import Calibration, calibration_from
from ftirmix.identification.library import Library, load_library
from ftirmix.settings import PreprocessingSettings, settings
from ftirmix.spectra import IDENTITY, Spectra, read_on_grid, write_on_grid

FOREIGN_SCHEMA = pa.schema(
    [
        *IDENTITY,
        pa.field("family", pa.string(), nullable=False),
        # whether its label is in doubt
        pa.field("suspect", pa.bool_(), nullable=False),
        # the study's polymer that it derives from, or empty
        pa.field("kin", pa.string(), nullable=False),
        pa.field("part", pa.int64(), nullable=False),
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
class Description:
    """Everything about an identifier but its network.

    Attributes:
        calibration: chosen on validation mixtures.
        library: references, for unmixing and searching beside the network.
        unmixing_threshold: share from which unmixing calls a component.
        preprocessing: that the network was trained behind.
        measured_from_cm1: highest low end of a spectrum that it was trained to do with.
        about: what it rests on, for the reader.
    """

    calibration: Calibration
    library: Library
    unmixing_threshold: float
    preprocessing: PreprocessingSettings
    measured_from_cm1: float
    about: dict[str, Any]

    @property
    def components(self) -> list[str]:
        """Name the study's components, and the foreign one behind them."""
        return list(self.calibration.components)


def load_description(folder: Path) -> Description:
    """Read what :func:`ftirmix.identification.identifier.save_identifier` wrote, but the network.

    Raises:
        StudyError: a file is missing, damaged, or belongs to another version.
    """
    try:
        values = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        parts, names = values["library"]["component"], values["library"]["name"]
        fields: dict[str, Any] = {
            "calibration": calibration_from(values["calibration"]),
            "unmixing_threshold": float(values["unmixing_threshold"]),
            "preprocessing": settings(PreprocessingSettings, values["preprocessing"]),
            "measured_from_cm1": float(values["measured_from_cm1"]),
            "about": dict(values["about"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{folder / DESCRIPTION}: not a readable identifier ({error}); restore it from the repository, or make it "
            "anew: snakemake --cores all pretrained"
        ) from error
    return Description(library=load_library(folder / LIBRARY, parts, names), **fields)
