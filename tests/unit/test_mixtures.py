"""Mixtures: recipes, composition, truth, and fixed sets, against slow recomputation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftirmix.axis import Axis, bridge_window, shift_axis
from ftirmix.errors import StudyError
from ftirmix.mixture_sets import compose_set, endmembers_of, read_mixtures, write_mixtures
from ftirmix.mixtures import (
    ABSENT,
    EndmemberPool,
    Recipes,
    RecipeSampler,
    balanced_recipes,
    compose,
    contributions,
    largest_remainder,
)
from ftirmix.nuisance import Nuisance, draw_nuisance
from ftirmix.settings import MixtureSettings, NuisanceSettings
from ftirmix.spectra import Spectra

COMPONENTS = ["PE", "PS", "PA"]
GRID = 1000.0 + 4.0 * np.arange(60)
WINDOW = (1100.0, 1120.0)
AXIS = Axis(GRID, WINDOW)
NUISANCE = NuisanceSettings(1e-3, 3e-3, 1e-3, 1e-2, 0.4, 0.01, 0.05, 1.0)
SETTINGS = MixtureSettings(((0.05, 0.2), (0.2, 0.5)), 6, 4, 0.25, 5, NUISANCE)


def endmembers(seed: int = 0, specimens: int = 4) -> Spectra:
    """Two laboratories; the second lacks PA; two spectra per specimen."""
    rng = np.random.default_rng(seed)
    rows, spectra = [], []
    for laboratory, offered in (("A", COMPONENTS), ("B", COMPONENTS[:2])):
        for component in offered:
            for number in range(specimens):
                for replicate in range(2):
                    name = f"{laboratory}/{component}{number}"
                    rows.append(
                        {
                            "spectrum": f"{name}.{replicate}",
                            "source": laboratory,
                            "laboratory": laboratory,
                            "specimen": name,
                            "label": component,
                            "component": component,
                            "condition": "reference",
                        }
                    )
                    spectrum = rng.random(len(GRID)).astype(np.float32)
                    spectra.append(spectrum / spectrum.max())
    return Spectra(GRID, np.stack(spectra), pd.DataFrame(rows))


SPECTRA = endmembers()
POOL = EndmemberPool(SPECTRA.table, COMPONENTS, 5)


def a_set(seed: int = 1):
    spectra = SPECTRA
    vapour = np.cos(GRID / 10)
    return spectra, compose_set(spectra, COMPONENTS, SETTINGS, vapour, WINDOW, "t", np.random.default_rng(seed))


def test_two_endmembers_mix_by_hand():
    spectra = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    recipes = Recipes(np.array([[0, 1]]), np.array([[0.25, 0.75]]), np.array([[0, 1]]))
    composed = compose(spectra, recipes, Nuisance(np.zeros(1), np.zeros((1, 3))), Axis(np.arange(3.0), (9.0, 10.0)))
    # 0.25 a + 0.75 b = (0.25, 0.75, 0.5), scaled to unit maximum by 1 / 0.75
    assert composed.scale == pytest.approx([4 / 3])
    assert composed.absorbance[0] == pytest.approx([1 / 3, 1.0, 2 / 3])


def test_a_shift_of_one_point_moves_a_band_to_higher_wavenumbers():
    assert shift_axis(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([1.0]))[0] == pytest.approx([0, 0, 1, 0])
    assert shift_axis(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([0.25]))[0] == pytest.approx([0, 0.75, 0.25, 0])


@given(st.integers(0, 10_000))
def test_contributions_and_nuisance_add_up_to_the_mixture(seed):
    rng = np.random.default_rng(seed)
    spectra = SPECTRA
    recipes = RecipeSampler(POOL, SETTINGS).draw(5, rng)
    draw = draw_nuisance(5, GRID, np.cos(GRID / 10), NUISANCE, rng)
    composed = compose(spectra.absorbance, recipes, draw, AXIS)
    parts = contributions(spectra.absorbance, recipes, draw.shift_cm1, composed.scale, AXIS)
    rest = bridge_window(draw.additive, GRID, WINDOW) * parts.sum(axis=1).max(axis=1, keepdims=True)
    np.testing.assert_allclose(parts.sum(axis=1) + rest, composed.absorbance, atol=1e-5)


@given(st.integers(0, 10_000))
def test_a_contribution_is_the_mixture_less_the_mixture_without_it(seed):
    """The slow way: compose again without the component, same nuisance, normalisation frozen."""
    rng = np.random.default_rng(seed)
    spectra = SPECTRA
    recipes = RecipeSampler(POOL, SETTINGS).draw(4, rng)
    draw = draw_nuisance(4, GRID, np.cos(GRID / 10), NUISANCE, rng)
    composed = compose(spectra.absorbance, recipes, draw, AXIS)
    parts = contributions(spectra.absorbance, recipes, draw.shift_cm1, composed.scale, AXIS)
    for mixture in range(4):
        for slot in range(2):
            if recipes.endmembers[mixture, slot] == ABSENT:
                continue
            other = 1 - slot
            source = np.arange(len(GRID)) - draw.shift_cm1[mixture] / 4.0
            shifted = []
            for row, ratio in zip(recipes.endmembers[mixture], recipes.ratios[mixture], strict=True):
                moved = ratio * np.interp(source, np.arange(len(GRID)), spectra.absorbance[row])
                shifted.append(bridge_window(moved[None], GRID, WINDOW)[0])
            nuisance = sum(shifted).max() * bridge_window(draw.additive[[mixture]], GRID, WINDOW)[0]
            without = (shifted[other] + nuisance) * composed.scale[mixture]
            np.testing.assert_allclose(parts[mixture, slot], composed.absorbance[mixture] - without, atol=1e-5)


@given(st.integers(0, 10_000))
def test_random_recipes_are_valid(seed):
    recipes = RecipeSampler(POOL, SETTINGS).draw(64, np.random.default_rng(seed))
    table = SPECTRA.table
    np.testing.assert_allclose(recipes.ratios.sum(axis=1), 1.0)
    for rows, names, ratios in zip(recipes.endmembers, recipes.components, recipes.ratios, strict=True):
        used = rows[rows != ABSENT]
        assert table["laboratory"].iloc[used].nunique() == 1
        assert table["component"].iloc[used].tolist() == [COMPONENTS[i] for i in names if i != ABSENT]
        assert len(set(names[names != ABSENT])) == len(used)
        if len(used) == 2:
            assert 0.05 <= ratios[0] <= 0.5


def test_random_recipes_draw_every_pair_and_specimen_evenly():
    spectra = SPECTRA
    sampler = RecipeSampler(POOL, SETTINGS)
    recipes = sampler.draw(60_000, np.random.default_rng(0))
    pure = recipes.endmembers[:, 1] == ABSENT
    assert pure.mean() == pytest.approx(0.25, abs=0.01)
    pairs = pd.Series([tuple(sorted(row)) for row in recipes.components[~pure]]).value_counts(normalize=True)
    assert pairs.to_numpy() == pytest.approx([1 / 3] * 3, abs=0.01)
    pa = recipes.endmembers[~pure][:, 0][recipes.components[~pure][:, 0] == COMPONENTS.index("PA")]
    use = spectra.table["specimen"].iloc[pa].value_counts(normalize=True)
    assert use.to_numpy() == pytest.approx([0.25] * 4, abs=0.02)


def test_a_fixed_set_is_balanced_over_pairs_bins_and_minors():
    _, mixtures = a_set()
    table = mixtures.table
    binary = table[table["composition"] == "binary"]
    pair = binary["components"].map(lambda names: tuple(sorted(names)))
    counts = binary.groupby([pair, "share_low", "minor_component"]).size()
    assert (counts == 3).all() and len(counts) == 3 * 2 * 2
    assert (table[table["composition"] == "pure"]["components"].map(lambda n: n[0]).value_counts() == 4).all()
    assert ((binary["minor_share"] >= binary["share_low"]) & (binary["minor_share"] <= binary["share_high"])).all()


def test_a_fixed_set_uses_specimens_evenly():
    spectra, mixtures = a_set()
    use = mixtures.table["specimens"].explode().value_counts()
    pa = use[[name for name in use.index if "PA" in name]]
    assert len(pa) == 4 and pa.max() - pa.min() <= 1


def test_the_same_seed_gives_the_same_set_bit_for_bit_and_another_seed_another():
    first, again, other = a_set(1)[1], a_set(1)[1], a_set(2)[1]
    assert first.absorbance.tobytes() == again.absorbance.tobytes()
    assert first.absorbance.tobytes() != other.absorbance.tobytes()


def test_a_fixed_set_survives_the_disk_with_its_truth(tmp_path):
    spectra, mixtures = a_set()
    write_mixtures(tmp_path / "m.parquet", mixtures)
    back = read_mixtures(tmp_path / "m.parquet")
    np.testing.assert_array_equal(back.absorbance, mixtures.absorbance)
    recipes = back.recipes(spectra.table, COMPONENTS)
    np.testing.assert_array_equal(
        back.contributions(spectra, recipes),
        mixtures.contributions(spectra, mixtures.recipes(spectra.table, COMPONENTS)),
    )
    np.testing.assert_allclose(back.ratio_matrix(COMPONENTS).sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(recipes.ratio_matrix(3), back.ratio_matrix(COMPONENTS), atol=1e-7)


def test_a_pair_that_no_laboratory_has_is_named():
    spectra = endmembers()
    table = spectra.table[~((spectra.table["laboratory"] == "A") & (spectra.table["component"] == "PE"))]
    with pytest.raises(StudyError, match="'PE' and 'PA'"):
        EndmemberPool(table, COMPONENTS, 5)


def test_a_component_without_endmember_is_named():
    table = endmembers().table.query("component != 'PA'")
    with pytest.raises(StudyError, match="'PA' has no endmember"):
        EndmemberPool(table, COMPONENTS, 5)


def test_endmembers_of_a_subset_refuse_a_split_of_other_spectra():
    spectra = endmembers()
    split = spectra.table[["spectrum"]].iloc[::-1]
    with pytest.raises(StudyError, match="differ"):
        endmembers_of(spectra, split, pd.Series("train", index=split.index), "train")


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 40), st.integers(0, 99))
def test_largest_remainder_deals_all_and_stays_within_one(weights, total, seed):
    shares = np.array(weights) / sum(weights)
    numbers = largest_remainder(shares, total, np.random.default_rng(seed))
    assert numbers.sum() == total
    assert (np.abs(numbers - shares * total) < 1 + 1e-9).all()


def test_the_order_of_wavenumbers_does_not_matter():
    spectra = endmembers().absorbance
    recipes = Recipes(np.array([[0, 9]]), np.array([[0.3, 0.7]]), np.array([[0, 1]]))
    additive = np.random.default_rng(0).normal(0, 0.01, (1, len(GRID))).astype(np.float32)
    forward = compose(spectra, recipes, Nuisance(np.array([1.0]), additive), AXIS)
    # The window's edges are three points on either side, so a mirrored axis has a mirrored window.
    mirrored = Axis(GRID, (GRID[0] + GRID[-1] - WINDOW[1], GRID[0] + GRID[-1] - WINDOW[0]))
    backward = compose(spectra[:, ::-1], recipes, Nuisance(np.array([-1.0]), additive[:, ::-1]), mirrored)
    np.testing.assert_allclose(forward.absorbance, backward.absorbance[:, ::-1], atol=1e-6)


def test_balanced_recipes_take_both_slots_from_one_laboratory():
    spectra = endmembers()
    recipes, rows = balanced_recipes(EndmemberPool(spectra.table, COMPONENTS, 5), SETTINGS, np.random.default_rng(3))
    laboratory = spectra.table["laboratory"].to_numpy()
    for used, named in zip(recipes.endmembers, rows["laboratory"], strict=True):
        assert set(laboratory[used[used != ABSENT]]) == {named}


def test_mixtures_are_as_noisy_as_pure_spectra():
    """The nuisance is a share of the mixture's own highest band, whatever the mixing ratios."""
    first, second = np.zeros((1, 60)), np.zeros((1, 60))
    first[0, 5] = second[0, 50] = 1.0
    additive = np.random.default_rng(0).normal(0, 1e-3, (2, 60))
    recipes = Recipes(
        np.array([[0, ABSENT], [0, 1]]), np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([[0, ABSENT], [0, 1]])
    )
    composed = compose(np.concatenate([first, second]), recipes, Nuisance(np.zeros(2), additive), AXIS)
    noise = composed.absorbance[:, 10:20].std(axis=1) / additive[:, 10:20].std(axis=1)
    assert noise == pytest.approx([1.0, 1.0], rel=0.01)


def test_the_minor_is_either_component_within_every_laboratory():
    """Roles dealt by position went with the laboratory, whose mixtures come in blocks."""
    _, mixtures = a_set()
    binary = mixtures.table[mixtures.table["composition"] == "binary"]
    counts = pd.concat([a_set(seed)[1].table for seed in range(6)])
    counts = counts[counts["components"].map(set) == {"PE", "PS"}].groupby(["laboratory", "minor_component"]).size()
    assert len(binary) and len(counts) == 4 and counts.min() > 5
