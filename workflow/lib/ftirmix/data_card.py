"""The benchmark's data card: what is in it, how to read it, how to score, what not to conclude."""

import pandas as pd

from ftirmix.published import VERSION

HEADINGS = {
    "protocol": "protocol", "fold": "fold", "subset": "set", "spectra": "spectra", "pure": "pure", "binary": "binary",
    "ternary": "ternary", "same_polymer": "same polymer", "hard_negative": "hard negatives",
    "laboratories": "laboratories", "specimens": "specimens", "endmembers": "endmembers",
    "highest_endmember_share": "most used endmember, % of spectra",
}  # fmt: skip


def data_card(
    template: str, counts: pd.DataFrame, sources: pd.DataFrame, components: list[str], said: str, grid: str
) -> str:
    """Write the data card in Markdown.

    Args:
        template: workflow/benchmark/data_card.md.
        counts: of :func:`ftirmix.benchmark.count_sets`.
        sources: columns source, laboratory, licence, citation, doi.
        components: the study's components.
        said: of :func:`ftirmix.published.verdict`.
        grid: description of the wavenumber grid.
    """
    table = counts.rename(columns=HEADINGS)
    share = HEADINGS["highest_endmember_share"]
    table[share] = (100 * table[share]).map("{:.1f}".format).replace("nan", "–")
    return template.format(
        version=VERSION,
        verdict=said,
        components=", ".join(components),
        grid=grid,
        first=components[0],
        counts=table.to_markdown(index=False),
        sources=sources.to_markdown(index=False),
    )
