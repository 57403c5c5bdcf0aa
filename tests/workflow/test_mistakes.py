"""A mistake in the config or a manifest ends the run at once, in one sentence."""

import shutil

import pytest
import yaml

from tests.workflow.conftest import CONFIG, copy_workflow, run_snakemake


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sede": [1]}, ["unknown key 'sede'", "seeds"]),
        ({"components": ["PE", "XX"]}, ["none of the sources", "'XX'"]),
        ({"own_sources": ["mine.csv"]}, ["mine.csv", "does not exist"]),
    ],
)
def test_a_mistake_is_one_sentence_before_anything_starts(tmp_path, change, words):
    config = {**yaml.safe_load(CONFIG.read_text()), **change}
    (copy_workflow(tmp_path) / "config.yaml").write_text(yaml.safe_dump(config))
    finished = run_snakemake(tmp_path, "--dry-run")
    assert finished.returncode != 0
    assert all(word in finished.stdout for word in words)
    assert "Traceback" not in finished.stdout
    assert not (tmp_path / "results").exists()


HEADER = (
    "source,laboratory,carrier,path,sha256,reader,select,unit,range_low,range_high,specimen_pattern,condition,"
    "licence,citation,doi\n"
)
ROW = "mine,Mine,,my spectra,,folder,,absorbance,600,4000,,reference,own,own,\n"
LIBRARY = ROW.replace("my spectra,,folder", f"library.csv,{'0' * 64},wide_csv")


def own_study(directory, labels=("PE",) * 6, row=ROW, **changes):
    """Lay out the test study with a laboratory's own folder, one specimen per label, beside the simulated ones."""
    config = {**yaml.safe_load(CONFIG.read_text()), "sources": ["simulated", "mine"], "own_sources": ["mine.csv"]}
    (copy_workflow(directory) / "config.yaml").write_text(yaml.safe_dump({**config, **changes}))
    (directory / "mine.csv").write_text(HEADER + row)
    folder = directory / "my spectra"
    folder.mkdir()
    sheet = "file,specimen,label\n"
    for number, label in enumerate(labels):
        rows = [f"{at},{0.1 + (abs(900 + 250 * number - at) < 30)}" for at in range(600, 4001, 4)]
        (folder / f"{number}.csv").write_text("cm-1,A\n" + "\n".join(rows))
        sheet += f"{number}.csv,p{number},{label}\n"
    (folder / "specimens.csv").write_text(sheet)
    (directory / "library.csv").write_text("sample_id,type,1000,1004\na,PE,0.1,0.2\n")
    return folder


def failed_with(directory, words, *arguments):
    """Run as far as the split, which must fail with one sentence; return what was printed."""
    finished = run_snakemake(directory, *arguments, "results/test/specimen/split.csv")
    assert finished.returncode != 0
    for word in words:
        assert word in finished.stdout
    assert "Traceback" not in finished.stdout
    return finished.stdout


@pytest.mark.parametrize(
    ("row", "sheet", "words"),
    [
        (
            ROW.replace("my spectra", "elsewhere"),
            None,
            ["source 'mine' (elsewhere): there is no folder", "correct path"],
        ),
        (ROW.replace("my spectra,,folder", "absent.csv,,wide_csv"), None, ["there is no file", "absent.csv"]),
        (ROW, "", ["specimens.csv: not a readable CSV table"]),
        (ROW, "file,label\n0.csv,PE\n", ["specimens.csv: column 'specimen' is missing"]),
        (ROW, "file,specimen,label\n0.csv,a,PE\n./0.csv,b,PE\n", ["file './0.csv' is listed twice; list it once"]),
        (ROW, "file,specimen,label\n", ["specimens.csv: lists no spectra"]),
        (ROW.replace(",,folder", f",{'0' * 64},folder"), None, ["mine.csv, line 2: sha256 is that of a single file"]),
        (ROW.replace("4000", "2000"), None, ["source 'mine' was measured from 600 to 2000", "narrow the window"]),
        (ROW + ROW, None, ["mine.csv, line 3: source 'mine' is already taken; rename it"]),
        (ROW.replace("mine,", "jung_2018,", 1), None, ["mine.csv, line 2: source 'jung_2018' is already taken"]),
    ],
)
def test_a_wrong_row_or_sheet_of_ones_own_is_one_sentence_before_anything_starts(tmp_path, row, sheet, words):
    folder = own_study(tmp_path, row=row)
    if sheet is not None:
        (folder / "specimens.csv").write_text(sheet)
    failed_with(tmp_path, words, "--dry-run")
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (LIBRARY, ["library.csv: sha256 is", "the manifest says 000", "correct one of them"]),
        (
            ROW.replace("absorbance", "percent_transmittance"),
            ["declared as percent_transmittance, but", "correct unit"],
        ),
        (ROW.replace("600", "200"), ["range_low is 200 cm-1", "reach from 600 to 4000", "correct range_low"]),
    ],
)
def test_a_row_that_its_file_contradicts_ends_its_ingestion_in_one_sentence(tmp_path, row, words):
    own_study(tmp_path, row=row)
    failed_with(tmp_path, words)
    assert not list((tmp_path / "results/test").glob("endmembers*"))


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (("PBAT", "PE", "PE") * 2, ["component 'PBAT' has no specimen (2 in all", "lower split.folds"]),
        (("PBAT",) * 6, ["no laboratory has both 'PE' and 'PBAT'"]),
        (("PE",) * 3, ["laboratory 'Mine' has 3 specimens", "fewer than split.folds = 5"]),
        (("PE",) * 6, ["component 'PBAT' has no endmember left"]),
    ],
)
def test_too_few_specimens_are_one_sentence_before_anything_is_mixed_or_trained(tmp_path, labels, words):
    curation = yaml.safe_load(CONFIG.read_text())["curation"] | {"blank_ratio": 0.0}
    components = ["PE", "PS", "PET", "PA"] + (["PBAT"] if "PBAT" in str((labels, words)) else [])
    own_study(tmp_path, labels, components=components, curation=curation)
    failed_with(tmp_path, words)


def test_a_source_of_ones_own_is_one_row_and_a_folder(tmp_path):
    """Two specimens of a laboratory's own, one of them unreadable, next to the simulated ones."""
    config = yaml.safe_load(CONFIG.read_text())
    config["sources"].append("mine")
    config["own_sources"] = ["mine.csv"]
    (copy_workflow(tmp_path) / "config.yaml").write_text(yaml.safe_dump(config))
    folder = tmp_path / "my spectra"
    folder.mkdir()
    (folder / "specimens.csv").write_text("file,specimen,label\nbag.csv,bag,PE\nbroken.csv,cup,PS\n")
    rows = [f"{600 + 4 * i},{0.1 + (abs(2900 - 600 - 4 * i) < 30)}" for i in range(860)]
    (folder / "bag.csv").write_text("cm-1,A\n" + "\n".join(rows))
    (folder / "broken.csv").write_text("not a spectrum")
    header = "source,laboratory,carrier,path,sha256,reader,select,unit,range_low,range_high,specimen_pattern,condition"
    (tmp_path / "mine.csv").write_text(
        f"{header},licence,citation,doi\nmine,Mine,,my spectra,,folder,,absorbance,600,4000,,reference,own,own,\n"
    )
    target = "results/test/spectra/mine.parquet"
    finished = run_snakemake(tmp_path, target)
    assert finished.returncode == 0, finished.stdout[-3000:]
    rejected = (tmp_path / "results/test/spectra/mine.rejected.csv").read_text()
    assert "mine/broken.csv" in rejected and "no two columns of numbers" in rejected
    before = (tmp_path / target).stat().st_mtime_ns
    shutil.copy(folder / "bag.csv", folder / "broken.csv")
    assert run_snakemake(tmp_path, target).returncode == 0
    assert (tmp_path / target).stat().st_mtime_ns > before
