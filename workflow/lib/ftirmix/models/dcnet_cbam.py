"""DCNet-CBAM: two parallel branches of convolutions with block attention, side by side to the head."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from ftirmix.models.attention import CBAM
from ftirmix.models.layers import BranchedStem, Branches, Head, SpectrumNetwork, plain_block, positions_of, stem_of


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
        split = inputs == "split"
        stem = BranchedStem([stem_of(channels[0], stride, 1 if split else 2) for _ in kernels], split)
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
