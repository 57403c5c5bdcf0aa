"""Figures of the card, by networks whose answers are known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ftirmix.axis import Axis
from ftirmix.identification.agreement import agreement_table, wells_of
from ftirmix.identification.calibration import RATIO_EDGES, Calibration, judge
from ftirmix.identification.card import with_interval
from ftirmix.identification.evaluation import (
    coverage_table,
    cut_table,
    foreign_table,
    lost_table,
    materials_table,
    reliability_table,
    told_by_parts,
)
from ftirmix.identification.foreign import KIN
from ftirmix.identification.library import Library
from ftirmix.identification.tradeoff import tradeoff_table
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra
from ftirmix.stream import cut_low_end

COMPONENTS = ["PE", "PA", "foreign"]
STATISTICS = {"replicates": 200, "level": 0.95, "seed": 1}
BINS = len(RATIO_EDGES) - 1
CALIBRATION = Calibration(
    tuple(COMPONENTS),
    (1.0,) * 3,
    (0.0,) * 3,
    (0.0,) * 3,
    (),
    (),
    (),
    5.0,
    RATIO_EDGES,
    (-0.1,) * BINS,
    (0.1,) * BINS,
    0.9,
)


class Told(nn.Module):
    """Answers with the first six values of a spectrum: three logits, three ratio scores."""

    def forward(self, absorbance: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return absorbance[:, :3], absorbance[:, 3:6]


def identifier() -> SimpleNamespace:
    rows = np.eye(3, 8, dtype=np.float32)
    library = Library(np.arange(8.0), rows, COMPONENTS, ["a", "b", "c"])
    return SimpleNamespace(network=Told(), calibration=CALIBRATION, components=COMPONENTS, library=library)


def spectrum(logits: list[float]) -> np.ndarray:
    return np.array([*logits, 0.0, 0.0, 0.0, 0.0, 0.0], dtype=np.float32)


UNKNOWN, IS_PE, IS_PA = spectrum([-9, -9, 9]), spectrum([9, -9, -9]), spectrum([-9, 9, -9])
BESIDE = spectrum([3, -9, 2])


def foreign_of(rows: list[tuple[str, str, int, np.ndarray]]) -> Spectra:
    """Make foreign spectra of (family, material, part, what a network will say)."""
    families, materials, part, spectra = zip(*rows, strict=True)
    table = pd.DataFrame(
        {
            "spectrum": [str(number) for number in range(len(rows))], "specimen": [str(n) for n in range(len(rows))],
            "laboratory": "L", "component": materials, "family": families, "part": part, "suspect": False,
        }
    )  # fmt: skip
    return Spectra(np.arange(8.0), np.stack(spectra), table)


def test_foreign_material_is_counted_by_material_family_and_in_all_without_kin() -> None:
    foreign = foreign_of(
        [
            ("a", "x", 0, UNKNOWN), ("a", "x", 0, UNKNOWN), ("a", "y", 0, IS_PE), ("b", "z", 1, BESIDE),
            (KIN, "wax", -1, IS_PE),
        ]
    )  # fmt: skip
    table = foreign_table(foreign, told_by_parts([identifier(), identifier()], foreign), STATISTICS)
    rows = table.set_index(["family", "material"])
    assert rows.loc[("all", "all"), "unknown"] == pytest.approx(0.5)
    assert rows.loc[("all", "all"), "n"] == 4
    assert rows.loc[("mean of families", "all"), "unknown"] == pytest.approx((2 / 3 + 0) / 2)
    assert rows.loc[("a", "all"), "unknown"] == pytest.approx(2 / 3)
    assert rows.loc[("a", "y"), "called_most"] == "PE"
    assert rows.loc[("b", "z"), "plastic_and_unknown"] == 1.0
    assert rows.loc[(KIN, "wax"), "unknown"] == 0.0


def test_labels_in_doubt_are_counted_beside_those_that_stand() -> None:
    rows = [("a", "x", 0, UNKNOWN), ("a", "x", 0, IS_PE), ("a", "x", 0, IS_PE), ("b", "z", 1, UNKNOWN)]
    foreign = foreign_of(rows)
    foreign.table["suspect"] = [False, False, True, False]
    table = materials_table(foreign, told_by_parts([identifier(), identifier()], foreign), STATISTICS)
    rows = table[table["material"] == "all"].set_index("family")[["unknown", "n"]]
    assert rows.loc["all"].tolist() == pytest.approx([2 / 3, 3])
    assert rows.loc["mean of families"].tolist() == pytest.approx([0.75, 2])
    assert rows.loc["all, labels as they stand"].tolist() == pytest.approx([0.5, 4])
    assert rows.loc["mean of families, labels as they stand"].tolist() == pytest.approx([(1 / 3 + 1) / 2, 2])
    assert rows.loc["a, label in doubt"].tolist() == pytest.approx([0.0, 1])
    assert rows.loc["a"].tolist() == pytest.approx([0.5, 2])
    foreign.table["suspect"] = False
    told = told_by_parts([identifier(), identifier()], foreign)
    pd.testing.assert_frame_equal(materials_table(foreign, told, STATISTICS), foreign_table(foreign, told, STATISTICS))


def test_each_part_is_told_by_the_network_that_was_not_shown_it() -> None:
    names = [SimpleNamespace(**(vars(identifier()) | {"components": [name, "PA", "foreign"]})) for name in ("h0", "h1")]
    foreign = foreign_of([("a", "x", 0, IS_PE), ("b", "y", 1, IS_PE), (KIN, "w", -1, IS_PE)])
    assert told_by_parts(names, foreign)[2].tolist() == ["h0", "h1", "h0"]


def mixtures_of(rows: list[tuple[str, dict[str, float], np.ndarray]]) -> MixtureSet:
    """Make mixtures of (composition, mixing ratios, what a network will say)."""
    table = pd.DataFrame(
        {
            "composition": [row[0] for row in rows],
            "components": [list(row[1]) for row in rows],
            "mixing_ratios": [list(row[1].values()) for row in rows],
            "specimens": [[f"s{number}"] for number in range(len(rows))],
        }
    )
    return MixtureSet(Axis(np.arange(8.0), (100.0, 101.0)), np.stack([row[2] for row in rows]), table)


def judged(mixtures: MixtureSet) -> dict:
    logits, scores = mixtures.absorbance[:, :3], mixtures.absorbance[:, 3:6]
    return {"specimen": (mixtures, judge(CALIBRATION, logits, scores, np.zeros(len(logits))))}


def test_lost_plastics_are_counted_by_composition() -> None:
    mixtures = mixtures_of(
        [("pure", {"PE": 1.0}, UNKNOWN), ("pure", {"PE": 1.0}, IS_PE), ("binary", {"PE": 0.5, "PA": 0.5}, BESIDE)]
    )
    rows = lost_table(judged(mixtures), STATISTICS).set_index("composition")
    assert rows["lost"].to_dict() == pytest.approx({"all": 1 / 3, "pure": 0.5, "binary": 0.0})
    assert rows["plastic_and_unknown"].to_dict() == pytest.approx({"all": 1 / 3, "pure": 0.0, "binary": 1.0})


def test_calibration_error_is_the_mean_distance_in_bins() -> None:
    # Two components are asked of each of ten mixtures; half of the answers are sure and right, half sure and wrong.
    rows = [("pure", {"PE": 1.0}, IS_PE)] * 5 + [("pure", {"PA": 1.0}, IS_PE)] * 5
    table = reliability_table(judged(mixtures_of(rows)), COMPONENTS)
    error = table.loc[table["bin"] == "ece", "probability"].iloc[0]
    assert error == pytest.approx(0.5, abs=1e-3)
    assert table[table["bin"] != "ece"]["n"].sum() == 20


def test_coverage_counts_called_components_that_are_there() -> None:
    near = spectrum([9, 9, -9])  # equal scores: half each
    rows = [("binary", {"PE": 0.45, "PA": 0.55}, near), ("binary", {"PE": 0.2, "PA": 0.8}, near)]
    rows.append(("pure", {"PA": 1.0}, IS_PE))
    table = coverage_table(judged(mixtures_of(rows)), COMPONENTS, STATISTICS)
    whole = table[(table["share_low"] == 0) & (table["share_high"] == 1)].iloc[0]
    assert whole["n"] == 4
    assert whole["coverage"] == pytest.approx(0.5)
    assert whole["mean_width"] == pytest.approx(0.2)


def test_a_low_end_that_is_missing_takes_the_value_beside_it() -> None:
    values = np.array([[1.0, 0.5, 0.25, 0.5], [0.1, 0.2, 0.4, 0.8]])
    cut = cut_low_end(values, np.array([700.0, 704.0, 708.0, 712.0]), np.array([708.0, 700.0]))
    assert cut[0] == pytest.approx([0.5, 0.5, 0.5, 1.0])  # of unit maximum again
    assert cut[1] == pytest.approx(values[1] / 0.8)


def test_a_cut_changes_the_figures_of_who_looks_there() -> None:
    mixtures = mixtures_of([("pure", {"PE": 1.0}, IS_PE / 9)])
    table = cut_table(identifier(), mixtures, (0.0, 2.0))  # type: ignore[arg-type]
    assert table["exact_match"].tolist() == [1.0, 0.0]


def test_agreement_joins_wells_and_keeps_doubt_apart() -> None:
    told = pd.DataFrame(
        {
            "spectrum": ["TM0110B10", "TM0110B11", "TM0110C1", "TM0110C2", "TM0110C3", "TM0001A1"],
            "status": ["identified", "identified", "unknown", "poor_spectrum", "identified", "identified"],
            "main": ["PE", "PP", "", "", "PE", "PE"],
        }
    )
    labelled = pd.DataFrame(
        {
            "sample": ["M242_1_TM0110B10", "M242_1_TM0110B11", "x_TM0110C1", "x_TM0110C2", "x_TM0110C3", "no well"],
            "label": ["PE", "PE", "CE", "PE", "R", "PE"],
            "component": ["PE", "PE", "cellulose", "PE", "rubber", "PE"],
            "suspect": [False, True, False, False, True, False],
        }
    )
    assert wells_of(labelled["sample"]).tolist()[:2] == ["TM0110B10", "TM0110B11"]
    rows = agreement_table(told, labelled, ["PE", "PP"], STATISTICS).set_index("label")
    assert rows.loc["all", ["n", "agreed"]].tolist() == [3, pytest.approx(1 / 3)]
    assert rows.loc["all, not in doubt", ["n", "agreed"]].tolist() == [2, 0.5]
    assert rows.loc["foreign", ["n", "unknown"]].tolist() == [2, 0.5]
    assert rows.loc["foreign, not in doubt", ["n", "unknown"]].tolist() == [1, 1.0]
    assert np.isnan(rows.loc["CE", "agreed"])
    assert rows.loc["PE", "poor"] == pytest.approx(1 / 3)


def test_intervals_are_written_where_there_are_any() -> None:
    row = pd.Series({"a": 0.5, "a_low": 0.4, "a_high": 0.6})
    assert with_interval(row, "a") == "0.50 (0.40–0.60)"
    assert with_interval(pd.Series({"a": 0.5, "a_low": np.nan}), "a") == "0.50"


def test_foreign_material_is_told_at_the_share_of_plastics_that_is_lost() -> None:
    # What is known of plastics spreads over 100 steps of the margin; test mixtures stand on every tenth of them.
    known = tuple(float(step) for step in range(-100, 0))
    whole = identifier()
    whole.calibration = replace(CALIBRATION, strongest=(-5.0,) * 100, margin=known, foreign_share=(0.0,) * 100)
    mixtures = mixtures_of([("pure", {"PE": 1.0}, spectrum([9, -9, 9 - 10 * step])) for step in range(1, 11)])
    foreign = foreign_of(
        [
            ("a", "x", 0, spectrum([9, -9, 5])), ("a", "x", 0, spectrum([9, -9, -15])),
            ("b", "y", 0, spectrum([-1, -9, -200])),
            (KIN, "wax", -1, UNKNOWN),
        ]
    )  # fmt: skip
    foreign.table.loc[1, "suspect"] = True
    both = tradeoff_table([whole], mixtures, foreign, STATISTICS, lost=(0.0, 0.1, 0.2)).set_index("bound")
    clear = both[both["labels"] == "not in doubt"]
    assert clear["unknown"].to_dict() == {0.0: 1.0, 0.1: 1.0, 0.2: 1.0} and set(clear["n"]) == {2}
    table = both[both["labels"] == "as they stand"]
    assert table["lost"].to_dict() == pytest.approx({0.0: 0.0, 0.1: 0.1, 0.2: 0.2})
    # Margins of mixtures are -10, -20, ...; of the foreign -4 and -24, and no polymer is called in that of b.
    assert table["unknown"].to_dict() == pytest.approx({0.0: 2 / 3, 0.1: 2 / 3, 0.2: 1.0})
    assert table["mean_of_families"].to_dict() == pytest.approx({0.0: 0.75, 0.1: 0.75, 0.2: 1.0})
    assert set(table["n"]) == {3} and set(table["n_mixtures"]) == {10}
