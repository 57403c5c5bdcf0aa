"""Can a map be trusted at all: four questions whose answers are known before anything is measured.

References:
    Adebayo et al. 2018, Sanity checks for saliency maps. arXiv:1810.03292;
    Sixt et al. 2020, When explanations lie, section 4 (random logit). arXiv:1912.09818;
    Taimeskhanov et al. 2024, CAM-based methods can see through walls. arXiv:2404.01964.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ftirmix.attribution.every_map import Asked, Maps, every_map
from ftirmix.attribution.evolution import LayerWeights
from ftirmix.attribution.scores import matched_area_iou, rank_correlation
from ftirmix.models.layers import SpectrumNetwork

# The window that a blind network does not see, as parts of the axis.
BLIND_FROM, BLIND_TO = 0.4, 0.5
# Standard deviation of the noise that must not change a map, as a share of the highest band: that of a poor spectrum.
NOISE = 1e-3


class Blind(nn.Module):
    """A network in front of which a wall stands: it gets zero in a window, whatever the spectrum is there."""

    seen: Tensor

    def __init__(self, network: SpectrumNetwork, hidden: np.ndarray) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("seen", torch.from_numpy(~hidden).float())

    layers = property(lambda self: self.network.layers)
    blocks = property(lambda self: self.network.blocks)
    head = property(lambda self: self.network.head)
    strides = property(lambda self: self.network.strides)

    def forward(self, absorbance: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, wavenumber) to what the network answers without the window."""
        return self.network(absorbance * self.seen)


def blind_window(points: int) -> np.ndarray:
    """Mark the window that a blind network does not see, shape (wavenumber,)."""
    place = np.arange(points) / points
    return (place >= BLIND_FROM) & (place < BLIND_TO)


def part_inside(maps: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the part of a map's absolute values that lies in a window, shape (row,); NaN for a map of zeros."""
    size = np.abs(maps.astype(float))
    total = size.sum(axis=1)
    return np.divide(size[:, window].sum(axis=1), total, out=np.full(len(maps), np.nan), where=total > 0)


def check_maps(
    network: SpectrumNetwork,
    untrained: SpectrumNetwork,
    asked: Asked,
    whole: Maps,
    absent: np.ndarray,
    bands: np.ndarray,
    layers: list[str],
    weights: LayerWeights,
    seed: int = 0,
) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    """Ask the four questions of every map.

    - ``blind``: the part of the map of a network that is blind in a window which lies there. 0 would be right.
    - ``iou_untrained``: what the map of an untrained network scores. A map that scores as well with a
      trained one shows the spectrum and not what was learnt.
    - ``iou_absent``: what the map of a component that is absent scores on the own bands of the minor. A
      map that scores as well for the minor itself tells nothing of the component.
    - ``noisy``: rank correlation with the map of the same spectrum measured again. 1 would be right.

    Args:
        network: in evaluation mode.
        untrained: the same architecture with other weights, in evaluation mode.
        asked: spectra and their minor components.
        whole: the maps of the network, of :func:`every_map`.
        absent: a component of each spectrum that is not in it, shape (spectrum,).
        bands: mask of the minor's own bands, shape (spectrum, wavenumber).
        layers: names of the layers.
        weights: of the joined layers.
        seed: of the noise.

    Returns:
        By method and layer the answers, each of shape (spectrum,).
    """
    noise = np.random.default_rng(seed).normal(0.0, NOISE, asked.absorbance.shape)
    window = blind_window(asked.absorbance.shape[1])
    poorer = asked._replace(absorbance=(asked.absorbance + noise).astype(np.float32))
    noisy = every_map(network, poorer, layers, weights)
    others: dict[str, Maps] = {
        "iou_untrained": every_map(untrained, asked, layers, weights),
        "iou_absent": every_map(network, asked._replace(components=absent), layers, weights),
    }
    blind = every_map(Blind(network, window), asked, layers, weights)  # type: ignore[arg-type]
    return {
        key: {name: matched_area_iou(maps[key], bands) for name, maps in others.items()}
        | {"blind": part_inside(blind[key], window), "noisy": rank_correlation(values, noisy[key])}
        for key, values in whole.items()
    }
