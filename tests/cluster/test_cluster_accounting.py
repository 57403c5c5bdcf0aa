"""With an accounting database, on a SLURM that forgets finished jobs at once: sacct is asked, faults and all."""

import importlib.util
import json
import shutil

import pytest

from tests.cluster.accounting import PROGRAMS, start_accounting
from tests.cluster.conftest import Run, cluster_log, run_on_cluster, start_on_cluster
from tests.cluster.slurm import SEARCHED, missing, running_cluster, wait_until
from tests.workflow.conftest import copy_workflow

pytestmark = pytest.mark.cluster
MADE = "results/test/preprocessed/simulated.parquet"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Return a SLURM with a database that keeps what SLURM itself forgets after two seconds."""
    absent = missing() + [name for name in PROGRAMS if shutil.which(name, path=SEARCHED) is None]
    if absent or importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip(f"needs the cluster group and, of the system, slurmdbd and mariadb-server; missing: {absent}")
    with running_cluster(tmp_path_factory.mktemp("cluster") / "slurm", accounting=start_accounting) as running:
        yield running


def recorded(cluster, run: Run) -> dict[str, str]:
    """Return the states of a run's jobs in the database."""
    rows = cluster.call("sacct", "--noheader", "--parsable2", "--allocations", "--format", "JobID,State").splitlines()
    found = dict(row.split("|") for row in rows)
    return {job: found[job].split()[0] for job in run.submitted}


def test_finished_jobs_are_found_in_the_database(cluster, tmp_path):
    run = run_on_cluster(cluster, copy_workflow(tmp_path), MADE)
    assert run.returncode == 0, run.output[-4000:]
    assert "Falling back to 'sacct' for status queries" in run.output
    assert list(recorded(cluster, run).values()) == ["COMPLETED"]
    assert (tmp_path / MADE).is_file()


def test_a_cancelled_job_is_submitted_again(cluster, tmp_path):
    directory = copy_workflow(tmp_path)
    log = cluster_log(directory)
    process = start_on_cluster(cluster, directory, log, MADE)
    first = str(wait_until(lambda: next(iter(cluster.jobs("RUNNING")), None), "a job runs", 300))
    cluster.call("scancel", first)
    assert process.wait(timeout=600) == 0, log.read_text()[-4000:]
    states = recorded(cluster, Run(0, log.read_text()))
    assert list(states.values()) == ["CANCELLED", "COMPLETED"] and states[first] == "CANCELLED"
    assert (directory / MADE).is_file()
    assert json.loads((directory / ".snakemake/ftirmix.owner.json").read_text())["slurm_run"]
