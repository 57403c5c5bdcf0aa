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
