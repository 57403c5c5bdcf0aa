"""The plain CNN: the baseline that every other architecture has to beat."""

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """Two convolutions, each with batch normalisation and ReLU.

    Attribution maps are taken from its output, before the pooling that follows it.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False)
        self.first_norm = nn.BatchNorm1d(channels_out)
        self.second = nn.Conv1d(channels_out, channels_out, kernel, padding=kernel // 2, bias=False)
        self.second_norm = nn.BatchNorm1d(channels_out)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels_in, position) to (batch, channels_out, position)."""
        features = nn.functional.relu(self.first_norm(self.first(features)))
        return nn.functional.relu(self.second_norm(self.second(features)))


class CNN(nn.Module):
    """Convolution blocks, one hidden layer on the flattened map, presence and mixing-ratio heads.

    The papers leave layer numbers, kernels and widths open: this is the project's choice of a
    plain network of the usual size. The flattened map keeps band positions, which identify a
    polymer; global pooling would throw them away. Beside the absorbance the network sees its
    first derivative, both computed from the same input so that attribution covers both.

    Args:
        wavenumbers: length of the input spectrum.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block; every block halves the resolution.
        kernel: kernel of all convolutions, odd.
        hidden: width of the hidden layer.
        dropout: dropout before and after the hidden layer.
    """

    def __init__(
        self,
        wavenumbers: int,
        components: int,
        answers: int,
        channels: list[int],
        kernel: int,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        widths = [2, *channels]
        self.blocks = nn.ModuleList(ConvBlock(a, b, kernel) for a, b in zip(widths[:-1], widths[1:], strict=True))
        positions = wavenumbers // 2 ** len(channels)
        self.trunk = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels[-1] * positions, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.presence = nn.Linear(hidden, answers)
        self.ratio = nn.Linear(hidden, components)

    @property
    def layers(self) -> dict[str, nn.Module]:
        """The layers whose activations an attribution map can be taken from, coarse ones last."""
        return {f"block{index}": block for index, block in enumerate(self.blocks, start=1)}

    @property
    def strides(self) -> dict[str, int]:
        """Grid points per position of each layer's activations: a block works before its pooling."""
        return {f"block{index}": 2 ** (index - 1) for index in range(1, len(self.blocks) + 1)}

    def forward(self, absorbance: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of presence (or classes) and unnormalised ratios.

        Args:
            absorbance: unit maximum, shape (batch, wavenumber).

        Returns:
            logits (batch, answer) and ratio scores (batch, component); the softmax of the
            scores is the mixing ratio.
        """
        features = with_derivative(absorbance)  # (batch, 2, wavenumber)
        for block in self.blocks:
            features = nn.functional.max_pool1d(block(features), 2)  # (batch, channel, wavenumber / 2^blocks)
        features = self.trunk(features)  # (batch, hidden)
        return self.presence(features), self.ratio(features)


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
