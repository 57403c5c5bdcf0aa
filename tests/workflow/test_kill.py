"""Kill a job, then the whole run, with signal 9; the next call finishes with the same tables."""

import subprocess
import time
from pathlib import Path

import psutil

from tests.workflow.conftest import copy_workflow, run_snakemake, snakemake_command

LONGEST_WAIT_SECONDS = 900  # on a machine that does other work as well


def start(directory: Path) -> subprocess.Popen:
    """Start snakemake in a process group of its own, so that the test ends only what it started."""
    with (directory / "killed.log").open("a") as log:
        return subprocess.Popen(
            snakemake_command(), cwd=directory, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def wait_for(condition, run: subprocess.Popen):
    """Wait until a condition holds while the run is alive, and return what it gave."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.1)
    raise AssertionError("nothing to kill appeared in time")


def training_job(run: subprocess.Popen) -> psutil.Process | None:
    """Find the python process of a training job among the run's descendants."""
    for process in psutil.Process(run.pid).children(recursive=True):
        try:
            if any("train_network" in part for part in process.cmdline()) and "python" in process.name():
                return process
        except psutil.Error:
            continue
    return None


def test_killed_job_and_killed_run_end_in_the_same_tables(study, tmp_path):
    directory = copy_workflow(tmp_path)
    results = directory / "results/test"

    run = start(directory)
    wait_for(lambda: training_job(run), run).kill()
    assert run.wait(timeout=LONGEST_WAIT_SECONDS) != 0  # says that a job failed, after finishing what it can
    assert not list(results.rglob("*.part"))

    run = start(directory)
    job = wait_for(lambda: training_job(run), run)
    run.kill()  # the run alone: its jobs must notice by themselves
    run.wait()
    job.wait(timeout=30)
    assert list((directory / ".snakemake/locks").iterdir()), "the run held no lock when it was killed"

    finished = run_snakemake(directory)
    assert finished.returncode == 0, finished.stdout[-4000:]
    assert "removed the lock of a run that was killed" in finished.stdout
    for name in ("models.csv", "neglect.csv", "recall.svg", "neglect.svg", "examples.svg"):
        assert (results / "comparison" / name).read_bytes() == (
            study / "results/test/comparison" / name
        ).read_bytes(), name
