"""Class activation maps for one-dimensional spectra, one map per component."""

from ftirmix.attribution.cam import CAM_METHODS, grad_cam
from ftirmix.attribution.hooks import attribute_components, attribute_layers

__all__ = ["CAM_METHODS", "attribute_components", "attribute_layers", "grad_cam"]
