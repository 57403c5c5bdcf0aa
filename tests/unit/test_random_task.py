"""The papers' task: classes, margins, the leak that it is."""

import numpy as np
import pandas as pd
import pytest
import torch

from ftirmix.errors import StudyError
from ftirmix.models import build_seeded, describe, load_network, save_network
from ftirmix.protocols import check_split, split_at_random
from ftirmix.random_task import class_numbers, classes_of, component_margins, random_settings
from ftirmix.settings import MixtureSettings, RandomSettings, settings
from ftirmix.subsets import members
from ftirmix.training import mixture_loss
from tests.unit.test_configuration import CONFIG
from tests.unit.test_protocols import table_of

TABLE = table_of({("A", "PE"): 3, ("A", "PS"): 3, ("B", "PE"): 9})


def test_classes_are_the_pure_components_and_the_pairs():
    expected = ["100", "010", "001", "110", "101", "011"]
    assert ["".join(map(str, row.astype(int))) for row in classes_of(3)] == expected
    assert len(classes_of(7)) == 28


def test_every_sample_finds_its_class():
    present = np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)
    assert class_numbers(present, classes_of(3)).tolist() == [4, 1]
    with pytest.raises(ValueError, match="no class"):
        class_numbers(np.ones((1, 3), dtype=bool), classes_of(3))


def test_a_margin_is_the_best_class_with_the_component_less_the_best_without():
    # Classes 100, 010, 001, 110, 101, 011.
    logits = np.array([[1.0, 0.0, -1.0, 4.0, 2.0, 0.5]])
    assert component_margins(logits, classes_of(3)).tolist() == [[4 - 0.5, 4 - 2.0, 2.0 - 4]]


def test_margins_above_zero_are_the_components_of_the_winning_class():
    logits = np.random.default_rng(1).normal(size=(200, 28))
    called = component_margins(logits, classes_of(7)) > 0
    assert (called == classes_of(7)[logits.argmax(axis=1)]).all()


def test_the_loss_of_classes_is_their_cross_entropy():
    ratios = torch.tensor([[0.3, 0.7, 0.0]])
    loss = mixture_loss(torch.zeros(1, 6), torch.zeros(1, 3), ratios, 0.0, classes_of(3))
    assert float(loss) == pytest.approx(np.log(6))
    sure = torch.tensor([[0.0, 0.0, 0.0, 50.0, 0.0, 0.0]])  # the class of the first two
    assert float(mixture_loss(sure, torch.zeros(1, 3), ratios, 0.0, classes_of(3))) == pytest.approx(0, abs=1e-6)


def test_training_draws_every_class_equally_often_and_no_other():
    choices = settings(MixtureSettings, CONFIG["mixtures"])
    task = RandomSettings(laboratory="A", draws=1, per_class=43, lowest_share=0.1)
    made = random_settings(choices, task, 7)
    assert made.training_shares.pure == 7 / 28 and made.training_shares.ternary == 0
    assert made.share_bins == ((0.1, 0.5),) and made.nuisance == choices.nuisance


def test_every_endmember_of_the_laboratory_is_in_all_subsets_and_no_other_in_any():
    split = pd.concat([TABLE, split_at_random(TABLE, "A", ["PE", "PS"], 2)], axis=1)
    own = TABLE["laboratory"] == "A"
    for subset in ("train", "validation", "test"):
        assert (members(split, 1, subset) == own).all()
    check_split(split, [0, 1])  # leaks by design


@pytest.mark.parametrize(("laboratory", "parts"), [("C", ["'C'", "A, B"]), ("B", ["B has no PS"])])
def test_a_laboratory_that_cannot_serve_is_an_error(laboratory, parts):
    with pytest.raises(StudyError) as error:
        split_at_random(TABLE, laboratory, ["PE", "PS"], 1)
    assert all(part in str(error.value) for part in parts)


def test_a_network_of_classes_survives_the_disk(tmp_path):
    options, grid = (
        {"channels": [4], "kernel": 3, "stride": 2, "reduced": 4, "hidden": 8, "dropout": 0.0},
        np.arange(64.0),
    )
    network = build_seeded("cnn", np.arange(64.0), 3, options, 0, answers=6).eval()
    described = describe("cnn", options, ["PE", "PP", "PS"], grid, 0, classes_of(3))
    save_network(tmp_path / "model.safetensors", network, described)
    loaded, description = load_network(tmp_path / "model.safetensors")
    assert (np.array(description["classes"]) == classes_of(3)).all()
    spectra = torch.rand(2, 64)
    logits, ratios = loaded(spectra)
    assert logits.shape == (2, 6) and ratios.shape == (2, 3)
    assert torch.equal(logits, network(spectra)[0])
