"""What is measured of a spectrum, and the shares below which nothing is."""

MEASURES = (
    "measured_share", "variation", "noise_share", "highest_absorbance", "flat_top_cm1", "negative_share",
    "vapour_share", "vapour_correlation", "co2_share", "fringe_share", "fringe_period_cm1", "baseline_share",
    "phase_deg",
)  # fmt: skip

# A spectrum with fewer measured points is not measured further, nor is a window of it.
FEWEST = 0.5
# Below any height or area of a spectrum that was scaled to a range of one: only against division by zero.
TINY = 1e-12
