"""Residual towers: residual networks of different scale side by side, each with an opinion of its own."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ftirmix.models.layers import (
    BranchedStem,
    Branches,
    Head,
    ResidualBlock,
    SpectrumNetwork,
    WindowDropout,
    positions_of,
    stem_of,
)


class Heads(nn.Module):
    """A head for every tower; their answer is the mean of all."""

    def __init__(self, heads: list[Head]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, tower x channel, position) to mean logits and to scores whose softmax is the mean ratio."""
        logits, scores = zip(*self.each(features), strict=True)
        ratios = torch.stack([part.softmax(dim=1) for part in scores]).mean(dim=0)  # (batch, component)
        return torch.stack(logits).mean(dim=0), ratios.clamp_min(torch.finfo(ratios.dtype).tiny).log()

    def each(self, features: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return what every head answers from the channels of its own tower."""
        parts = features.chunk(len(self.heads), dim=1)
        return [head(part) for head, part in zip(self.heads, parts, strict=True)]


class ResidualTowers(SpectrumNetwork):
    """Towers of residual blocks with kernels of different width, trained each by its own loss.

    The project's own. Shortcuts are the part that helped most on validation mixtures, and the mean
    of networks that were trained apart is surer than each: of its mixing ratios more than of its
    alarms. Towers share nothing but the mixtures and each sees them with other windows blanked: so
    they err apart, and one training makes all.

    References:
        Lakshminarayanan et al. 2017, Simple and scalable predictive uncertainty estimation using
        deep ensembles. arXiv:1612.01474.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each residual block of two convolutions in one tower.
        kernels: kernel of the blocks of each tower, positions, odd.
        windows: how many windows of the stem's map are blanked in training, in each tower others.
        widest: the most positions of such a window.
        stride: grid points per position of every block.
        reduced: channels of a tower that are flattened.
        hidden: width of a tower's hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    head: Heads

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernels: list[int],
        windows: int, widest: int, stride: int, reduced: int, hidden: int, dropout: float,
    ) -> None:  # fmt: skip
        positions = positions_of(wavenumber, stride)
        stem = BranchedStem(
            [nn.Sequential(stem_of(channels[0], stride), WindowDropout(windows, widest)) for _ in kernels]
        )
        blocks = [
            Branches([ResidualBlock(a, b, kernel) for kernel in kernels]) for a, b in pairwise([channels[0], *channels])
        ]
        heads = [Head(channels[-1], positions, components, answers, reduced, hidden, dropout) for _ in kernels]
        super().__init__(stride, stem, blocks, Heads(heads))

    def opinions(self, absorbance: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the answer of each tower, to be judged by a loss of its own."""
        return self.head.each(self.features(absorbance))
