"""The public spectra themselves: counts, units and leakage, on the study that users run."""

import shutil

import pandas as pd
import pytest

from ftirmix.mixture_sets import read_mixtures
from ftirmix.spectra import read_spectra
from tests.workflow.conftest import ROOT, copy_workflow, run_snakemake

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


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    directory = copy_workflow(tmp_path_factory.mktemp("public"))
    shutil.copy(ROOT / "config.yaml", directory)
    targets = [
        f"results/default/specimen/fold{fold}/mixtures/{subset}.parquet"
        for fold in (0, 1)
        for subset in ("validation", "test")
    ]
    finished = run_snakemake(directory, *targets)
    assert finished.returncode == 0, finished.stdout[-4000:]
    return directory / "results/default"


@pytest.mark.parametrize(("source", "counts"), SPECTRA.items())
def test_every_spectrum_is_taken_or_rejected_with_a_reason(public, source, counts):
    taken = pd.read_parquet(public / "spectra" / f"{source}.parquet", columns=["spectrum"])
    rejected = pd.read_csv(public / "spectra" / f"{source}.rejected.csv")
    assert (len(taken), len(rejected)) == counts
    assert taken["spectrum"].is_unique and rejected["reason"].notna().all()


def test_no_specimen_animal_or_near_duplicate_is_in_two_folds(public):
    split = pd.read_csv(public / "specimen/split.csv")
    assert split.groupby("specimen")["fold"].nunique().max() == 1
    jung = split[split["spectrum"].str.startswith("jung_2018/")]
    animal = jung["spectrum"].str.extract(r"/([A-Z]+[0-9]+)", expand=False)
    assert animal.notna().all()
    assert jung.groupby(animal)["fold"].nunique().max() == 1
    spectra = read_spectra(public / "endmembers.parquet")
    for laboratory, rows in spectra.table.groupby("laboratory"):
        centred = spectra.absorbance[rows.index].astype(float)
        centred -= centred.mean(axis=1, keepdims=True)
        centred /= (centred**2).sum(axis=1, keepdims=True) ** 0.5
        close = centred @ centred.T >= 0.9995
        fold = split["fold"].to_numpy()[rows.index]
        assert not (close & (fold[:, None] != fold[None])).any(), laboratory


def test_mixtures_stay_in_one_laboratory_and_subsets_share_no_specimen(public):
    tested = read_mixtures(public / "specimen/fold0/mixtures/test.parquet").table
    validated = read_mixtures(public / "specimen/fold0/mixtures/validation.parquet").table
    assert not set(tested["specimens"].explode()) & set(validated["specimens"].explode())
    laboratory = read_spectra(public / "endmembers.parquet").table.set_index("spectrum")["laboratory"]
    for row in tested.itertuples():
        assert set(laboratory[list(row.endmembers)]) == {row.laboratory}
