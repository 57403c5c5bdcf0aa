"""Map where an identifier's network looked for each component that it called."""

import numpy as np

from ftirmix.attribution.consensus import consensus_cam
from ftirmix.attribution.hooks import attribute_layers, on_grid, stride_of
from ftirmix.attribution.methods import CAM_METHODS
from ftirmix.identification.calibration import Judged
from ftirmix.identification.evidence import POINTS_PER_POSITION
from ftirmix.identification.identifier import Identifier

METHOD = "layer_cam"


def maps_of(
    identifier: Identifier, absorbance: np.ndarray, judged: Judged
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Map every called component of some spectra by consensus CAM over the network's layers.

    Args:
        identifier: its network is mapped.
        absorbance: float32, shape (spectrum, wavenumber).
        judged: its answers for them.

    Returns:
        Per spectrum the maps, shape (called, position), and which components they are of.
    """
    network, step = identifier.network, identifier.preprocessing.step_cm1
    layers = list(network.layers)[-3:]
    points = absorbance.shape[1]
    logits, found = attribute_layers(network, absorbance, {METHOD: CAM_METHODS[METHOD]}, layers, step)
    parts = [on_grid(found[METHOD, layer], points, stride_of(network, layer)) for layer in layers]
    whole = consensus_cam(parts, logits, absorbance, step)
    positions = points // POINTS_PER_POSITION
    cut = whole[:, :, : positions * POINTS_PER_POSITION]
    coarse = cut.reshape(*whole.shape[:2], positions, POINTS_PER_POSITION).mean(axis=3)
    called = [np.flatnonzero(row) for row in judged.present]
    return [coarse[row, chosen].astype(np.float32) for row, chosen in enumerate(called)], called
