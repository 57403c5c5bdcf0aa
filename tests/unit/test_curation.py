"""Label conflicts: each rule fires when it should, and says with numbers why."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from matplotlib.figure import Figure

from ftirmix.assignments import band_height, band_width, noise_around, profile, profiles, read_assignments
from ftirmix.curation import FLAG_COLUMNS, flag_conflicts, suspects
from ftirmix.curation_figures import flagged_figure, flagged_page, histogram_figure
from ftirmix.duplicates import match_wells, neighbour_histogram
from ftirmix.errors import StudyError
from ftirmix.references import nearest_references, support_of
from ftirmix.settings import CurationSettings, settings
from ftirmix.spectra import Spectra
from ftirmix.splits import join_near_duplicates

ASSIGNMENTS = Path(__file__).parents[2] / "workflow" / "sources" / "assignments.csv"
CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
CURATION = settings(CurationSettings, CONFIG["curation"])
GRID = np.arange(680.0, 3169.0, 4.0)
BANDS = {  # position, height, width in cm-1; strong bands only
    "PE": [(2916, 1.0, 27), (2849, 0.8, 16), (1467, 0.25, 14), (722, 0.15, 12)],
    "PP": [(2952, 0.9, 22), (2917, 1.0, 27), (2838, 0.5, 16), (1456, 0.55, 20), (1376, 0.7, 10), (1167, 0.12, 11),
           (973, 0.15, 10)],
    "PS": [(3026, 0.15, 14), (2920, 0.2, 30), (1601, 0.12, 11), (1493, 0.3, 9), (1451, 0.3, 13), (756, 0.4, 20),
           (698, 1.0, 12)],
    "PA": [(2930, 0.4, 35), (2860, 0.3, 20), (1638, 1.0, 32), (1542, 0.8, 34), (1465, 0.2, 20)],
    "protein": [(2930, 0.2, 60), (1650, 1.0, 95), (1540, 0.8, 80), (1450, 0.2, 40)],
    "PTFE": [(1205, 1.0, 28), (1150, 1.0, 28)],
}  # fmt: skip


def pseudo_voigt(bands, scale=1.0, shift=0.0):
    """Sum of bands, 0.7 Lorentz; ``scale`` is the amount."""
    total = np.zeros(len(GRID))
    for centre, height, width in bands:
        x = (GRID - centre - shift) / (width / 2)
        total += height * (0.7 / (1 + x**2) + 0.3 * np.exp(-np.log(2) * x**2))
    return scale * total


def polymer(name, seed, noise=1e-3):
    """One specimen: relative band heights vary by a tenth, positions by 1 cm-1."""
    random = np.random.default_rng([seed, sum(map(ord, name))])
    bands = [(c + random.normal(0, 1), h * random.lognormal(0, 0.1), w) for c, h, w in BANDS[name]]
    absorbance = pseudo_voigt(bands) + random.normal(0, noise, len(GRID))
    return absorbance / absorbance.max()


def vapour(seed):
    """Nothing but lines every few points, as an empty crystal in humid air gives."""
    random = np.random.default_rng(seed)
    absorbance = random.normal(0, 0.01, len(GRID))
    inside = (GRID > 1300) & (GRID < 1900)
    absorbance[inside] += random.uniform(0, 1, inside.sum())
    return absorbance / absorbance.max()


def table_of(rows):
    """Spectra from rows of name, laboratory, component and absorbance; each is a recorded specimen."""
    table = pd.DataFrame(
        [(name, by.lower(), by, name, component, component, "reference") for name, by, component, _ in rows],
        columns=["spectrum", "source", "laboratory", "specimen", "label", "component", "condition"],
    )  # fmt: skip
    return Spectra(GRID, np.array([row[3] for row in rows], dtype=np.float32), table)


def references(components=("PE", "PP", "PS"), laboratories="ABC", count=3):
    """Well-labelled specimens of every laboratory."""
    return [
        (f"{laboratory}/{component}{number}", laboratory, component, polymer(component, 100 * ord(laboratory) + number))
        for laboratory in laboratories
        for component in components
        for number in range(count)
    ]


def flags_of(rows, **changes):
    return flag_conflicts(table_of(rows), read_assignments(ASSIGNMENTS), replace(CURATION, **changes))


def suspect_ids(flags):
    return suspects(flags)["spectrum"].tolist()


# --- bands ------------------------------------------------------------------------------------


def one(absorbance):
    return profile(table_of([("x", "A", "PE", absorbance)]), 4.0, 40.0)


def test_height_of_a_band_is_counted_from_its_feet_not_from_zero():
    band = pseudo_voigt([(1376, 0.5, 12)])
    alone = band_height(one(band), 1366, 1386)[0]
    assert 0.3 < alone < 0.5  # smoothing takes a part
    assert band_height(one(band + 0.4), 1366, 1386)[0] == pytest.approx(alone, abs=1e-6)


def test_slope_and_edge_of_the_window_have_no_height():
    assert band_height(one(np.linspace(0, 1, len(GRID))), 1366, 1386)[0] == 0
    assert band_height(one(np.linspace(1, 0, len(GRID))), 680, 700)[0] == 0


def test_flank_of_a_band_outside_the_window_is_no_band():
    assert band_height(one(pseudo_voigt([(1400, 1.0, 40)])), 1366, 1386)[0] == 0


def test_width_of_a_band_that_merges_with_its_neighbour_includes_it():
    assert band_width(one(polymer("PA", 1)), 1624, 1664)[0] < 50
    assert band_width(one(polymer("protein", 1)), 1624, 1664)[0] > 90
    assert band_width(one(pseudo_voigt([(1640, 1.0, 40)])), 1624, 1664)[0] == pytest.approx(40, abs=5)


def test_noise_is_that_of_the_lines_and_not_of_a_band():
    quiet = pseudo_voigt([(1500, 1.0, 20)])
    assert noise_around(one(quiet), 1300, 1900)[0] < 1e-3
    noisy = quiet + np.random.default_rng(1).normal(0, 0.02, len(GRID))
    assert noise_around(one(noisy), 1300, 1900)[0] == pytest.approx(0.02, rel=0.25)


def test_shipped_assignments_are_readable_and_complete():
    frame = read_assignments(ASSIGNMENTS)
    assert {"PE", "PP", "PS", "PET", "PVC", "PA", "PU"} <= set(frame.loc[frame["role"] == "required", "component"])
    assert (frame["reference"] != "").all()
    assert (frame["high_cm1"] <= 3170).all() and (frame["low_cm1"] >= 680).all()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("role", "wanted", "role must be one of"),
        ("low_cm1", 3100.0, "low_cm1 must lie below"),
        ("minimum_height", 2.0, "minimum_height is a share"),
        ("role", "forbidden", "a forbidden band needs the pattern"),
        ("smoothing_cm1", "-1", "smoothing_cm1 must be above 0"),
    ],
)
def test_broken_assignment_is_refused_with_its_line(tmp_path, column, value, message):
    frame = pd.read_csv(ASSIGNMENTS, keep_default_na=False)
    frame.loc[1, column] = value
    frame.to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(StudyError, match=f"line 3: {message}"):
        read_assignments(tmp_path / "a.csv")


# --- rules ------------------------------------------------------------------------------------


def test_well_labelled_spectra_raise_no_flag():
    flags = flags_of(references())
    assert flags.empty and list(flags.columns) == FLAG_COLUMNS
    assert suspects(flags).empty


def test_wrong_label_is_found_by_bands_and_references_and_the_right_one_suggested():
    flags = flags_of([*references(), ("D/wrong", "D", "PS", polymer("PP", 7))])
    assert set(flags["spectrum"]) == {"D/wrong"} and flags["suspect"].all()
    assert flags["rule"].tolist() == ["foreign_band", "missing_band", "nearest_other"]
    assert set(flags["suggested"]) == {"PP"}


def test_evidence_names_band_height_cosine_and_laboratory():
    flags = flags_of([*references(), ("D/wrong", "D", "PS", polymer("PP", 7))]).set_index("rule")["evidence"]
    assert "ring C=C (1486-1500 cm-1) is 0.000 of the maximum high, PS has 0.04" in flags["missing_band"]
    assert "shows PP: nu_as CH3 (2942-2968 cm-1) 0." in flags["foreign_band"]
    assert pd.Series(flags["nearest_other"]).str.contains(r"PP 0\.\d{3} \([ABC]\) and 0\.\d{3} \([ABC]\)").all()
    assert pd.Series(flags["nearest_other"]).str.contains(r"against PS -?0\.\d{3} \([ABC]\)").all()


# Ethylene-propylene rubber has the bands of both, but none of their crystals; PE and PP with crystals beside it.
RUBBER = [(2920, 1.0, 30), (2851, 0.7, 22), (1463, 0.25, 20), (1376, 0.12, 12), (720, 0.08, 18)]
CRYSTALLINE_PE = [(2916, 1.0, 18), (2848, 0.8, 14), (1472, 0.2, 6), (1463, 0.2, 12), (730, 0.15, 5), (719, 0.3, 7)]
ISOTACTIC_PP = [*BANDS["PP"], (998, 0.12, 9), (841, 0.12, 10)]
AS_RUBBER = {
    "rubber": pseudo_voigt(RUBBER),
    "PE": pseudo_voigt(CRYSTALLINE_PE),
    "PE and PP": pseudo_voigt(CRYSTALLINE_PE, 0.5) + pseudo_voigt(ISOTACTIC_PP, 0.5),
    "PE and a little PP": pseudo_voigt(CRYSTALLINE_PE, 0.7) + pseudo_voigt(ISOTACTIC_PP, 0.3),
}


@pytest.mark.parametrize(("name", "bands"), [
    ("rubber", set()), ("PE", {"crystalline PE"}), ("PE and PP", {"crystalline PE", "isotactic PP"}),
    ("PE and a little PP", {"crystalline PE", "isotactic PP"}),
])  # fmt: skip
def test_crystals_do_not_belong_to_rubber(name, bands):
    random = np.random.default_rng(3)
    rubber = [(f"{by}/r", by, "rubber", pseudo_voigt(RUBBER, shift=random.normal())) for by in "AB"]
    polymers = [(f"{by}/{what}", by, what, AS_RUBBER[what]) for by in "AB" for what in ("PE", "PE and PP")]
    noisy = AS_RUBBER[name] + random.normal(0, 1e-4, len(GRID))
    flags = flags_of([*rubber, *polymers, ("D/x", "D", "rubber", noisy / noisy.max())])
    found = flags[(flags["spectrum"] == "D/x") & (flags["rule"] == "foreign_band")]["evidence"].str.cat()
    assert {pattern for pattern in ("crystalline PE", "isotactic PP") if f"shows {pattern}" in found} == bands
    assert suspect_ids(flags) == (["D/x"] if bands else [])


def test_a_band_may_ask_for_a_smoothing_of_its_own():
    spectra = table_of([("x", "A", "PE", pseudo_voigt(CRYSTALLINE_PE))])
    views = profiles(spectra, read_assignments(ASSIGNMENTS), 6.0, 40.0)
    assert list(views) == [1.0, 6.0]
    assert band_height(views[6.0], 727, 735)[0] == 0
    assert 0.1 < band_height(views[1.0], 727, 735)[0] < 0.15  # 732 cm-1 is the point nearest to its top


def test_foreign_doublet_on_top_of_the_right_bands_is_found():
    soiled = polymer("PE", 5) * 0.4 + polymer("PTFE", 5)
    rows = [*references(("PE", "PP", "PTFE")), ("D/soiled", "D", "PE", soiled / soiled.max())]
    flags = flags_of(rows).set_index("rule")
    assert "shows PTFE" in flags.loc["foreign_band", "evidence"]
    assert flags["suspect"].all() and set(flags["suggested"]) == {"PTFE"}


def test_protein_labelled_polyamide_is_told_by_the_width_of_amide_i():
    # Protein is known to one laboratory only: several that know polyamide must not outvote it.
    rows = [*references(("PE", "PA")), *references(("protein",), "B"), ("D/wool", "D", "PA", polymer("protein", 9))]
    flags = flags_of(rows)
    assert suspect_ids(flags) == ["D/wool"]
    flags = flags[flags["suspect"]].set_index("rule")
    assert "cm-1 wide, PA at most 60" in flags.loc["missing_band", "evidence"]
    assert set(flags["suggested"]) == {"protein"}


def test_water_vapour_alone_is_blank():
    flags = flags_of([*references(), ("D/empty", "D", "PE", vapour(3))])
    assert flags["spectrum"].tolist() == ["D/empty"]
    assert flags["rule"].tolist() == ["blank"] and flags["suspect"].all()
    assert "times the noise" in flags["evidence"][0]


def test_spectrum_without_any_noise_is_not_blank():
    assert flags_of([*references(), ("D/fit", "D", "PE", polymer("PE", 4, noise=0.0))]).empty


def test_one_kind_of_evidence_is_a_flag_but_no_suspicion():
    # Polystyrene whose C-H stretches are lost: a band is missing, the references still say PS.
    weak = pseudo_voigt([band for band in BANDS["PS"] if band[0] != 3026])
    flags = flags_of([*references(), ("D/weak", "D", "PS", weak / weak.max())])
    assert flags["rule"].tolist() == ["missing_band"]
    assert not flags["suspect"].any() and suspects(flags).empty


# --- references -------------------------------------------------------------------------------


def test_label_that_no_other_laboratory_has_is_not_voted_down_by_absence():
    rows = [*references(("PE", "PS")), *references(("PA",), "D")]
    assert flags_of(rows).empty


def test_label_that_no_other_laboratory_has_is_voted_down_by_a_near_reference():
    rows = [*references(("PE", "PP")), ("D/odd", "D", "PS", polymer("PP", 7))]
    flags = flags_of(rows)
    assert suspect_ids(flags) == ["D/odd"]
    assert "no other laboratory has PS" in flags.set_index("rule").loc["nearest_other", "evidence"]


def test_wrong_class_of_a_laboratory_does_not_condemn_the_right_ones_of_others():
    # A third of one laboratory's PS is PP: its own spectra fall, those of the others stand.
    wrong = [(f"D/PS{number}", "D", "PS", polymer("PP", 40 + number)) for number in range(10)]
    right = [(f"D/good{number}", "D", "PS", polymer("PS", 60 + number)) for number in range(20)]
    flags = flags_of([*references(), *wrong, *right])
    assert suspect_ids(flags) == sorted(row[0] for row in wrong)
    # Asked again without them, the references no longer speak against anybody else.
    assert set(flags["spectrum"]) == {row[0] for row in wrong}


def test_laboratory_is_no_reference_for_itself():
    rows = [(f"A/{number}", "A", "PS" if number else "PE", polymer("PS", number)) for number in range(5)]
    assert not (flags_of(rows)["rule"] == "nearest_other").any()


def test_specimen_speaks_once_however_often_it_was_measured():
    twin = polymer("PP", 3)
    rows = [(f"A/{number}", "A", "PS", twin) for number in range(5)] + [("B/x", "B", "PP", polymer("PP", 4))]
    spectra = table_of(rows)
    specimen = join_near_duplicates(spectra, 0.9995, 0.9995)
    near = nearest_references(spectra, specimen, np.ones(6, dtype=bool), 2, 6.0)
    column = near.components.index("PS")
    assert np.isfinite(near.cosines[5, column]).tolist() == [True, False]
    assert support_of(near.cosines)[5, column] == pytest.approx(near.cosines[5, column, 0] / 2)


def test_result_does_not_depend_on_the_order_of_spectra():
    rows = [*references(), ("D/wrong", "D", "PS", polymer("PP", 7)), ("D/empty", "D", "PE", vapour(3))]
    order = np.random.default_rng(2).permutation(len(rows))
    pd.testing.assert_frame_equal(flags_of(rows), flags_of([rows[position] for position in order]))


def test_spectra_are_left_as_they_were():
    spectra = table_of([*references(), ("D/wrong", "D", "PS", polymer("PP", 7))])
    absorbance, table = spectra.absorbance.copy(), spectra.table.copy()
    flag_conflicts(spectra, read_assignments(ASSIGNMENTS), CURATION)
    assert np.array_equal(absorbance, spectra.absorbance)
    pd.testing.assert_frame_equal(table, spectra.table)


def test_repeated_id_is_refused_by_name():
    rows = references(count=1)
    with pytest.raises(ValueError, match="'A/PE0' occurs twice"):
        flags_of([*rows, rows[0]])


# --- duplicates -------------------------------------------------------------------------------


def test_histogram_tells_within_from_between_and_counts_every_spectrum_once():
    rows = references(("PE",), "A", 4)
    spectra = table_of([*rows, ("A/copy", "A", "PE", rows[0][3])])
    spectra.table["specimen"] = ["s1", "s1", "s2", None, "s3"]
    histogram = neighbour_histogram(spectra)
    assert histogram.groupby("pairs")["spectra"].sum().to_dict() == {"between": 4, "unrecorded": 5, "within": 2}
    exact = histogram[(histogram["pairs"] == "between") & (histogram["distance_low"] == 0)]
    assert exact["spectra"].sum() == 2  # the copy and what it copies


def test_wells_are_found_by_name_and_confirmed_by_the_spectrum():
    pe, pp = polymer("PE", 1), polymer("PP", 1)
    labelled = table_of([("k/M1_TM01A1", "K", "PE", pe), ("k/M1_TM01A2", "K", "PP", pe), ("k/NA_1", "K", "PE", pe)])
    rows = [("u/TM01A1", pe + 0.1), ("u/TM01A2", pp), ("u/TM01A1#2", pp)]
    unlabelled = table_of([(name, "U", "", absorbance) for name, absorbance in rows])
    found = match_wells(labelled, unlabelled, r"(TM\d+[A-H]\d+)(?:#\d+)?$", 0.95, 6.0)
    assert found["match"].tolist() == ["u/TM01A1", "u/TM01A2", ""]
    assert found["confirmed"].tolist() == [True, False, False]
    assert found["nearest"].tolist() == ["u/TM01A1"] * 3


# --- figure and page --------------------------------------------------------------------------


def test_figure_and_page_show_every_group_of_suspects():
    rows = [*references(), ("D/wrong", "D", "PS", polymer("PP", 7)), ("D/empty", "D", "PE", vapour(3))]
    spectra, flags = table_of(rows), flags_of(rows)
    figure = flagged_figure(spectra, flags)
    titles = {axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()}
    assert titles == {"d: 1 labelled PS, looks like PP", "d: 1 labelled PE, blank"}
    assert figure.axes[0].get_xlim() == (GRID[-1], GRID[0])
    page = flagged_page(spectra, flags)
    assert "2 of 29 spectra are suspect" in page
    assert all(evidence in page for evidence in flags["evidence"])


def test_page_without_suspects_says_so():
    spectra = table_of(references())
    page = flagged_page(spectra, flags_of(references()))
    assert "0 of 27 spectra are suspect" in page and "None." in page
    assert isinstance(flagged_figure(spectra, flags_of(references())), Figure)


def test_histogram_has_one_panel_per_laboratory():
    figure = histogram_figure(neighbour_histogram(table_of(references())), 0.9995, 0.9999)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["A", "B", "C"]
