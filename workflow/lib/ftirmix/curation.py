"""Conflicts between a spectrum and its label, found by fixed rules before anything is trained."""

import numpy as np
import pandas as pd

from ftirmix.assignments import Profile, noise_around, profiles
from ftirmix.band_rules import foreign_bands, missing_bands, present_components
from ftirmix.references import Neighbours, nearest_references, support_of
from ftirmix.settings import CurationSettings
from ftirmix.spectra import Spectra
from ftirmix.splits import join_near_duplicates

FLAG_COLUMNS = [
    "spectrum", "source", "laboratory", "specimen", "label", "component", "rule", "suggested", "suspect", "evidence",
]  # fmt: skip
UNKNOWN = "unknown"
NOTHING = "none"


def flag_conflicts(spectra: Spectra, assignments: pd.DataFrame, settings: CurationSettings) -> pd.DataFrame:
    """Flag every spectrum that contradicts its label, with the evidence.

    Rules: ``blank`` (no band above the noise), ``missing_band`` (a required band is not there),
    ``foreign_band`` (all bands of another material's pattern are there), ``nearest_other`` (the
    nearest references of other laboratories support another component). A spectrum is suspect
    if it is blank, or if its bands and the references contradict the label both: either alone
    may be an additive, weathering, an unusual grade, or a gap in the references.

    The references carry labels of the same doubtful kind, so they are asked twice; the second
    time without the spectra that the first left suspect.

    Args:
        spectra: absorbance of unit maximum on an even grid, all sources together.
        assignments: assigned bands, see :func:`ftirmix.assignments.read_assignments`.
        settings: thresholds.

    Returns:
        One row per flag (``FLAG_COLUMNS``), sorted by spectrum and rule; ``suspect`` belongs to the
        spectrum and is the same in all its rows.

    Raises:
        ValueError: a spectrum id occurs twice.
    """
    table = spectra.table.reset_index(drop=True)
    if table["spectrum"].duplicated().any():
        raise ValueError(f"spectrum {table['spectrum'][table['spectrum'].duplicated()].iloc[0]!r} occurs twice")
    views = profiles(spectra, assignments, settings.smoothing_cm1, settings.chord_cm1)
    assignments = assignments.fillna({"smoothing_cm1": settings.smoothing_cm1})
    ratio = signal_to_vapour(views[settings.smoothing_cm1], settings)
    blank = ratio < settings.blank_ratio
    flags: list[tuple[int, str, str, str]] = [
        (int(row), "blank", NOTHING, f"highest band outside the water vapour is {ratio[row]:.1f} times the noise")
        for row in np.flatnonzero(blank)
    ]
    missing = missing_bands(views, table["component"], assignments)
    foreign = foreign_bands(
        views, table["component"], assignments, settings.foreign_noise_factor, settings.noise_reach_cm1
    )
    in_bands = {row for row in (*missing, *foreign) if not blank[row]}
    present = present_components(views, assignments)
    spectra = Spectra(spectra.wavenumber, spectra.absorbance, table)
    specimen = join_near_duplicates(spectra, settings.near_duplicate_cosine, settings.recorded_cosine)
    suspect = blank
    for _ in range(2):
        neighbours = nearest_references(spectra, specimen, ~suspect, settings.votes, settings.smoothing_cm1)
        against = {int(row) for row in np.flatnonzero(voted_down(neighbours, table["component"], settings) & ~blank)}
        suspect = blank.copy()
        suspect[sorted(against & in_bands)] = True
    for row in sorted(against | in_bands):
        suggested = ""
        if row in against:
            suggested = suggest(neighbours, row, table["component"][row], present, settings)
            evidence = describe(neighbours, row, table)
            flags.append((row, "nearest_other", suggested, evidence))
        if row in missing:
            flags.append((row, "missing_band", suggested, missing[row]))
        if row in foreign:
            flags.append((row, "foreign_band", suggested, foreign[row]))
    rows = [row for row, *_ in flags]
    result = table.iloc[rows].reset_index(drop=True)
    result = result.assign(
        rule=[flag[1] for flag in flags],
        suggested=[flag[2] for flag in flags],
        suspect=suspect[rows] if rows else np.empty(0, dtype=bool),
        evidence=[flag[3] for flag in flags],
    )
    return result[FLAG_COLUMNS].sort_values(["spectrum", "rule"], ignore_index=True)


def suspects(flags: pd.DataFrame) -> pd.DataFrame:
    """Gather the flags of each suspect spectrum in one row: its rules and evidence joined."""
    columns = [name for name in FLAG_COLUMNS if name not in ("rule", "evidence", "suspect")]
    found = flags[flags["suspect"].astype(bool)]
    groups = found.groupby("spectrum", sort=True)
    return groups[columns].first().reset_index(drop=True).assign(
        rules=groups["rule"].agg(", ".join).to_numpy(), evidence=groups["evidence"].agg("; ".join).to_numpy()
    )  # fmt: skip


def signal_to_vapour(view: Profile, settings: CurationSettings) -> np.ndarray:
    """Return the highest absorbance outside the vapour window over the noise inside, shape (spectrum,).

    Every organic polymer has C-H stretches or skeletal and out-of-plane bands outside the window.
    """
    low, high = settings.vapour_window_cm1
    outside = (view.wavenumber < low) | (view.wavenumber > high)
    noise = noise_around(view, *settings.vapour_noise_window_cm1)
    highest = view.smoothed[:, outside].max(axis=1, initial=0.0)
    # Published spectra that were rounded or smoothed may have no noise left at all.
    return np.divide(highest, noise, out=np.full(len(noise), np.inf), where=noise > 0)


def voted_down(neighbours: Neighbours, component: pd.Series, settings: CurationSettings) -> np.ndarray:
    """Tell for each spectrum whether the references support another component more, shape (spectrum,).

    A label that no other laboratory has is not voted down by its absence: some reference must
    be near enough to explain the spectrum.
    """
    if not neighbours.components:
        return np.zeros(len(component), dtype=bool)
    support, nearest = support_of(neighbours.cosines), neighbours.cosines[:, :, 0]
    own = component.to_numpy(object)[:, None] == np.array(neighbours.components, dtype=object)[None, :]
    has_own = (own & np.isfinite(nearest)).any(axis=1)
    supported = np.where(own, support, 0.0).max(axis=1)
    other = np.where(own, 0.0, support).max(axis=1)
    explained = np.where(own, -np.inf, nearest).max(axis=1) >= settings.stranger_cosine
    return np.where(has_own, other > supported + settings.support_margin, explained)


def ranking(neighbours: Neighbours, row: int) -> np.ndarray:
    """Order the components by support, most first; a tie keeps the alphabet."""
    return np.argsort(-support_of(neighbours.cosines[row]), kind="stable")


def suggest(
    neighbours: Neighbours, row: int, component: str, present: dict[str, np.ndarray], settings: CurationSettings
) -> str:
    """Name the best supported other component that its assigned bands allow, or ``unknown``.

    A reference that all but equals the spectrum overrules a required band hidden in noise.
    """
    for number in ranking(neighbours, row):
        candidate, near = neighbours.components[number], neighbours.cosines[row, number, 0]
        if candidate == component or near <= 0:
            continue
        if near >= settings.stranger_cosine or candidate not in present or present[candidate][row]:
            return candidate
    return UNKNOWN


def describe(neighbours: Neighbours, row: int, table: pd.DataFrame) -> str:
    """Write as one sentence the nearest references of the best supported components and of the own."""
    component = table["component"][row]

    def listed(number: int) -> str:
        pairs = zip(neighbours.cosines[row, number], neighbours.references[row, number], strict=True)
        near = [f"{cosine:.3f} ({table['laboratory'][reference]})" for cosine, reference in pairs if reference >= 0]
        return f"{neighbours.components[number]} {' and '.join(near)}"

    others = [number for number in ranking(neighbours, row) if neighbours.components[number] != component]
    own = [number for number in ranking(neighbours, row) if neighbours.components[number] == component]
    known = own and np.isfinite(neighbours.cosines[row, own[0], 0])
    ending = f"against {listed(own[0])}" if known else f"no other laboratory has {component}"
    return f"nearest references: {', '.join(listed(number) for number in others[:3])}; {ending}"
