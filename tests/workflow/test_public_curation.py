"""The label check on the public spectra, against what is known of them by eye."""

import io
import lzma
import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml

from ftirmix.assignments import profiles, read_assignments
from ftirmix.band_rules import foreign_bands
from ftirmix.curation import suspects
from ftirmix.duplicates import match_wells, neighbour_histogram
from ftirmix.preprocessing import resample
from ftirmix.settings import CurationSettings, settings
from ftirmix.spectra import Spectra, concatenate, read_spectra
from ftirmix.splits import join_near_duplicates
from ftirmix.tables import read_csv
from tests.workflow.conftest import ROOT

pytestmark = pytest.mark.slow

KIN_OF_PE = ("polyethylene wax", "polyethylene wax oxidized")
HIGHEST_CM1 = 3168.0  # of the study's window
VILLEGAS = "villegas_camacho_2024_c4"
CURATION = settings(CurationSettings, yaml.safe_load((ROOT / "config.yaml").read_text())["curation"])


@pytest.fixture(scope="module")
def spectra(public):
    return concatenate([read_spectra(file) for file in sorted((public / "preprocessed").glob("*.parquet"))])


@pytest.fixture(scope="module")
def found(public):
    return suspects(read_csv(public / "curation/flags.csv")).set_index("spectrum")


def of(found, source, label):
    rows = found[(found["source"] == source) & (found["label"] == label)]
    return rows["suggested"].value_counts().to_dict()


def test_polypropylene_among_polystyrene_is_found(found):
    assert 140 <= of(found, VILLEGAS, "PS")["PP"] <= 160


def test_styrenics_and_blanks_among_pvc_are_found(found):
    counts = of(found, VILLEGAS, "PVC")
    assert 70 <= counts["ABS"] + counts.get("PS", 0) + counts.get("styrene acrylonitrile", 0) <= 85
    # Nothing but vapour, or vapour and a trace of grease in the C-H stretches.
    assert counts["none"] + counts.get("rubber", 0) >= 77


def test_protein_among_polyamide_is_found(found):
    assert sum(of(found, "kedzierski_2019", "PA").values()) >= 18


def test_crystals_among_rubber_are_found_and_other_rubbers_are_left_alone(found, spectra):
    assert 38 <= sum(of(found, "kedzierski_2019", "R").values()) <= 44  # of 49
    assert set(of(found, "kedzierski_2019", "R")) <= {"PE", "PE+PP", "PP", *KIN_OF_PE}
    rubber = spectra.table["component"] == "rubber"
    others = spectra.table["spectrum"][rubber & (spectra.table["source"] != "kedzierski_2019")]
    assert len(others) >= 25 and set(others).isdisjoint(found.index)


def test_bands_that_rubber_must_not_show_are_those_of_measured_mixtures_and_of_no_copolymer(spectra):
    # What curation knows of them but their label: the bands must tell them apart without any reference.
    bands = read_assignments(ROOT / "workflow/sources/assignments.csv")
    bands = bands[bands["component"] == "rubber"]
    views = profiles(spectra, bands, CURATION.smoothing_cm1, CURATION.chord_cm1)
    as_rubber = pd.Series(["rubber"] * len(spectra.table))
    bands = bands.fillna({"smoothing_cm1": CURATION.smoothing_cm1})
    shown = foreign_bands(views, as_rubber, bands, CURATION.foreign_noise_factor, CURATION.noise_reach_cm1)
    table = spectra.table.assign(shown=[row in shown for row in range(len(spectra.table))])
    share = table.groupby("component")["shown"].mean()
    assert share["PE+PP"] > 0.9 and share["PP"] > 0.85
    assert share[["ethylene propylene", "cellulose", "PC", "PET", "PA", "PU", "PVC"]].max() == 0
    assert share["EVA"] < 0.1  # some of it crystallises


def test_known_single_spectra_are_found(found):
    known = [f"frond_2021/FLOPP-e_EVA_{number}" for number in range(1, 6)] + ["frond_2021/FLOPP_PET_15"]
    known += ["chabuka_2020/104", "chabuka_2020/105", "chabuka_2020/231"]  # HDPE 104 and 105, PET 94
    assert set(known) <= set(found.index)
    assert set(found.loc[known[-3:], "suggested"]) == {"PTFE"}


def test_few_others_of_the_careful_library_are_suspect(spectra, found):
    others = (spectra.table["source"] == "frond_2021").sum() - 6
    assert (found["source"] == "frond_2021").sum() - 6 < 0.03 * others


def test_every_exact_copy_is_joined_and_no_two_animals_are(spectra):
    table = spectra.table
    limits = CURATION
    specimen = join_near_duplicates(spectra, limits.near_duplicate_cosine, limits.recorded_cosine)
    jung = table["laboratory"] == "Jung"
    assert specimen[jung].nunique() == table["specimen"][jung].nunique()
    rows = np.flatnonzero(table["laboratory"] == "Villegas")
    copies = pd.Series([row.tobytes() for row in spectra.absorbance[rows]], index=rows)
    assert copies.duplicated().sum() >= 348
    assert (specimen.iloc[rows].groupby(copies).nunique() == 1).all()


def test_histogram_shows_that_the_rule_lies_below_what_differs(spectra):
    histogram = neighbour_histogram(spectra)
    near = histogram["distance_high"] <= 1e-4
    flopp = (histogram["laboratory"] == "FLOPP") & (histogram["pairs"] == "between")
    assert histogram.loc[flopp & near, "spectra"].sum() <= 4  # of 380 specimens, all different objects
    villegas = histogram["laboratory"] == "Villegas"
    assert histogram.loc[villegas & near, "spectra"].sum() > 2000  # of 3000 spectra without any record


def test_labelled_wells_are_found_in_the_unlabelled_collection(public):
    carrier = public.parent / "carriers/xpectrass-0.0.4-py3-none-any.whl"
    grid = np.arange(680.0, HIGHEST_CM1 + 1, 4.0)
    labelled, unlabelled = (carried(carrier, name, grid) for name in ("kedzierski_2019", "kedzierski_2019_u"))
    matches = match_wells(labelled, unlabelled, r"(TM\d+[A-H]\d+[a-z]?)(?:#\d+)?$", 0.95, 6.0)
    assert (matches["well"] != "").sum() == (matches["match"] != "").sum() == 915
    assert matches["confirmed"].sum() >= 910
    assert (matches["match"] == matches["nearest"])[matches["match"] != ""].mean() > 0.99


def carried(carrier, name, grid):
    with zipfile.ZipFile(carrier) as archive:
        frame = pd.read_csv(io.BytesIO(lzma.decompress(archive.read(f"xpectrass/data/{name}.csv.xz"))))
    numbers = [column for column in frame.columns if column.replace(".", "").isdigit()]
    wavenumber = np.array(numbers, dtype=float)
    order = np.argsort(wavenumber)
    intensity = frame[numbers].to_numpy(float)[:, order]
    table = pd.DataFrame({"spectrum": name + "/" + frame["sample_id"].astype(str)})
    return Spectra(grid, np.stack([resample(wavenumber[order], row, grid) for row in intensity]), table)
