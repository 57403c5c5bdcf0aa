"""References are told apart by their names, the shipped ones and any others."""

from pathlib import Path

from ftirmix.identification.library import told_apart
from ftirmix.identification.storage import load_description

PRETRAINED = Path(__file__).parents[2] / "workflow" / "pretrained"


def test_several_of_a_material_are_numbered_and_the_only_one_is_not():
    names = [
        "PS, mean of 25 spectra of 25 specimens",
        "PS, mean of 25 spectra of 25 specimens",
        "ABS, mean of 11 spectra of 11 specimens",
        "ABS (calculated)",
        "PTFE",
        "PTFE",
    ]
    told = told_apart(names)
    assert told == [
        "PS #1, mean of 25 spectra of 25 specimens",
        "PS #2, mean of 25 spectra of 25 specimens",
        "ABS, mean of 11 spectra of 11 specimens",
        "ABS (calculated)",
        "PTFE #1",
        "PTFE #2",
    ]
    assert told_apart(told) == told


def test_no_two_shipped_references_have_one_name_or_one_beginning():
    names = load_description(PRETRAINED).library.name
    beginnings = [name.split(", mean")[0] for name in names]
    assert len(set(names)) == len(names) == len(set(beginnings))
    assert "PA #1" in beginnings and "cellulose (calculated)" in beginnings and "cellulose" in beginnings
