"""ResM2A-CNN: residual blocks, then attention over the whole spectrum and over its regions."""

from collections.abc import Sequence

import numpy as np
from torch import Tensor, nn

from ftirmix.models.attention import GlobalAttention, RegionalAttention, region_numbers
from ftirmix.models.layers import (
    Head,
    Positions,
    ResidualBlock,
    SpectrumNetwork,
    convolution_blocks,
    plain_block,
    positions_of,
    stem_of,
)


class AttentionStage(nn.Module):
    """Global attention for what belongs together across the spectrum, regional attention for local detail."""

    def __init__(
        self, channels: int, heads: int, wavenumber: np.ndarray, attend_globally: bool, regions: str, count: int
    ) -> None:
        super().__init__()
        self.positions = Positions(channels, len(wavenumber))
        self.everywhere = GlobalAttention(channels, heads) if attend_globally else None
        region = None if regions == "none" else region_numbers(wavenumber, regions, count)
        self.regional = None if region is None else RegionalAttention(channels, heads, region)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        features = self.positions(features)  # (batch, channel, position)
        if self.everywhere is not None:
            features = self.everywhere(features)  # (batch, channel, position)
        return features if self.regional is None else self.regional(features)

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return the weights ``heads`` of the global attention, and ``within`` and ``between`` of the regional one."""
        found, features = {}, self.positions(features)
        if self.everywhere is not None:
            found["heads"] = self.everywhere.weights(features)
            features = self.everywhere(features)
        return found if self.regional is None else found | self.regional.weights(features)


class ResM2ACNN(SpectrumNetwork):
    """Residual blocks, multi-head attention over all positions, multi-region attention, and the head.

    A reconstruction. Chen et al. 2026 (Spectrochim. Acta A 361, 128060) publish that residual
    blocks come first, against vanishing gradients, that multi-head attention stands for global
    features and multi-region attention for local ones. Layers, kernels, heads, regions, loss and
    optimiser are not published: all numbers here, the order global before regional, the division
    of a region's attention into within and between, and the head are the project's.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block of two convolutions; a multiple of ``heads`` in the last.
        kernel: kernel of the blocks' convolutions, positions, odd.
        stride: grid points per position of every block.
        residual: whether blocks have shortcuts; without, they are those of the plain CNN.
        heads: of the attentions.
        attend_globally: whether multi-head attention over all positions is there.
        regions: of multi-region attention: ``equal``, ``chemical`` or ``none``.
        region_count: number of equal regions.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernel: int, stride: int,
        residual: bool, heads: int, attend_globally: bool, regions: str, region_count: int, reduced: int, hidden: int,
        dropout: float,
    ) -> None:  # fmt: skip
        centres = position_wavenumbers(wavenumber, stride)
        stem = stem_of(channels[0], stride)
        convolutions = convolution_blocks(channels, kernel, ResidualBlock if residual else plain_block)
        stage = AttentionStage(channels[-1], heads, centres, attend_globally, regions, region_count)
        head = Head(channels[-1], len(centres), components, answers, reduced, hidden, dropout)
        super().__init__(stride, stem, [*convolutions, stage], head)


def position_wavenumbers(wavenumber: Sequence[float], stride: int) -> np.ndarray:
    """Return the wavenumber in the middle of the points that each position stands for, shape (position,)."""
    count = positions_of(wavenumber, stride)
    return np.asarray(wavenumber)[: count * stride].reshape(count, stride).mean(axis=1)
