"""Class activation maps for one-dimensional spectra, one map per component."""

from ftirmix.attribution.hooks import attribute_components, attribute_layers
from ftirmix.attribution.methods import CAM_METHODS

__all__ = ["CAM_METHODS", "attribute_components", "attribute_layers"]
