"""Protocols: who trains, validates and is tested; measured mixtures as a test set."""

import numpy as np
import pandas as pd
import pytest

from ftirmix.errors import StudyError
from ftirmix.measured import measured_rows, measured_set, spectra_of_mixed_objects
from ftirmix.protocols import (
    check_offers,
    check_split,
    count_laboratories,
    split_by_laboratory,
    split_by_specimen,
    split_for_measured,
)
from ftirmix.spectra import Spectra
from ftirmix.subsets import components_of, endmembers_of, members


def table_of(counts: dict[tuple[str, str], int], spectra: int = 2) -> pd.DataFrame:
    """Specimens per (laboratory, component), two spectra each."""
    rows = [
        {
            "spectrum": f"{lab}/{component}{number}.{copy}",
            "source": lab,
            "laboratory": lab,
            "specimen": f"{lab}/{component}{number}",
            "label": component,
            "component": component,
            "condition": "reference",
            "suspect": False,
        }
        for (lab, component), count in counts.items()
        for number in range(count)
        for copy in range(spectra)
    ]
    return pd.DataFrame(rows)


TABLE = table_of({("A", "PE"): 10, ("A", "PS"): 10, ("A", "PA"): 4, ("B", "PE"): 9, ("B", "PS"): 8, ("B", "PA"): 12})


def test_every_specimen_is_tested_once_and_validates_once():
    split = split_by_specimen(TABLE, 5, 1)
    assert ((split == "test").sum(axis=1) == 1).all() and ((split == "validation").sum(axis=1) == 1).all()
    assert ((split == "train").sum(axis=1) == 3).all()
    check_split(pd.concat([TABLE, split], axis=1), list(range(5)))


def test_a_left_out_laboratory_scores_what_it_has_and_the_others_keep():
    counts = count_laboratories(TABLE, ["A", "B"]).set_index(["laboratory", "component"])
    assert counts.loc[("A", "PE")].tolist() == [0, 10, 9, True]
    assert counts.loc[("A", "PA")].tolist() == [0, 4, 12, False]  # too few to test
    assert counts.loc[("B", "PA")].tolist() == [1, 12, 4, False]  # too few left to learn from
    split = split_by_laboratory(TABLE, ["A", "B"], 5, 1)
    own = TABLE["laboratory"] == "A"
    assert set(split["fold0"][own & (TABLE["component"] != "PA")]) == {"test"}
    assert set(split["fold0"][own & (TABLE["component"] == "PA")]) == {"unused"}
    assert set(split["fold0"][~own]) == {"train", "validation"}
    check_split(pd.concat([TABLE, split], axis=1), [0, 1])


def test_doubtful_specimens_do_not_count():
    doubtful = TABLE.assign(suspect=(TABLE["laboratory"] == "B") & TABLE["spectrum"].str.contains("PS[012]"))
    counts = count_laboratories(doubtful, ["A"]).set_index("component")
    assert counts.loc["PS", "specimens_kept"] == 5 and not counts.loc["PS", "scored"]


def test_a_laboratory_that_scores_too_little_is_named():
    with pytest.raises(
        StudyError, match="laboratory 'C' cannot be left out: it scores 0 components.*out of protocols.la"
    ):
        split_by_laboratory(TABLE, ["C"], 5, 1)


def test_specimens_of_measured_mixtures_are_not_used():
    # One spectrum of each is named; every other spectrum of the specimen goes with it.
    split = split_for_measured(TABLE, {"A/PE0.1", "A/PE1.0"}, 5, 1)
    used = split["fold0"][TABLE["specimen"].isin(["A/PE0", "A/PE1"])]
    assert set(used) == {"unused"} and set(split["fold0"]) == {"train", "validation", "unused"}


def test_an_animal_with_a_measured_mixture_is_found_by_its_record_and_leaves_with_all_it_was_joined_to():
    recorded = pd.DataFrame(
        {
            "spectrum": ["mix", "clean", "twin", "other"],
            "source": "A", "laboratory": "A", "label": "x", "condition": "environmental",
            "specimen": ["animal 2", "animal 2", "animal 1", "animal 3"],
            "component": ["PE+PS", "PE", "PE", "PE"],
        }
    )  # fmt: skip
    every = Spectra(np.arange(3.0), np.ones((4, 3), np.float32), recorded)
    held_out = spectra_of_mixed_objects(every, ["PE", "PS"])
    assert held_out == {"mix", "clean"}
    # Near-duplicates joined animals 1 and 2 under the name of animal 1, which has no measured mixture.
    rows = [("clean", "animal 1"), ("twin", "animal 1"), *((f"o{n}", f"animal {n}") for n in range(3, 9))]
    endmembers = pd.DataFrame(rows, columns=["spectrum", "specimen"]).assign(laboratory="A", component="PE")
    split = split_for_measured(endmembers, held_out, 3, 1)
    assert split["fold0"][:2].tolist() == ["unused", "unused"] and "unused" not in set(split["fold0"][2:])


def test_a_specimen_in_two_subsets_is_named():
    split = split_by_specimen(TABLE, 5, 1)
    row = int(np.flatnonzero(split["fold0"] == "train")[0])
    split.loc[row, "fold0"] = "test"
    with pytest.raises(StudyError, match="fold 0: specimen 'A/PE"):
        check_split(pd.concat([TABLE, split], axis=1), [0])


def test_doubtful_endmembers_are_in_the_test_as_given_only():
    table = TABLE.assign(suspect=TABLE["spectrum"].str.endswith("0.0"), fold0="test")
    assert members(table, 0, "test").sum() == len(TABLE) - table["suspect"].sum()
    assert members(table, 0, "test_as_given").all()
    table["fold0"] = "train"
    assert members(table, 0, "train").sum() == len(TABLE) - table["suspect"].sum()
    assert components_of(table, 0, "train", ["PS", "XX", "PE"]) == ["PS", "PE"]


def test_endmembers_of_a_subset_refuse_a_split_of_other_spectra():
    spectra = Spectra(np.arange(3.0), np.ones((len(TABLE), 3), np.float32), TABLE)
    split = TABLE.assign(fold0="train")
    assert len(endmembers_of(spectra, split, 0, "train").table) == len(TABLE)
    with pytest.raises(StudyError, match="differ"):
        endmembers_of(spectra, split.iloc[::-1], 0, "train")


def test_measured_mixtures_have_components_but_no_ratios():
    table = table_of({("A", "PE+PS"): 3, ("A", "PE"): 2, ("A", "PE+XX"): 1}, spectra=1)
    spectra = Spectra(np.arange(3.0), np.ones((6, 3), np.float32), table.drop(columns="suspect"))
    assert measured_rows(spectra, ["PE", "PS"]).tolist() == [0, 1, 2]
    mixtures = measured_set(spectra, ["PE", "PS"], (9.0, 10.0))
    assert mixtures.presence(["PA", "PE", "PS"]).tolist() == [[False, True, True]] * 3
    assert np.isnan(mixtures.ratio_matrix(["PA", "PE", "PS"])[:, 1:]).all()
    assert (mixtures.table["specimens"].map(set).map(len) == 1).all()
    with pytest.raises(StudyError, match="no source of the study has measured mixtures"):
        measured_set(spectra, ["PA"], (9.0, 10.0))


def offers(counts, **options):
    """Split what laboratories have into five folds and check what the subsets are offered."""
    table = table_of(counts)
    whole = pd.concat([table, split_by_specimen(table, 5, 1)], axis=1)
    check_offers(whole, [0, 1, 2, 3, 4], ["PE", "PS"], **{"twins": False} | options)


def test_a_component_with_too_few_specimens_for_a_fold_is_named_before_anything_is_mixed():
    offers({("A", "PE"): 10, ("A", "PS"): 5})
    with pytest.raises(StudyError, match=r"fold \d, \w+: component 'PS' has no specimen \(3 in all .*split.folds"):
        offers({("A", "PE"): 10, ("A", "PS"): 3})
    with pytest.raises(StudyError, match="component 'PS' has no specimen"):
        offers({("A", "PE"): 10})


def test_specimens_in_doubt_are_not_offered():
    table = table_of({("A", "PE"): 10, ("A", "PS"): 5})
    whole = pd.concat([table, split_by_specimen(table, 5, 1)], axis=1)
    whole["suspect"] = whole["specimen"] == "A/PS0"
    with pytest.raises(StudyError, match=r"component 'PS' has no specimen \(4 in all that are not in doubt\)"):
        check_offers(whole, [0, 1, 2, 3, 4], ["PE", "PS"], twins=False)
    fold = int(whole.loc[whole["suspect"], [f"fold{n}" for n in range(5)]].eq("train").iloc[0].to_numpy().argmax())
    check_offers(whole, [fold], ["PE", "PS"], twins=False)  # a fold that nobody tests may lack it


def test_a_pair_that_no_laboratory_has_is_named_with_its_fold():
    with pytest.raises(StudyError, match=r"fold 0, train: no laboratory has both 'PE' and 'PS'"):
        offers({("A", "PE"): 10, ("B", "PS"): 10})


def test_a_polymer_with_itself_needs_two_specimens_of_one_laboratory():
    offers({("A", "PE"): 10, ("A", "PS"): 10}, twins=True)
    with pytest.raises(StudyError, match="'PS' has one specimen per laboratory, too few .*same_polymer_per_component"):
        offers({("A", "PE"): 10, ("A", "PS"): 5}, twins=True)
