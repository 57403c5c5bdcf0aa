"""ResNet-1D: the plain CNN with a shortcut around every block."""

from collections.abc import Sequence

from ftirmix.models.layers import Head, ResidualBlock, SpectrumNetwork, convolution_blocks, positions_of, stem_of


class ResNet(SpectrumNetwork):
    """A coarse first convolution, residual blocks at one resolution, and the head of the plain CNN.

    The residual learning of He et al. 2016 (arXiv:1512.03385) along one axis. That network pools
    the whole image away in the end; a spectrum's positions say what it is of, so here the map is
    flattened as in all architectures.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each residual block of two convolutions.
        kernel: kernel of the blocks' convolutions, positions, odd.
        stride: grid points per position of every block.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernel: int, stride: int,
        reduced: int, hidden: int, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__(
            stride,
            stem_of(channels[0], stride),
            convolution_blocks(channels, kernel, ResidualBlock),
            Head(channels[-1], positions_of(wavenumber, stride), components, answers, reduced, hidden, dropout),
        )
