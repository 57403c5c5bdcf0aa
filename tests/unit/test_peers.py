"""Scores and integrated gradients beside other libraries', where those are installed."""

import numpy as np
import pytest
import torch

from ftirmix.attribution.path import integrated_gradients
from ftirmix.attribution.scores import matched_area_iou, pointing_game
from ftirmix.map_speed import Logits
from ftirmix.models import ARCHITECTURES, build_seeded
from ftirmix.neglect import own_band_attribution
from ftirmix.training import infer
from tests.unit.test_mixtures import GRID
from tests.unit.test_models import OPTIONS

CHOSEN = np.array([0, 2, 1, 1, 0])
# Quantus wants packages of image processing, and a second build of OpenCV beside pytorch-grad-cam's.
ELSEWHERE = "in no dependency group; put it and scikit-image beside them to compare"


def maps_and_bands():
    """Maps without negative part or equal values, and bands; some rows hit, some miss."""
    rng = np.random.default_rng(4)
    bands = np.zeros((12, 80), dtype=bool)
    for row, start in enumerate(rng.integers(0, 60, 12)):
        bands[row, start : start + 3 + row] = True
    return rng.random((12, 80)) + 0.1 * bands, bands


def by_quantus(metric, maps, bands):
    """Score maps as images of height one by a metric of Quantus, which asks for a model and uses none here."""
    with np.errstate(all="ignore"):
        return np.array(
            metric(
                model=None,
                x_batch=maps[:, None],
                y_batch=np.zeros(len(maps), dtype=int),
                a_batch=maps[:, None],
                s_batch=bands[:, None],
                device="cpu",
            ),
            dtype=float,
        )


@pytest.fixture
def quantus():
    return pytest.importorskip("quantus", reason=ELSEWHERE)


QUIET = {"display_progressbar": False, "disable_warnings": True, "normalise": False, "abs": False}


def test_the_pointing_game_is_that_of_quantus(quantus):
    maps, bands = maps_and_bands()
    theirs = by_quantus(quantus.PointingGame(**QUIET), maps, bands)
    assert 0 < theirs.mean() < 1
    np.testing.assert_array_equal(pointing_game(maps, bands), theirs)


def test_the_part_on_own_bands_is_the_relevance_mass_of_quantus(quantus):
    """Arras et al. 2022, arXiv:2003.07258: the mass of a map that lies on the mask."""
    maps, bands = maps_and_bands()
    theirs = by_quantus(quantus.RelevanceMassAccuracy(**QUIET), maps, bands)
    np.testing.assert_allclose(own_band_attribution(maps, bands), theirs, rtol=1e-12)


def test_iou_at_matched_area_is_the_relevance_rank_of_quantus_in_another_form(quantus):
    """Their accuracy is the share r of the |D| highest positions on D: |T & D| / |T | D| = r / (2 - r)."""
    maps, bands = maps_and_bands()
    theirs = by_quantus(quantus.RelevanceRankAccuracy(**QUIET), maps, bands)
    assert 0 <= theirs.min() < theirs.max() < 1
    np.testing.assert_allclose(matched_area_iou(maps, bands), theirs / (2 - theirs), rtol=1e-12)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_integrated_gradients_and_what_they_lack_to_the_logit_are_captums(name):
    attr = pytest.importorskip("captum.attr", reason="of the dependency group benchmark")
    network = build_seeded(name, GRID, 3, OPTIONS[name], 0).eval()
    rng = np.random.default_rng(0)
    spectra = rng.random((5, len(GRID)), dtype=np.float32)
    for baseline in (np.zeros_like(spectra), spectra * rng.random(spectra.shape, dtype=np.float32)):
        found = integrated_gradients(network, spectra, baseline, CHOSEN, steps=8)
        # Their riemann_middle sets points as ours: (k - 1/2) / n of the way.
        theirs, gap = attr.IntegratedGradients(Logits(network)).attribute(
            torch.from_numpy(spectra), torch.from_numpy(baseline), target=torch.from_numpy(CHOSEN), n_steps=8,
            method="riemann_middle", return_convergence_delta=True,
        )  # fmt: skip
        np.testing.assert_allclose(found, theirs.detach().numpy(), atol=1e-5)
        change = infer(network, spectra)[0] - infer(network, baseline)[0]
        np.testing.assert_allclose(found.sum(axis=1) - change[np.arange(5), CHOSEN], gap.numpy(), atol=1e-5)
