"""BiLSTM: a convolution block, then recurrent layers that read the spectrum from both ends."""

from collections.abc import Sequence

from torch import Tensor, nn

from ftirmix.models.layers import Head, SpectrumNetwork, convolution_blocks, positions_of, stem_of


class RecurrentLayer(nn.Module):
    """A bidirectional LSTM layer along the spectrum; half of the channels are of either direction.

    References:
        Hochreiter and Schmidhuber 1997, Long Short-Term Memory, doi 10.1162/neco.1997.9.8.1735;
        Schuster and Paliwal 1997, Bidirectional recurrent neural networks, doi 10.1109/78.650093.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, channels // 2, batch_first=True, bidirectional=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        read, _ = self.lstm(features.transpose(1, 2))  # (batch, position, channel)
        return read.transpose(1, 2)


class BiLSTM(SpectrumNetwork):
    """A coarse first convolution, convolution blocks, bidirectional LSTM layers, and the head.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block of two convolutions; even in the last, as the LSTM's layers are as wide.
        kernel: kernel of the blocks' convolutions, positions, odd.
        depth: number of LSTM layers.
        stride: grid points per position.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernel: int, depth: int,
        stride: int, reduced: int, hidden: int, dropout: float,
    ) -> None:  # fmt: skip
        super().__init__(
            stride,
            stem_of(channels[0], stride),
            [*convolution_blocks(channels, kernel), *(RecurrentLayer(channels[-1]) for _ in range(depth))],
            Head(channels[-1], positions_of(wavenumber, stride), components, answers, reduced, hidden, dropout),
        )
