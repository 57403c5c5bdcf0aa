"""A trained network with everything that turns measured spectra into answers, in memory and on disk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftirmix.errors import StudyError
from ftirmix.identification.library import save_library
from ftirmix.identification.storage import DESCRIPTION, LIBRARY, NETWORK, Description, load_description
from ftirmix.models import load_network, save_network
from ftirmix.models.layers import SpectrumNetwork
from ftirmix.tables import write_text


@dataclass(frozen=True)
class Identifier(Description):
    """A described network, in evaluation mode."""

    network: SpectrumNetwork


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
    described = load_description(folder)
    network, description = load_network(folder / NETWORK)
    if description["components"] != described.components:
        raise StudyError(f"{folder}: its network and its calibration name different components; restore both together")
    return Identifier(**vars(described), network=network)
