"""Mixtures: recipes, composition, truth, and fixed sets, against slow recomputation."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftirmix.axis import Axis, bridge_window, broaden, shift_axis
from ftirmix.balanced import Layout, balanced_recipes
from ftirmix.bands import CO2, VAPOUR, material_spectrum, offered_components, read_bands
from ftirmix.errors import StudyError
from ftirmix.mixture_sets import compose_set, read_mixtures, write_mixtures
from ftirmix.mixtures import compose, contributions, mix
from ftirmix.nuisance import Nuisance, draw_nuisance, nuisance_materials
from ftirmix.recipes import ABSENT, EndmemberPool, Recipes, RecipeSampler, largest_remainder, share_out
from ftirmix.settings import HardNegative, Interferent, MixtureSettings, NuisanceSettings, TrainingShares
from ftirmix.spectra import Spectra

COMPONENTS = ["PE", "PS", "PA"]
GRID = 1000.0 + 4.0 * np.arange(60)
WINDOW = (1100.0, 1120.0)
AXIS = Axis(GRID, WINDOW)
FILM = Interferent("film", 0.5, 0.05, 0.5)
NUISANCE = NuisanceSettings(1e-3, 3e-3, 1e-3, 1e-2, 0.4, 0.1, 0.5, 0.01, 0.05, -0.04, 0.15, 1.0, 0.5, 6.9, (FILM,))
SETTINGS = MixtureSettings(
    share_bins=((0.05, 0.2), (0.2, 0.5)),
    per_pair_and_bin=6,
    ternary_per_minor_and_bin=3,
    pure_per_component=4,
    same_polymer_per_component=2,
    hard_negatives_per_component=3,
    hard_negatives=(HardNegative("filmed", ("PE", "PS", "XX"), "film", 0.1, 0.4),),
    training_shares=TrainingShares(0.25, 0.05, 0.2),
    side_by_side_share=0.5,
    laboratory_weight_cap=5,
    nuisance=NUISANCE,
)
MATERIALS = {VAPOUR: np.cos(GRID / 10), CO2: np.sin(GRID / 30), "film": np.exp(-(((GRID - 1180) / 30) ** 2))}


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
    rng = np.random.default_rng(seed)
    return spectra, compose_set(spectra, COMPONENTS, SETTINGS, MATERIALS, WINDOW, lambda x: x - 0.01, "t", rng)


def recipes_of(*mixtures, height=0.0):
    """Recipes from (endmember, ratio, component) triples, one list per mixture."""
    endmembers, components = (np.full((len(mixtures), 3), ABSENT) for _ in range(2))
    ratios = np.zeros((len(mixtures), 3))
    for row, slots in enumerate(mixtures):
        for slot, (endmember, ratio, component) in enumerate(slots):
            endmembers[row, slot], ratios[row, slot], components[row, slot] = endmember, ratio, component
    return Recipes(endmembers, ratios, components, np.full(len(mixtures), height))


def still(count, additive=None):
    """A nuisance without shift and broadening."""
    points = len(GRID) if additive is None else additive.shape[1]
    return Nuisance(np.zeros(count), np.zeros(count), np.zeros((count, points)) if additive is None else additive)


def test_two_endmembers_mix_by_hand():
    spectra = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    recipes = recipes_of([(0, 0.25, 0), (1, 0.75, 1)])
    composed = compose(spectra, recipes, still(1, np.zeros((1, 3))), Axis(np.arange(3.0), (9.0, 10.0)))
    # 0.25 a + 0.75 b = (0.25, 0.75, 0.5), scaled to unit maximum by 1 / 0.75
    assert composed.scale == pytest.approx([4 / 3])
    assert composed.absorbance[0] == pytest.approx([1 / 3, 1.0, 2 / 3])


def test_a_shift_of_one_point_moves_a_band_to_higher_wavenumbers():
    assert shift_axis(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([1.0]))[0] == pytest.approx([0, 0, 1, 0])
    assert shift_axis(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([0.25]))[0] == pytest.approx([0, 0.75, 0.25, 0])


def random_mixtures(seed, count=6):
    rng = np.random.default_rng(seed)
    recipes = RecipeSampler(POOL, SETTINGS).draw(count, rng)
    draw = draw_nuisance(count, GRID, MATERIALS, NUISANCE, rng)
    return recipes, draw, compose(SPECTRA.absorbance, recipes, draw, AXIS)


def contributions_of(recipes, draw, composed):
    return contributions(SPECTRA.absorbance, recipes, draw.shift_cm1, draw.broadening_cm1, composed.scale, AXIS)


@given(st.integers(0, 10_000))
def test_contributions_and_nuisance_add_up_to_an_intimate_mixture(seed):
    recipes, draw, composed = random_mixtures(seed)
    intimate = recipes.height == 0
    parts = contributions_of(recipes, draw, composed)
    whole = parts.sum(axis=1)
    rest = AXIS.bridge(draw.additive) * whole.max(axis=1, keepdims=True)
    np.testing.assert_allclose((whole + rest)[intimate], composed.absorbance[intimate], atol=1e-5)
    assert not parts[recipes.endmembers == ABSENT].any()


def slowly_mixed(recipes, mixture, without=None):
    """The laws, written out wavenumber by wavenumber for one mixture."""
    height = recipes.height[mixture]
    total = np.zeros(len(GRID))
    for slot, (row, ratio) in enumerate(zip(recipes.endmembers[mixture], recipes.ratios[mixture], strict=True)):
        spectrum = SPECTRA.absorbance[row].astype(float) if row != ABSENT and slot != without else np.zeros(len(GRID))
        total += ratio * (10 ** (-height * spectrum) if height else spectrum)
    return -np.log10(total) / height if height else total


@given(st.integers(0, 10_000))
def test_a_contribution_is_the_mixture_less_the_mixture_without_it(seed):
    """The slow way: compose again without the component; nuisance, baseline and normalisation frozen."""
    recipes, draw, composed = random_mixtures(seed)
    parts = contributions_of(recipes, draw, composed)
    source = np.arange(len(GRID))

    def placed(spectrum, mixture):
        moved = np.interp(source - draw.shift_cm1[mixture] / 4.0, source, spectrum)
        return bridge_window(broaden(moved[None], draw.broadening_cm1[[mixture]] / 4.0), GRID, WINDOW)[0]

    for mixture in range(len(recipes)):
        clean = placed(slowly_mixed(recipes, mixture), mixture)
        nuisance = clean.max() * bridge_window(draw.additive[[mixture]], GRID, WINDOW)[0]
        np.testing.assert_allclose(
            composed.absorbance[mixture], (clean + nuisance) * composed.scale[mixture], atol=2e-5
        )
        for slot in range((recipes.endmembers[mixture] != ABSENT).sum()):
            without = (placed(slowly_mixed(recipes, mixture, slot), mixture) + nuisance) * composed.scale[mixture]
            np.testing.assert_allclose(parts[mixture, slot], composed.absorbance[mixture] - without, atol=2e-5)


@pytest.mark.parametrize(("height", "suppressed"), [(0.3, 0.74), (0.7, 0.51), (1.2, 0.35)])
def test_side_by_side_suppresses_the_minor(height, suppressed):
    """One part in ten of a polymer with a band where the other has none, against the intimate law."""
    spectra = np.array([[1.0, 0.0], [0.0, 1.0]])
    mixture = [(0, 0.1, 0), (1, 0.9, 1)]
    beside = mix(spectra, recipes_of(mixture, height=height))[0, 0]
    assert beside == pytest.approx(-np.log10(0.9 + 0.1 * 10**-height) / height)
    assert beside / mix(spectra, recipes_of(mixture))[0, 0] == pytest.approx(suppressed, abs=0.012)


def test_side_by_side_of_thin_layers_is_intimate():
    recipes = recipes_of([(0, 0.3, 0), (9, 0.7, 1)])
    thin = recipes_of([(0, 0.3, 0), (9, 0.7, 1)], height=1e-4)
    np.testing.assert_allclose(mix(SPECTRA.absorbance, thin), mix(SPECTRA.absorbance, recipes), atol=1e-3)


def test_broadening_keeps_the_area_and_adds_the_variance_of_its_line():
    spectrum = np.zeros((2, 21))
    spectrum[:, 10] = 1.0
    wide = broaden(spectrum, np.array([0.0, 1.5]))
    assert wide[0].tolist() == spectrum[0].tolist()
    assert wide[1].sum() == pytest.approx(1.0)
    assert (wide[1] * (np.arange(21) - 10) ** 2).sum() == pytest.approx((1.5 / 2.3548) ** 2)


def test_a_line_wider_than_a_kernel_of_three_points_takes_it_several_times():
    spectrum = np.zeros((2, 41))
    spectrum[:, 20] = 1.0
    wide = broaden(spectrum, np.array([1.0, 5.0]))
    assert wide.min() >= 0 and wide.sum(axis=1) == pytest.approx([1.0, 1.0])
    variance = (wide * (np.arange(41) - 20) ** 2).sum(axis=1)
    assert variance == pytest.approx([(1.0 / 2.3548) ** 2, (5.0 / 2.3548) ** 2])


@given(st.integers(0, 10_000))
def test_random_recipes_are_valid(seed):
    recipes = RecipeSampler(POOL, SETTINGS).draw(64, np.random.default_rng(seed))
    table = SPECTRA.table
    np.testing.assert_allclose(recipes.ratios.sum(axis=1), 1.0)
    for rows, names, ratios in zip(recipes.endmembers, recipes.components, recipes.ratios, strict=True):
        filled = rows != ABSENT
        used = rows[filled]
        assert (filled == (names != ABSENT)).all() and (ratios[~filled] == 0).all() and filled[0]
        assert table["laboratory"].iloc[used].nunique() == 1
        assert table["specimen"].iloc[used].nunique() == len(used)
        assert table["component"].iloc[used].tolist() == [COMPONENTS[i] for i in names[filled]]
        if len(used) > 1:
            assert 0.05 <= ratios[0] <= 0.5 and ratios[0] <= ratios[filled].min() + 1e-12
    assert (recipes.height[recipes.endmembers[:, 1] == ABSENT] == 0).all()
    assert ((recipes.height == 0) | ((recipes.height >= 0.05) & (recipes.height <= 1.2))).all()


def test_random_recipes_draw_every_kind_pair_and_specimen_evenly():
    recipes = RecipeSampler(POOL, SETTINGS).draw(60_000, np.random.default_rng(0))
    slots = (recipes.endmembers != ABSENT).sum(axis=1)
    twins = (slots == 2) & (recipes.components[:, 0] == recipes.components[:, 1])
    binary = (slots == 2) & ~twins
    found = [part.mean() for part in (slots == 1, twins, slots == 3, binary)]
    assert found == pytest.approx([0.25, 0.05, 0.2, 0.5], abs=0.01)
    pairs = pd.Series([tuple(sorted(row[:2])) for row in recipes.components[binary]]).value_counts(normalize=True)
    assert pairs.to_numpy() == pytest.approx([1 / 3] * 3, abs=0.01)
    minors = pd.Series(recipes.components[slots == 3][:, 0]).value_counts(normalize=True)
    assert minors.to_numpy() == pytest.approx([1 / 3] * 3, abs=0.02)
    low, high = SETTINGS.share_bins[0][0], SETTINGS.share_bins[-1][1]
    for share in (0.25, 0.5, 0.75):  # log-uniform: equal parts of the logarithm are equally often
        below = recipes.ratios[binary, 0] < low * (high / low) ** share
        assert below.mean() == pytest.approx(share, abs=0.01)
    assert (recipes.height[slots > 1] > 0).mean() == pytest.approx(0.5, abs=0.01)
    pa = recipes.endmembers[binary][:, 0][recipes.components[binary][:, 0] == COMPONENTS.index("PA")]
    use = SPECTRA.table["specimen"].iloc[pa].value_counts(normalize=True)
    assert use.to_numpy() == pytest.approx([0.25] * 4, abs=0.02)


@given(st.integers(0, 10_000))
def test_ratios_sum_to_one_and_the_first_is_the_smallest(seed):
    rng = np.random.default_rng(seed)
    slots = rng.integers(1, 4, 50)
    minor = rng.uniform(0.02, np.minimum(0.5, 1 / slots))
    ratios = share_out(minor, slots, rng)
    np.testing.assert_allclose(ratios.sum(axis=1), 1.0)
    assert ((ratios > 0).sum(axis=1) == slots).all()
    assert all(row[0] <= row[row > 0].min() + 1e-12 for row in ratios)
    np.testing.assert_allclose(ratios[slots > 1, 0], minor[slots > 1])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_ratios_of_a_fixed_set_sum_to_one_and_keep_their_bin(seed):
    recipes, rows = balanced_recipes(POOL, SETTINGS, np.random.default_rng(seed))
    np.testing.assert_allclose(recipes.ratios.sum(axis=1), 1.0)
    assert ((recipes.ratios > 0) == (recipes.endmembers != ABSENT)).all()
    mixed = rows["composition"].isin(["binary", "ternary"]).to_numpy()
    low, high = rows["share_low"].to_numpy(float)[mixed], rows["share_high"].to_numpy(float)[mixed]
    smallest = np.where(recipes.endmembers == ABSENT, np.inf, recipes.ratios).min(axis=1)[mixed]
    assert (smallest >= low - 1e-12).all() and (smallest <= high).all()


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_training_mixtures_bit_for_bit_and_another_seed_others(seed):
    def drawn(seed):
        recipes, draw, composed = random_mixtures(seed, 8)
        parts = (recipes.endmembers, recipes.ratios, recipes.height, draw.additive, draw.shift_cm1, draw.broadening_cm1)
        return [array.tobytes() for array in (*parts, composed.absorbance, composed.scale)]

    assert drawn(seed) == drawn(seed)
    assert drawn(seed)[-2] != drawn(seed + 1)[-2]


def test_composing_leaves_the_draw_alone_also_where_no_window_is_bridged():
    recipes = recipes_of([(0, 1.0, 0)])
    additive = np.random.default_rng(0).normal(0, 1e-3, (1, len(GRID)))
    before = additive.copy()
    compose(0.5 * SPECTRA.absorbance, recipes, still(1, additive), Axis(GRID, (0.0, 0.0)))
    np.testing.assert_array_equal(additive, before)


def test_a_fixed_set_is_balanced_over_pairs_bins_and_minors():
    _, mixtures = a_set()
    table = mixtures.table
    binary = table[table["composition"] == "binary"]
    pair = binary["components"].map(lambda names: tuple(sorted(names)))
    counts = binary.groupby([pair, "share_low", "minor_component"]).size()
    assert (counts == 3).all() and len(counts) == 3 * 2 * 2
    ternary = table[table["composition"] == "ternary"]
    assert (ternary.groupby(["minor_component", "share_low"]).size() == 3).all() and len(ternary) == 3 * 2 * 3
    assert (ternary["components"].map(set).map(len) == 3).all() and (ternary["laboratory"] == "A").all()
    assert (table[table["composition"] == "pure"]["components"].map(lambda n: n[0]).value_counts() == 4).all()
    mixed = pd.concat([binary, ternary])
    assert ((mixed["minor_share"] >= mixed["share_low"]) & (mixed["minor_share"] <= mixed["share_high"])).all()


def test_a_fixed_set_holds_twins_and_hard_negatives():
    _, mixtures = a_set()
    table = mixtures.table
    twins = table[table["composition"] == "same_polymer"]
    assert len(twins) == 3 * 2 and (twins["specimens"].map(set).map(len) == 2).all()
    assert (twins["components"].map(set).map(len) == 1).all() and twins["minor_component"].isna().all()
    hard = table[table["composition"] == "hard_negative"]
    assert len(hard) == 2 * 3 and (hard["kind"] == "filmed").all()  # no mixture of XX, which the study lacks
    assert hard["material_height"].between(0.1, 0.4).all()
    truth = mixtures.ratio_matrix(COMPONENTS)
    unmixed = table["composition"].isin(["pure", "same_polymer", "hard_negative"]).to_numpy()
    assert ((truth > 0).sum(axis=1)[unmixed] == 1).all()


def test_a_hard_negative_shows_its_material():
    """Beside the same draw without the film: all that changes is the film, at its height."""
    plain = dataclasses.replace(SETTINGS, hard_negatives=(HardNegative("none", ("PE", "PS"), "film", 1e-9, 1e-9),))
    filmed = dataclasses.replace(SETTINGS, hard_negatives=(HardNegative("filmed", ("PE", "PS"), "film", 0.3, 0.3),))
    sets = [
        compose_set(SPECTRA, COMPONENTS, chosen, MATERIALS, WINDOW, lambda x: x, "t", np.random.default_rng(1))
        for chosen in (plain, filmed)
    ]
    rows = np.flatnonzero(sets[0].table["composition"] == "hard_negative")
    without, with_film = (s.absorbance[rows] / s.table["scale"].to_numpy()[rows, None] for s in sets)
    film = AXIS.bridge(MATERIALS["film"][None])[0]
    heights = (with_film - without) @ film / (film @ film)
    recipes = sets[0].take(rows).recipes(SPECTRA.table, COMPONENTS)
    clean = sets[0].take(rows).placed(SPECTRA, recipes, 0)
    np.testing.assert_allclose(heights, 0.3 * clean.max(axis=1), rtol=1e-3)


BANDS = read_bands(Path(__file__).parents[2] / "workflow" / "sources" / "bands.csv")


@pytest.mark.parametrize("material", sorted({*BANDS["polymer"], *offered_components(BANDS)}))
def test_every_material_of_the_band_table_can_lie_on_a_polymer_and_is_nothing_to_call(material):
    """On the study's window: the material is there at its height, and the truth knows the polymer only."""
    window, grid = (2280.0, 2400.0), np.arange(680.0, 3169.0, 4.0)
    still = dataclasses.replace(
        NUISANCE, noise_median=0, noise_p95=0, vapour_median=0, vapour_p95=0, baseline_median=0, baseline_p95=0,
        co2_low=0, co2_high=0, shift_sd_cm1=0, broadening_share=0, interferents=(),
    )  # fmt: skip
    entry = HardNegative(f"unknown {material}", ("PE", "PS"), material, 0.1, 1.0)
    chosen = dataclasses.replace(SETTINGS, hard_negatives=(entry,), nuisance=still)
    polymers = np.stack([np.exp(-(((grid - 900 - 40 * row) / 15) ** 2)) for row in range(len(SPECTRA.table))])
    spectra = Spectra(grid, polymers.astype(np.float32), SPECTRA.table)
    added = nuisance_materials(BANDS, chosen, grid)
    mixtures = compose_set(spectra, COMPONENTS, chosen, added, window, lambda x: x, "t", np.random.default_rng(1))
    hard = mixtures.take(np.flatnonzero(mixtures.table["composition"] == "hard_negative"))
    assert len(hard.table) == 2 * 3 and set(hard.table["kind"]) == {f"unknown {material}"}
    clean = bridge_window(spectra.absorbance[hard.recipes(spectra.table, COMPONENTS).endmembers[:, 0]], grid, window)
    heights = hard.table["material_height"].to_numpy()[:, None] * clean.max(axis=1, keepdims=True)
    film = bridge_window(material_spectrum(BANDS, material, grid)[None], grid, window)
    unscaled = hard.absorbance / hard.table["scale"].to_numpy()[:, None]
    np.testing.assert_allclose(unscaled, clean + heights * film, atol=1e-5)
    assert ((hard.table["material_height"] >= 0.1) & (hard.table["material_height"] <= 1.0)).all()
    assert (hard.ratio_matrix(COMPONENTS)[:, :2].sum(axis=1) == 1).all() and hard.presence(COMPONENTS).sum() == 6


def test_the_baseline_step_of_preprocessing_is_applied_to_fixed_sets():
    def flatten(absorbance):
        return absorbance - absorbance.min(axis=1, keepdims=True)

    rng = np.random.default_rng(1)
    mixtures = compose_set(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW, flatten, "t", rng)
    assert (mixtures.absorbance.min(axis=1) == 0).all() and mixtures.absorbance.max(axis=1) == pytest.approx(1)


def test_a_fixed_set_uses_specimens_evenly():
    spectra, mixtures = a_set()
    use = mixtures.table["specimens"].explode().value_counts()
    pa = use[[name for name in use.index if "PA" in name]]
    assert len(pa) == 4 and pa.max() - pa.min() <= 2


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


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(0, 40), st.integers(0, 99))
def test_largest_remainder_deals_all_and_stays_within_one(weights, total, seed):
    shares = np.array(weights) / sum(weights)
    numbers = largest_remainder(shares, total, np.random.default_rng(seed))
    assert numbers.sum() == total
    assert (np.abs(numbers - shares * total) < 1 + 1e-9).all()


def test_the_order_of_wavenumbers_does_not_matter():
    spectra = endmembers().absorbance
    recipes = recipes_of([(0, 0.3, 0), (9, 0.7, 1)], height=0.5)
    additive = np.random.default_rng(0).normal(0, 0.01, (1, len(GRID))).astype(np.float32)
    forward = compose(spectra, recipes, Nuisance(np.array([1.0]), np.array([6.9]), additive), AXIS)
    # The window's edges are three points on either side, so a mirrored axis has a mirrored window.
    mirrored = Axis(GRID, (GRID[0] + GRID[-1] - WINDOW[1], GRID[0] + GRID[-1] - WINDOW[0]))
    shifted_back = Nuisance(np.array([-1.0]), np.array([6.9]), additive[:, ::-1])
    backward = compose(spectra[:, ::-1], recipes, shifted_back, mirrored)
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
    recipes = recipes_of([(0, 1.0, 0)], [(0, 0.5, 0), (1, 0.5, 1)])
    composed = compose(np.concatenate([first, second]), recipes, still(2, additive), AXIS)
    noise = composed.absorbance[:, 10:20].std(axis=1) / additive[:, 10:20].std(axis=1)
    assert noise == pytest.approx([1.0, 1.0], rel=0.01)


def test_the_minor_is_either_component_within_every_laboratory():
    """Roles dealt by position went with the laboratory, whose mixtures come in blocks."""
    _, mixtures = a_set()
    binary = mixtures.table[mixtures.table["composition"] == "binary"]
    counts = pd.concat([a_set(seed)[1].table for seed in range(6)])
    counts = counts[counts["components"].map(set) == {"PE", "PS"}].groupby(["laboratory", "minor_component"]).size()
    assert len(binary) and len(counts) == 4 and counts.min() > 5


def test_the_second_of_a_polymer_with_itself_is_another_specimen_even_where_that_is_used_up():
    layout = Layout(POOL, SETTINGS, np.random.default_rng(0))
    table = SPECTRA.table
    for specimen in table["specimen"][(table["laboratory"] == "A") & (table["component"] == "PA")].unique()[1:]:
        layout.dealer._specimen_use[specimen] = 100  # the first is the least used, twice over
    layout.add("A", ("PA", "PA"), (0.1, 0.5), composition="same_polymer")
    assert table["specimen"].iloc[layout.endmembers[0][:2]].nunique() == 2
