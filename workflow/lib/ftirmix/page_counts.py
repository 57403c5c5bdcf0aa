"""The counts of all spectra that a page of identified ones tells, of which it may show a part."""

from typing import Any

import pandas as pd

from ftirmix.identification.answers import STATUSES
from ftirmix.identification.gathering import COMPARED, DIFFERING, MIXED

COUNT_COLUMNS = ("kind", "name", "spectra", "main")


def check_counts(counts: pd.DataFrame, components: list[str], shown: int) -> None:
    """Raise ValueError if a count is missing, or fewer spectra were counted than are shown.

    Args:
        counts: ``COUNT_COLUMNS``, as :func:`ftirmix.identification.gathering.gather` gives them.
        components: names of the page.
        shown: number of spectra on it.
    """
    wanted = [("status", name) for name in STATUSES] + [("component", name) for name in components]
    wanted += [MIXED, COMPARED, DIFFERING]
    counted = set(zip(counts["kind"], counts["name"], strict=True))
    missing = [pair for pair in wanted if pair not in counted]
    if missing:
        raise ValueError(f"counts lack {missing[0][0]} {missing[0][1]!r}")
    total = int(counts["spectra"][counts["kind"] == "status"].sum())
    if total < shown:
        raise ValueError(f"counts are of {total} spectra, fewer than the {shown} that are shown")


def count_facts(counts: pd.DataFrame, components: list[str]) -> dict[str, Any]:
    """Collect the counts in the order of statuses and components; arguments as of :func:`check_counts`."""
    by_name = counts.set_index(["kind", "name"])
    spectra, pairs = by_name["spectra"], [("component", name) for name in components]
    mixed, compared, differing = (int(spectra[pair]) for pair in (MIXED, COMPARED, DIFFERING))
    return {
        "status": [int(spectra["status", name]) for name in STATUSES],
        "any": [int(spectra[pair]) for pair in pairs],
        "main": [int(by_name["main"][pair]) for pair in pairs],
        "mixed": mixed,
        "compared": compared,
        "differing": differing,
    }
