"""What the architectures share: convolutions, shortcuts, positions, the head, and the order of a network."""

import copy
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

Network = TypeVar("Network", bound=nn.Module)


class Convolution(nn.Module):
    """A convolution along the spectrum with batch normalisation and ReLU.

    Spectra are laid out as images of height one with the channels innermost: the very same
    arithmetic as ``Conv1d``, but CPUs do a training step in two thirds of the time.

    Args:
        relu: whether the ReLU is there; a residual block has its last one after the sum.
    """

    def __init__(
        self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, padding: int = 0, relu: bool = True
    ) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels_out, (1, kernel), (1, stride), (0, padding), bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(channels_out)
        self.relu = relu

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels_in, position) to (batch, channels_out, position)."""
        image = features.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        normed = self.norm(self.convolution(image))
        # In place: a new tensor of this size takes as long to get as its values to be computed.
        return (normed.relu_() if self.relu else normed).squeeze(2)


def folded(network: Network) -> Network:
    """Return a copy of a network in evaluation mode whose batch normalisation is part of its convolutions.

    Heads flatten their map in the order in which it lies in memory, channels innermost, instead of
    turning it round, and back again for every gradient. The same function up to rounding, in two
    thirds of the time; it can no longer be trained. One that is folded stays as it is.
    """
    # All weights that stay as they are lie in memory once, for both.
    weights = {id(own): nn.Parameter(own.detach(), requires_grad=False) for own in network.parameters()}
    network = copy.deepcopy(network, weights).eval()
    for module in network.modules():
        if isinstance(module, Convolution) and isinstance(module.norm, nn.BatchNorm2d):
            module.convolution = fuse_conv_bn_eval(module.convolution, module.norm)
            module.norm = nn.Identity()
        if isinstance(module, Head) and isinstance(module.trunk[0], nn.Flatten):
            hidden = module.trunk[2]
            assert isinstance(hidden, nn.Linear)
            module.trunk[0] = FlattenInnermost()
            by_channel = hidden.weight.unflatten(1, (module.reduction.convolution.out_channels, -1))
            hidden.weight = nn.Parameter(by_channel.transpose(1, 2).flatten(1), requires_grad=False)
    return network


class FlattenInnermost(nn.Module):
    """Flatten a map position by position, all channels of each."""

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to (batch, position x channel)."""
        return features.transpose(1, 2).flatten(1)


def plain_block(channels_in: int, channels_out: int, kernel: int) -> nn.Sequential:
    """Build two convolutions that keep the number of positions."""
    return nn.Sequential(
        Convolution(channels_in, channels_out, kernel, padding=kernel // 2),
        Convolution(channels_out, channels_out, kernel, padding=kernel // 2),
    )


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut around them: y = relu(F(x) + x).

    Where the number of channels changes, the shortcut is a convolution of width one.

    References:
        He et al. 2016, Deep Residual Learning, CVPR, Eqs. 1-2. arXiv:1512.03385.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.first = Convolution(channels_in, channels_out, kernel, padding=kernel // 2)
        self.second = Convolution(channels_out, channels_out, kernel, padding=kernel // 2, relu=False)
        self.shortcut = (
            nn.Identity() if channels_in == channels_out else Convolution(channels_in, channels_out, 1, relu=False)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels_in, position) to (batch, channels_out, position)."""
        changed = self.second(self.first(features))  # (batch, channels_out, position)
        return (changed + self.shortcut(features)).relu_()


def convolution_blocks(
    channels: Sequence[int], kernel: int, block: Callable[[int, int, int], nn.Module] = plain_block
) -> list[nn.Module]:
    """Build a block for every entry of ``channels``; the first takes as many channels as it gives."""
    return [block(a, b, kernel) for a, b in pairwise([channels[0], *channels])]


class Branches(nn.Module):
    """Modules side by side, each on its own channels."""

    def __init__(self, modules: list[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(modules)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, branch x channels_in, position) to (batch, branch x channels_out, position)."""
        parts = features.chunk(len(self.branches), dim=1)
        given = [branch(part) for branch, part in zip(self.branches, parts, strict=True)]
        # Joined where channels lie innermost, as convolutions want them.
        return torch.cat([part.transpose(1, 2) for part in given], dim=2).transpose(1, 2)


class Positions(nn.Module):
    """Add a trained vector to the features of every position.

    Attention alone does not know where on the wavenumber axis a position lies, and a band without
    its wavenumber identifies nothing.
    """

    def __init__(self, channels: int, positions: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(0.02 * torch.randn(1, channels, positions))

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        return features + self.embedding


class Head(nn.Module):
    """One hidden layer on the flattened map, and a linear layer each for presence and mixing ratio.

    The flattened map keeps band positions, which identify a polymer; global pooling would throw
    them away.

    Args:
        channels: of the map.
        positions: of the map.
        components: number of ratio scores.
        answers: number of logits: one per component, or one per softmax class.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, channels: int, positions: int, components: int, answers: int, reduced: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.reduction = Convolution(channels, reduced, 1)
        self.trunk = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout / 2),
            nn.Linear(reduced * positions, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.presence = nn.Linear(hidden, answers)
        self.ratio = nn.Linear(hidden, components)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Map (batch, channel, position) to logits (batch, answer) and ratio scores (batch, component)."""
        hidden = self.trunk(self.reduction(features))  # (batch, hidden)
        return self.presence(hidden), self.ratio(hidden)


class SpectrumNetwork(nn.Module):
    """A stem that makes positions of grid points, blocks at that one resolution, and the head.

    All architectures have this form, so that what differs between them is their blocks. Beside the
    absorbance a network sees its first derivative, both computed from the same input so that
    attribution covers both.

    Args:
        stride: grid points per position; the stem's convolution is twice as wide, so that positions
            are centred on the points they stand for.
        stem: maps (batch, 2, wavenumber) to (batch, channel, position).
        blocks: each maps (batch, channel, position) to the same number of positions.
        head: maps (batch, channel, position) to logits and ratio scores.
    """

    def __init__(self, stride: int, stem: nn.Module, blocks: Sequence[nn.Module], head: nn.Module) -> None:
        super().__init__()
        self.stride = stride
        self.stem, self.blocks, self.head = stem, nn.ModuleList(blocks), head

    @property
    def layers(self) -> dict[str, nn.Module]:
        """The layers whose activations an attribution map can be taken from, late ones last."""
        return {f"block{index}": block for index, block in enumerate(self.blocks, start=1)}

    @property
    def strides(self) -> dict[str, int]:
        """Grid points per position of each layer's activations."""
        return dict.fromkeys(self.layers, self.stride)

    def forward(self, absorbance: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of presence (or classes) and unnormalised ratios.

        Args:
            absorbance: unit maximum, shape (batch, wavenumber).

        Returns:
            logits (batch, answer) and ratio scores (batch, component); the softmax of the
            scores is the mixing ratio.
        """
        return self.head(self.features(absorbance))

    def features(self, absorbance: Tensor) -> Tensor:
        """Map (batch, wavenumber) to the features that the head reads, (batch, channel, position)."""
        features = self.stem(with_derivative(absorbance))  # (batch, channel, position)
        for block in self.blocks:
            features = block(features)  # (batch, channel, position)
        return features

    def opinions(self, absorbance: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Return the answers that training judges, each by a loss of its own: here the only one."""
        return [self(absorbance)]

    def attention_weights(self, absorbance: Tensor) -> dict[str, Tensor]:
        """Read out what the attention of each block weighs; empty for a network without any.

        Args:
            absorbance: unit maximum, shape (batch, wavenumber).

        Returns:
            By ``block<number>.<name>``; the names and shapes are those of the block's ``weights``.
        """
        features = self.stem(with_derivative(absorbance))  # (batch, channel, position)
        found: dict[str, Tensor] = {}
        for name, block in self.layers.items():
            read: Any = getattr(block, "weights", None)
            found |= {f"{name}.{key}": values for key, values in read(features).items()} if read else {}
            features = block(features)  # (batch, channel, position)
        return found


def stem_of(channels: int, stride: int, channels_in: int = 2) -> Convolution:
    """Build the first convolution, twice as wide as its stride."""
    return Convolution(channels_in, channels, 2 * stride, stride, stride // 2)


class BranchedStem(nn.Module):
    """A first convolution for each branch.

    Args:
        stems: of the branches.
        split: one input channel to each branch, absorbance to the first and its derivative to the
            second, in place of both to all.
    """

    def __init__(self, stems: list[nn.Module], split: bool = False) -> None:
        super().__init__()
        self.split = split
        self.branches = Branches(stems)

    def forward(self, spectra: Tensor) -> Tensor:
        """Map (batch, 2, wavenumber) to (batch, branch x channel, position)."""
        return self.branches(spectra if self.split else spectra.repeat(1, len(self.branches.branches), 1))


class WindowDropout(nn.Module):
    """Blank windows of every spectrum in training, others for each: one band alone must not decide.

    The masking of SpecAugment (Park et al. 2019, arXiv:1904.08779) along wavenumber.

    Args:
        windows: number of windows; they may overlap.
        widest: a window is this wide at most, positions; widths are uniform.
    """

    def __init__(self, windows: int, widest: int) -> None:
        super().__init__()
        self.windows, self.widest = windows, widest

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        if not self.training or self.windows == 0:
            return features
        batch, _, positions = features.shape
        centre, width = torch.rand(2, batch, self.windows, 1, device=features.device)
        distance = (torch.arange(positions, device=features.device) - positions * centre).abs()
        kept = (distance > self.widest * width / 2).all(dim=1, keepdim=True)  # (batch, 1, position)
        return features * kept.to(features.dtype)


def positions_of(wavenumber: Sequence[float], stride: int) -> int:
    """Return how many positions the stem makes of a wavenumber axis."""
    return (len(wavenumber) + 2 * (stride // 2) - 2 * stride) // stride + 1


def with_derivative(absorbance: Tensor) -> Tensor:
    """Stack the absorbance and its central difference, scaled to a similar size.

    Args:
        absorbance: shape (batch, wavenumber).

    Returns:
        shape (batch, 2, wavenumber).
    """
    padded = nn.functional.pad(absorbance, (1, 1), mode="replicate")
    difference = (padded[:, 2:] - padded[:, :-2]) / 2
    return torch.stack([absorbance, 8.0 * difference], dim=1)
