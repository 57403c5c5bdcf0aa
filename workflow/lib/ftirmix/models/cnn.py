"""The plain CNN: the baseline that every other architecture has to beat."""

import torch
from torch import Tensor, nn


class ConvBlock(nn.Sequential):
    """Two convolutions, each with batch normalisation and ReLU, then max-pooling by two."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int) -> None:
        super().__init__(
            nn.Conv1d(channels_in, channels_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(channels_out),
            nn.ReLU(),
            nn.Conv1d(channels_out, channels_out, kernel, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(channels_out),
            nn.ReLU(),
            nn.MaxPool1d(2),
        )


class CNN(nn.Module):
    """Convolution blocks, one hidden layer on the flattened map, presence and mixing-ratio heads.

    The papers leave layer numbers, kernels and widths open: this is the project's choice of a
    plain network of the usual size. The flattened map keeps band positions, which identify a
    polymer; global pooling would throw them away. Beside the absorbance the network sees its
    first derivative, both computed from the same input so that attribution covers both.

    Args:
        wavenumbers: length of the input spectrum.
        components: number of components.
        channels: width of each block; every block halves the resolution.
        kernel: kernel of all convolutions, odd.
        hidden: width of the hidden layer.
        dropout: dropout before and after the hidden layer.
    """

    def __init__(
        self,
        wavenumbers: int,
        components: int,
        channels: list[int],
        kernel: int,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        widths = [2, *channels]
        self.blocks = nn.Sequential(
            *(ConvBlock(a, b, kernel) for a, b in zip(widths[:-1], widths[1:], strict=True))
        )
        positions = wavenumbers // 2 ** len(channels)
        self.trunk = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout),
            nn.Linear(channels[-1] * positions, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.presence = nn.Linear(hidden, components)
        self.ratio = nn.Linear(hidden, components)

    @property
    def layers(self) -> dict[str, nn.Module]:
        """The layers whose activations an attribution map can be taken from, coarse ones last."""
        return {f"block{index}": block for index, block in enumerate(self.blocks, start=1)}

    def forward(self, absorbance: Tensor) -> tuple[Tensor, Tensor]:
        """Return presence logits and unnormalised ratios.

        Args:
            absorbance: unit maximum, shape (batch, wavenumber).

        Returns:
            logits (batch, component) and ratio scores (batch, component); the softmax of the
            scores is the mixing ratio.
        """
        channels = with_derivative(absorbance)  # (batch, 2, wavenumber)
        features = self.trunk(self.blocks(channels))  # (batch, hidden)
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
