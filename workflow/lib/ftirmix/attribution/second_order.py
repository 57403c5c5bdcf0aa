"""SSG-CAM: maps from smoothed first and second derivatives of a probability."""

import torch
from torch import Tensor, nn

from ftirmix.attribution.cam import check_shapes

ORDERS = (1, 2)


def ssg_cam(
    activations: Tensor,
    gradients: Tensor,
    curvature: Tensor,
    logits: Tensor,
    sigma: float,
    orders: tuple[int, ...] = ORDERS,
) -> Tensor:
    """Weight activations by smoothed derivatives of the component's probability, of first and second order.

        p' = s g,   p'' = s ((1 - 2p) g^2 + h),   s = p (1 - p)
        w  = relu(G p') + |G p''|,   L(t) = sum_k w_k(t) A_k(t)

    with G a Gaussian filter along wavenumber, g and h the first derivative of the logit and the
    diagonal of its second. The second derivative of a *logit* is zero almost everywhere in a
    network of convolutions and ReLU, and a map of it would silently be one of first order; that of
    the probability is not. Where a unit behind the layer saturates, its first derivative fades before
    its second; where the probability itself does, both fade alike.

    A reconstruction: published are the two orders, the smoothing and the weighing of activations;
    that weights stay positional, their combination by a sum, and probability in place of logit are
    the project's.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: g of one component's logit, same shape.
        curvature: h of the same logit, same shape.
        logits: shape (batch,).
        sigma: of the Gaussian filter, positions; 0 leaves derivatives as they are.
        orders: which of 1 and 2 to use.

    Returns:
        Attribution map in units of probability, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional, or an order is neither 1 nor 2.
    """
    check_shapes(activations, gradients)
    check_shapes(activations, curvature)
    if not orders or set(orders) - set(ORDERS):
        raise ValueError(f"orders must be 1, 2 or both, got {orders}")
    logit = logits[:, None, None]
    probability = logit.sigmoid()
    slope = probability * (-logit).sigmoid()  # p (1 - p), exact where p rounds to one
    weights = torch.zeros_like(activations)
    if 1 in orders:
        weights = weights + smooth(slope * gradients, sigma).relu()
    if 2 in orders:
        weights = weights + smooth(slope * ((1 - 2 * probability) * gradients**2 + curvature), sigma).abs()
    return (weights * activations).sum(dim=1)


def smooth(features: Tensor, sigma: float) -> Tensor:
    """Filter along the last axis with a Gaussian, cut at four sigma; ends are repeated outwards.

    Args:
        features: shape (batch, channel, position).
        sigma: positions.
    """
    reach = int(4.0 * sigma + 0.5)
    if reach == 0:
        return features
    offsets = torch.arange(-reach, reach + 1, dtype=features.dtype, device=features.device)
    kernel = torch.exp(-0.5 * (offsets / sigma) ** 2)
    batch, channels, positions = features.shape
    padded = nn.functional.pad(features, (reach, reach), mode="replicate").reshape(batch * channels, 1, -1)
    filtered = nn.functional.conv1d(padded, (kernel / kernel.sum())[None, None])
    return filtered.reshape(batch, channels, positions)


def diagonal_curvature(gradients: Tensor, activations: Tensor, probes: int) -> Tensor:
    """Estimate the diagonal of the Hessian of the logits, d2y / dA_k(t)^2.

        diag H ~ mean over probes v of v * (H v),   v of random signs

    Exact where H is diagonal, and zero where the network is piecewise linear behind the layer; the
    same signs serve all spectra, so a map does not depend on the rest of its batch.

    Args:
        gradients: dy/dA with their graph, shape (batch, channel, position).
        activations: A, same shape.
        probes: number of random vectors.

    References:
        Bekas et al. 2007, An estimator for the diagonal of a matrix, doi 10.1016/j.apnum.2007.01.003.
    """
    total = torch.zeros_like(activations)
    if not gradients.requires_grad:
        return total
    generator = torch.Generator().manual_seed(0)
    for _ in range(probes):
        signs = torch.randint(0, 2, activations.shape[1:], generator=generator).to(activations) * 2 - 1
        (product,) = torch.autograd.grad((gradients * signs).sum(), activations, retain_graph=True, allow_unused=True)
        if product is None or not product.any():
            return total  # piecewise linear: no other signs would find anything
        total = total + signs * product.detach()
    return total / probes
