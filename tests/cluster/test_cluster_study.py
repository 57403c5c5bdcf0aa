"""The test study through two nodes: the tables are a local run's, and SLURM's own log says who made them."""

from pathlib import Path

import pytest

from tests.cluster.conftest import (
    Run,
    component_arguments,
    run_locally,
    run_on_cluster,
    same_files,
)
from tests.cluster.slurm import Cluster
from tests.workflow.conftest import copy_workflow

pytestmark = pytest.mark.cluster
# Costs are seconds and megabytes of the jobs themselves; the page and the provenance show them, and dates.
TABLES = ("comparison/*", "*.csv", "*.md", "*/split.csv", "curation/*", "checks/*", "**/outcomes.parquet")
MEASURED = {f"comparison/costs.{kind}" for kind in ("csv", "md", "parquet")}


@pytest.fixture(scope="module")
def on_cluster(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Run]:
    """Return the test study as two nodes made it, and the run; models of seconds share jobs."""
    directory = copy_workflow(tmp_path_factory.mktemp("study_on_cluster"))
    run = run_on_cluster(
        cluster, directory, *component_arguments(read=4, mix=6, fit=4, maps=5, compare=8, **{"try": 4})
    )
    assert run.returncode == 0, run.output[-6000:]
    return directory / "results/test", run


def test_both_nodes_worked_and_every_job_ended_well(cluster: Cluster, on_cluster: tuple[Path, Run]) -> None:
    _, run = on_cluster
    ended = {row["JobId"]: row for row in cluster.finished()}
    assert {ended[job]["JobState"] for job in run.submitted} == {"COMPLETED"}
    assert {ended[job]["NodeList"] for job in run.submitted} == {"n1", "n2"}
    groups = set(run.submitted.values())
    assert groups == {"read", "select", "mix", "try", "fit", "shuffled", "redrawn", "maps", "compare"}


def test_short_steps_share_jobs(on_cluster: tuple[Path, Run]) -> None:
    _, run = on_cluster
    steps = run.output.count("Finished jobid")
    assert len(run.submitted) <= 25 and steps > 140


def test_tables_equal_those_of_a_local_run(on_cluster: tuple[Path, Run], tmp_path: Path) -> None:
    local = copy_workflow(tmp_path)
    run = run_locally(local)
    assert run.returncode == 0, run.output[-6000:]
    folder = local / "results/test"
    assert (folder / "comparison/models.csv").is_file()
    assert set(same_files(folder, on_cluster[0], TABLES)) == MEASURED
    assert (on_cluster[0] / "report.html").is_file() and (on_cluster[0] / "provenance.json").is_file()
