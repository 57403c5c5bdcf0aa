"""A folder of spectra, one SLURM job for each: the tables are a local run's."""

from pathlib import Path

import pytest
import yaml

from tests.cluster.conftest import Run, cluster_log, run_locally, run_on_cluster, same_files, start_on_cluster
from tests.cluster.slurm import Cluster, wait_until
from tests.workflow.conftest import ROOT, copy_workflow
from tests.workflow.test_identify import spectrum, write

pytestmark = pytest.mark.cluster
short = pytest.mark.cluster_short
TABLES = ("predictions.csv", "predictions.parquet", "particles.csv", "counts.csv")
CALL = ("identify", "--config", "unknown=our spectra")


def prepared(directory: Path) -> Path:
    """Copy the workflow, with three spectra and a broken file, each of which is a job of its own."""
    copy_workflow(directory)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["identify"]["spectra_per_job"] = 1
    (directory / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    write(directory / "our spectra/polystyrene.csv", spectrum({"PS": 1.0}, 0))
    write(directory / "our spectra/monday/particle.csv", spectrum({"PP": 0.7, "PET": 0.3}, 1), percent=True)
    write(directory / "our spectra/calcite.txt", spectrum({"X_CaCO3_calcite": 1.0}, 2))
    (directory / "our spectra/empty.spc").write_bytes(b"")
    return directory


@pytest.fixture(scope="module")
def identified(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Return the folder of the results that SLURM made, and the run."""
    directory = prepared(tmp_path_factory.mktemp("on_cluster"))
    run = run_on_cluster(cluster, directory, *CALL)
    assert run.returncode == 0, run.output[-6000:]
    return directory / "results/identify/our_spectra", run


@short
def test_every_shard_was_a_job_that_slurm_says_it_completed(cluster: Cluster, identified: tuple[Path, Run]) -> None:
    _, run = identified
    shards = {job for job, rule in run.submitted.items() if rule == "identify_shard"}
    assert len(shards) == 4 and shards == set(run.submitted)  # planning, gathering and the page stay local
    ended = {row["JobId"]: row for row in cluster.finished()}
    assert {ended[job]["JobState"] for job in shards} == {"COMPLETED"}
    assert {ended[job]["NodeList"] for job in shards} <= {"n1", "n2"}
    assert {Path(ended[job]["WorkDir"]) for job in shards} == {identified[0].parents[2]}


@short
def test_tables_equal_those_of_a_local_run(identified: tuple[Path, Run], tmp_path: Path) -> None:
    local = prepared(tmp_path)
    run = run_locally(local, *CALL)
    assert run.returncode == 0, run.output[-4000:]
    folder = local / "results/identify/our_spectra"
    assert all((folder / name).is_file() for name in TABLES)
    assert same_files(folder, identified[0], TABLES) == []


@short
def test_a_second_call_submits_nothing(cluster: Cluster, identified: tuple[Path, Run]) -> None:
    directory = identified[0].parents[2]
    before = len(cluster.finished())
    again = run_on_cluster(cluster, directory, *CALL)
    assert again.returncode == 0 and not again.submitted, again.output[-3000:]
    assert len(cluster.finished()) == before


def test_a_cancelled_shard_is_submitted_again(cluster: Cluster, identified: tuple[Path, Run], tmp_path: Path) -> None:
    directory = prepared(tmp_path)
    log = cluster_log(directory)
    process = start_on_cluster(cluster, directory, log, *CALL)
    first = str(wait_until(lambda: next(iter(cluster.jobs("RUNNING")), None), "a shard is read", 300))
    cluster.call("scancel", first)
    assert process.wait(timeout=900) == 0, log.read_text()[-4000:]
    run = Run(0, log.read_text())
    ended = {row["JobId"]: row["JobState"] for row in cluster.finished()}
    assert sorted(ended[job] for job in run.submitted) == ["CANCELLED", *["COMPLETED"] * 4]
    assert ended[first] == "CANCELLED"
    assert same_files(directory / "results/identify/our_spectra", identified[0], TABLES) == []


@short
def test_nothing_is_written_outside_results(identified: tuple[Path, Run]) -> None:
    directory = identified[0].parents[2]
    kept = {"results", ".snakemake", "our spectra", "workflow", "profiles", "envs", "Snakefile", "config.yaml"}
    assert {path.name for path in directory.iterdir() if not path.match("snakemake.*.log")} == kept
