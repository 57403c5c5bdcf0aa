"""Class activation maps as pure functions of activations and gradients, signed and unscaled."""

import torch
from torch import Tensor


def check_shapes(activations: Tensor, gradients: Tensor) -> None:
    """Raise ValueError unless both are (batch, channel, position) and equal in shape."""
    if activations.shape != gradients.shape or activations.ndim != 3:
        raise ValueError(
            "activations and gradients must both be (batch, channel, position), got "
            f"{tuple(activations.shape)} and {tuple(gradients.shape)}"
        )


def grad_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Weight each channel by its mean gradient and sum over channels.

        w_k  = mean_t dy/dA_k(t)         (Eq. 1)
        L(t) = sum_k w_k A_k(t)          (Eq. 2, before its ReLU)

    The map stays signed and in logit units: the paper's ReLU and the usual per-map scaling would
    hide how small a minor component's map is.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: dy/dA of one component's logit y, same shape.

    Returns:
        Attribution map, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional.

    References:
        Selvaraju et al. 2017, Grad-CAM, ICCV, Eqs. 1-2. arXiv:1610.02391.
    """
    check_shapes(activations, gradients)
    return torch.bmm(gradients.mean(dim=2)[:, None], activations)[:, 0]


def hires_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Multiply gradient and activation element by element and sum over channels.

        L(t) = sum_k dy/dA_k(t) A_k(t)

    For a network that is linear after the layer, the map sums to the logit less its bias. Where
    Grad-CAM and this map disagree, Grad-CAM's averaging of the gradient is the reason.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: dy/dA of one component's logit y, same shape.

    Returns:
        Attribution map, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional.

    References:
        Draelos and Carin 2020, arXiv:2011.08891, Eq. 3.
    """
    check_shapes(activations, gradients)
    return (gradients * activations).sum(dim=1)


def grad_cam_plus_plus(activations: Tensor, gradients: Tensor) -> Tensor:
    """Weight each channel by its positive gradients, most where a few positions carry the score.

        a_k(t) = g_k(t)^2 / (2 g_k(t)^2 + (sum_s A_k(s)) g_k(t)^3)     (Eq. 19)
        w_k    = sum_t a_k(t) relu(g_k(t)),   L(t) = sum_k w_k A_k(t)  (Eqs. 5 and 7, before the ReLU)

    The paper differentiates exp(y), whose factor exp(y) in every w_k scales a map as a whole; it
    is left out, so that the map stays in logit units. The term with the sum stands as printed.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: g = dy/dA of one component's logit y, same shape.

    Returns:
        Attribution map, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional.

    References:
        Chattopadhay et al. 2018, Grad-CAM++, WACV. arXiv:1710.11063.
    """
    check_shapes(activations, gradients)
    square = gradients**2
    denominator = 2 * square + activations.sum(dim=2, keepdim=True) * gradients**3
    share = torch.where(denominator != 0, square / torch.where(denominator != 0, denominator, 1.0), 0.0)
    weights = (share * gradients.relu()).sum(dim=2, keepdim=True)  # (batch, channel, 1)
    return (weights * activations).sum(dim=1)


def layer_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Multiply the positive part of the gradient and the activation element by element.

        L(t) = sum_k relu(dy/dA_k(t)) A_k(t)

    Unlike HiResCAM it drops what speaks against the component instead of setting it off.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: dy/dA of one component's logit y, same shape.

    Returns:
        Attribution map, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional.

    References:
        Jiang et al. 2021, LayerCAM, IEEE TIP 30, Eqs. 4-6, doi 10.1109/TIP.2021.3089943.
    """
    check_shapes(activations, gradients)
    return (gradients.relu() * activations).sum(dim=1)


def xgrad_cam(activations: Tensor, gradients: Tensor) -> Tensor:
    """Weight each channel by its gradient, averaged where the channel is active.

        w_k = sum_t g_k(t) A_k(t) / sum_t A_k(t),   L(t) = sum_k w_k A_k(t)

    A channel that sums to zero has no weight.

    Args:
        activations: layer output A, shape (batch, channel, position).
        gradients: g = dy/dA of one component's logit y, same shape.

    Returns:
        Attribution map, shape (batch, position).

    Raises:
        ValueError: the shapes differ or are not three-dimensional.

    References:
        Fu et al. 2020, Axiom-based Grad-CAM, BMVC, Eq. 8. arXiv:2008.02312.
    """
    check_shapes(activations, gradients)
    total = activations.sum(dim=2, keepdim=True)
    weights = (gradients * activations).sum(dim=2, keepdim=True) / torch.where(total != 0, total, torch.inf)
    return (weights * activations).sum(dim=1)
