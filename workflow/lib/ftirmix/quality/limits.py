"""Limits of quality, and what is said of a spectrum beyond one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ftirmix.quality.names import MEASURES

# What is said of a spectrum beyond a limit, by measure; the measures of LEAST must not be below theirs.
LEAST = ("measured_share", "variation")
OF_HIGHEST = "{value:.2g} of the highest band (limit {limit:.2g})"
SENTENCES = {
    "measured_share": "{value:.0%} of the window was measured (limit {limit:.0%})",
    "variation": "the absorbance is constant: it varies by {value:.2g} of its level (limit {limit:.2g})",
    "noise_share": f"noise is {OF_HIGHEST}",
    "highest_absorbance": "the highest absorbance is {value:.3g} (limit {limit:.3g})",
    "flat_top_cm1": "the highest band is flat over {value:.3g} cm-1 (limit {limit:.3g} cm-1)",
    "negative_share": "bands that point down are {value:.2g} of all band area (limit {limit:.2g})",
    "vapour_share": f"water vapour is {OF_HIGHEST}",
    "co2_share": f"CO2 is {OF_HIGHEST}",
    "fringe_share": f"fringes every {{period:.0f}} cm-1 are {OF_HIGHEST}",
    "baseline_share": f"the baseline spans {OF_HIGHEST}",
    "phase_deg": "bands are turned by {value:.0f} degrees, 90 is the shape of a derivative (limit {limit:.0f})",
}
# What may point down, where the background has more of it than the spectrum.
DOWNWARDS = ("vapour_share", "co2_share")
# Baselines beyond so many highest bands have no band above them.
NOTHING_RISES = 1e4


@dataclass(frozen=True)
class QualityLimits:
    """Limits beyond which a spectrum is poor; found on FLOPP and Kedzierski, see docs/quality.md.

    Those of noise and fringes are of a spectrum in which a minor component could no longer be told from the fault;
    the nearest reference of a pure plastic is found through more.

    Attributes:
        measured_share: least share of the grid that was measured; half a window is half the bands.
        variation: least range of the absorbance as a share of its level. A number in single precision
            is good to 6e-8, so less than 1e-6 is rounding.
        noise_share: three standard deviations of 0.033 are a tenth of the highest band, the height from which a
            band counts as a component's own. The noisiest spectrum of FLOPP and Kedzierski has 0.016.
        highest_absorbance: at 2.5 the detector sees 0.3 % of the light, about what stray light adds; heights above
            are not proportional to anything. Beside the ATR spectra of all laboratories (at most 1.04) it is generous.
        flat_top_cm1: one point of a 4 cm^-1 grid. Two equal ones occur in none of 5,631 spectra.
        negative_share: more band area points down than up. A spectrum and its negative have shares that add up
            to one, so there is no other fair limit.
        vapour_share: vapour is not removed, but its lines are narrower than bands: with added lines of 0.7 of the
            highest band 99.7 % of plastics keep their nearest reference, with as high lines 99.2 %, twice 95 %.
        vapour_correlation: below it, what was fitted as vapour is something else.
        co2_share: the window is bridged, so CO2 does no harm; twice the highest band of the specimen, it says that
            there hardly was a specimen, or a background in other air.
        fringe_share: an amplitude of 0.05 is a tenth of the highest band from crest to trough.
        baseline_share: baselines are subtracted; the residue of one of ten times the bands is not small beside them.
            Of FLOPP and Kedzierski the highest is 7.7, a readable spectrum.
        phase_deg: nearer to a derivative than to absorption. FLOPP's largest is 22, Kedzierski's 46. Bands turned
            by 75 degrees measure 48 (the baseline takes up some), and 86 % of plastics keep their nearest reference;
            turned by 90 they measure 68, and half do.
    """

    measured_share: float = 0.5
    variation: float = 1e-6
    noise_share: float = 0.033
    highest_absorbance: float = 2.5
    flat_top_cm1: float = 4.0
    negative_share: float = 0.5
    vapour_share: float = 0.7
    vapour_correlation: float = 0.5
    co2_share: float = 2.0
    fringe_share: float = 0.05
    baseline_share: float = 10.0
    phase_deg: float = 60.0


def poor_reasons(measures: pd.DataFrame, limits: QualityLimits, absolute: np.ndarray) -> list[str]:
    """Say of every spectrum why it is poor, measure by measure with value and limit.

    Args:
        measures: of :func:`measure_quality`.
        limits: beyond which a spectrum is poor.
        absolute: whether its absorbance has a scale, shape (spectrum,); a scaled one cannot be too high.

    Returns:
        Reasons joined by ``; `` for each spectrum, empty where it is good.

    Raises:
        ValueError: ``absolute`` does not have one value per spectrum.
    """
    absolute = np.asarray(absolute, dtype=bool)
    if absolute.shape != (len(measures),):
        raise ValueError(f"absolute has shape {absolute.shape}, expected ({len(measures)},): one value per spectrum")
    value = {name: measures[name].to_numpy(dtype=float) for name in MEASURES}
    reasons: list[list[str]] = [[] for _ in range(len(measures))]
    for name, sentence in SENTENCES.items():
        limit = getattr(limits, name)
        size = np.abs(value[name])
        poor = size < limit if name in LEAST else size > limit  # NaN, not measured, is neither
        if name == "highest_absorbance":
            poor = absolute & (value[name] > limit)
        if name == "vapour_share":
            poor &= np.abs(value["vapour_correlation"]) >= limits.vapour_correlation
        for row in np.flatnonzero(poor):
            period, said = value["fringe_period_cm1"][row], sentence
            if name == "baseline_share" and size[row] > NOTHING_RISES:
                said = "nothing rises above the baseline"
            elif name in DOWNWARDS and value[name][row] < 0:
                said += ", pointing down"
            reasons[row].append(said.format(value=size[row], limit=limit, period=period))
    return ["; ".join(sentences) for sentences in reasons]
