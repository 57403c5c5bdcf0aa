"""Classical models on the linear simulator, their files, their tuning, and fast fits against slow ones."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from scipy.optimize import nnls as slow_nnls
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits

from ftirmix.bands import materials_of
from ftirmix.classical import library_search
from ftirmix.classical.base import Training, shares_of, training_of
from ftirmix.classical.features import first_derivative, fit_projection, project, unit_derivative
from ftirmix.classical.library import typical_endmembers
from ftirmix.classical.nnls import scatter_of, weights_of
from ftirmix.classical.one_vs_rest import answers_of, fit_each
from ftirmix.classical.registry import METHODS, answer, fit
from ftirmix.classical.storage import load, save
from ftirmix.classical.tuning import tune
from ftirmix.errors import StudyError
from ftirmix.figures import model_style
from ftirmix.metrics import choose_thresholds
from ftirmix.mixture_sets import compose_set
from ftirmix.model_names import CLASSICAL_NAMES, MODEL_NAMES, NETWORK_NAMES
from ftirmix.settings import settings
from ftirmix.simulator import simulate
from ftirmix.spectra import Spectra
from ftirmix.stream import stream_of
from ftirmix.tuning_table import TUNING_COLUMNS, standing
from tests.unit import test_mixtures, test_simulator

COMPONENTS = ["PE", "PS", "PET", "PA"]
GRID = np.arange(680.0, 3168.0, 8.0)
WINDOW = (2280.0, 2400.0)
OPTIONS = {
    "nnls_raw": {"per_component": 6},
    "nnls": {"per_component": 6, "derivative_window": 5},
    "nnls_weighted": {"per_component": 6, "derivative_window": 5, "floor": 0.3},
    "library_search": {"per_component": 6, "derivative_window": 5, "best_pair": True},
    "plsda": {"latent_variables": 12, "derivative_window": 5},
    "svm": {"directions": 20, "derivative_window": 5, "penalty": 10.0, "gamma": 1.0},
    "random_forest": {"directions": 12, "derivative_window": 5, "trees": 60, "leaf": 1, "features_per_split": 0.5},
    "gradient_boosting": {"directions": 12, "derivative_window": 5, "rounds": 40, "learning_rate": 0.2, "leaves": 10},
    "knn": {"directions": 12, "derivative_window": 5, "neighbours": 6},
}
# Exact match of binary mixtures with a minor share of 20 % and more, of specimens that no model has seen, and
# the error of their mixing ratios. All find every component where mixtures add up linearly but PLS-DA, whose
# presence is linear in the spectrum and cannot jump from none to little. Support vector regression lets errors
# within its tolerance of 0.03 pass.
EXPECTED = {
    "nnls_raw": (0.95, 0.01), "nnls": (0.95, 0.01), "nnls_weighted": (0.95, 0.01), "library_search": (0.95, 0.01),
    "plsda": (0.8, 0.05), "svm": (0.95, 0.04), "random_forest": (0.95, 0.03), "gradient_boosting": (0.95, 0.03),
    "knn": (0.95, 0.02),
}  # fmt: skip
# Mixtures add up linearly and carry next to nothing else.
LINEAR = replace(
    test_mixtures.SETTINGS,
    side_by_side_share=0.0,
    hard_negatives=(),
    ternary_per_minor_and_bin=0,
    same_polymer_per_component=0,
    training_shares=replace(test_mixtures.SETTINGS.training_shares, ternary=0.0),
    nuisance=replace(test_simulator.CLEAN, noise_median=3e-4, noise_p95=9e-4),
)
MATERIALS = {name: np.zeros(len(GRID)) for name in test_mixtures.MATERIALS}


def specimens(seed):
    """Simulate endmembers of unit maximum; another seed gives other specimens."""
    spreads = {"height_sd": 0.03, "width_sd": 0.02, "position_sd_cm1": 0.2, "dispersion_k_sd": 0.01}
    chosen = replace(test_simulator.SETTINGS, specimens=10, nuisance=test_simulator.CLEAN, seed=seed, **spreads)
    table = simulate(test_simulator.BANDS, COMPONENTS, chosen, GRID).to_pandas()
    absorbance = np.stack(table["intensity"]).astype(np.float32)
    table["component"] = table["label"].map({label: name for name in COMPONENTS for label in materials_of(name)})
    return Spectra(GRID, absorbance / absorbance.max(axis=1, keepdims=True), table.drop(columns="intensity"))


def held_out(seed):
    rng = np.random.default_rng(seed)
    return compose_set(specimens(seed), COMPONENTS, LINEAR, MATERIALS, WINDOW, lambda x: x, "t", rng)


def trained_on(components):
    endmembers = specimens(1)
    endmembers = endmembers.take(endmembers.table["component"].isin(components).to_numpy())
    stream = stream_of(endmembers, COMPONENTS, LINEAR, MATERIALS, WINDOW, complete=len(components) == 4)
    return training_of(endmembers, COMPONENTS, stream, 1200, 0)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As the rules have it: threads that wait for each other on a busy machine take many times as long."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def training():
    return trained_on(COMPONENTS)


@pytest.fixture(scope="module")
def fitted(training):
    return {name: fit(name, training, OPTIONS[name], 0) for name in METHODS}


@pytest.fixture(scope="module")
def tested():
    return held_out(2), held_out(3)


def area(scores, mixtures):
    return roc_auc_score(mixtures.presence(COMPONENTS), scores, average="macro")


def test_the_registry_the_names_and_the_default_study_have_the_same_models():
    assert set(METHODS) == set(CLASSICAL_NAMES) == set(OPTIONS) and not set(METHODS) & set(NETWORK_NAMES)
    config = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    assert set(config["models"]) == set(MODEL_NAMES)
    assert len({len(config["models"][name]["candidates"]) for name in METHODS}) == 1


def test_no_two_models_look_the_same_in_figures():
    styles = [model_style(name) for name in MODEL_NAMES]
    assert len({tuple(style.values()) for style in styles}) == len(MODEL_NAMES)


@pytest.mark.parametrize("name", METHODS)
def test_every_model_solves_the_linear_simulator(name, fitted, tested):
    validation, test = tested
    known, _ = answer(fitted[name], validation.absorbance)
    scores, ratios = answer(fitted[name], test.absorbance)
    assert scores.shape == ratios.shape == (len(test.table), 4)
    assert (ratios >= 0).all() and np.allclose(ratios.sum(axis=1), 1)
    assert standing(known, validation, COMPONENTS, 0.03)[0] > 0.5
    assert area(scores, test) > 0.95
    chosen = np.flatnonzero(test.table["share_low"] == 0.2)
    threshold = choose_thresholds(known, validation.presence(COMPONENTS), 0.03)
    exact = ((scores >= threshold) == test.presence(COMPONENTS)).all(axis=1)[chosen].mean()
    error = np.abs(ratios - test.ratio_matrix(COMPONENTS))[test.presence(COMPONENTS)].mean()
    assert exact > EXPECTED[name][0] and error < EXPECTED[name][1], (exact, error)


def test_a_random_model_scores_chance_and_a_perfect_one_scores_one(tested):
    mixtures = tested[0]
    present = mixtures.presence(COMPONENTS)
    blind = [np.random.default_rng(seed).random(present.shape) for seed in range(20)]
    assert abs(np.mean([area(scores, mixtures) for scores in blind]) - 0.5) < 0.03
    # Of 10 sets of one or two of four components a guess within 3 % false positives seldom hits one.
    assert np.mean([standing(scores, mixtures, COMPONENTS, 0.03)[0] for scores in blind]) < 0.1
    assert standing(present.astype(float), mixtures, COMPONENTS, 0.03) == (1.0, 1.0)
    assert area(present.astype(float), mixtures) == 1.0


@pytest.mark.parametrize("name", METHODS)
def test_models_fitted_on_shuffled_labels_are_at_chance(name, training, tested):
    order = np.random.default_rng(0).permutation(len(training.ratios))
    kinds = np.random.default_rng(0).permutation(training.component)
    blind = replace(training, ratios=training.ratios[order], component=kinds)
    areas = [area(answer(fit(name, blind, OPTIONS[name], 0), mixtures.absorbance)[0], mixtures) for mixtures in tested]
    assert abs(np.mean(areas) - 0.5) < 0.2


@pytest.mark.parametrize("name", METHODS)
def test_a_saved_model_answers_the_same_bit_by_bit(name, fitted, tested, tmp_path):
    save(tmp_path / "model.skops", fitted[name])
    again = load(tmp_path / "model.skops")
    assert (again.method, again.components, again.options) == (name, COMPONENTS, OPTIONS[name])
    for one, other in zip(*(answer(m, tested[0].absorbance) for m in (fitted[name], again)), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", METHODS)
def test_a_fit_is_determined_by_its_seed(name, training, fitted, tested):
    again = fit(name, training, OPTIONS[name], 0)
    for one, other in zip(*(answer(m, tested[0].absorbance) for m in (fitted[name], again)), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", METHODS)
def test_an_answer_does_not_depend_on_the_other_spectra(name, fitted, tested):
    spectra = tested[0].absorbance[:6]
    together = answer(fitted[name], spectra)
    apart = [answer(fitted[name], spectra[[row]]) for row in range(6)]
    for place in range(2):
        np.testing.assert_allclose(together[place], np.concatenate([a[place] for a in apart]), atol=1e-8)


@pytest.mark.parametrize("name", METHODS)
def test_a_component_that_training_lacks_is_never_the_likeliest(name, tested):
    lacking = trained_on(["PE", "PS", "PET"])
    scores, ratios = answer(fit(name, lacking, OPTIONS[name], 0), tested[0].absorbance)
    assert np.isfinite(scores).all() and np.allclose(ratios.sum(axis=1), 1)
    assert (scores[:, 3] <= scores[:, :3].max(axis=1)).all()


def test_a_component_that_training_lacks_scores_as_the_least_likely():
    estimators = fit_each(np.zeros((4, 1)), np.array([[0, 1], [1, 1], [0, 1], [1, 1]]), DummyClassifier)
    assert estimators[1] is None  # always there: nothing to be learnt
    values = iter([np.array([3.0, 5.0]), np.array([4.0, -1.0])])
    found = answers_of([*estimators, estimators[0]], 2, lambda _: next(values))
    assert found.tolist() == [[3.0, 3.0, 4.0], [5.0, -1.0, -1.0]]


@pytest.mark.parametrize("name", METHODS)
def test_a_spectrum_without_any_band_gets_finite_answers(name, fitted):
    scores, ratios = answer(fitted[name], np.zeros((1, len(GRID))))
    assert np.isfinite(scores).all() and ratios.sum() == pytest.approx(1)


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "absent", "other"])
def test_a_damaged_file_is_named(damage, fitted, tmp_path):
    path = tmp_path / "model.skops"
    if damage == "other":
        skops.io.dump({"method": "nnls"}, path)
    elif damage != "absent":
        save(path, fitted["random_forest"])
        whole = path.read_bytes()
        path.write_bytes({"cut": whole[:-80], "empty": b"", "text": b"a" * 500}[damage])
    with pytest.raises(StudyError, match=r"model\.skops: (not a readable model|cannot be read) .*run again"):
        load(path)


class Foreign(BaseEstimator):
    """What a stranger could put into a file."""


def test_a_file_with_a_foreign_type_is_refused_before_anything_is_built(fitted, tmp_path):
    path = tmp_path / "model.skops"
    state = fitted["nnls"].state | {"weight": Foreign()}
    save(path, replace(fitted["nnls"], state=state))
    with pytest.raises(StudyError, match=r"holds the foreign type .*Foreign, which is not loaded"):
        load(path)


def test_a_pickled_model_is_refused(fitted, tmp_path):
    import pickle

    path = tmp_path / "model.skops"
    path.write_bytes(pickle.dumps(fitted["nnls"]))
    with pytest.raises(StudyError, match="not a readable model"):
        load(path)


def test_every_candidate_is_tried_on_validation_and_the_best_is_kept(training, tested):
    candidates = [{"per_component": 1, "derivative_window": 21}, OPTIONS["nnls"], OPTIONS["nnls"]]
    best, table = tune("nnls", candidates, training, tested[0], 0.03, 0)
    assert list(table.columns) == TUNING_COLUMNS and table["candidate"].tolist() == [0, 1, 2]
    assert table["kept"].tolist() == [False, True, False]  # the first of two equals
    assert best.options == OPTIONS["nnls"] == json.loads(table["options"][1])
    scores, _ = answer(best, tested[0].absorbance)
    assert table["exact_match"][1] == standing(scores, tested[0], COMPONENTS, 0.03)[0]
    assert table["exact_match"][1] == table["exact_match"][2] > table["exact_match"][0]


def test_standing_by_hand():
    mixtures = test_mixtures.a_set()[1]
    rows = [np.flatnonzero(mixtures.table["composition"] == kind)[0] for kind in ("pure", "binary", "same_polymer")]
    chosen = mixtures.take(np.array(rows))
    present = chosen.presence(test_mixtures.COMPONENTS)
    scores = present.astype(float)
    minor = test_mixtures.COMPONENTS.index(chosen.table["minor_component"][1])
    scores[1, minor] = -1.0  # below everything absent
    assert standing(scores, chosen, test_mixtures.COMPONENTS, 0.0) == (0.5, 0.0)


def bands(*centres):
    grid = test_mixtures.GRID
    return sum(np.exp(-(((grid - centre) / 12) ** 2)) for centre in centres)


PURE = np.stack([bands(1040, 1100), bands(1060, 1180), bands(1140, 1200)])


def three(absorbance, component):
    """Training without mixtures: what NNLS and library search take."""
    names = test_mixtures.COMPONENTS
    return Training(names, absorbance, np.asarray(component), absorbance, np.eye(3)[component])


@pytest.mark.parametrize("name", ["nnls", "nnls_weighted", "library_search"])
def test_a_linear_mixture_is_recovered_whatever_its_straight_baseline(name):
    model = fit(name, three(PURE, [0, 1, 2]), OPTIONS[name], 0)
    mixed = 0.6 * PURE[0] + 0.4 * PURE[2] + 0.3
    np.testing.assert_allclose(answer(model, mixed[None])[1], [[0.6, 0.0, 0.4]], atol=1e-4)


def random_training(seed=0, entries=12):
    rng = np.random.default_rng(seed)
    spectra = rng.random((entries, len(test_mixtures.GRID)))
    return three(spectra, np.arange(entries) % 3), rng.random((5, len(test_mixtures.GRID)))


def test_weighted_nnls_equals_scipy_with_explicit_weights():
    training, spectra = random_training()
    state = fit("nnls_weighted", training, OPTIONS["nnls_weighted"], 0).state
    weight = np.random.default_rng(1).random(spectra.shape[1]) + 0.1
    ratios, _ = METHODS["nnls_weighted"].answer(state | {"weight": weight}, spectra)
    design = np.diag(weight) @ first_derivative(state["absorbance"], 5).T
    for spectrum, found in zip(spectra, ratios, strict=True):
        coefficients = slow_nnls(design, np.diag(weight) @ first_derivative(spectrum, 5))[0]
        slow = np.array([coefficients[state["component"] == index].sum() for index in range(3)])
        np.testing.assert_allclose(found, slow / slow.sum(), atol=1e-8)


def test_nnls_weights_are_the_inverse_of_what_fits_leave():
    training, spectra = random_training()
    plain = fit("nnls", training, OPTIONS["nnls"], 0).state
    left = []
    for spectrum in spectra:
        design, target = first_derivative(plain["absorbance"], 5).T, first_derivative(spectrum, 5)
        left.append(target - design @ slow_nnls(design, target)[0])
    scatter = np.sqrt((np.array(left) ** 2).mean(axis=0))
    np.testing.assert_allclose(scatter_of(plain, spectra), scatter, atol=1e-10)
    weight = weights_of(scatter, 0.5)
    expected = 1 / np.sqrt(scatter**2 + 0.25 * (scatter**2).mean())
    np.testing.assert_allclose(weight / weight[0], expected / expected[0])
    assert weight.mean() == pytest.approx(1)
    assert weights_of(np.zeros(4), 0.5).tolist() == [1, 1, 1, 1]


def test_weights_are_low_where_training_mixtures_scatter(training):
    noisy = training.mixtures + 0.05 * np.random.default_rng(0).standard_normal(training.mixtures.shape) * (GRID > 2500)
    weight = fit("nnls_weighted", replace(training, mixtures=noisy), OPTIONS["nnls_weighted"], 0).state["weight"]
    assert weight[GRID > 2550].max() < 0.5 * np.median(weight[GRID < 2450])


def slow_pairs(entries, component, spectrum, components):
    """Every pair one by one, with scipy: scores and amounts of the best pair by component."""

    def centred(row):
        row = first_derivative(row, 5)
        return row - row.mean()

    target = centred(spectrum)
    target = target / np.linalg.norm(target)
    columns = np.stack([centred(row) for row in entries], axis=1)
    alone = np.zeros(components)
    for place, index in enumerate(component):
        _, rest = slow_nnls(columns[:, [place]], target)
        alone[index] = max(alone[index], 1 - rest**2)
    best, forced = (-1.0, None), np.zeros(components)
    for i in range(len(entries)):
        for j in range(i + 1, len(entries)):
            if component[i] != component[j]:
                amounts, rest = slow_nnls(columns[:, [i, j]], target)
                explained = 1 - rest**2
                for index in (component[i], component[j]):
                    forced[index] = max(forced[index], explained)
                if explained > best[0] + 1e-12:
                    best = (explained, {component[i]: amounts[0], component[j]: amounts[1]})
    scores = forced - best[0]
    one, other = best[1]
    scores[one], scores[other] = best[0] - alone[other], best[0] - alone[one]
    ratios = np.zeros(components)
    for index, amount in best[1].items():
        ratios[index] = amount
    return scores, ratios / ratios.sum()


@pytest.mark.parametrize("at_once", [2_000_000, 50])
def test_the_best_pair_equals_every_pair_one_by_one(monkeypatch, at_once):
    monkeypatch.setattr(library_search, "FITS_AT_ONCE", at_once)
    training, spectra = random_training(3)
    mixed = spectra @ np.eye(spectra.shape[1]) * 0.3 + 0.5 * training.absorbance[:5] + 0.2 * training.absorbance[3:8]
    model = fit("library_search", training, OPTIONS["library_search"], 0)
    scores, ratios = answer(model, mixed)
    for row, spectrum in enumerate(mixed):
        slow = slow_pairs(model.state["absorbance"], model.state["component"], spectrum, 3)
        np.testing.assert_allclose(scores[row], slow[0], atol=1e-8)
        np.testing.assert_allclose(ratios[row], slow[1], atol=1e-8)


def test_without_pairs_the_score_is_the_best_hit_quality_index():
    training, spectra = random_training(4)
    model = fit("library_search", training, OPTIONS["library_search"] | {"best_pair": False}, 0)
    scores, ratios = answer(model, spectra)
    entries = np.abs(first_derivative(model.state["absorbance"], 5))
    for row, spectrum in enumerate(np.abs(first_derivative(spectra, 5))):
        r = np.array([np.corrcoef(spectrum, entry)[0, 1] for entry in entries])
        best = [max(0, r[model.state["component"] == index].max()) ** 2 for index in range(3)]
        np.testing.assert_allclose(scores[row], best, atol=1e-10)
        assert ratios[row].tolist() == np.eye(3)[int(np.argmax(best))].tolist()


def test_the_library_is_balanced_and_made_of_measured_spectra():
    spectra = np.random.default_rng(0).random((40, len(test_mixtures.GRID)))
    training = three(spectra, np.repeat([0, 1], [35, 5]))
    rows = typical_endmembers(training, 6, 5, 0)
    assert np.bincount(training.component[rows]).tolist() == [6, 5] and (np.diff(rows) > 0).all()


def test_projections_keep_what_varies_and_have_a_mean_square_of_one(training):
    projection = fit_projection(training.mixtures, 5, 10)
    features = project(projection, training.mixtures)
    assert features.shape == (1200, 10) and (features**2).sum(axis=1).mean() == pytest.approx(1)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-9)
    assert (np.diff(features.var(axis=0)) < 0).all()
    derivative = unit_derivative(training.mixtures, 5)
    slow = np.linalg.svd(derivative - derivative.mean(axis=0), compute_uv=False)[:10] ** 2
    np.testing.assert_allclose(features.var(axis=0), slow / slow.sum(), rtol=1e-6)


def test_shares_by_hand():
    assert shares_of(np.array([[3.0, -1.0, 1.0], [-1.0, 0.0, -2.0]])).tolist() == [[0.75, 0, 0.25], [1 / 3] * 3]


def test_training_mixtures_follow_from_their_seed():
    endmembers = specimens(1)
    stream = stream_of(endmembers, COMPONENTS, LINEAR, MATERIALS, WINDOW)
    first, again, other = (training_of(endmembers, COMPONENTS, stream, 50, seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.mixtures, again.mixtures)
    assert not np.array_equal(first.mixtures, other.mixtures)
    assert pd.Series(first.component).value_counts().to_dict() == {0: 20, 1: 20, 2: 20, 3: 20}


@pytest.mark.parametrize("name", METHODS)
def test_options_are_those_of_the_settings(name):
    assert settings(METHODS[name].settings, OPTIONS[name]) == METHODS[name].settings(**OPTIONS[name])


def test_models_are_stored_without_importing_torch():
    """It takes longer to import than most of these models to fit; the next import of it works all the same."""
    code = (
        "import sys; import ftirmix.classical.storage; assert 'torch' not in sys.modules; import torch; torch.ones(1)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
