"""One offline page of what was found in a laboratory's own spectra, with every spectrum inside it."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ftirmix.band_marks import GREEK
from ftirmix.identification.answers import STATUSES
from ftirmix.identification.pixels import PixelImage
from ftirmix.page_counts import COUNT_COLUMNS, check_counts, count_facts
from ftirmix.page_images import image_arrays, image_facts

WORDS = ("file", "spectrum", "answer", "status", "reason", "nnls_answer", "library_answer", "decision")
PARTICLE_COLUMNS = (*WORDS, "library_hit_quality", "disagreement")
SHARES = ("probability", "mixing_ratio", "mixing_ratio_low", "mixing_ratio_high")
PREDICTION_COLUMNS = ("row", "component", "present", *SHARES)
BAND_COLUMNS = ("component", "wavenumber", "vibration")

# Shares travel as whole numbers of this many parts; the next number up stands for "none".
PARTS = 65534
NONE = PARTS + 1
NO_PREDICTION = 255
# What the page's script is made of, in this order: the page, and the images of map files.
SCRIPTS = ("", "_images")


@dataclass(frozen=True)
class PageData:
    """What the page shows.

    Attributes:
        title: of the page.
        wavenumber: ascending grid, cm^-1, shape (wavenumber,).
        components: names of the components that the model offers.
        particles: one row per spectrum, ``PARTICLE_COLUMNS``; hit quality 0-1 or NaN.
        predictions: one row per spectrum and component, ``PREDICTION_COLUMNS``; ``row`` is a
            position in ``particles``; none for poor spectra and those that could not be read.
        absorbance: of unit maximum, shape (spectrum, wavenumber); preprocessed, but as read where there are no
            predictions; rows of NaN where there is nothing to draw.
        library: reference spectra of the unmixing, shape (entry, wavenumber).
        library_component: position in ``components`` of each entry, shape (entry,).
        coefficients: non-negative, mostly zero, shape (spectrum, entry).
        maps: signed attribution maps, shape (map, position); may be empty; those of components found are shown.
        map_row: spectrum of each map, shape (map,).
        map_component: component of each map, shape (map,).
        map_wavenumber: centres of the map's positions, ascending, cm^-1, shape (position,).
        nearest: rows of ``references`` that are most like each spectrum, best first, -1 for none, shape (spectrum, k).
        nearest_quality: their hit qualities, same shape.
        references: library spectra of the search, shape (reference, wavenumber).
        reference_names: a name for each.
        bands: assigned bands, ``BAND_COLUMNS``, cm^-1.
        facts: what the answers rest on, name to text.
        notes: sentences for the top of the page.
        images: of map files; the last of ``components`` is the unknown one there.
        pixel: image and place in it of each spectrum, -1 for what is on none, shape (spectrum, 2).
        counts: of all spectra, of which the page may show a part, ``COUNT_COLUMNS``, as
            :func:`ftirmix.identification.gathering.gather` gives them; None to count what is shown.

    Raises:
        ValueError: parts do not fit each other.
    """

    title: str
    wavenumber: np.ndarray
    components: list[str]
    particles: pd.DataFrame
    predictions: pd.DataFrame
    absorbance: np.ndarray
    library: np.ndarray
    library_component: np.ndarray
    coefficients: np.ndarray
    maps: np.ndarray
    map_row: np.ndarray
    map_component: np.ndarray
    map_wavenumber: np.ndarray
    nearest: np.ndarray
    nearest_quality: np.ndarray
    references: np.ndarray
    reference_names: list[str]
    bands: pd.DataFrame
    facts: dict[str, str]
    notes: list[str]
    images: list[PixelImage] = field(default_factory=list)
    pixel: np.ndarray = field(default_factory=lambda: np.empty((0, 2), dtype=int))
    counts: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        check_columns(self)
        if self.counts is not None:
            check_counts(self.counts, self.components, len(self.particles))
        check_shapes(self)
        check_places(self)


def check_columns(data: PageData) -> None:
    """Raise ValueError unless the tables have their columns, known statuses and known components."""
    wanted = {"particles": PARTICLE_COLUMNS, "predictions": PREDICTION_COLUMNS, "bands": BAND_COLUMNS}
    if data.counts is not None:
        wanted["counts"] = COUNT_COLUMNS
    for name, columns in wanted.items():
        missing = [column for column in columns if column not in getattr(data, name)]
        if missing:
            raise ValueError(f"{name} lacks column {missing[0]!r}; it needs {', '.join(columns)}")
    unknown = sorted(set(data.particles["status"]) - set(STATUSES))
    if unknown:
        raise ValueError(f"particles: status {unknown[0]!r} is not one of {', '.join(STATUSES)}")
    for name in ("predictions", "bands"):
        strange = sorted(set(getattr(data, name)["component"]) - set(data.components))
        if strange:
            raise ValueError(f"{name}: component {strange[0]!r} is not one of {', '.join(data.components)}")
    if data.predictions.duplicated(["row", "component"]).any():
        twice = data.predictions[data.predictions.duplicated(["row", "component"])].iloc[0]
        raise ValueError(f"predictions: row {twice['row']} has component {twice['component']!r} twice; keep one")


def check_shapes(data: PageData) -> None:
    """Raise ValueError unless every array has the shape that the others ask of it."""
    spectra, points = len(data.particles), len(data.wavenumber)
    shapes = {
        "absorbance": (spectra, points),
        "library": (len(data.library_component), points),
        "coefficients": (spectra, len(data.library_component)),
        "maps": (len(data.map_row), len(data.map_wavenumber)),
        "map_component": (len(data.map_row),),
        "nearest_quality": data.nearest.shape,
        "references": (len(data.reference_names), points),
    }
    for name, shape in shapes.items():
        found = getattr(data, name).shape
        if found != shape:
            raise ValueError(f"{name} has shape {found}, the rest of the page asks for {shape}")
    if data.nearest.ndim != 2 or len(data.nearest) != spectra:
        raise ValueError(f"nearest has shape {data.nearest.shape}, the page asks for one row for each of {spectra}")
    if data.images and data.pixel.shape != (spectra, 2):
        raise ValueError(f"pixel has shape {data.pixel.shape}, the page asks for ({spectra}, 2)")
    for name in ("wavenumber", "map_wavenumber"):
        if not np.all(np.diff(getattr(data, name)) > 0):
            raise ValueError(f"{name} must ascend strictly")


def check_places(data: PageData) -> None:
    """Raise ValueError if a position points outside what it points into, or a coefficient is negative."""
    spectra, components = len(data.particles), len(data.components)
    ends = {
        "library_component": (data.library_component, 0, components),
        "map_row": (data.map_row, 0, spectra),
        "map_component": (data.map_component, 0, components),
        "nearest": (data.nearest, -1, len(data.reference_names)),
        "predictions' row": (data.predictions["row"].to_numpy(), 0, spectra),
    }
    for name, (places, first, end) in ends.items():
        wrong = places[(places < first) | (places >= end)]
        if wrong.size:
            raise ValueError(f"{name}: {wrong[0]} is not between {first} and {end - 1}")
    if (data.coefficients < 0).any():
        raise ValueError(f"coefficients must not be negative; the lowest is {np.nanmin(data.coefficients):.3g}")


@dataclass(frozen=True)
class Quantised:
    """Rows as whole numbers, each row on a scale of its own.

    Attributes:
        values: int16 or int8, shape (row, column).
        scale: value of one step, float32, shape (row,); NaN for a row that holds nothing.
    """

    values: np.ndarray
    scale: np.ndarray


def quantised(rows: np.ndarray, kind: type[np.signedinteger], name: str) -> Quantised:
    """Round each row to whole steps of its largest magnitude.

    A restored value is off by half a step at most: by 1/65,534 of the row's largest magnitude as
    int16, which no screen can show, and by 1/254 as int8.

    Args:
        rows: shape (row, column); a row is finite or NaN throughout.
        kind: ``np.int16`` or ``np.int8``.
        name: of what is rounded, for the message.

    Raises:
        ValueError: a row has some values that are not finite.
    """
    finite = np.isfinite(rows)
    empty = np.isnan(rows).all(axis=1)
    spoilt = np.flatnonzero(~finite.all(axis=1) & ~empty)
    if len(spoilt):
        count = int((~finite[spoilt[0]]).sum())
        raise ValueError(
            f"{name}, row {spoilt[0]}: {count} of {rows.shape[1]} values are not finite; give numbers or only NaN"
        )
    whole = np.where(finite, rows, 0).astype(np.float64)
    scale = (np.abs(whole).max(axis=1, initial=0.0) / np.iinfo(kind).max).astype(np.float32)
    steps = np.where(scale > 0, scale, 1).astype(np.float64)[:, None]
    limit = np.iinfo(kind).max
    values = np.clip(np.rint(whole / steps), -limit, limit).astype(kind)
    return Quantised(values, np.where(empty, np.float32(np.nan), scale))


def restored(rows: Quantised) -> np.ndarray:
    """Return rows as the browser restores them, float32, shape (row, column)."""
    return rows.values.astype(np.float32) * rows.scale[:, None]


def parts(share: np.ndarray, name: str) -> np.ndarray:
    """Turn shares of one into uint16, ``NONE`` where there is none.

    Raises:
        ValueError: a share lies outside 0 to 1.
    """
    wrong = share[(share < -1e-6) | (share > 1 + 1e-6)]
    if wrong.size:
        raise ValueError(f"predictions: {name} {wrong[0]:.4g} is not between 0 and 1")
    return np.where(np.isnan(share), NONE, np.rint(np.clip(np.nan_to_num(share), 0, 1) * PARTS)).astype(np.uint16)


def prediction_arrays(data: PageData) -> dict[str, np.ndarray]:
    """Lay the predictions out as spectrum by component."""
    rows = data.predictions["row"].to_numpy(int)
    places = (
        data.predictions["component"].map({name: place for place, name in enumerate(data.components)}).to_numpy(int)
    )
    shape = (len(data.particles), len(data.components))
    present = np.full(shape, NO_PREDICTION, dtype=np.uint8)
    present[rows, places] = data.predictions["present"].to_numpy(bool)
    shares = np.full((shape[0], shape[1] * len(SHARES)), NONE, dtype=np.uint16)
    for offset, name in enumerate(SHARES):
        shares[rows, places * len(SHARES) + offset] = parts(data.predictions[name].to_numpy(float), name)
    return {"present": present, "shares": shares}


def page_arrays(data: PageData) -> dict[str, np.ndarray]:
    """Collect the arrays of the page.

    Library and reference spectra that no spectrum uses, and maps of components that were not found, stay out.
    """
    predicted = prediction_arrays(data)
    coefficients = np.nan_to_num(data.coefficients)
    used = np.flatnonzero((coefficients > 0).any(axis=0))
    row, entry = np.nonzero(coefficients[:, used])
    shown = np.unique(data.nearest[data.nearest >= 0])
    renumbered = np.searchsorted(shown, data.nearest)
    order = np.lexsort((data.map_component, data.map_row))
    map_row, map_component = data.map_row.astype(int), data.map_component.astype(int)
    order = order[predicted["present"][map_row[order], map_component[order]] == 1]
    arrays = {
        "coefficient_row": row.astype(np.uint32),
        "coefficient_entry": entry.astype(np.uint32),
        "coefficient": coefficients[:, used][row, entry].astype(np.float32),
        "library_component": data.library_component[used].astype(np.uint8),
        "map_row": map_row[order].astype(np.uint32),
        "map_component": map_component[order].astype(np.uint8),
        "nearest": np.where(data.nearest >= 0, renumbered, -1).astype(np.int32),
        "nearest_quality": data.nearest_quality.astype(np.float32),
        **predicted,
        **image_arrays(data.images, data.pixel),
    }
    rounded = {
        "absorbance": quantised(data.absorbance, np.int16, "absorbance"),
        "library": quantised(data.library[used], np.int16, "library"),
        "references": quantised(data.references[shown], np.int16, "references"),
        "maps": quantised(data.maps[order], np.int8, "maps"),
    }
    for name, rows in rounded.items():
        arrays |= {name: rows.values, f"{name}_scale": rows.scale}
    return arrays


def packed(array: np.ndarray) -> str:
    """Write an array as base64 of its little-endian bytes."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).tobytes()).decode("ascii")


def words(column: pd.Series) -> dict[str, Any]:
    """Write a column of texts as its different texts and each row's position among them."""
    codes, texts = pd.factorize(column.fillna("").astype(str))
    return {"texts": list(texts), "codes": codes.tolist()}


def numbers(values: np.ndarray) -> list[float | None]:
    """Write numbers to four decimals, nothing for NaN: JSON has no NaN."""
    return [round(float(value), 4) if np.isfinite(value) else None for value in values]


def vibration_marks(vibration: str) -> str:
    """Write ``nu_as CH2`` with a Greek letter and lowered indices, ``ν_{as} CH_{2}``, as the page's script reads it."""
    text = vibration.replace("#", "≡")
    symbol = rf"\b({'|'.join(GREEK)})(?:_(\w+))?(?=[ (])"
    text = re.sub(symbol, lambda found: GREEK[found[1]] + (f"_{{{found[2]}}}" if found[2] else ""), text)
    # Numbers of atoms only: PA6 is the name of a polymer.
    return re.sub(r"(?<=[CFHNO)])(\d+)\b", r"_{\1}", text)


def page_facts(data: PageData, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Collect all that the page's script reads besides the arrays."""
    shown = np.unique(data.nearest[data.nearest >= 0])
    particles: dict[str, Any] = {name: words(data.particles[name]) for name in WORDS}
    particles["library_hit_quality"] = numbers(data.particles["library_hit_quality"].to_numpy(float))
    particles["disagreement"] = data.particles["disagreement"].to_numpy(bool).astype(int).tolist()
    bands = data.bands[list(BAND_COLUMNS)].sort_values(["component", "wavenumber"])
    return {
        "title": data.title,
        "spectra": len(data.particles),
        "counts": None if data.counts is None else count_facts(data.counts, data.components),
        "components": list(data.components),
        "statuses": list(STATUSES),
        "wavenumber": numbers(data.wavenumber),
        "map_wavenumber": numbers(data.map_wavenumber),
        "reference_names": [str(data.reference_names[place]) for place in shown],
        "bands": [
            [data.components.index(component), float(wavenumber), vibration_marks(str(vibration))]
            for component, wavenumber, vibration in bands.itertuples(index=False)
        ],
        "particles": particles,
        "parts": PARTS,
        **image_facts(data.images, list(data.components)),
        "arrays": {name: {"kind": array.dtype.name, "shape": array.shape} for name, array in arrays.items()},
    }


def harmless_json(value: Any) -> Markup:
    """Write JSON that cannot end the element it stands in, whatever the texts hold.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def source_hash(text: str) -> str:
    """Return the content security policy's word for one inlined script or style sheet."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") + "'"


def identification_html(data: PageData, template: Path) -> str:
    """Write the page, one file that fetches nothing.

    Args:
        data: what it shows.
        template: Jinja template, its scripts and its style sheet beside it under the same stem.

    Raises:
        ValueError: a spectrum, map, reference or share holds what cannot be drawn.
    """
    arrays = page_arrays(data)
    stem = template.name.removesuffix(".html.j2")
    script = "\n".join(template.with_name(f"{stem}{part}.js").read_text(encoding="utf-8") for part in SCRIPTS)
    style = template.with_name(f"{stem}.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(template.name).render(
        title=data.title,
        notes=data.notes,
        facts=data.facts,
        shown=harmless_json(page_facts(data, arrays)),
        arrays={name: Markup(packed(array)) for name, array in arrays.items()},
        script=Markup(script),
        style=Markup(style),
        script_hash=Markup(source_hash(script)),
        style_hash=Markup(source_hash(style)),
    )
