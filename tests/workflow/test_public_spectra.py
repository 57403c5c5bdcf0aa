"""The public spectra themselves: counts, units and leakage, on the study that users run."""

import pandas as pd
import pytest

from ftirmix.endmembers import read_endmembers
from ftirmix.mixture_sets import read_mixtures

pytestmark = pytest.mark.slow

SPECTRA = {
    "frond_2021": (380, 0),
    "jung_2018": (796, 4),
    "kedzierski_2019": (825, 145),
    "villegas_camacho_2024_c4": (3000, 0),
    "primpke_2018": (325, 0),
    "chabuka_2020": (272, 0),
    "thermo_open_specy": (36, 3),
}


@pytest.mark.parametrize(("source", "counts"), SPECTRA.items())
def test_every_spectrum_is_taken_or_rejected_with_a_reason(public, source, counts):
    taken = pd.read_parquet(public / "spectra" / f"{source}.parquet", columns=["spectrum"])
    rejected = pd.read_csv(public / "spectra" / f"{source}.rejected.csv")
    assert (len(taken), len(rejected)) == counts
    assert taken["spectrum"].is_unique and rejected["reason"].notna().all()


ROUNDS = [*(("specimen", fold) for fold in range(5)), *(("laboratory", fold) for fold in range(6)), ("measured", 0)]


@pytest.mark.parametrize(("protocol", "fold"), ROUNDS)
def test_no_specimen_animal_well_or_near_duplicate_crosses(public, protocol, fold):
    split = pd.read_csv(public / protocol / "split.csv")
    subset = split[f"fold{fold}"]
    used = subset != "unused"
    assert split[used].groupby("specimen")[f"fold{fold}"].nunique().max() == 1
    jung = split["spectrum"].str.startswith("jung_2018/") & used
    animal = split["spectrum"].str.extract(r"/([A-Z]+[0-9]+)", expand=False)
    assert animal[jung].notna().all() and split[jung].groupby(animal[jung])[f"fold{fold}"].nunique().max() == 1
    well = split["spectrum"].str.extract(r"kedzierski_2019/(.*TM\d+[A-H]\d+)", expand=False)
    assert split[used].groupby(well[used])[f"fold{fold}"].nunique().max() == 1
    endmembers = read_endmembers(public / "endmembers.parquet")
    for laboratory, rows in endmembers.table.groupby("laboratory"):
        centred = endmembers.absorbance[rows.index].astype(float)
        centred -= centred.mean(axis=1, keepdims=True)
        centred /= (centred**2).sum(axis=1, keepdims=True) ** 0.5
        names = subset.to_numpy()[rows.index]
        apart = (names[:, None] != names[None]) & (names != "unused")[:, None] & (names != "unused")[None]
        # 0.9995 where no specimen is recorded, 0.9999 between recorded ones.
        limit = 0.9999 if laboratory in ("FLOPP", "Jung", "Kedzierski") else 0.9995
        assert not ((centred @ centred.T >= limit) & apart).any(), laboratory


def test_an_unseen_laboratory_is_only_tested_and_measured_animals_are_unseen(public):
    split = pd.read_csv(public / "laboratory/split.csv")
    own = split["laboratory"] == "FLOPP"
    assert set(split["fold0"][own]) <= {"test", "unused"} and "test" not in set(split["fold0"][~own])
    measured = read_mixtures(public / "measured/fold0/mixtures/test.parquet")
    assert len(measured.table) == 39
    animals = set(measured.table["specimens"].explode())
    trained = pd.read_csv(public / "measured/split.csv").query("fold0 in ('train', 'validation')")
    assert not animals & set(trained["specimen"])


def test_mixtures_stay_in_one_laboratory_and_subsets_share_no_specimen(public):
    folder = public / "specimen/fold0/mixtures"
    tested, as_given, validated = (
        read_mixtures(folder / f"{name}.parquet").table for name in ("test", "test_as_given", "validation")
    )
    assert not set(as_given["specimens"].explode()) & set(validated["specimens"].explode())
    endmembers = read_endmembers(public / "endmembers.parquet").table.set_index("spectrum")
    suspect = endmembers["suspect"]
    assert not suspect[tested["endmembers"].explode()].any() and suspect[as_given["endmembers"].explode()].any()
    for row in as_given.itertuples():
        assert set(endmembers["laboratory"][list(row.endmembers)]) == {row.laboratory}
