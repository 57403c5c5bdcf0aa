"""The same measured spectra under each handling of the part of the axis that was not measured."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.preprocessing import preprocess, wavenumber_grid
from ftirmix.settings import PreprocessingSettings

# Handling and features of each view of the same spectra.
ZERO, REPEATED, AFTERWARDS, WINDOW = "zero", "repeated", "cut_afterwards", "window"
VIEWS = [
    (ZERO, "outside"), (ZERO, "all"), (REPEATED, "outside"), (REPEATED, "all"), (AFTERWARDS, "inside"),
    (WINDOW, "inside"),
]  # fmt: skip


@dataclass(frozen=True)
class Probed:
    """Spectra of one component, in every view.

    Attributes:
        table: columns spectrum, laboratory, specimen.
        views: absorbance by (handling, features), each of shape (spectrum, wavenumber).
    """

    table: pd.DataFrame
    views: dict[tuple[str, str], np.ndarray]


def take_measured(measured: pa.Table, spectra: pd.Series) -> pa.Table:
    """Take measured spectra by name, in the order of their names."""
    chosen = measured.filter(pa.compute.is_in(measured.column("spectrum"), pa.array(spectra, pa.string())))
    return chosen.sort_by("spectrum")


def ends(measured: pa.Table) -> pd.DataFrame:
    """Return the first and last wavenumber of each spectrum: columns spectrum, laboratory, first, last."""
    axes = [axis.values.to_numpy() for axis in measured.column("wavenumber")]
    names = measured.select(["spectrum", "laboratory"]).to_pandas()
    return names.assign(first=[float(axis[0]) for axis in axes], last=[float(axis[-1]) for axis in axes])


def laboratory_ranges(measured: pa.Table) -> pd.DataFrame:
    """Return the range of each laboratory, the median over its spectra: columns first, last, in cm^-1."""
    return ends(measured).groupby("laboratory")[["first", "last"]].median()


def whole_range(settings: PreprocessingSettings, ranges: pd.DataFrame) -> PreprocessingSettings:
    """Widen the study's window to all that any laboratory measured; end values are repeated to there.

    The grid of the window stays part of the wider grid.
    """
    step = settings.step_cm1
    below = max(0, int((settings.low_cm1 - ranges["first"].min()) // step))
    above = max(0, int((ranges["last"].max() - wavenumber_grid(settings)[-1]) // step))
    return dataclasses.replace(
        settings,
        low_cm1=settings.low_cm1 - below * step,
        high_cm1=float(wavenumber_grid(settings)[-1]) + above * step,
        tolerance_cm1=np.inf,
    )


def cut(measured: pa.Table, low: float, high: float) -> pa.Table:
    """Drop all points of measured spectra outside [low, high] cm^-1."""
    columns: dict[str, list[np.ndarray]] = {"wavenumber": [], "intensity": []}
    for axis, intensity in zip(measured.column("wavenumber"), measured.column("intensity"), strict=True):
        wavenumber = axis.values.to_numpy()
        inside = (wavenumber >= low) & (wavenumber <= high)
        columns["wavenumber"].append(wavenumber[inside])
        columns["intensity"].append(intensity.values.to_numpy()[inside])
    for name, lists in columns.items():
        field = measured.schema.field(name)
        measured = measured.set_column(measured.schema.get_field_index(name), field, [pa.array(lists, field.type)])
    return measured


def view(measured: pa.Table, settings: PreprocessingSettings, whole: PreprocessingSettings) -> Probed:
    """Preprocess measured spectra under each handling of what was not measured.

    ``zero`` and ``repeated`` are the whole range, preprocessed with repeated end values, which ``zero``
    then overwrites. ``cut_afterwards`` keeps of that what lies in the study's window. ``window``
    is what the study does: cut to the window, then preprocess. Its ``table`` has no specimens yet.

    Args:
        measured: table of ``MEASURED_SCHEMA``.
        settings: the study's.
        whole: what :func:`whole_range` returned for them.
    """
    parts = [preprocess(measured, choices).spectra for choices in (whole, settings)]
    common = sorted(set(parts[0].table["spectrum"]) & set(parts[1].table["spectrum"]))
    repeated, window = (
        part.take(pd.Index(part.table["spectrum"]).get_indexer(pd.Index(common))) for part in parts
    )  # fmt: skip
    measured_ends = ends(measured).set_index("spectrum").loc[common]
    grid = repeated.wavenumber
    inside = (grid > window.wavenumber[0] - 1e-6) & (grid < window.wavenumber[-1] + 1e-6)
    unmeasured = (grid < measured_ends[["first"]].to_numpy()) | (grid > measured_ends[["last"]].to_numpy())
    zero = np.where(unmeasured, np.float32(0), repeated.absorbance)
    views = {
        (ZERO, "outside"): zero[:, ~inside],
        (ZERO, "all"): zero,
        (REPEATED, "outside"): repeated.absorbance[:, ~inside],
        (REPEATED, "all"): repeated.absorbance,
        (AFTERWARDS, "inside"): repeated.absorbance[:, inside],
        (WINDOW, "inside"): window.absorbance,
    }
    return Probed(repeated.table[["spectrum", "laboratory"]], views)


def named(probed: Probed, specimen: pd.Series) -> Probed:
    """Attach the specimens, by spectrum."""
    table = probed.table.assign(specimen=specimen.loc[probed.table["spectrum"]].to_numpy())
    return Probed(table, probed.views)


def only(probed: Probed, laboratory: str, spectra: pd.Series) -> Probed:
    """Take one laboratory's spectra, those among ``spectra``."""
    rows = ((probed.table["laboratory"] == laboratory) & probed.table["spectrum"].isin(spectra)).to_numpy()
    return Probed(probed.table[rows].reset_index(drop=True), {key: value[rows] for key, value in probed.views.items()})
