"""The table of attribution methods, and what each may use."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from ftirmix.attribution.cam import grad_cam, grad_cam_plus_plus, hires_cam, layer_cam, xgrad_cam
from ftirmix.attribution.second_order import ORDERS, ssg_cam


class Signals(NamedTuple):
    """What a pass through the network tells of one layer and one logit of every spectrum.

    Attributes:
        activations: A, shape (batch, channel, position).
        gradients: dy/dA of the logit y, same shape.
        curvature: the diagonal of the second derivative of y, same shape; None unless a method of
            second order asks.
        logits: y, shape (batch,).
        position_cm1: distance of neighbouring positions.
    """

    activations: Tensor
    gradients: Tensor
    curvature: Tensor | None
    logits: Tensor
    position_cm1: float


@dataclass(frozen=True)
class Method:
    """Turns signals into maps.

    Attributes:
        map: from signals to maps, signed, shape (batch, position).
        second_order: whether it uses the curvature, which costs further passes.
    """

    map: Callable[[Signals], Tensor]
    second_order: bool = False


def first_order(function: Callable[[Tensor, Tensor], Tensor]) -> Method:
    """Make a method of a pure function of activations and gradients."""
    return Method(lambda signals: function(signals.activations, signals.gradients))


def ssg(orders: tuple[int, ...], sigma_cm1: float) -> Method:
    """Make SSG-CAM of some orders and a width of its smoothing."""
    return Method(partial(_ssg, orders=orders, sigma_cm1=sigma_cm1), second_order=2 in orders)


def _ssg(signals: Signals, orders: tuple[int, ...], sigma_cm1: float) -> Tensor:
    curvature = torch.zeros_like(signals.gradients) if signals.curvature is None else signals.curvature
    sigma = sigma_cm1 / signals.position_cm1
    return ssg_cam(signals.activations, signals.gradients, curvature, signals.logits, sigma, orders)


CAM_METHODS: dict[str, Method] = {
    "grad_cam": first_order(grad_cam),
    "hires_cam": first_order(hires_cam),
    "grad_cam_plus_plus": first_order(grad_cam_plus_plus),
    "layer_cam": first_order(layer_cam),
    "xgrad_cam": first_order(xgrad_cam),
    "ssg_cam": ssg(ORDERS, 8.0),
}
