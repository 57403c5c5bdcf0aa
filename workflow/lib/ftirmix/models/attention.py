"""Attention along the spectrum: over all positions, within and between its regions, and by CBAM."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

# Where one kind of vibration ends and the next begins, cm^-1: skeletal, bending and C-O stretching
# below; C=O, C=C and amide; nothing of a polymer's; C-H stretching; N-H and O-H stretching above.
CHEMICAL_EDGES_CM1 = [1500.0, 1850.0, 2700.0, 3100.0]


def region_numbers(wavenumber: np.ndarray, regions: str, count: int) -> np.ndarray:
    """Say which region each position of the spectrum belongs to.

    Args:
        wavenumber: of the positions, cm^-1, ascending, shape (position,).
        regions: ``equal``, in number of positions, or ``chemical``, by ``CHEMICAL_EDGES_CM1``.
        count: number of equal regions.

    Returns:
        Numbers from 0 on without gaps, shape (position,): a chemical region without any position is
        left out.
    """
    if regions == "equal":
        return np.arange(len(wavenumber)) * count // len(wavenumber)
    return np.unique(np.searchsorted(CHEMICAL_EDGES_CM1, wavenumber), return_inverse=True)[1]


def single_precision_on_cpu(device: torch.device) -> torch.autocast:
    """Keep to single precision on a CPU, where attention in bfloat16 takes three times as long."""
    return torch.autocast(device.type, enabled=device.type != "cpu" and torch.is_autocast_enabled(device.type))


class SelfAttention(nn.Module):
    """Multi-head self-attention, of all tokens or of stretches of them apart.

        head_h = softmax(Q_h K_h^T / sqrt(d)) V_h;  y = W [head_1, ..., head_H]

    The parameters begin as those of ``nn.MultiheadAttention``, which has no cheap way to keep
    tokens to their own stretch: with a mask it computes, and discards, what is foreign to each.

    References:
        Vaswani et al. 2017, Attention Is All You Need, Eq. 1. arXiv:1706.03762.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        if channels % heads:
            raise ValueError(f"{channels} channels cannot be divided among {heads} heads")
        self.heads = heads
        self.project = nn.Linear(channels, 3 * channels)
        self.join = nn.Linear(channels, channels)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)
        nn.init.zeros_(self.join.bias)

    def forward(self, tokens: Tensor, stretches: Sequence[slice] = (slice(None),)) -> Tensor:
        """Map (batch, token, channel) to the same shape.

        Args:
            tokens: shape (batch, token, channel).
            stretches: consecutive, of all tokens; each attends to itself alone.
        """
        queries, keys, values = self._split(tokens)
        with single_precision_on_cpu(tokens.device):
            mixed = [
                nn.functional.scaled_dot_product_attention(queries[:, :, part], keys[:, :, part], values[:, :, part])
                for part in stretches
            ]  # (batch, head, token, channel of a head) each
        return self.join(torch.cat(mixed, dim=2).transpose(1, 2).flatten(2))

    def weights(self, tokens: Tensor, stretches: Sequence[slice] = (slice(None),)) -> Tensor:
        """Return what each token takes from each other one, shape (batch, head, token, token)."""
        queries, keys, _ = self._split(tokens)
        weights = queries.new_zeros(*queries.shape[:3], queries.shape[2])
        for part in stretches:
            scores = queries[:, :, part] @ keys[:, :, part].transpose(2, 3) / queries.shape[3] ** 0.5
            weights[:, :, part, part] = scores.softmax(dim=3)
        return weights

    def _split(self, tokens: Tensor) -> tuple[Tensor, ...]:
        """Return queries, keys and values, each (batch, head, token, channel of a head)."""
        projected = self.project(tokens).unflatten(2, (3, self.heads, -1))
        if projected.device.type == "cpu":
            projected = projected.float()
        return tuple(projected.permute(2, 0, 3, 1, 4).unbind(0))


class GlobalAttention(nn.Module):
    """Multi-head self-attention over all positions, around which the features also pass unchanged.

        y = x + Attention(x)

    Features are normalised before attention, which trains without a warm-up of its own.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = SelfAttention(channels, heads)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        tokens = self.norm(features.transpose(1, 2))  # (batch, position, channel)
        return features + self.attention(tokens).transpose(1, 2)

    def weights(self, features: Tensor) -> Tensor:
        """Return what each position takes from each other one, shape (batch, head, position, position)."""
        return self.attention.weights(self.norm(features.transpose(1, 2)))


class RegionalAttention(nn.Module):
    """Attention among the positions of a region, then among the regions.

        x' = x + Attention(x, x within the same region)
        y  = x' + spread(Attention(s, s)),  s_r = mean of x' over region r

    Within a region it can weigh bands against their neighbours; between regions, one kind of
    vibration against another. What a region takes from the others is added to all its positions.

    Args:
        channels: of the features.
        heads: of both attentions.
        region: region of every position, from 0 on, ascending, shape (position,).
    """

    member: Tensor

    def __init__(self, channels: int, heads: int, region: np.ndarray) -> None:
        super().__init__()
        self.norm_within, self.norm_between = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.within = SelfAttention(channels, heads)
        self.between = SelfAttention(channels, heads)
        ends = np.cumsum(np.bincount(region)).tolist()
        self.stretches = [slice(start, end) for start, end in pairwise([0, *ends])]
        member = torch.from_numpy(region[:, None] == np.arange(region.max() + 1)).float()  # (position, region)
        self.register_buffer("member", member, persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        tokens = self.norm_within(features.transpose(1, 2))  # (batch, position, channel)
        features = features + self.within(tokens, self.stretches).transpose(1, 2)  # (batch, channel, position)
        exchanged = self.between(self.summaries(features))  # (batch, region, channel)
        return features + (self.member @ exchanged).transpose(1, 2)

    def summaries(self, features: Tensor) -> Tensor:
        """Return the normalised mean of every region, shape (batch, region, channel)."""
        mean = features @ (self.member / self.member.sum(dim=0))  # (batch, channel, region)
        return self.norm_between(mean.transpose(1, 2))

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return what each position takes from the others of its region, and each region from the others.

        ``within`` is of shape (batch, head, position, position), ``between`` (batch, head, region, region).
        """
        tokens = self.norm_within(features.transpose(1, 2))  # (batch, position, channel)
        mixed = self.within(tokens, self.stretches).transpose(1, 2)  # (batch, channel, position)
        between = self.between.weights(self.summaries(features + mixed))
        return {"within": self.within.weights(tokens, self.stretches), "between": between}


class CBAM(nn.Module):
    """Convolutional block attention: which channels matter, then which positions.

        M_c = sigmoid(MLP(mean_t F) + MLP(max_t F)),       F'  = M_c F
        M_s = sigmoid(conv7([mean_c F'; max_c F'])),       F'' = M_s F'

    Args:
        channels: of the features.
        reduction: the shared hidden layer is this many times narrower.
        channel: whether the first attention is there.
        spatial: whether the second is.

    References:
        Woo et al. 2018, CBAM, ECCV, Eqs. 1-3, along one axis. arXiv:1807.06521.
    """

    def __init__(self, channels: int, reduction: int, channel: bool, spatial: bool) -> None:
        super().__init__()
        hidden = max(channels // reduction, 1)
        self.shared = (
            nn.Sequential(nn.Linear(channels, hidden), nn.ReLU(), nn.Linear(hidden, channels)) if channel else None
        )
        self.spatial = nn.Conv1d(2, 1, 7, padding=3) if spatial else None

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        if self.shared is not None:
            features = features * self.channel_weights(features)
        if self.spatial is not None:
            features = features * self.position_weights(features)
        return features

    def channel_weights(self, features: Tensor) -> Tensor:
        """Return the weight of each channel, shape (batch, channel, 1)."""
        assert self.shared is not None
        summed = self.shared(features.mean(dim=2)) + self.shared(features.max(dim=2).values)  # (batch, channel)
        return torch.sigmoid(summed)[:, :, None]

    def position_weights(self, features: Tensor) -> Tensor:
        """Return the weight of each position, shape (batch, 1, position)."""
        assert self.spatial is not None
        summary = torch.stack([features.mean(dim=1), features.max(dim=1).values], dim=1)  # (batch, 2, position)
        return torch.sigmoid(self.spatial(summary))

    def weights(self, features: Tensor) -> dict[str, Tensor]:
        """Return ``channel`` (batch, channel) and ``position`` (batch, position), as far as they are there."""
        found = {}
        if self.shared is not None:
            found["channel"] = self.channel_weights(features)[:, :, 0]
            features = features * found["channel"][:, :, None]
        if self.spatial is not None:
            found["position"] = self.position_weights(features)[:, 0]
        return found
