"""Which folds of which protocol are compared."""

import pytest

from ftirmix.errors import StudyError
from ftirmix.rounds import compared_folds, folds_of

PROTOCOLS = {
    "specimen": {"tested_folds": [1, 3, 4]},
    "laboratory": {"left_out": ["FLOPP", "Jung", "Primpke"]},
    "measured": {},
    "random": {"draws": 2},
}


def test_all_folds_of_every_protocol():
    compared = dict.fromkeys(PROTOCOLS, "all")
    found = {name: compared_folds({"protocols": PROTOCOLS, "compared": compared}, name) for name in PROTOCOLS}
    assert found == {"specimen": [1, 3, 4], "laboratory": [0, 1, 2], "measured": [0], "random": [0, 1]}
    assert found == {name: folds_of(PROTOCOLS, name) for name in PROTOCOLS}


def test_chosen_folds_by_number_and_laboratories_by_name():
    compared = {"specimen": [4, 1], "laboratory": ["Primpke"]}
    config = {"protocols": PROTOCOLS, "compared": compared}
    assert compared_folds(config, "specimen") == [4, 1] and compared_folds(config, "laboratory") == [2]
    with pytest.raises(StudyError, match="compared.specimen has 2"):
        compared_folds({"protocols": PROTOCOLS, "compared": {"specimen": [2]}}, "specimen")
