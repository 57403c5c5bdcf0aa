"""The split by specimen: nothing of one object on two sides."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ftirmix.errors import StudyError
from ftirmix.spectra import Spectra
from ftirmix.splits import assign_folds, join_near_duplicates

pytestmark = pytest.mark.filterwarnings("ignore:The least populated class")

# --- near-duplicates --------------------------------------------------------------------------

COSINE = 0.9995
ANGLE = np.arccos(0.9997)  # one step keeps two spectra near-duplicates, two steps do not
PHASE = 2 * np.pi * np.arange(64) / 64


def at(angle, wave=1):
    """A spectrum whose centred cosine with another of its wave is the cosine of the angles' difference."""
    return 2 + np.cos(wave * PHASE) * np.cos(angle) + np.sin(wave * PHASE) * np.sin(angle)


def spectra_of(absorbance, laboratory=None, specimen=None):
    count = len(absorbance)
    table = pd.DataFrame(
        {
            "spectrum": [f"x{number}" for number in range(count)],
            "laboratory": laboratory or ["A"] * count,
            "specimen": specimen or [None] * count,
        }
    )
    return Spectra(np.arange(64.0) + 1, np.array(absorbance).astype(np.float32), table)


def joined(*arguments, **options):
    return join_near_duplicates(spectra_of(*arguments, **options), COSINE, COSINE).tolist()


def test_different_spectra_keep_specimens_of_their_own():
    assert joined([at(0), at(1), at(0, wave=3)]) == ["x0", "x1", "x2"]


def test_a_copy_with_tiny_noise_is_the_same_specimen():
    copy = at(0) + np.random.default_rng(0).normal(0, 1e-3, 64)
    assert joined([at(0), at(1), copy]) == ["x0", "x1", "x0"]


def test_a_copy_on_another_scale_and_offset_is_the_same_specimen():
    assert joined([at(0), 0.5 * at(0) + 3]) == ["x0", "x0"]


def test_near_duplicates_join_through_a_chain():
    assert joined([at(0), at(2 * ANGLE)]) == ["x0", "x1"]
    assert joined([at(0), at(2 * ANGLE), at(ANGLE)]) == ["x0", "x0", "x0"]


def test_recorded_specimens_that_hold_near_duplicates_become_one():
    names = joined([at(0), at(1), at(0.001), at(2)], specimen=["s1", "s1", "s2", "s2"])
    assert names == ["s1", "s1", "s1", "s1"]


def test_spectra_of_one_recorded_specimen_stay_together_however_different():
    assert joined([at(0), at(1)], specimen=["s1", "s1"]) == ["s1", "s1"]


def test_spectrum_without_a_recorded_specimen_joins_that_of_its_near_duplicate():
    assert joined([at(0), at(1), at(0.001)], specimen=["s1", "s2", None]) == ["s1", "s2", "s1"]


def test_near_duplicates_of_two_laboratories_are_two_specimens():
    assert joined([at(0), at(0)], laboratory=["A", "B"]) == ["x0", "x1"]


def test_exact_copies_are_joined_even_at_a_cosine_of_one():
    # Rounding leaves about half of such cosines a hair below one.
    copies = np.random.default_rng(0).random((20, 64)).repeat(2, axis=0)
    names = join_near_duplicates(spectra_of(copies), 1.0, 1.0)
    assert names[0::2].tolist() == names[1::2].tolist()
    assert names.nunique() == 20


def test_two_recorded_specimens_are_joined_only_at_their_own_stricter_cosine():
    absorbance = [at(0), at(ANGLE), at(2), at(2 + ANGLE), at(1), at(1)]
    spectra = spectra_of(absorbance, specimen=["s1", "s2", "s3", None, "s4", "s5"])
    assert join_near_duplicates(spectra, COSINE, 0.9999).tolist() == ["s1", "s2", "s3", "s3", "s4", "s4"]
    assert join_near_duplicates(spectra, COSINE, COSINE).tolist() == ["s1", "s1", "s3", "s3", "s4", "s4"]


def test_result_is_aligned_with_the_table():
    spectra = spectra_of([at(0), at(1), at(0), at(1)], laboratory=["B", "A", "B", "A"])
    names = join_near_duplicates(spectra, COSINE, COSINE)
    assert names.index.equals(spectra.table.index)
    assert names.tolist() == ["x0", "x1", "x0", "x1"]


@hypothesis_settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("AB"), st.sampled_from([None, "s1", "s2"])),
        min_size=1,
        max_size=15,
    )
)
def test_near_duplicates_and_recorded_specimens_are_never_parted(entries):
    laboratory = [entry[1] for entry in entries]
    specimen = [entry[2] and f"{entry[1]}/{entry[2]}" for entry in entries]
    names = joined([at(step * ANGLE) for step, _, _ in entries], laboratory=laboratory, specimen=specimen)
    for one in range(len(entries)):
        for other in range(one):
            same_laboratory = laboratory[one] == laboratory[other]
            near = abs(entries[one][0] - entries[other][0]) <= 1
            recorded = specimen[one] is not None and specimen[one] == specimen[other]
            if same_laboratory and (near or recorded):
                assert names[one] == names[other]
            if not same_laboratory:
                assert names[one] != names[other]


# --- folds ------------------------------------------------------------------------------------


def table_of(laboratories=2, components=3, specimens=6, spectra=2):
    rows = [
        (f"lab{laboratory}", f"c{component}", f"{laboratory}-{component}-{specimen}")
        for laboratory in range(laboratories)
        for component in range(components)
        for specimen in range(specimens)
        for _ in range(spectra)
    ]
    return pd.DataFrame(rows, columns=["laboratory", "component", "specimen"])


@st.composite
def tables(draw):
    """A table in any order, with specimens of one to four spectra and enough of them to deal."""
    rows = []
    for laboratory in draw(st.sampled_from([["A"], ["A", "B"]])):
        for specimen in range(draw(st.integers(5, 25))):
            component = draw(st.sampled_from(["PE", "PP", "PS"]))
            rows += [(laboratory, component, f"{laboratory}{specimen}")] * draw(st.integers(1, 4))
    table = pd.DataFrame(draw(st.permutations(rows)), columns=["laboratory", "component", "specimen"])
    return table.set_index(np.arange(len(table)) + draw(st.integers(0, 100)))


@hypothesis_settings(deadline=None, max_examples=25)
@given(tables(), st.integers(0, 5))
def test_every_row_gets_a_fold_and_no_specimen_two(table, seed):
    folds = assign_folds(table, 5, seed)
    assert folds.index.equals(table.index)
    assert folds.isin(range(5)).all()
    assert (folds.groupby(table["specimen"]).nunique() == 1).all()


def test_every_component_of_every_laboratory_is_in_every_fold_where_there_are_enough():
    table = table_of(specimens=10)
    groups = assign_folds(table, 5, 1).groupby([table["laboratory"], table["component"]])
    assert (groups.nunique() == 5).all()
    assert (groups.value_counts() == 4).all()  # two specimens of two spectra each


def test_laboratory_with_few_specimens_of_each_component_but_enough_in_all_is_dealt():
    table = table_of(laboratories=1, components=7, specimens=4, spectra=1)
    folds = assign_folds(table, 5, 1)
    assert sorted(folds.value_counts()) == [5, 5, 6, 6, 6]


def test_laboratory_with_too_few_specimens_is_refused_by_name():
    table = table_of(laboratories=1, components=1, specimens=4, spectra=50)
    with pytest.raises(StudyError, match="laboratory 'lab0' has 4 specimens .*fewer than split.folds = 5"):
        assign_folds(table, 5, 1)


def test_deal_is_the_same_for_the_same_seed_and_another_for_another():
    table = table_of()
    first = assign_folds(table, 5, 1)
    assert assign_folds(table, 5, 1).equals(first)
    assert not assign_folds(table, 5, 2).equals(first)


def test_deal_of_one_laboratory_does_not_depend_on_the_others():
    table = table_of()
    alone = table[table["laboratory"] == "lab1"]
    assert assign_folds(alone, 5, 1).equals(assign_folds(table, 5, 1)[alone.index])
