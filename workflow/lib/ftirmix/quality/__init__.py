"""Quality of measured spectra, asked before any identification: is there anything to identify?"""

from ftirmix.quality.gases import vapour_spectrum
from ftirmix.quality.limits import QualityLimits, poor_reasons
from ftirmix.quality.measuring import measure_quality
from ftirmix.quality.names import MEASURES

__all__ = ["MEASURES", "QualityLimits", "measure_quality", "poor_reasons", "vapour_spectrum"]
