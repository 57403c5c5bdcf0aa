"""Faults of a cluster, each put in by hand; each ends in the files of a run without one."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

from tests.cluster.conftest import Run, cluster_log, run_locally, run_on_cluster, start_on_cluster
from tests.cluster.slurm import Cluster, can_name_hosts, wait_until
from tests.workflow.conftest import copy_workflow

pytestmark = pytest.mark.cluster
EPOCHS = 12
ROUND = "results/test/specimen/fold0"
FIT = f"{ROUND}/cnn/seed0"
MADE = (f"{FIT}/history.csv", f"{FIT}/model.safetensors", f"{FIT}/outcomes.parquet")
WAIT_SECONDS = 600
ELSEWHERE = {"host": "login2", "pid": 1, "started": 1.0, "slurm_run": "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study whose mixtures are made, locally; its network trains for about a minute and is not tuned."""
    directory = copy_workflow(tmp_path_factory.mktemp("mixed"))
    path = directory / "config.yaml"
    config = yaml.safe_load(path.read_text())
    config["tuning"]["candidates"] = 1
    config["training"] = {**config["training"], "epochs": EPOCHS, "patience": EPOCHS}
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    names = ("validation", "test", "test_as_given")
    run = run_locally(directory, *(f"{ROUND}/mixtures/{name}.parquet" for name in names))
    assert run.returncode == 0, run.output[-4000:]
    return directory


@pytest.fixture(scope="module")
def expected(mixed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a fit that nothing disturbed, made locally."""
    directory = tmp_path_factory.mktemp("undisturbed") / "study"
    shutil.copytree(mixed, directory)
    run = run_locally(directory, *MADE)
    assert run.returncode == 0, run.output[-4000:]
    return contents(directory)


@pytest.fixture
def directory(mixed: Path, tmp_path: Path) -> Path:
    """Return a copy of the study whose mixtures are made."""
    shutil.copytree(mixed, tmp_path / "study")
    return tmp_path / "study"


def contents(directory: Path, names: tuple[str, ...] = MADE) -> dict[str, bytes]:
    """Read what was made."""
    return {name: (directory / name).read_bytes() for name in names}


def training_log(directory: Path) -> str:
    """Read the log of the training, which a second attempt starts anew."""
    path = directory / "results/logs/train_network/test.specimen.fold0.cnn.seed0.log"
    return path.read_text() if path.exists() else ""


def job_that_trains(cluster: Cluster, directory: Path, epochs: int) -> Callable[[], dict | None]:
    """Return a function that gives the running job of a training that has written down some epochs, or None."""

    def found() -> dict | None:
        if f"epoch {epochs} of {EPOCHS}" not in training_log(directory):
            return None
        running = cluster.jobs("RUNNING")
        return next(({"id": job, **row} for job, row in running.items()), None)

    return found


def training_process(directory: Path) -> psutil.Process:
    """Find the process that trains in a directory: the test's own, on a node that is this machine."""
    for process in psutil.process_iter():
        try:
            trains = any("train_network" in part and part.endswith(".py") for part in process.cmdline())
            if trains and process.cwd() == str(directory) and "python" in process.name():
                return process
        except psutil.Error:
            continue
    raise AssertionError(f"nothing trains in {directory}")


def states(cluster: Cluster, run: Run) -> dict[str, str]:
    """Return how SLURM says the jobs of a run ended."""
    ended = {row["JobId"]: row["JobState"] for row in cluster.finished()}
    return {job: ended[job] for job in run.submitted}


def test_a_cancelled_training_goes_on_from_its_checkpoint(cluster, directory, expected):
    log = cluster_log(directory)
    process = start_on_cluster(cluster, directory, log, *MADE)
    job = wait_until(job_that_trains(cluster, directory, 2), "a network trains", WAIT_SECONDS)
    cluster.call("scancel", job["id"])
    assert process.wait(timeout=WAIT_SECONDS) == 0, log.read_text()[-4000:]
    ended = states(cluster, Run(0, log.read_text()))
    assert sorted(ended.values()) == ["CANCELLED", "COMPLETED"] and ended[job["id"]] == "CANCELLED"
    assert "goes on after epoch" in training_log(directory)
    assert contents(directory) == expected


def test_a_training_that_hangs_ends_at_its_limit_and_goes_on_with_more_time_and_memory(cluster, directory, expected):
    made = MADE[:2]  # the training alone, so that its limit is that of the job: SLURM counts minutes
    log = cluster_log(directory)
    limits = ("--set-resources", "train_network:runtime=attempt", "train_network:mem_mb=3000 * attempt")
    process = start_on_cluster(cluster, directory, log, *made, *limits)
    first = wait_until(job_that_trains(cluster, directory, 2), "a network trains", WAIT_SECONDS)
    training_process(directory).suspend()
    assert process.wait(timeout=WAIT_SECONDS) == 0, log.read_text()[-4000:]
    run = Run(0, log.read_text())
    assert list(states(cluster, run).values()) == ["TIMEOUT", "COMPLETED"] and first["id"] in run.submitted
    assert "goes on after epoch" in training_log(directory)
    rows = {row["JobId"]: row for row in cluster.finished()}
    assert [rows[job]["TimeLimit"] for job in run.submitted] == ["1", "2"]
    assert [re.findall(r"mem=(\d+)M", rows[job]["Tres"]) for job in run.submitted] == [["3000"], ["6000"]]
    assert contents(directory, made) == {name: expected[name] for name in made}


def test_a_run_that_was_killed_is_started_again_while_its_jobs_run(cluster, directory, expected):
    log = cluster_log(directory)
    process = start_on_cluster(cluster, directory, log, *MADE)
    job = wait_until(job_that_trains(cluster, directory, 1), "a network trains", WAIT_SECONDS)
    process.kill()
    process.wait()
    assert list((directory / ".snakemake/locks").iterdir()), "the run held no lock when it was killed"
    dry = run_on_cluster(cluster, directory, "--dry-run", *MADE)
    assert dry.returncode == 0 and job["id"] in cluster.jobs("RUNNING"), "a dry run ended a job"
    assert "removed the lock of a run that was killed" in dry.output
    again = run_on_cluster(cluster, directory, *MADE)
    assert again.returncode == 0, again.output[-4000:]
    assert f"ended the SLURM job {job['id']} (" in again.output and "of a run that was killed" in again.output
    rows = [row for row in cluster.finished() if row["WorkDir"] == str(directory)]
    assert [(row["JobId"], row["JobState"]) for row in rows] == [
        (job["id"], "CANCELLED"),
        (*again.submitted, "COMPLETED"),
    ]
    assert "goes on after epoch" in training_log(directory)
    assert contents(directory) == expected
    assert not list((directory / "results").rglob("*.part"))


def test_jobs_of_a_run_that_may_be_alive_elsewhere_stop_the_next_run(cluster, directory):
    held = cluster.call(
        "sbatch", "--parsable", "--hold", "--job-name", ELSEWHERE["slurm_run"], "--comment", "rule_train_network",
        "--chdir", str(directory), "--wrap", "true",
    ).strip()  # fmt: skip
    (directory / ".snakemake/ftirmix.owner.json").write_text(json.dumps(ELSEWHERE))
    try:
        run = run_on_cluster(cluster, directory, *MADE)
        assert run.returncode != 0 and not run.submitted
        assert (
            f"a run that login2 started, and may still guide, are left: {held} (train_network, pending)" in run.output
        )
        assert f"scancel {held}; then start again" in run.output
        assert held in cluster.jobs()
    finally:
        cluster.call("scancel", held)


def test_a_job_that_takes_more_memory_than_it_asked_for_comes_back_with_more(cluster, directory, expected):
    limits = ("--set-resources", "train_network:mem_mb=[200, 3000][attempt - 1]", "--")
    run = run_on_cluster(cluster, directory, *limits, *MADE[:2])
    assert run.returncode == 0, run.output[-4000:]
    rows = {row["JobId"]: row for row in cluster.finished()}
    asked = [re.findall(r"mem=(\d+)M", rows[job]["Tres"]) for job in run.submitted]
    assert asked == [["200"], ["3000"]]
    assert [rows[job]["JobState"] == "COMPLETED" for job in run.submitted] == [False, True]
    assert contents(directory, MADE[:2]) == {name: expected[name] for name in MADE[:2]}


def test_jobs_pass_by_a_drained_node(cluster, directory, expected):
    cluster.call("scontrol", "update", "nodename=n1", "state=drain", "reason=tried by a test")
    try:
        run = run_on_cluster(cluster, directory, *MADE, f"{ROUND}/nnls/seed0/predictions.parquet")
    finally:
        cluster.call("scontrol", "update", "nodename=n1", "state=resume")
    assert run.returncode == 0, run.output[-4000:]
    nodes = {row["JobId"]: row["NodeList"] for row in cluster.finished()}
    assert len(run.submitted) == 2 and {nodes[job] for job in run.submitted} == {"n2"}
    assert contents(directory) == expected


def test_a_truncated_table_is_named_and_remade(cluster, directory, expected):
    broken = directory / ROUND / "mixtures/validation.parquet"
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    run = run_on_cluster(cluster, directory, *MADE, "--retries", "0", "--rerun-triggers", "mtime")
    assert run.returncode != 0
    assert f"{ROUND}/mixtures/validation.parquet: not a readable Parquet file" in run.output
    assert "run again, its rule makes it anew" in run.output.split("What failed:")[1]
    assert not (directory / MADE[1]).exists()
    assert broken.with_name("validation.parquet.damaged").is_file() and not broken.exists()
    again = run_on_cluster(cluster, directory, *MADE)
    assert again.returncode == 0, again.output[-4000:]
    assert "mix" in again.submitted.values()
    assert contents(directory) == expected


def test_a_truncated_network_is_named_and_trained_anew(cluster, directory, expected):
    made = run_locally(directory, *MADE[:2])
    assert made.returncode == 0, made.output[-4000:]
    broken = directory / MADE[1]
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    run = run_on_cluster(cluster, directory, MADE[2], "--retries", "1", "--rerun-triggers", "mtime")
    assert run.returncode != 0 and len(run.submitted) == 2
    assert f"{MADE[1]}: not a readable network" in run.output.split("What failed:")[1]
    assert "run again, its rule retrains it" in run.output
    again = run_on_cluster(cluster, directory, *MADE)
    assert again.returncode == 0, again.output[-4000:]
    assert contents(directory) == expected


@pytest.mark.skipif(not can_name_hosts(), reason="nodes cannot have host names of their own here (unshare --uts)")
def test_a_node_that_loses_its_power_loses_its_job_to_the_other(cluster, directory, expected):
    log = cluster_log(directory)
    process = start_on_cluster(cluster, directory, log, *MADE)
    job = wait_until(job_that_trains(cluster, directory, 2), "a network trains", WAIT_SECONDS)
    cluster.cut_power(job["node"])
    try:
        assert process.wait(timeout=WAIT_SECONDS) == 0, log.read_text()[-4000:]
    finally:
        cluster.start_node(job["node"])
    rows = [row for row in cluster.finished() if row["WorkDir"] == str(directory)]
    assert [(row["JobState"], row["NodeList"] == job["node"]) for row in rows][-1] == ("COMPLETED", False)
    assert "goes on after epoch" in training_log(directory)
    assert contents(directory) == expected
