"""Gather from the shards what the page of identified spectra shows."""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.identification.answers import RESULT_SCHEMA, component_names, long_table
from ftirmix.identification.evidence import EVIDENCE_SCHEMA, POINTS_PER_POSITION, position_wavenumbers
from ftirmix.identification.pixels import PixelImage
from ftirmix.identification.shown import Shown, shown_of
from ftirmix.identification.storage import Description
from ftirmix.identification_page import PARTICLE_COLUMNS, PageData
from ftirmix.page_images import pixels_of
from ftirmix.tables import read_parquet


def read_shown(results: list[Path], evidence: list[Path], left_out: pa.Table, most: int) -> Shown:
    """Read what is shown of all shards, and of what was left out, in order."""
    unjudged = -(-most // max(len(results), 1))
    parts = [
        shown_of(read_parquet(result, RESULT_SCHEMA), read_parquet(proof, EVIDENCE_SCHEMA), unjudged)
        for result, proof in zip(results, evidence, strict=True)
    ]
    room = max(most - sum(part.results.num_rows for part in parts), 0)
    parts.append(Shown(left_out.slice(0, room), EVIDENCE_SCHEMA.empty_table()))
    offsets = np.cumsum([0, *(part.results.num_rows for part in parts)])
    moved = [
        part.evidence.set_column(
            0, EVIDENCE_SCHEMA.field("row"), pa.array(part.evidence.column("row").to_numpy() + offset, pa.int64())
        )
        for part, offset in zip(parts, offsets, strict=False)
    ]
    return Shown(pa.concat_tables([part.results for part in parts]), pa.concat_tables(moved))


def page_data(
    title: str, shown: Shown, total: int, identifier: Description, assignments: pd.DataFrame, facts: dict[str, str],
    images: list[PixelImage], counts: pd.DataFrame | None = None,
) -> PageData:  # fmt: skip
    """Lay out the page.

    Args:
        title: of the page.
        shown: what is shown.
        total: number of all spectra, shown or not.
        identifier: that answered.
        assignments: table of band assignments.
        facts: what the answers rest on, beside what the identifier says of itself.
        images: of map files, thinned for a page.
        counts: of all spectra, shown or not, as :func:`ftirmix.identification.gathering.gather` gives them; without
            them, what is shown is counted.
    """
    components = component_names(identifier.components)
    library = identifier.library
    count, points = shown.results.num_rows, len(library.wavenumber)
    evidence, rows = shown.evidence, shown.evidence.column("row").to_numpy()
    absorbance = np.full((count, points), np.nan, dtype=np.float32)
    coefficients = np.zeros((count, len(library.name)), dtype=np.float32)
    nearest = evidence.column("nearest").to_pylist()
    width = len(nearest[0]) if nearest else 0
    near, quality = np.full((count, width), -1), np.full((count, width), np.nan)
    if len(rows):
        absorbance[rows] = matrix(evidence, "absorbance")
        coefficients[rows] = matrix(evidence, "coefficients")
        near[rows], quality[rows] = np.array(nearest), matrix(evidence, "nearest_quality")
    map_component = evidence.column("map_component").to_pylist()
    positions = points // POINTS_PER_POSITION
    maps = evidence.column("maps").combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, positions)
    particles = shown.results.select(list(PARTICLE_COLUMNS)).to_pandas()
    x, y = (shown.results.column(name).to_pandas().to_numpy(float) for name in ("x", "y"))
    middle = (assignments["low_cm1"] + assignments["high_cm1"]) / 2
    bands = assignments[assignments["role"] == "required"].assign(wavenumber=middle)
    return PageData(
        title=title,
        wavenumber=library.wavenumber,
        components=components,
        particles=particles,
        predictions=prediction_rows(shown.results, identifier.components),
        absorbance=absorbance,
        library=library.absorbance,
        library_component=np.array([identifier.components.index(name) for name in library.component]),
        coefficients=coefficients,
        maps=maps,
        map_row=np.repeat(rows, [len(part) for part in map_component]),
        map_component=np.array([place for part in map_component for place in part], dtype=int),
        map_wavenumber=position_wavenumbers(library.wavenumber),
        nearest=near,
        nearest_quality=quality,
        references=library.absorbance,
        reference_names=library.name,
        bands=bands[bands["component"].isin(components)][["component", "wavenumber", "vibration"]],
        facts=facts,
        notes=notes(count, total, images),
        images=images,
        pixel=pixels_of(images, particles["file"].to_numpy(), x, y),
        counts=counts,
    )


def facts_of(identifier: Description, where: str) -> dict[str, str]:
    """Say what the answers of an identifier to the spectra at ``where`` rest on, name to text."""
    about, calibration = identifier.about, identifier.calibration
    return {
        "Spectra": where,
        "Network": f"{about['architecture']}, trained on {about['training_spectra']} spectra of "
        f"{', '.join(about['laboratories'])} and {about['foreign_spectra']} of foreign materials",
        "Window": f"{identifier.preprocessing.low_cm1:g} to {identifier.preprocessing.high_cm1:g} cm-1",
        "Thresholds": "; ".join(
            f"{name} logit {value:.2f}"
            for name, value in zip(calibration.components, calibration.threshold, strict=True)
        )
        + f"; unknown above novelty {calibration.unknown_above:.2f}, or where no polymer reaches its own",
        "How good it is": "workflow/pretrained/card.md",
        "Versions": f"ftirmix {version('ftirmix')}, torch {version('torch')}",
    }


def prediction_rows(results: pa.Table, components: list[str]) -> pd.DataFrame:
    """Return predictions with the row of their spectrum; spectra without an answer have none."""
    answered = np.flatnonzero(np.array(results.column("probability").is_valid()))
    long = long_table(results.take(answered), components).to_pandas()
    return long.assign(row=np.repeat(answered, len(components))).drop(columns=["file", "spectrum", "status", "reason"])


def matrix(table: pa.Table, name: str) -> np.ndarray:
    """Return a list column of equal lengths as a matrix."""
    return table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(table.num_rows, -1)


def notes(shown: int, total: int, images: list[PixelImage]) -> list[str]:
    """Say what has to be known before reading."""
    lines = [
        "Shares are shares of peak height, not mass per cent; their intervals hold the truth in nine of ten cases of "
        "composed mixtures.",
        "Unknown means: like none of the polymers that the network knows. The nearest reference is a hint, no answer.",
    ]
    if shown < total:
        lines.insert(
            0,
            f"{shown:,} of {total:,} spectra are shown, evenly chosen. The counts of polymers and outcomes are of all "
            f"{total:,}; predictions.csv holds all.",
        )
    without = sum(not image.code.size for image in images)
    if without:
        lines.append(f"{without:,} of {len(images):,} maps are too much for one page; their pictures are in maps/.")
    return lines
