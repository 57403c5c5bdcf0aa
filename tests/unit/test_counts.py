"""Counts of endmembers against counts by hand."""

import pandas as pd

from ftirmix.counts import COUNT_COLUMNS, cells, count_endmembers, counts_figure, counts_markdown

COMPONENTS = ["PE", "PA"]


def rows(laboratory: str, component: str, specimens: list[str], suspect: int = 0) -> list[dict]:
    """One spectrum per entry of ``specimens``, the first ``suspect`` of them in doubt."""
    return [
        {
            "spectrum": f"{laboratory}/{component}{number}",
            "laboratory": laboratory,
            "component": component,
            "specimen": f"{laboratory}/{specimen}",
            "suspect": number < suspect,
        }
        for number, specimen in enumerate(specimens)
    ]


# A: six spectra of five PE specimens, one spectrum in doubt, but a second one of its specimen is not.
# B: nine PE specimens, one in doubt; PA of two specimens, of which b0 also holds PE.
TABLE = pd.DataFrame(
    rows("A", "PE", ["a0", "a0", "a1", "a2", "a3", "a4"], suspect=1)
    + rows("B", "PE", [f"b{number}" for number in range(9)], suspect=1)
    + rows("B", "PA", ["b0", "c1"])
)


def test_counts_are_those_made_by_hand():
    counts = count_endmembers(TABLE, COMPONENTS)
    assert list(counts.columns) == COUNT_COLUMNS
    assert counts.to_numpy().tolist() == [
        ["A", "PE", 6, 5, 1, 5, 8, True],
        ["A", "PA", 0, 0, 0, 0, 2, False],
        ["B", "PE", 9, 9, 1, 8, 5, False],  # the others keep five, eight are needed
        ["B", "PA", 2, 2, 0, 2, 0, False],
    ]


def test_one_specimen_fewer_for_the_others_and_nothing_is_scored():
    fewer = TABLE[TABLE["specimen"] != "B/b8"]
    assert not count_endmembers(fewer, COMPONENTS)["scored_when_left_out"].any()


def test_sums_count_a_specimen_of_two_components_once():
    wide = cells(TABLE, COMPONENTS)
    assert wide.loc["PE"].tolist() == ["6 / 5 (1)", "9 / 9 (1)", "15 / 14 (2)"]
    assert wide.loc["PA"].tolist() == ["–", "2 / 2 (0)", "2 / 2 (0)"]
    assert wide.loc["all"].tolist() == ["6 / 5 (1)", "11 / 10 (1)", "17 / 15 (2)"]  # 9 + 2 specimens, b0 in both


def test_the_page_marks_what_is_scored_and_names_who_cannot_be_left_out():
    page = counts_markdown(TABLE, count_endmembers(TABLE, COMPONENTS), COMPONENTS)
    assert "| PE          | **6 / 5 (1)** | 9 / 9 (1)" in page
    assert "- A: PE (two are needed, so it cannot be left out)\n- B: nothing (two" in page


def test_the_figure_holds_every_cell_and_frames_what_is_scored():
    axes = counts_figure(TABLE, count_endmembers(TABLE, COMPONENTS), COMPONENTS).axes[0]
    assert {text.get_text() for text in axes.texts} >= {"6 / 5 (1)", "–", "17 / 15 (2)"}
    (frame,) = axes.patches
    assert (round(frame.get_x() + 0.47), round(frame.get_y() + 0.45)) == (0, 0)  # A, PE
