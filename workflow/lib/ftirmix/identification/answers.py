"""Answers in words and in tables: which polymers, how much of each, how sure, and who disagrees."""

import numpy as np
import pyarrow as pa

from ftirmix.identification.calibration import Judged
from ftirmix.identification.foreign import FOREIGN

# What the foreign component is called in tables.
UNKNOWN = "unknown"
STATUSES = ("identified", "plastic_and_unknown", "unknown", "poor_spectrum", "unreadable")
NEAREST = 3
# Per cent up to which a share is called traces: no validation or test mixture has less than 2 % of anything.
TRACES = 2

RESULT_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("spectrum", pa.string(), nullable=False),
        # place of a map's pixel, across and down; null where the file knows none
        pa.field("x", pa.float64()),
        pa.field("y", pa.float64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("decision", pa.string(), nullable=False),
        pa.field("nnls_answer", pa.string(), nullable=False),
        pa.field("library_answer", pa.string(), nullable=False),
        pa.field("library_hit_quality", pa.float64()),
        pa.field("disagreement", pa.bool_(), nullable=False),
        # one per component, the unknown one last; null where there is no answer
        pa.field("probability", pa.list_(pa.float32())),
        pa.field("present", pa.list_(pa.bool_())),
        pa.field("mixing_ratio", pa.list_(pa.float32())),
        pa.field("mixing_ratio_low", pa.list_(pa.float32())),
        pa.field("mixing_ratio_high", pa.list_(pa.float32())),
        # one per measure of quality; null where nothing was measured
        pa.field("quality", pa.list_(pa.float32())),
    ]
)


def component_names(components: list[str]) -> list[str]:
    """Return the components' names as tables and pages have them."""
    return [UNKNOWN if name == FOREIGN else name for name in components]


def status_of(judged: Judged) -> np.ndarray:
    """Return the status of judged spectra, shape (spectrum,)."""
    beside = judged.present[:, -1] & ~judged.unknown
    return np.where(judged.unknown, "unknown", np.where(beside, "plastic_and_unknown", "identified")).astype(object)


def words(components: list[str], ratio: np.ndarray) -> str:
    """Say what is there, e.g. ``PE with about 15 % PA``; components without a share are not there.

    Args:
        components: names; ``FOREIGN`` is called something unknown.
        ratio: shares, shape (component,).
    """
    order = [place for place in np.argsort(-ratio, kind="stable") if ratio[place] > 0]
    names = ["something unknown" if components[place] == FOREIGN else components[place] for place in order]
    if not order:
        return ""
    if len(order) == 1:
        return names[0] if components[order[0]] != FOREIGN else UNKNOWN
    shares = [rounded(ratio[place]) for place in order]
    if len(order) == 2 and shares[1] >= 100 * ABOUT_HALF:
        return f"{names[0]} and {names[1]}, about half each"
    told = [(share, name) for share, name in zip(shares[1:], names[1:], strict=True) if share > TRACES]
    traces = [name for share, name in zip(shares[1:], names[1:], strict=True) if share <= TRACES]
    parts = ["about " + " and ".join(f"{share} % {name}" for share, name in told)] if told else []
    parts += ["traces of " + " and ".join(traces)] if traces else []
    return f"{names[0]} with {' and '.join(parts)}"


def rounded(share: float) -> int:
    """Round a share to whole per cents below 10 %, else to fives: more would claim too much."""
    percent = 100 * float(share)
    return max(1, round(percent)) if percent < 9.5 else 5 * round(percent / 5)


def disagree(
    components: list[str], present: np.ndarray, ratio: np.ndarray, nnls: np.ndarray, clear: float,
    nearest: list[str], quality: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Mark spectra of which the network and the other two see different main materials.

    Unmixing disagrees if its largest share is of a component that the network did not call, or is a clear one of a
    component that the network calls a minor one; the library disagrees if its best hit, where it is a good one, is of
    a component that the network did not call.

    Args:
        components: the study's, and the foreign one behind them.
        present: called by the network, shape (spectrum, component).
        ratio: by the network, same shape.
        nnls: shares by unmixing, shape (spectrum, component).
        clear: share from which unmixing calls a component.
        nearest: component of the best hit.
        quality: of the best hit, shape (spectrum,).
    """
    rows, largest = np.arange(len(nnls)), nnls.argmax(axis=1)
    minor = (nnls[rows, largest] >= clear) & (ratio[rows, largest] < ABOUT_HALF)
    hit = np.array([components.index(name) for name in nearest])
    other = ~present[rows, hit] & (quality >= GOOD_HIT)
    return ~present[rows, largest] | minor | other


def unclear_words(components: list[str], share: np.ndarray) -> str:
    """Say what unmixing sees most of where no share is clear, e.g. ``unclear: PE 45 %, PS 40 %``."""
    order = [place for place in np.argsort(-share, kind="stable")[:2] if share[place] >= LEAST_TOLD]
    names = component_names(components)
    told = ", ".join(f"{names[place]} {rounded(share[place])} %" for place in order)
    return f"unclear: {told}" if told else "nothing clear"


# From this hit quality on a library search is commonly taken at its word (0.7 asks for a second look).
GOOD_HIT = 0.8
# Shares from which two components are about half each.
ABOUT_HALF = 0.4
# Share from which unmixing tells of a component where none is clear.
LEAST_TOLD = 0.1


def result_table(columns: dict[str, list]) -> pa.Table:
    """Lay out results, a list per column; columns that are missing are empty."""
    count = len(columns["file"])
    empty = {"answer": "", "reason": "", "decision": "", "nnls_answer": "", "library_answer": "", "disagreement": False}
    arrays = [
        pa.array(columns.get(field.name, [empty.get(field.name)] * count), type=field.type) for field in RESULT_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=RESULT_SCHEMA)


def long_table(results: pa.Table, components: list[str]) -> pa.Table:
    """Turn results into one row per spectrum and component; a spectrum without an answer has one row.

    Args:
        results: of ``RESULT_SCHEMA``.
        components: names, ``FOREIGN`` last.
    """
    names = np.array(component_names(components), dtype=object)
    answered = np.array(results.column("probability").is_valid())
    repeats = np.where(answered, len(names), 1)
    source = np.repeat(np.arange(len(repeats)), repeats)
    with_answer = np.repeat(answered, repeats)
    component = np.full(len(source), "", dtype=object)
    component[with_answer] = np.tile(names, int(answered.sum()))
    columns: dict[str, pa.Array] = {}
    for name in ("file", "spectrum"):
        columns[name] = results.column(name).take(source)
    columns["component"] = pa.array(component, pa.string())
    for name, kind in (
        ("present", pa.bool_()), ("probability", pa.float32()), ("mixing_ratio", pa.float32()),
        ("mixing_ratio_low", pa.float32()), ("mixing_ratio_high", pa.float32()),
    ):  # fmt: skip
        values = results.column(name).combine_chunks().flatten()
        places = np.full(len(source), -1)
        places[with_answer] = np.arange(len(values))
        taken = pa.array(places, pa.int64(), mask=places < 0)
        columns[name] = values.cast(kind).take(taken)
    for name in ("status", "reason"):
        columns[name] = results.column(name).take(source)
    return pa.table(columns)
