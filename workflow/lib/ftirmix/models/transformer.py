"""CNN + Transformer: a convolution block makes the tokens, encoder layers relate them."""

from collections.abc import Sequence

from torch import Tensor, nn

from ftirmix.models.attention import GlobalAttention
from ftirmix.models.layers import Head, Positions, SpectrumNetwork, convolution_blocks, positions_of, stem_of


class EncoderLayer(nn.Module):
    """Multi-head self-attention over all positions, then two dense layers at each, both residual.

    References:
        Vaswani et al. 2017, Attention Is All You Need, section 3.1. arXiv:1706.03762; normalised
        before each part, as in Xiong et al. 2020, arXiv:2002.04745.
    """

    def __init__(self, channels: int, heads: int, widening: int) -> None:
        super().__init__()
        self.attention = GlobalAttention(channels, heads)
        self.norm = nn.LayerNorm(channels)
        self.dense = nn.Sequential(
            nn.Linear(channels, widening * channels), nn.GELU(), nn.Linear(widening * channels, channels)
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        features = self.attention(features)  # (batch, channel, position)
        tokens = self.norm(features.transpose(1, 2))  # (batch, position, channel)
        return features + self.dense(tokens).transpose(1, 2)

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return the weights ``heads``, shape (batch, head, position, position)."""
        return {"heads": self.attention.weights(features)}


class CNNTransformer(SpectrumNetwork):
    """A coarse first convolution, convolution blocks, positions, encoder layers, and the head.

    Args:
        wavenumber: axis of the input spectrum, cm^-1.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block of two convolutions; a multiple of ``heads`` in the last.
        kernel: kernel of the blocks' convolutions, positions, odd.
        depth: number of encoder layers.
        heads: of their attention.
        widening: how many times wider than the features their dense layers are.
        stride: grid points per position.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self, wavenumber: Sequence[float], components: int, answers: int, channels: list[int], kernel: int, depth: int,
        heads: int, widening: int, stride: int, reduced: int, hidden: int, dropout: float,
    ) -> None:  # fmt: skip
        positions = positions_of(wavenumber, stride)
        stem, convolutions = stem_of(channels[0], stride), convolution_blocks(channels, kernel)
        placed = nn.Sequential(convolutions.pop(), Positions(channels[-1], positions))
        layers = [EncoderLayer(channels[-1], heads, widening) for _ in range(depth)]
        head = Head(channels[-1], positions, components, answers, reduced, hidden, dropout)
        super().__init__(stride, stem, [*convolutions, placed, *layers], head)
