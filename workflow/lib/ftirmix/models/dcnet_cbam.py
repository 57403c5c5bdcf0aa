"""DCNet-CBAM: two parallel branches of convolutions with block attention, side by side to the head."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ftirmix.models.attention import CBAM
from ftirmix.models.layers import Head, SpectrumNetwork, plain_block, positions_of, stem_of


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


class AttendedBlock(nn.Module):
    """Two convolutions, and CBAM on what they give."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, cbam: CBAM) -> None:
        super().__init__()
        self.convolutions = plain_block(channels_in, channels_out, kernel)
        self.cbam = cbam

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels_in, position) to (batch, channels_out, position)."""
        return self.cbam(self.convolutions(features))

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return what CBAM weighs, by name."""
        return self.cbam.weights(self.convolutions(features))


class AttendedBranches(Branches):
    """Blocks with CBAM side by side; the attention of each can be read out."""

    def __init__(self, blocks: list[AttendedBlock]) -> None:
        super().__init__([*blocks])
        self.blocks = blocks

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return ``branch<number>.channel`` and ``branch<number>.position``, as far as they are there."""
        parts = features.chunk(len(self.blocks), dim=1)
        return {
            f"branch{number}.{name}": values
            for number, (block, part) in enumerate(zip(self.blocks, parts, strict=True), start=1)
            for name, values in block.weights(part).items()
        }


class Stem(nn.Module):
    """A first convolution for each branch, of both channels or of one each.

    Args:
        inputs: ``both`` channels to every branch; ``split``: absorbance to the first branch, its
            derivative to the second.
    """

    def __init__(self, channels: int, stride: int, branches: int, inputs: str) -> None:
        super().__init__()
        self.split = inputs == "split"
        self.branches = Branches([stem_of(channels, stride, 1 if self.split else 2) for _ in range(branches)])

    def forward(self, spectra: Tensor) -> Tensor:
        """Map (batch, 2, wavenumber) to (batch, branch x channel, position)."""
        return self.branches(spectra if self.split else spectra.repeat(1, len(self.branches.branches), 1))


class DCNetCBAM(SpectrumNetwork):
    """Two branches of blocks with CBAM, concatenated before the head.

    A reconstruction. He et al. 2025 (Microchem. J.) publish two parallel one-dimensional branches
    of convolutions, a CBAM in each, channel before spatial attention, and the concatenation of
    both. How the branches differ is not published: here they see different scales, by the kernel
    of their blocks, and with ``inputs: split`` absorbance or derivative. Reduction ratio, kernels,
    widths, CBAM after every block and the head are the project's.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block in one branch.
        kernels: kernel of the blocks of each branch, positions, odd; one kernel is a single branch.
        inputs: ``both``, absorbance and derivative to every branch, or ``split``, one to each.
        reduction: of the channel attention's hidden layer.
        channel_attention: whether it is there.
        spatial_attention: whether it is there.
        stride: grid points per position of every block.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernels: list[int],
        inputs: str, reduction: int, channel_attention: bool, spatial_attention: bool, stride: int, reduced: int,
        hidden: int, dropout: float,
    ) -> None:  # fmt: skip
        stem = Stem(channels[0], stride, len(kernels), inputs)
        blocks = [
            AttendedBranches(
                [
                    AttendedBlock(a, b, kernel, CBAM(b, reduction, channel_attention, spatial_attention))
                    for kernel in kernels
                ]
            )
            for a, b in pairwise([channels[0], *channels])
        ]
        width, positions = channels[-1] * len(kernels), positions_of(wavenumber, stride)
        super().__init__(stride, stem, blocks, Head(width, positions, components, answers, reduced, hidden, dropout))
