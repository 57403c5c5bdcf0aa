"""What the laboratories of the public spectra measured, and what that gives away."""

import pandas as pd
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def signature(public):
    return pd.read_csv(public / "checks/laboratory_signature.csv")


@pytest.fixture(scope="module")
def of_cut(signature):
    rows = signature[(signature["test"] == "cut") & signature["value"].notna()]
    return dict(list(rows.groupby("handling")))


def test_every_laboratory_that_measured_more_is_cut_and_the_others_say_why_not(signature):
    cut = signature[signature["test"] == "cut"]
    assert set(signature["component"]) == {"PE"}
    scored = cut["value"].notna()
    assert set(cut["laboratory"][scored]) == {"FLOPP", "Jung", "Kedzierski", "Primpke", "Villegas"}
    reasons = cut[~scored].set_index("laboratory")["reason"]
    assert reasons["Thermo"] == "has 4 specimens, 10 are needed"
    assert reasons["Chabuka"].startswith("measured 667 to 3172 cm-1") and len(reasons) == 2


@pytest.mark.parametrize("handling", ["zero", "repeated"])
def test_a_filled_end_tells_cut_from_whole(of_cut, handling):
    assert (of_cut[handling]["value"] > 0.97).all()


def test_in_the_window_nothing_is_left_of_the_cut(of_cut):
    rows = of_cut["window"]
    assert ((rows["low"] < 0.5) & (rows["high"] > 0.5)).all()
    assert (rows["largest_difference"] < 1e-6).all()  # of unit maximum; single precision


def test_a_window_cut_after_the_baseline_fit_would_not_do(of_cut):
    rows = of_cut["cut_afterwards"].set_index("laboratory")
    many = rows[rows["n_specimens"] >= 40]
    assert len(many) == 4 and (many["low"] > 0.5).all()


def test_laboratories_are_told_apart_without_their_ends_as_well(signature):
    rows = signature[(signature["test"] == "laboratories") & (signature["handling"] == "window")]
    assert rows["n_laboratories"].tolist() == [6] and (rows["low"] > rows["chance"]).all()


def test_counts_say_what_a_left_out_laboratory_scores(public):
    counts = pd.read_csv(public / "endmembers.csv").set_index(["laboratory", "component"])
    assert len(counts) == 7 * 7
    assert counts.loc[("Jung", "PE"), ["spectra", "specimens"]].tolist() == [475, 48]
    scored = counts.index[counts["scored_when_left_out"]]
    assert sum(laboratory == "FLOPP" for laboratory, _ in scored) == 7
    assert [component for laboratory, component in scored if laboratory == "Thermo"] == ["PET"]
