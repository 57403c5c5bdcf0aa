"""From a folder of instrument files to tables and a page, with the network that the repository ships."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ftirmix.bands import material_spectrum, read_bands
from tests.unit.instrument_files import envi
from tests.workflow.conftest import ROOT, copy_workflow, run_snakemake

BANDS = read_bands(ROOT / "workflow" / "sources" / "bands.csv")
NATIVE = ROOT.parent / "shared" / "data" / "native"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXIS = np.arange(4000.0, 599.0, -1.93)


def spectrum(shares: dict[str, float], seed: int) -> np.ndarray:
    """Calculate absorbance on ``AXIS``, with noise and a sloping baseline."""
    rng = np.random.default_rng(seed)
    clean = sum(share * material_spectrum(BANDS, name, AXIS) for name, share in shares.items())
    return 0.5 * clean + 0.03 * np.exp(-AXIS / 1500) + rng.normal(0, 1e-4, len(AXIS))


def write(path: Path, values: np.ndarray, percent: bool = False, comma: bool = False) -> None:
    """Write wavenumber and intensity in one of the ways that instruments have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = 100 * 10**-values if percent else values
    lines = [f"{x:.3f};{y:.6f}" if comma else f"{x:.3f},{y:.6f}" for x, y in zip(AXIS, values, strict=True)]
    if comma:
        lines = [line.replace(".", ",") for line in lines]
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def identified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory in which a folder of good and bad files has been identified."""
    directory = copy_workflow(tmp_path_factory.mktemp("identify"))
    shutil.copy(ROOT / "config.yaml", directory)
    folder = directory / "our spectra"
    write(folder / "polystyrene.csv", spectrum({"PS": 1.0}, 0))
    write(folder / "monday/particle.csv", spectrum({"PP": 0.7, "PET": 0.3}, 1), percent=True)
    write(folder / "tuesday/particle.csv", spectrum({"Cellulose": 1.0}, 2), comma=True)
    write(folder / "calcite.txt", spectrum({"X_CaCO3_calcite": 1.0}, 3))
    (folder / "notes.csv").write_text("<html><body>not found</body></html>")
    (folder / "empty.spc").write_bytes(b"")
    finished = run_snakemake(directory, "identify", "--config", "unknown=our spectra")
    assert finished.returncode == 0, finished.stdout[-4000:]
    return directory


def test_every_file_has_a_row_with_its_status(identified: Path) -> None:
    particles = pd.read_csv(identified / "results/identify/our_spectra/particles.csv").set_index("file")
    assert particles["status"].to_dict() == {
        "polystyrene.csv": "identified", "monday/particle.csv": "identified", "tuesday/particle.csv": "unknown",
        "calcite.txt": "unknown", "notes.csv": "unreadable", "empty.spc": "unreadable",
    }  # fmt: skip
    assert particles.loc["polystyrene.csv", "answer"] == "PS"
    assert particles.loc["monday/particle.csv", "answer"].startswith("PP with about")
    assert "PET" in particles.loc["monday/particle.csv", "answer"]
    assert particles.loc["tuesday/particle.csv", "library_answer"].startswith("cellulose")
    assert "percent_transmittance" in particles.loc["monday/particle.csv", "decision"]
    assert "HTML" in particles.loc["notes.csv", "reason"]


def test_predictions_are_one_row_per_spectrum_and_component(identified: Path) -> None:
    folder = identified / "results/identify/our_spectra"
    predictions = pd.read_csv(folder / "predictions.csv")
    columns = (
        "file spectrum component present probability mixing_ratio mixing_ratio_low mixing_ratio_high status reason"
    )
    assert list(predictions.columns) == columns.split()
    assert len(predictions) == 4 * 8 + 2
    whole = pd.read_parquet(folder / "predictions.parquet")
    assert whole["file"].tolist() == predictions["file"].tolist()
    mixed = predictions[predictions["file"] == "monday/particle.csv"].set_index("component")
    assert mixed.loc["PP", "mixing_ratio"] == pytest.approx(0.7, abs=0.15)
    assert mixed.loc["PP", "mixing_ratio_low"] < mixed.loc["PP", "mixing_ratio"] < mixed.loc["PP", "mixing_ratio_high"]
    counts = pd.read_csv(folder / "counts.csv").set_index(["kind", "name"])["spectra"]
    assert counts["component", "PS"] == 1
    assert counts["status", "unknown"] == 2


def test_the_page_is_one_file_and_nothing_temporary_is_left(identified: Path) -> None:
    folder = identified / "results/identify/our_spectra"
    page = (folder / "identification.html").read_text()
    assert "our spectra" in page or "our_spectra" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and "<script src" not in page
    assert not list(folder.rglob("*.part")) and not list((folder / "shards").glob("*"))


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; apt-get install chromium")
def test_a_browser_shows_what_the_tables_say(identified: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; uv sync --group dev")
    folder = identified / "results/identify/our_spectra"
    particles = pd.read_csv(folder / "particles.csv").sort_values("file")
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((folder / "identification.html").as_uri())
        page.locator("tr.row").first.wait_for()
        assert sorted(page.locator("tr.row td.w-file").all_text_contents()) == particles["file"].tolist()
        page.locator("tr.row", has_text="monday/particle.csv").click()
        answer = particles.set_index("file").loc["monday/particle.csv", "answer"]
        page.locator("#plot svg").wait_for()
        assert answer in page.locator("#answer").inner_text()
        assert page.locator("#plot path").count() > 2  # the spectrum, its contributions, its maps
        browser.close()
    assert complaints == []


def test_the_same_folder_again_is_done_and_a_new_file_is_read(identified: Path) -> None:
    again = run_snakemake(identified, "identify", "--config", "unknown=our spectra", "name=x", "-n")
    assert again.returncode != 0  # no such key: a misspelled one would be ignored in silence
    folder = identified / "results/identify/our_spectra"
    before = (folder / "particles.csv").read_bytes()
    write(identified / "our spectra/wednesday.csv", spectrum({"PE": 1.0}, 4))
    assert run_snakemake(identified, "identify", "--config", "unknown=our spectra").returncode == 0
    after = pd.read_csv(folder / "particles.csv").set_index("file")
    assert after.loc["wednesday.csv", "answer"] == "PE"
    (identified / "our spectra/wednesday.csv").unlink()
    assert run_snakemake(identified, "identify", "--config", "unknown=our spectra").returncode == 0
    assert (folder / "particles.csv").read_bytes() == before


def test_a_file_that_was_exported_again_is_read_again(identified: Path) -> None:
    write(identified / "loop" / "a.csv", spectrum({"PA6": 1.0}, 1))
    for material in ("PA6", "PE"):
        write(identified / "loop" / "a.csv", spectrum({material: 1.0}, 1))
        assert run_snakemake(identified, "identify", "--config", "unknown=loop").returncode == 0
        answer = pd.read_csv(identified / "results/identify/loop/particles.csv")["answer"][0]
        assert answer.startswith(material.removesuffix("6"))


def test_letters_of_any_language_stay_in_the_name(identified: Path) -> None:
    write(identified / "Proben Müller" / "=1+1.csv", spectrum({"PS": 1.0}, 1))
    finished = run_snakemake(identified, "identify", "--config", "unknown=Proben Müller")
    assert finished.returncode == 0, finished.stdout[-3000:]
    folder = identified / "results/identify/Proben_Müller"
    assert "open results/identify/Proben_Müller/identification.html" in finished.stdout
    assert pd.read_csv(folder / "particles.csv")["file"][0] == "'=1+1.csv"  # no formula in a spreadsheet
    assert pd.read_parquet(folder / "predictions.parquet")["file"][0] == "=1+1.csv"


def test_another_folder_of_the_same_name_overwrites_nothing(identified: Path) -> None:
    before = (identified / "results/identify/our_spectra/particles.csv").read_bytes()
    write(identified / "elsewhere" / "our spectra" / "a.csv", spectrum({"PE": 1.0}, 9))
    finished = run_snakemake(identified, "identify", "--config", "unknown=elsewhere/our spectra")
    assert finished.returncode != 0
    assert "choose another name" in finished.stdout
    assert (identified / "results/identify/our_spectra/particles.csv").read_bytes() == before
    named = run_snakemake(
        identified, "identify", "--config", "unknown=elsewhere/our spectra", "identify={name: our_spectra_2}"
    )
    assert named.returncode == 0, named.stdout[-2000:]
    assert len(pd.read_csv(identified / "results/identify/our_spectra_2/particles.csv")) == 1


@pytest.mark.parametrize(
    ("where", "says"),
    [("nowhere", "no such file or folder"), ("empty", "there are no files in it"), ("", "which spectra?")],
)
def test_a_place_without_spectra_is_named(identified: Path, where: str, says: str) -> None:
    (identified / "empty").mkdir(exist_ok=True)
    finished = run_snakemake(identified, "identify", "--config", f"unknown={where}")
    assert finished.returncode != 0
    assert says in finished.stdout
    assert "Traceback (most recent call last)" not in finished.stdout


def test_a_folder_may_be_called_by_a_number(identified: Path) -> None:
    write(identified / "2026" / "a.csv", spectrum({"PS": 1.0}, 0))
    assert run_snakemake(identified, "identify", "--config", "unknown=2026").returncode == 0
    number = run_snakemake(identified, "identify", "--config", "unknown=001")
    assert number.returncode != 0 and "put ./ before it, as in unknown=./001" in number.stdout
    answers = pd.read_csv(identified / "results/identify/2026/particles.csv")["answer"]
    assert answers.str.startswith("PS").tolist() == [True]


# Lines and samples of a map: PE and PS side by side, a strip of cellulose below, and pixels without any light.
MAP_TRUTH = np.repeat(np.repeat([["PE", "PS"], ["Cellulose", "nothing"]], 4, axis=0), 5, axis=1)


def write_map(folder: Path, name: str) -> None:
    """Write an ENVI map of ``MAP_TRUTH`` from 900 cm^-1 on, as imaging detectors measure."""
    rng = np.random.default_rng(5)
    axis = np.arange(900.0, 3600.0, 4.0)
    cube = np.zeros((*MAP_TRUTH.shape, len(axis)))
    for material in ("PE", "PS", "Cellulose"):
        cube[material == MAP_TRUTH] = 0.4 * material_spectrum(BANDS, material, axis) + 0.05
    cube += rng.normal(0, 2e-4, cube.shape)
    cube[MAP_TRUTH == "nothing"] = rng.normal(0, 1e-3, (int((MAP_TRUTH == "nothing").sum()), len(axis)))
    folder.mkdir(parents=True, exist_ok=True)
    envi(folder, name, axis, cube, "bsq")


def test_a_map_of_known_composition_is_painted_as_it_is(identified: Path) -> None:
    write_map(identified / "imaging" / "filter 1", "map")
    write(identified / "imaging" / "alone.csv", spectrum({"PE": 1.0}, 6))
    finished = run_snakemake(identified, "identify", "--config", "unknown=imaging")
    assert finished.returncode == 0, finished.stdout[-3000:]
    folder = identified / "results/identify/imaging"
    particles = pd.read_csv(folder / "particles.csv").set_index("file").loc["filter 1/map.hdr"]
    expected = {"PE": "PE", "PS": "PS", "Cellulose": "unknown", "nothing": "poor_spectrum"}
    for x, y, status, answer in particles[["x", "y", "status", "answer"]].itertuples(index=False):
        told = answer.split()[0] if status in ("identified", "plastic_and_unknown") else status
        assert told == expected[MAP_TRUTH[int(y), int(x)]], (x, y)
    assert [path.name for path in (folder / "maps").rglob("*.png")] == ["map.hdr.png"]
    assert (folder / "maps" / "filter 1" / "map.hdr.png").stat().st_size > 1000
    shown = json.loads(re.search(r'id="shown">(.*?)</script>', (folder / "identification.html").read_text())[1])
    [image] = shown["images"]
    told = dict(zip(shown["legend"], image["counts"], strict=True))
    assert {name: count for name, count in told.items() if count} == {
        "PE": 20, "PS": 20, "unknown": 20, "poor_spectrum": 20,
    }  # fmt: skip
    assert (image["file"], image["size"]) == ("filter 1/map.hdr", [8, 10])


KILLER = """
import os, signal, sys
from pathlib import Path

if "ftirmix.identification.run_shard" in sys.orig_argv and "killer.csv" in Path(sys.orig_argv[-1]).read_text():
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_file_that_kills_its_reader_is_reported_and_the_others_are_answered(
    identified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(identified / "deadly" / "a.csv", spectrum({"PE": 1.0}, 6))
    write(identified / "deadly" / "killer.csv", spectrum({"PE": 1.0}, 7))
    write(identified / "deadly" / "z.csv", spectrum({"PS": 1.0}, 8))
    (identified / "kills").mkdir()
    (identified / "kills" / "sitecustomize.py").write_text(KILLER)
    monkeypatch.setenv("PYTHONPATH", str(identified / "kills"))
    (identified / "one.yaml").write_text("unknown: deadly\nidentify: {spectra_per_job: 1}\n")  # one file per job
    finished = run_snakemake(identified, "identify", "--configfile", "one.yaml")
    assert finished.returncode == 0, finished.stdout[-3000:]
    assert finished.stdout.count("it is tried once more") >= 1
    particles = pd.read_csv(identified / "results/identify/deadly/particles.csv").set_index("file")
    assert particles["status"].to_dict() == {"a.csv": "identified", "killer.csv": "unreadable", "z.csv": "identified"}
    assert "by signal 9" in particles.loc["killer.csv", "reason"]


def test_nothing_readable_is_an_error_and_says_why(identified: Path) -> None:
    folder = identified / "bad"
    folder.mkdir()
    (folder / "a.csv").write_text("nothing\n")
    finished = run_snakemake(identified, "identify", "--config", "unknown=bad")
    assert finished.returncode != 0
    assert "none of 1 files could be read" in finished.stdout
    particles = pd.read_csv(identified / "results/identify/bad/particles.csv")
    assert particles["status"].tolist() == ["unreadable"]
    assert particles["reason"].notna().all()


@pytest.mark.skipif(not NATIVE.is_dir(), reason="the native instrument files are not here")
def test_native_files_are_answered(identified: Path) -> None:
    finished = run_snakemake(identified, "identify", "--config", f"unknown={NATIVE}")
    assert finished.returncode == 0, finished.stdout[-3000:]
    particles = pd.read_csv(identified / "results/identify/native/particles.csv").set_index("file")
    assert set(particles.index.map(lambda name: name.split("/")[0])) >= {
        "CA_tiny_map.zip", "SINGLE_POLYMER_FILM.SPC", "fitr_nitrocellulose.jdx", "ftir_ldpe_soil.asp",
        "ftir_parafilm_reflectance.spa", "ftir_ps.0", "ftir_ps_film_transmittance.spc", "ftir_pva_without_header.csv",
    }  # fmt: skip
    assert particles.loc["ftir_ps.0", "answer"].startswith("PS")
    assert particles.loc["SINGLE_POLYMER_FILM.SPC", "answer"].startswith("PS")
    assert particles.loc["fitr_nitrocellulose.jdx", "status"] == "unknown"
