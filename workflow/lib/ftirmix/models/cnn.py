"""The plain CNN: the baseline that every other architecture has to beat."""

import torch
from torch import Tensor, nn


class Convolution(nn.Module):
    """A convolution along the spectrum with batch normalisation and ReLU.

    Spectra are laid out as images of height one with the channels innermost: the very same
    arithmetic as ``Conv1d``, but CPUs do a training step in two thirds of the time.
    """

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels_out, (1, kernel), (1, stride), (0, padding), bias=False)
        self.norm = nn.BatchNorm2d(channels_out)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channels_in, position) to (batch, channels_out, position)."""
        image = features.unsqueeze(2).contiguous(memory_format=torch.channels_last)
        return nn.functional.relu(self.norm(self.convolution(image))).squeeze(2)


class CNN(nn.Module):
    """A coarse first convolution, blocks of two, one hidden layer on the flattened map, two heads.

    The papers leave layer numbers, kernels and widths open: this is the project's choice of a
    plain network. One convolution of twice its stride replaces pooling, so that all blocks work
    at one resolution; on validation mixtures that came closer than four blocks with pooling in
    between (cross-entropy 0.62 against 0.65, three folds) at two thirds of the cost. The flattened
    map keeps band positions, which identify a polymer; global pooling would throw them away.
    Beside the absorbance the network sees its first derivative, both computed from the same input
    so that attribution covers both.

    Args:
        wavenumbers: length of the input spectrum.
        components: number of components.
        answers: number of logits: one per component, or one per softmax class.
        channels: width of each block of two convolutions; attribution maps are taken from a block's output.
        kernel: kernel of the blocks' convolutions, odd.
        stride: grid points per position of every block.
        reduced: channels that are flattened.
        hidden: width of the hidden layer.
        dropout: dropout after the hidden layer; before it, half as much.
    """

    def __init__(
        self,
        wavenumbers: int,
        components: int,
        answers: int,
        channels: list[int],
        kernel: int,
        stride: int,
        reduced: int,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.stride = stride
        self.stem = Convolution(2, channels[0], 2 * stride, stride, stride // 2)
        widths = [channels[0], *channels]
        self.blocks = nn.ModuleList(
            nn.Sequential(
                Convolution(a, b, kernel, padding=kernel // 2), Convolution(b, b, kernel, padding=kernel // 2)
            )
            for a, b in zip(widths[:-1], widths[1:], strict=True)
        )
        self.reduction = Convolution(channels[-1], reduced, 1)
        positions = (wavenumbers + 2 * (stride // 2) - 2 * stride) // stride + 1
        self.trunk = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(dropout / 2),
            nn.Linear(reduced * positions, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
        )
        self.presence = nn.Linear(hidden, answers)
        self.ratio = nn.Linear(hidden, components)

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
        features = self.stem(with_derivative(absorbance))  # (batch, channel, position)
        for block in self.blocks:
            features = block(features)  # (batch, channel, position)
        features = self.trunk(self.reduction(features))  # (batch, hidden)
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
