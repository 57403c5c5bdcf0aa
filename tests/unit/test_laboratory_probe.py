"""A signature of the range is found where there is one, and only there."""

import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from ftirmix import laboratory_probe
from ftirmix.laboratory_probe import (
    CUT_VIEWS,
    PROBE_COLUMNS,
    balanced_accuracy,
    choose_component,
    choose_spectra,
    folds_of,
    probe,
    probe_cut,
    probe_laboratories,
)
from ftirmix.laboratory_probe_page import probe_figure, probe_markdown
from ftirmix.laboratory_views import VIEWS, Probed, cut, laboratory_ranges, view, whole_range
from ftirmix.preprocessing import wavenumber_grid
from ftirmix.settings import PreprocessingSettings, StatisticsSettings
from ftirmix.spectra import MEASURED_SCHEMA

SETTINGS = PreprocessingSettings(680.0, 3168.0, 8.0, 8.0, (2280.0, 2400.0), "none", 1e5)
STATISTICS = StatisticsSettings(replicates=200, level=0.95, seed=1)
SHORT = (660.0, 3180.0)
LONG = (400.0, 4000.0)


def measured(laboratories: dict[str, tuple[int, tuple[float, float]]], repeats: int = 1) -> pa.Table:
    """Spectra of two bands under noise; laboratories differ in their range and in nothing else.

    Args:
        laboratories: number of specimens and range, by name.
        repeats: spectra of each specimen.
    """
    rng = np.random.default_rng(5)
    rows = []
    for laboratory, (specimens, (low, high)) in laboratories.items():
        axis = np.arange(low, high + 1, 4.0)
        for number in range(specimens):
            for repeat in range(repeats):
                name = f"{laboratory}/{number}"
                # One band in the window, and a low broad one above 3180 cm-1, as of O-H.
                band = np.exp(-(((axis - 1465) / 20) ** 2)) + 0.05 * np.exp(-(((axis - 3500) / 100) ** 2))
                rows.append(
                    {
                        "spectrum": f"{name}.{repeat}", "source": laboratory, "laboratory": laboratory,
                        "specimen": name, "label": "PE", "component": "PE", "condition": "reference",
                        "wavenumber": axis, "intensity": band + 0.1 + rng.normal(0, 0.01, len(axis)),
                        "unit": "absorbance",
                    }
                )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=MEASURED_SCHEMA)


def endmembers(table: pa.Table) -> pd.DataFrame:
    names = table.select(["spectrum", "laboratory", "component", "specimen"]).to_pandas()
    return names.assign(suspect=False)


def run(table: pa.Table, settings: PreprocessingSettings = SETTINGS) -> pd.DataFrame:
    return probe(table, endmembers(table), ["PE"], settings, STATISTICS)


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    """Fewer draws than in a study, for time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laboratory_probe, "DRAWS", 6)
        yield


@pytest.fixture(scope="module")
def two(few_draws):
    """Two laboratories that differ in their range only, and one of too few specimens."""
    return run(measured({"long": (30, LONG), "short": (30, SHORT), "tiny": (9, LONG)}))


def figure_of(table, test, handling, features):
    keys = ["test", "handling", "features"]
    (row,) = table[(table[keys] == [test, handling, features]).all(axis=1)].to_dict("records")
    return row


@pytest.mark.parametrize("test", ["cut", "laboratories"])
@pytest.mark.parametrize("handling", ["zero", "repeated"])
def test_a_signature_at_the_ends_is_found_without_handling(two, test, handling):
    assert figure_of(two, test, handling, "all")["value"] > 0.97


@pytest.mark.parametrize("test", ["cut", "laboratories"])
def test_nothing_is_found_in_the_window(two, test):
    row = figure_of(two, test, "window", "inside")
    assert row["low"] < 0.5 < row["high"] and row["chance"] == 0.5


def test_the_cut_changes_nothing_in_the_window_and_much_outside(two):
    assert figure_of(two, "cut", "window", "inside")["largest_difference"] < 1e-6
    # 0.1 of offset and 0.05 of a band, of a maximum of 1.1, became zero, with their noise.
    assert 0.13 < figure_of(two, "cut", "zero", "all")["largest_difference"] < 0.18


def test_who_is_left_out_is_listed_with_its_reason(two):
    left_out = two[two["value"].isna()].set_index(["test", "laboratory"])
    assert left_out.loc[("cut", "tiny"), "reason"] == "has 9 specimens, 10 are needed"
    assert left_out.loc[("laboratories", "tiny"), "n_specimens"] == 9
    assert left_out.loc[("cut", "short"), "reason"].startswith("measured 660 to 3180 cm-1")
    assert len(left_out) == 3


def test_a_table_has_the_agreed_columns_and_rows(two):
    assert list(two.columns) == PROBE_COLUMNS and set(two["component"]) == {"PE"}
    scored = two[two["value"].notna()]
    for test, views in (("laboratories", VIEWS), ("cut", CUT_VIEWS)):
        rows = scored[scored["test"] == test]
        assert list(zip(rows["handling"], rows["features"], strict=True)) == views


def constant_but_for_the_ends(repeats: int = 1) -> Probed:
    table = pd.DataFrame({"laboratory": ["A", "B"] * 15, "specimen": [f"s{number}" for number in range(30)]})
    table = table.loc[table.index.repeat(repeats)].reset_index(drop=True)
    inside = np.ones((len(table), 4), np.float32)
    end = (table["laboratory"] == "A").to_numpy(np.float32)[:, None]
    return Probed(table, {("zero", "all"): np.concatenate([inside, end], axis=1), ("window", "inside"): inside})


@pytest.mark.parametrize("repeats", [1, 3])
def test_the_ends_alone_give_one_and_constants_give_a_half(repeats):
    views = [("zero", "all"), ("window", "inside")]
    ends, inside = probe_laboratories(constant_but_for_the_ends(repeats), views, STATISTICS)
    assert (ends["value"], ends["low"], ends["high"]) == pytest.approx((1, 1, 1))
    assert inside["low"] <= 0.5 <= inside["high"]
    assert (ends["n_spectra"], ends["n_specimens"], ends["n_laboratories"], ends["chance"]) == (
        30 * repeats,
        30,
        2,
        0.5,
    )


def test_a_cut_that_zeroes_one_point_is_found_in_every_draw(monkeypatch):
    monkeypatch.setattr(laboratory_probe, "CUT_VIEWS", [("zero", "all"), ("window", "inside")])
    table = pd.DataFrame({"laboratory": "A", "specimen": [f"s{number}" for number in range(30)]})
    inside = np.ones((30, 4), np.float32)
    views = [{("zero", "all"): np.insert(inside, 4, end, axis=1), ("window", "inside"): inside} for end in (0.25, 0)]
    rows = probe_cut(Probed(table, views[0]), Probed(table, views[1]), "A", STATISTICS)
    assert [row["largest_difference"] for row in rows] == [0.25, 0]
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == (1, 1, 1)
    assert rows[1]["low"] <= 0.5 <= rows[1]["high"]


@pytest.mark.parametrize("repeats", [1, 4])
def test_folds_never_share_a_specimen_and_test_every_spectrum_once(repeats):
    specimens = np.repeat([f"s{number}" for number in range(30)], repeats)
    classes = np.repeat(["A", "B"] * 15, repeats)
    folds = folds_of(classes, specimens, 3)
    for train, test in folds:
        assert not set(specimens[train]) & set(specimens[test]) and set(classes[test]) == {"A", "B"}
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(len(specimens)))


def test_the_forest_is_judged_on_these_folds():
    # Every specimen has its own value and its class is random: only a leak of specimens could tell.
    rng = np.random.default_rng(2)
    specimens = np.repeat([f"s{number}" for number in range(60)], 4)
    classes = np.repeat(rng.permutation(["A", "B"] * 30), 4)
    features = np.repeat(rng.normal(size=(60, 5)), 4, axis=0)
    table = pd.DataFrame({"laboratory": classes, "specimen": specimens})
    view_of = [("window", "inside")]
    (grouped,) = probe_laboratories(Probed(table, {view_of[0]: features}), view_of, STATISTICS)
    leaky = table.assign(specimen=[f"own{number}" for number in range(240)])
    (ungrouped,) = probe_laboratories(Probed(leaky, {view_of[0]: features}), view_of, STATISTICS)
    assert grouped["low"] < 0.5 < grouped["high"] and ungrouped["value"] > 0.9


def test_balanced_accuracy_by_hand():
    truth, called = np.array(list("AAAB")), np.array(list("AABB"))
    value, low, high = balanced_accuracy(truth, called, np.array(list("wxyz")), STATISTICS)
    assert value == pytest.approx((2 / 3 + 1) / 2) and 0.5 < low < value < high <= 1
    # The same spectra as one specimen: all right and all wrong ones weigh alike, nothing is left to vary.
    assert balanced_accuracy(truth, called, np.array(list("wwwz")), STATISTICS) == pytest.approx((value,) * 3)


def test_the_whole_range_holds_the_grid_of_the_window():
    settings = dataclasses.replace(SETTINGS, step_cm1=4.0)
    ranges = pd.DataFrame({"first": [399.2, 667.3], "last": [4000.6, 3172.4]})
    grid, window = wavenumber_grid(whole_range(settings, ranges)), wavenumber_grid(settings)
    assert (grid[0], grid[-1]) == (400, 4000) and set(window) <= set(grid)
    within = pd.DataFrame({"first": [700.0], "last": [3000.0]})  # nobody measured more than the window
    np.testing.assert_array_equal(wavenumber_grid(whole_range(settings, within)), window)


def test_a_cut_keeps_what_lies_inside_and_changes_no_input():
    table = measured({"A": (2, LONG)})
    shorter = cut(table, 500.0, 3000.0)
    assert laboratory_ranges(shorter).loc["A"].tolist() == [500, 3000]
    assert laboratory_ranges(table).loc["A"].tolist() == list(LONG) and shorter.schema == table.schema


def test_views_differ_outside_the_window_only_where_nothing_was_measured():
    table = measured({"A": (1, SHORT)})
    ranges = pd.DataFrame({"first": [LONG[0]], "last": [LONG[1]]})
    whole = whole_range(SETTINGS, ranges)
    grid = wavenumber_grid(whole)
    views = view(table, SETTINGS, whole).views
    unmeasured = (grid < SHORT[0]) | (grid > SHORT[1])
    assert (views["zero", "all"][0, unmeasured] == 0).all()
    np.testing.assert_array_equal(views["zero", "all"][0, ~unmeasured], views["repeated", "all"][0, ~unmeasured])
    assert len(set(views["repeated", "all"][0, grid > SHORT[1]])) == 1
    assert views["zero", "outside"].shape[1] + views["cut_afterwards", "inside"].shape[1] == len(grid)
    np.testing.assert_allclose(views["cut_afterwards", "inside"], views["window", "inside"], atol=1e-6)


def test_laboratories_of_one_range_leave_nothing_to_cut():
    table = run(measured({"A": (12, LONG), "B": (12, LONG)}))
    assert table["handling"].fillna("").tolist() == ["window", ""]
    assert table["reason"].tolist() == ["", "all laboratories measured 400 to 4000 cm-1: nothing is filled"]


def test_a_single_laboratory_or_none_is_no_crash():
    one = run(measured({"A": (12, LONG)}))
    assert one["value"].isna().all() and "only one laboratory has enough specimens" in set(one["reason"])
    none = run(measured({"A": (3, LONG)}))
    assert none["value"].isna().all() and none["reason"].iloc[-1] == "no laboratory has enough specimens"
    for table in (one, none):
        assert table["reason"].iloc[-1] in probe_markdown(table, (680.0, 3168.0), 0.95)
        assert len(probe_figure(table, 0.95).axes) == 2


def test_a_laboratory_that_does_not_fill_the_window_when_cut_says_so():
    # The window of this study is wider than what the shorter laboratory measured.
    wide = dataclasses.replace(SETTINGS, low_cm1=420.0, high_cm1=3900.0)
    table = run(measured({"long": (12, LONG), "short": (12, SHORT)}), wide)
    reasons = table[table["test"] == "cut"].set_index("laboratory")["reason"]
    assert reasons["long"].endswith("too few of its spectra fill the study's window")


def test_the_component_is_the_one_that_most_laboratories_have():
    rows = [(lab, "PS", f"{lab}{number}") for lab in "AB" for number in range(10)]
    rows += [(lab, "PE", f"{lab}{number}") for lab in "ABC" for number in range(9)]
    table = pd.DataFrame(rows, columns=["laboratory", "component", "specimen"]).assign(suspect=False)
    assert choose_component(table, ["PE", "PS"]) == "PS"
    assert choose_component(table.assign(suspect=True), ["PE", "PS"]) == "PE"  # none has: the study's first


def test_many_spectra_are_thinned_specimens_first(monkeypatch):
    monkeypatch.setattr(laboratory_probe, "MOST_SPECTRA", 12)
    table = endmembers(measured({"A": (10, LONG), "B": (2, LONG)}, repeats=3))
    table.loc[table["spectrum"] == "B/0.0", "suspect"] = True
    chosen = choose_spectra(table, "PE", 1)
    counts = chosen.groupby("laboratory")["specimen"].agg(["size", "nunique"])
    assert counts.loc["A"].tolist() == [12, 10] and counts.loc["B"].tolist() == [5, 2]
    assert chosen.equals(choose_spectra(table.sample(frac=1, random_state=0), "PE", 1))


def test_the_page_shows_both_tests_and_what_was_left_out(two):
    page = probe_markdown(two, (680.0, 3168.0), 0.95)
    assert "| whole range, unmeasured part zero " in page and "(this study)" in page
    assert "- half of its specimens cut: tiny: has 9 specimens, 10 are needed" in page


def test_the_figure_draws_every_row_with_a_value(two):
    figure = probe_figure(two, 0.95)
    drawn = [sum(len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o") for axes in figure.axes]
    assert drawn == [len(CUT_VIEWS), len(VIEWS)]
