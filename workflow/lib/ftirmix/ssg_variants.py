"""The variants of SSG-CAM that are held against the study's own; needs no torch."""

from itertools import product
from typing import NamedTuple


class Variant(NamedTuple):
    """What SSG-CAM leaves open.

    Attributes:
        orders: of the derivatives that its weights are made of.
        sigma_cm1: of the Gaussian that smooths them along wavenumber; 0 leaves them as they are.
    """

    orders: tuple[int, ...]
    sigma_cm1: float

    @property
    def name(self) -> str:
        """What files call it, e.g. ``ssg_cam 1+2 8``."""
        return f"ssg_cam {self.order} {self.sigma_cm1:g}"

    @property
    def order(self) -> str:
        """Its orders, e.g. ``1+2``."""
        return "+".join(map(str, self.orders))


# All networks have 16 cm-1 per position: a quarter, a half and the whole of one, and no smoothing.
ORDERS, SIGMAS_CM1 = ((1,), (2,), (1, 2)), (0.0, 4.0, 8.0, 16.0)
VARIANTS = {variant.name: variant for variant in (Variant(*choice) for choice in product(ORDERS, SIGMAS_CM1))}
# That of CAM_METHODS, which every other map of the study is scored beside.
OWN = Variant((1, 2), 8.0)
