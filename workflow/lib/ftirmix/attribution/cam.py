"""Class activation maps as pure functions of activations and gradients, signed and unscaled."""

from collections.abc import Callable

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
    return (gradients.mean(dim=2, keepdim=True) * activations).sum(dim=1)


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


CAM_METHODS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "grad_cam": grad_cam,
    "hires_cam": hires_cam,
}
