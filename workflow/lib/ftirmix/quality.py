"""Quality of measured spectra, asked before any identification: is there anything to identify?"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import fft

from ftirmix.bands import VAPOUR, material_spectrum
from ftirmix.preprocessing import resample
from ftirmix.spectra import check_grid

MEASURES = (
    "measured_share", "variation", "noise_share", "highest_absorbance", "flat_top_cm1", "negative_share",
    "vapour_share", "vapour_correlation", "co2_share", "fringe_share", "fringe_period_cm1", "baseline_share",
    "phase_deg",
)  # fmt: skip

# A spectrum with fewer measured points is not measured further, nor is a window of it.
FEWEST = 0.5
# The room's CO2: its two branches, the window that preprocessing bridges, and the feet beside it.
CO2_DOUBLET_CM1 = (2300.0, 2380.0)
CO2_WINDOW_CM1 = (2280.0, 2400.0)
CO2_FEET_CM1 = ((2250.0, 2280.0), (2400.0, 2430.0))
# Where lines of water vapour stand in the path of a mid-infrared beam through room air.
VAPOUR_WINDOWS_CM1 = ((1300.0, 1900.0), (3500.0, 3950.0))
# Free of strong bands. The nitrile (2237) and the isocyanate (2270) lie between, C-H stretching above.
FREE_WINDOWS_CM1 = ((1850.0, 2220.0), (2400.0, 2680.0))
# In windows of 280 cm^-1 a longer period cannot be told from a baseline.
FRINGE_PERIODS_CM1 = (20.0, 250.0)
# A slope, a bend and the slow rise of a carbon-filled specimen; more would follow broad bands.
BASELINE_DEGREE = 4
BASELINE_ROUNDS = 10
VAPOUR_ROUNDS = 4

# Median of |z| for a standard normal z; it turns a median of absolute deviations into a sd.
MEDIAN_OF_NORMAL = 0.6745
# The second difference (1, -2, 1) of independent noise has sqrt(6) times its sd.
SECOND_DIFFERENCE = np.sqrt(6.0)
# Below any height or area of a spectrum that was scaled to a range of one: only against division by zero.
TINY = 1e-12

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


def measure_quality(
    absorbance: np.ndarray, wavenumber: np.ndarray, valid: np.ndarray | None = None, *, vapour: np.ndarray
) -> pd.DataFrame:
    """Measure the quality of spectra as they were measured: no baseline subtracted, no window bridged.

    All sizes are relative to the spectrum's own highest band, so that the scale does not matter, but for
    ``highest_absorbance``; the offset matters to that and to ``variation`` alone. The highest band is
    the 99th percentile of |absorbance - baseline| outside the window of CO2: up or down, so that a spectrum
    upside down keeps its size, and no single spike. Columns:

    - ``measured_share``: of the grid.
    - ``variation``: range over the largest absolute value; 0 for a constant.
    - ``noise_share``: sd of the noise, from the median absolute second difference (:func:`noise_of`). Pure
      noise has 0.39: its own 99th percentile is taken for a band.
    - ``highest_absorbance``: as given, a saturation where the unit is absolute.
    - ``flat_top_cm1``: longest run of points at the maximum outside the window of CO2, within 1e-6 of the highest
      band; one point is the grid's step.
    - ``negative_share``: area of bands that point down over the area of all (:func:`negative_share`).
    - ``vapour_share``, ``vapour_correlation``: signed height of the highest vapour line, and how well
      the narrow structure agrees with vapour (:func:`vapour_fit`).
    - ``co2_share``: signed extreme of the CO2 doublet over the line between its feet.
    - ``fringe_share``, ``fringe_period_cm1``: amplitude and period of interference (:func:`fringes`).
    - ``baseline_share``: highest minus lowest point of the baseline (:func:`robust_baseline`).
    - ``phase_deg``: 0 for bands that absorb, near 90 or -90 for the shape of a derivative, as total reflection and
      strong dispersion make them, 180 for bands upside down (:func:`phase`).

    Args:
        absorbance: on the study's grid, shape (spectrum, wavenumber); NaN where not measured.
        wavenumber: evenly spaced, cm^-1, shape (wavenumber,).
        valid: which values were measured, shape (spectrum, wavenumber) or (wavenumber,); all if None.
        vapour: water vapour on the same grid, see :func:`vapour_spectrum`, shape (wavenumber,).

    Returns:
        One row per spectrum, columns ``MEASURES``. NaN: too little was measured, of the spectrum or of the
        window, or the grid lacks the window, or (all but the first two and the highest) the spectrum is constant.

    Raises:
        ValueError: shapes do not fit, or the grid is uneven or shorter than ten points.
    """
    absorbance = np.asarray(absorbance, dtype=float)
    check_shapes(absorbance, wavenumber, vapour)
    known = np.isfinite(absorbance)
    if valid is not None:
        known &= np.asarray(valid, dtype=bool)
    columns = {name: np.full(len(absorbance), np.nan) for name in MEASURES}
    columns["measured_share"] = known.mean(axis=1)
    enough = np.flatnonzero(columns["measured_share"] >= FEWEST)
    filled = fill_gaps(absorbance[enough], known[enough], wavenumber)
    high, low = filled.max(axis=1), filled.min(axis=1)
    level = np.maximum(np.abs(high), np.abs(low))
    columns["highest_absorbance"][enough] = high
    columns["variation"][enough] = (high - low) / np.where(level > 0, level, 1.0)
    varied = columns["variation"][enough] > TINY
    rows = enough[varied]
    if len(rows):
        scaled = (filled[varied] - low[varied, None]) / (high - low)[varied, None]
        for name, values in measures_of(scaled, wavenumber, known[rows], vapour).items():
            columns[name][rows] = values
    return pd.DataFrame(columns, columns=list(MEASURES))


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
            period = value["fringe_period_cm1"][row]
            reasons[row].append(sentence.format(value=value[name][row], limit=limit, period=period))
    return ["; ".join(sentences) for sentences in reasons]


def vapour_spectrum(bands: pd.DataFrame, wavenumber: np.ndarray) -> np.ndarray:
    """Return water vapour as a spectrum shows it that was resampled to an even grid, shape (wavenumber,).

    Its lines are as narrow as a cell: sampled at the grid's points alone, their heights would depend on where
    the points happen to lie.

    Args:
        bands: the band table, see :func:`ftirmix.bands.read_bands`.
        wavenumber: evenly spaced, cm^-1.
    """
    fine = np.arange(wavenumber[0] - 10.0, wavenumber[-1] + 10.0, 0.5)
    return resample(fine, material_spectrum(bands, VAPOUR, fine), wavenumber)


def check_shapes(absorbance: np.ndarray, wavenumber: np.ndarray, vapour: np.ndarray) -> None:
    """Raise ValueError unless all three belong to one even grid of ten points or more."""
    check_grid(wavenumber)
    steps = np.diff(wavenumber)
    if len(wavenumber) < 10 or np.ptp(steps) > 1e-6 * steps[0]:
        raise ValueError("the wavenumber grid must be even and have at least ten points; resample the spectra first")
    if absorbance.ndim != 2 or absorbance.shape[1] != len(wavenumber):
        raise ValueError(f"absorbance has shape {absorbance.shape}, expected (spectrum, {len(wavenumber)})")
    if vapour.shape != wavenumber.shape:
        raise ValueError(f"vapour has shape {vapour.shape}, expected {wavenumber.shape}: make it on the same grid")


def measures_of(
    scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray, vapour: np.ndarray
) -> dict[str, np.ndarray]:
    """Measure spectra without gaps that were scaled to a range from zero to one; see :func:`measure_quality`.

    Args:
        scaled: shape (spectrum, wavenumber).
        wavenumber: shape (wavenumber,).
        known: which values were measured and not filled, shape (spectrum, wavenumber).
        vapour: shape (wavenumber,).
    """
    baseline = robust_baseline(scaled)
    bands = scaled - baseline
    outside = known & ~within(wavenumber, CO2_WINDOW_CM1)
    height = np.maximum(quantile(np.abs(bands), outside, 0.99), TINY)
    top = np.where(outside, scaled, -np.inf).max(axis=1) - 1e-6 * height
    noise = noise_of(scaled, known)
    vapour_height, vapour_correlation = vapour_fit(scaled, wavenumber, known, vapour)
    amplitude, period = fringes(scaled, wavenumber, known)
    step = float(wavenumber[1] - wavenumber[0])
    return {
        "noise_share": noise / height,
        "flat_top_cm1": longest_run(outside & (scaled >= top[:, None])) * step,
        "negative_share": negative_share(bands, noise, outside),
        "vapour_share": vapour_height / height,
        "vapour_correlation": vapour_correlation,
        "co2_share": co2_height(scaled, wavenumber, known) / height,
        "fringe_share": amplitude / height,
        "fringe_period_cm1": period,
        "baseline_share": np.ptp(baseline, axis=1) / height,
        "phase_deg": phase(np.where(outside, bands, 0.0)),
    }


def within(wavenumber: np.ndarray, window: tuple[float, float]) -> np.ndarray:
    """Say which points lie in a window, ends included, shape (wavenumber,)."""
    return (wavenumber >= window[0]) & (wavenumber <= window[1])


def unknown_of(known: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Say in which spectra too little of the ``places`` was measured, shape (spectrum,)."""
    return known[:, places].mean(axis=1) < FEWEST


def fill_gaps(absorbance: np.ndarray, known: np.ndarray, wavenumber: np.ndarray) -> np.ndarray:
    """Draw straight lines over what was not measured; end values are repeated. Same shape."""
    filled = absorbance.copy()
    for row in np.flatnonzero(~known.all(axis=1)):
        filled[row] = np.interp(wavenumber, wavenumber[known[row]], absorbance[row, known[row]])
    return filled


def quantile(values: np.ndarray, chosen: np.ndarray, share: float) -> np.ndarray:
    """Return the smallest chosen value of each row that at least ``share`` of them do not exceed, shape (row,).

    A row without chosen values has NaN.
    """
    ordered = np.sort(np.where(chosen, values, np.nan), axis=1)  # NaN comes last
    rank = np.maximum(np.ceil(share * chosen.sum(axis=1) - 1e-9).astype(int) - 1, 0)
    return np.take_along_axis(ordered, rank[:, None], axis=1)[:, 0]


def robust_baseline(scaled: np.ndarray) -> np.ndarray:
    """Fit the polynomial of least absolute deviations: bands, up or down, hardly pull it.

    Found by reweighted least squares, weight 1 / |deviation|, on means of three points.

    Args:
        scaled: shape (spectrum, wavenumber), range one.

    Returns:
        Same shape.

    References:
        Schlossmacher 1973, J. Am. Stat. Assoc. 68, 857 (least absolute deviations by reweighting).
    """
    points, terms = scaled.shape[1], BASELINE_DEGREE + 1
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, points), BASELINE_DEGREE)
    whole = points - points % 3
    coarse = scaled[:, :whole].reshape(len(scaled), -1, 3).mean(axis=2)
    coarse_basis = basis[:whole].reshape(-1, 3, terms).mean(axis=1)
    products = (coarse_basis[:, :, None] * coarse_basis[:, None, :]).reshape(-1, terms**2)
    weight = np.ones_like(coarse)
    for _ in range(BASELINE_ROUNDS):
        normal = (weight @ products).reshape(-1, terms, terms)
        moment = (weight * coarse) @ coarse_basis
        coefficients = np.linalg.solve(normal, moment[:, :, None])[:, :, 0]
        # A thousandth of the range is near enough: a point on the curve must not get all the weight.
        weight = 1 / np.maximum(np.abs(coarse - coefficients @ coarse_basis.T), 1e-3)
    return coefficients @ basis.T


def noise_of(scaled: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the sd of independent noise, from the median of |second differences|, shape (spectrum,).

        sd = median |a(i-1) - 2 a(i) + a(i+1)| / 0.6745 / sqrt(6)

    Bands bend fewer than half of the points. Points that were interpolated, because the instrument's own step
    is wider than the grid's, hide noise.

    References:
        Second differences: von Neumann et al. 1941, Ann. Math. Stat. 12, 153 (successive differences);
        median absolute deviation: Hampel 1974, J. Am. Stat. Assoc. 69, 383.
    """
    second = np.abs(np.diff(scaled, n=2, axis=1))
    measured = known[:, :-2] & known[:, 1:-1] & known[:, 2:]
    return quantile(second, measured, 0.5) / (MEDIAN_OF_NORMAL * SECOND_DIFFERENCE)


def longest_run(chosen: np.ndarray) -> np.ndarray:
    """Return the length of the longest run of chosen points, shape (row,)."""
    place = np.arange(1, chosen.shape[1] + 1, dtype=np.int32)
    last_before = np.maximum.accumulate(np.where(chosen, np.int32(0), place), axis=1)
    return (place - last_before).max(axis=1)


def negative_share(bands: np.ndarray, noise: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """Return the area of bands that point down over the area of all, beyond 3 sd of the noise, shape (spectrum,).

    Zero where there is none. Transmittance read as absorbance, or a background dirtier than the specimen,
    turns bands upside down.
    """
    beyond = np.where(outside, np.maximum(np.abs(bands) - 3 * noise[:, None], 0.0), 0.0)
    total = beyond.sum(axis=1)
    down = np.where(bands < 0, beyond, 0.0).sum(axis=1)
    return down / np.maximum(total, TINY)


def co2_height(scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the extreme of the CO2 doublet over the line between the means of its feet, signed, shape (spectrum,)."""
    doublet, left, right = (within(wavenumber, window) for window in (CO2_DOUBLET_CM1, *CO2_FEET_CM1))
    if not (doublet.any() and left.any() and right.any()):
        return np.full(len(scaled), np.nan)
    first, last = wavenumber[left].mean(), wavenumber[right].mean()
    below, above = scaled[:, left].mean(axis=1), scaled[:, right].mean(axis=1)
    share = (wavenumber[doublet] - first) / (last - first)
    over = scaled[:, doublet] - below[:, None] - (above - below)[:, None] * share
    extreme = np.take_along_axis(over, np.abs(over).argmax(axis=1)[:, None], axis=1)[:, 0]
    return np.where(unknown_of(known, doublet), np.nan, extreme)


def vapour_fit(
    scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray, vapour: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit water vapour to the narrow structure of the windows where it absorbs.

    Second differences of the spectrum are fitted by those of vapour, d = h v; points where a band of the specimen
    bends the spectrum more than noise and vapour do lose their weight, (1 + (r / 2 s)^2)^-2 with residual r of
    robust spread s.

    Returns:
        Height h of the highest line, signed, and the weighted correlation of d and v, each of shape (spectrum,).
    """
    parts = [np.flatnonzero(within(wavenumber, window)) for window in VAPOUR_WINDOWS_CM1]
    parts = [places for places in parts if len(places) > 2]
    if not parts or not vapour[np.concatenate(parts)].any():
        return np.full(len(scaled), np.nan), np.full(len(scaled), np.nan)
    second = np.concatenate([np.diff(scaled[:, places], n=2, axis=1) for places in parts], axis=1)
    line = np.concatenate([np.diff(vapour[places], n=2) for places in parts])
    height = np.zeros(len(scaled))
    for _ in range(VAPOUR_ROUNDS):
        left = second - height[:, None] * line
        spread = np.median(np.abs(left), axis=1, keepdims=True) / MEDIAN_OF_NORMAL + TINY
        weight = (1 + (left / (2 * spread)) ** 2) ** -2
        height = (weight * second) @ line / (weight @ line**2)
    power = (weight * second**2).sum(axis=1) * (weight @ line**2)
    correlation = (weight * second) @ line / np.sqrt(np.maximum(power, TINY**2))
    unknown = unknown_of(known, np.concatenate(parts))
    return np.where(unknown, np.nan, height), np.where(unknown, np.nan, correlation)


def fringes(scaled: np.ndarray, wavenumber: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return amplitude and period of the strongest wave that two windows without bands have in common.

    In each window waves are fitted by least squares beside a parabola; a wave counts with its smaller amplitude of
    the two, for a film's fringes run through both and a band or the diamond's residue does not.

    Returns:
        Amplitude (half of crest to trough), period in cm^-1, each of shape (spectrum,).

    References:
        Lomb 1976, Astrophys. Space Sci. 39, 447 (least-squares spectrum); a film of thickness d and refractive
        index n has the period 1 / (2 n d).
    """
    places = [np.flatnonzero(within(wavenumber, window)) for window in FREE_WINDOWS_CM1]
    if any(len(inside) < 20 for inside in places):
        return np.full(len(scaled), np.nan), np.full(len(scaled), np.nan)
    longest = max(high - low for low, high in FREE_WINDOWS_CM1)
    # Four frequencies to a resolved one, so that no wave falls between two.
    frequency = np.arange(1 / FRINGE_PERIODS_CM1[1], 1 / FRINGE_PERIODS_CM1[0], 1 / (4 * longest))
    power = [
        ((scaled[:, inside] @ waves(wavenumber[inside], frequency)) ** 2)
        .reshape(len(scaled), len(frequency), 2)
        .sum(axis=2)
        / len(inside)
        for inside in places
    ]
    shared = np.sqrt(2 * np.minimum(*power))
    period = 1 / frequency[shared.argmax(axis=1)]
    unknown = np.logical_or(*(unknown_of(known, inside) for inside in places))
    return np.where(unknown, np.nan, shared.max(axis=1)), np.where(unknown, np.nan, period)


def waves(wavenumber: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Return an orthonormal pair per frequency that spans sine and cosine but for any parabola in them.

    Returns:
        shape (wavenumber, 2 x frequency).
    """
    centred = wavenumber - wavenumber.mean()
    slow = np.linalg.qr(np.vander(centred / np.ptp(centred), 3))[0]
    angle = 2 * np.pi * frequency[:, None] * centred
    pair = np.stack([np.cos(angle), np.sin(angle)], axis=2)
    pair -= slow @ (slow.T @ pair)
    return np.linalg.qr(pair)[0].transpose(1, 0, 2).reshape(len(wavenumber), -1)


def phase(bands: np.ndarray) -> np.ndarray:
    """Return how many degrees absorption bands would be turned into dispersion to look like these, shape (spectrum,).

        b(phi) = b cos(phi) + H b sin(phi)   (H: Hilbert transform), phi of the highest third moment

    Bands that absorb stand on one side of their baseline, so of all phases theirs has the highest third moment. The
    angle is found in steps of two degrees, on every second point: no band is narrower than two. The criterion is the
    project's own; phases of lines are commonly corrected by one of this kind.
    """
    row = bands[:, ::2].astype(np.float32)
    points = row.shape[1]
    size = fft.next_fast_len(2 * points, real=True)  # twice as long: the ends do not meet
    transform = fft.rfft(row, size, axis=1)
    transform[:, 0] = 0
    turned = fft.irfft(transform * np.complex64(-1j), size, axis=1)[:, :points]
    squared, turned_squared = row * row, turned * turned
    products = ((squared, row), (squared, turned), (turned_squared, row), (turned_squared, turned))
    moments = np.stack([np.einsum("sw,sw->s", *pair) for pair in products], axis=1)
    angle = np.arange(-180.0, 180.0, 2.0)
    cosine, sine = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    terms = np.stack([cosine**3, 3 * cosine**2 * sine, 3 * cosine * sine**2, sine**3])
    return -angle[(moments @ terms).argmax(axis=1)]
