"""Attention along the spectrum: over all positions, within and between its regions, and by CBAM."""

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


class GlobalAttention(nn.Module):
    """Multi-head self-attention over all positions, around which the features also pass unchanged.

        head_h = softmax(Q_h K_h^T / sqrt(d)) V_h;  y = x + W [head_1, ..., head_H]

    Features are normalised before attention, which trains without a warm-up of its own.

    References:
        Vaswani et al. 2017, Attention Is All You Need, Eq. 1. arXiv:1706.03762.
    """

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.attention = nn.MultiheadAttention(channels, heads, batch_first=True)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        tokens = self.norm(features.transpose(1, 2))  # (batch, position, channel)
        mixed = self.attention(tokens, tokens, tokens, need_weights=False)[0]  # (batch, position, channel)
        return features + mixed.transpose(1, 2)

    def weights(self, features: Tensor) -> Tensor:
        """Return what each position takes from each other one, shape (batch, head, position, position)."""
        tokens = self.norm(features.transpose(1, 2))  # (batch, position, channel)
        return self.attention(tokens, tokens, tokens, average_attn_weights=False)[1]


class RegionalAttention(nn.Module):
    """Attention among the positions of a region, then among the regions.

        x' = x + Attention(x, x within the same region)
        y  = x' + spread(Attention(s, s)),  s_r = mean of x' over region r

    Within a region it can weigh bands against their neighbours; between regions, one kind of
    vibration against another. What a region takes from the others is added to all its positions.

    Args:
        channels: of the features.
        heads: of both attentions.
        region: region of every position, from 0 on, shape (position,).
    """

    member: Tensor
    foreign: Tensor

    def __init__(self, channels: int, heads: int, region: np.ndarray) -> None:
        super().__init__()
        self.norm_within, self.norm_between = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.within = nn.MultiheadAttention(channels, heads, batch_first=True)
        self.between = nn.MultiheadAttention(channels, heads, batch_first=True)
        member = torch.from_numpy(region[:, None] == np.arange(region.max() + 1)).float()  # (position, region)
        self.register_buffer("member", member, persistent=False)
        self.register_buffer("foreign", torch.from_numpy(region[:, None] != region), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Map (batch, channel, position) to the same shape."""
        tokens = self.norm_within(features.transpose(1, 2))  # (batch, position, channel)
        mixed = self.within(tokens, tokens, tokens, attn_mask=self.foreign, need_weights=False)[0]
        features = features + mixed.transpose(1, 2)  # (batch, channel, position)
        regions = self.summaries(features)  # (batch, region, channel)
        exchanged = self.between(regions, regions, regions, need_weights=False)[0]  # (batch, region, channel)
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
        mixed, within = self.within(tokens, tokens, tokens, attn_mask=self.foreign, average_attn_weights=False)
        regions = self.summaries(features + mixed.transpose(1, 2))  # (batch, region, channel)
        between = self.between(regions, regions, regions, average_attn_weights=False)[1]
        return {"within": within, "between": between}


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
        summed = self.shared(features.mean(dim=2)) + self.shared(features.amax(dim=2))  # (batch, channel)
        return torch.sigmoid(summed)[:, :, None]

    def position_weights(self, features: Tensor) -> Tensor:
        """Return the weight of each position, shape (batch, 1, position)."""
        assert self.spatial is not None
        summary = torch.stack([features.mean(dim=1), features.amax(dim=1)], dim=1)  # (batch, 2, position)
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
