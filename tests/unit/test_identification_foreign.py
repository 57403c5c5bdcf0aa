"""Foreign material: families are dealt whole, kin never trains, and what trains is not asked about."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ftirmix.bands import read_bands
from ftirmix.errors import StudyError
from ftirmix.identification.foreign import (
    FOREIGN,
    IS_MINERAL,
    KIN,
    MINERALS,
    UNCLEAR,
    VARIANTS,
    calculated_minerals,
    folds_of,
    foreign_spectra,
    mixed_with_foreign,
    parts_of,
    read_families,
    trains,
    with_foreign,
)
from ftirmix.sources import read_labels
from ftirmix.spectra import Spectra

SOURCES = Path(__file__).parents[2] / "workflow" / "sources"
COMPONENTS = ["PE", "PP", "PS", "PET", "PVC", "PA", "PU"]


def spectra_of(rows: list[tuple[str, str, str]]) -> Spectra:
    """Make spectra from (spectrum, laboratory, component)."""
    rng = np.random.default_rng(0)
    names, laboratories, components = map(list, zip(*rows, strict=True))
    table = pd.DataFrame(
        {
            "spectrum": names, "source": laboratories, "laboratory": laboratories, "specimen": names,
            "label": components, "component": components, "condition": "reference",
        }
    )  # fmt: skip
    absorbance = rng.random((len(rows), 30)).astype(np.float32)
    return Spectra(np.arange(30.0) * 4 + 700, absorbance / absorbance.max(axis=1, keepdims=True), table)


FAMILIES = pd.DataFrame(
    {
        "material": ["cellulose", "cotton", "PC", "EVA", "polyethylene wax"],
        "family": ["cellulose", "cellulose", "polycarbonate", "copolymer", KIN],
        "kin": ["", "", "", "", "PE"],
    }
)


def test_every_label_that_is_no_component_has_a_family() -> None:
    labels = set(read_labels(SOURCES / "labels.csv")["component"])
    assert labels - set(COMPONENTS) - set(UNCLEAR) == set(read_families(SOURCES / "families.csv")["material"])


def test_kin_names_a_polymer_of_the_study_and_nothing_else_does() -> None:
    families = read_families(SOURCES / "families.csv")
    assert set(families.loc[families["family"] == KIN, "kin"]) <= set(COMPONENTS)
    assert set(families.loc[families["family"] != KIN, "kin"]) == {""}


def test_a_repeated_material_is_named(tmp_path: Path) -> None:
    path = tmp_path / "families.csv"
    path.write_text("material,family,kin\nPC,a,\nPC,b,\n")
    with pytest.raises(StudyError, match="'PC' is listed twice"):
        read_families(path)


def test_families_are_dealt_whole_largest_first() -> None:
    table = pd.DataFrame(
        {
            "family": ["a"] * 3 + ["b"] * 2 + ["c"] + ["d"] + [KIN],
            "specimen": list("123456") + ["7", "8"],
        }
    )
    assert parts_of(table, 2).tolist() == [0, 0, 0, 1, 1, 0, 1, -1]
    assert parts_of(table, 3).tolist() == [0, 0, 0, 1, 1, 2, 0, -1]


def test_takes_what_is_no_component_and_marks_what_is_in_doubt() -> None:
    spectra = spectra_of(
        [
            ("1", "L", "PE"),
            ("2", "L", "cotton"),
            ("3", "L", "ambiguous"),
            ("4", "L", "PC"),
            ("5", "L", "PE+PP"),
            ("6", "L", "EVA"),
        ]
    )
    foreign = foreign_spectra(spectra, COMPONENTS, FAMILIES, {"4"}, 0.9999999, 0.9999999, 2, 5, 0)
    assert foreign.table["spectrum"].tolist() == ["2", "4", "6"]
    assert foreign.table["suspect"].tolist() == [False, True, False]
    assert set(foreign.table["part"]) == {0, 1}


def test_what_is_in_doubt_does_not_train() -> None:
    spectra = spectra_of([("1", "L", "cotton"), ("2", "L", "cotton"), ("3", "L", "PC")])
    foreign = foreign_spectra(spectra, COMPONENTS, FAMILIES, {"2"}, 0.9999999, 0.9999999, 2, 5, 0)
    assert trains(foreign.table, "all").tolist() == [True, False, True]


def test_a_material_without_a_family_is_named() -> None:
    with pytest.raises(StudyError, match="'glass' has no family"):
        foreign_spectra(spectra_of([("1", "L", "glass")]), COMPONENTS, FAMILIES, set(), 0.99, 0.99, 2, 5, 0)


def prepared() -> Spectra:
    rows = [(f"c{n}", "L", "cotton") for n in range(6)] + [
        ("p1", "M", "PC"),
        ("e1", "L", "EVA"),
        ("w1", "L", "polyethylene wax"),
    ]
    return foreign_spectra(spectra_of(rows), COMPONENTS, FAMILIES, set(), 0.9999999, 0.9999999, 2, 5, 0)


@pytest.mark.parametrize(
    ("materials", "left_out", "expected"),
    [
        ("all", None, {"cotton", "PC", "EVA"}),
        ("without1", None, {"cotton", "PC"}),
        ("without0", None, {"EVA"}),
        ("all", "L", {"PC"}),
    ],
)
def test_the_part_held_back_and_kin_never_train(materials: str, left_out: str | None, expected: set[str]) -> None:
    plastics = spectra_of([("a", "L", "PE"), ("b", "L", "PP")])
    endmembers = Spectra(plastics.wavenumber, plastics.absorbance, plastics.table.assign(suspect=False))
    split = endmembers.table[["spectrum", "laboratory", "component", "specimen", "suspect"]].assign(
        fold0=["train", "test"], fold1=["test", "train"]
    )
    joined, rows = with_foreign(endmembers, split, prepared(), materials, left_out)
    added = joined.table[joined.table["component"] == FOREIGN]
    assert set(added["label"]) == expected
    assert rows["spectrum"].tolist() == joined.table["spectrum"].tolist()
    told = rows.loc[rows["component"] == FOREIGN, "fold1"]
    assert set(told) <= ({"train", "test"} if (materials, left_out) == ("all", None) else {"train"})
    assert rows["fold0"].tolist()[:2] == ["train", "test"]
    assert added.groupby(["laboratory", "label"])["specimen"].nunique().max() <= 4


def test_mixtures_are_of_one_laboratory_and_of_the_shares_asked_for() -> None:
    plastics = spectra_of([("a", "L", "PE"), ("b", "L", "PP"), ("c", "N", "PE")])
    foreign = prepared()
    shares = np.array([0.1, 0.5, 0.9])
    absorbance, table = mixed_with_foreign(plastics, foreign, shares, np.random.default_rng(0))
    assert table["share"].tolist() == shares.tolist()
    assert set(table["foreign_specimen"]) <= set(foreign.table.loc[foreign.table["laboratory"] == "L", "specimen"])
    one = plastics.absorbance[plastics.table["specimen"] == table["specimen"][1]][0]
    other = foreign.absorbance[foreign.table["specimen"] == table["foreign_specimen"][1]][0]
    assert absorbance[1] == pytest.approx((one + other) / (one + other).max(), abs=1e-6)
    with pytest.raises(StudyError, match="no laboratory has both"):
        mixed_with_foreign(spectra_of([("a", "Z", "PE")]), foreign, shares, np.random.default_rng(0))


def test_specimens_are_dealt_into_all_folds_and_stay_whole() -> None:
    table = pd.DataFrame({"family": ["a"] * 7 + ["b"] * 3, "laboratory": "L", "specimen": list("1123456789")})
    fold = folds_of(table, 3, 0)
    assert fold[0] == fold[1]
    assert sorted(fold.groupby(fold).size().tolist()) == [3, 3, 4]
    assert set(fold) == {0, 1, 2}


def test_minerals_are_calculated_for_every_laboratory_and_differ_between_specimens() -> None:
    grid = np.arange(680.0, 3169.0, 4.0)
    minerals = calculated_minerals(read_bands(SOURCES / "bands.csv"), grid, ["L", "M"], 5, 0)
    assert len(minerals.table) == 2 * len(MINERALS) * VARIANTS
    assert set(minerals.table["part"]) == {IS_MINERAL}
    assert minerals.absorbance.max(axis=1) == pytest.approx(np.ones(len(minerals.table)))
    quartz = minerals.absorbance[(minerals.table["component"] == "quartz").to_numpy()]
    cosine = (quartz @ quartz.T) / np.linalg.norm(quartz, axis=1) / np.linalg.norm(quartz, axis=1)[:, None]
    assert 0.6 < cosine[np.triu_indices(len(quartz), 1)].min() < 0.9999
    assert set(minerals.table["specimen"][minerals.table["fold"] == 0]).isdisjoint(
        minerals.table["specimen"][minerals.table["fold"] == 1]
    )
