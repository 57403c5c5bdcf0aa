"""Nodes that learn late of each other's files, as on a network file system."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import cluster_command, run_locally, same_files, skip_without_slurm, slurm_profile
from tests.cluster.slurm import Cluster, LateView, can_see_late, running_cluster
from tests.workflow.conftest import copy_workflow

pytestmark = pytest.mark.cluster
# What a client has not found stays absent for it so long.
LATE_SECONDS = 20
# A chain over both nodes: reading, choosing, splitting and mixing.
MADE = [f"results/test/specimen/fold{fold}/mixtures/test.parquet" for fold in (0, 1)]


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """Return a directory in which the chain was run without a cluster."""
    directory = copy_workflow(tmp_path / "local")
    run = run_locally(directory, *MADE)
    assert run.returncode == 0, run.output[-4000:]
    return directory


@pytest.fixture
def cluster(tmp_path: Path, local: Path) -> Iterator[Cluster]:
    """Return a SLURM whose nodes see the folder ``shared`` late."""
    skip_without_slurm()
    for name in ("probe", "shared", "mounts"):
        (tmp_path / name).mkdir()
    if not can_see_late(tmp_path / "probe"):
        pytest.skip("needs bindfs, and the right to mount in a namespace of its own")
    made = tuple(str(path.relative_to(local)) for path in local.glob("results/test/**/*") if path.is_file())
    view = LateView(tmp_path / "shared", LATE_SECONDS, tmp_path / "mounts", (*made, "new"))
    with running_cluster(tmp_path / "slurm", view=view) as running:
        yield running


def run_late(cluster: Cluster, *arguments: str) -> subprocess.CompletedProcess:
    """Run snakemake on a login node that sees the folder late as well."""
    assert cluster.view
    return subprocess.run(
        cluster.view.seen_by("login", cluster_command(*arguments)), check=False, text=True, timeout=1800,
        env={**cluster.environment, "PYTHONUNBUFFERED": "1"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_tables_are_the_same_where_files_are_seen_late(cluster: Cluster, local: Path, tmp_path: Path) -> None:
    shared = copy_workflow(tmp_path / "shared")
    (shared / "new").touch()
    for node in ("n1", "n2"):  # each has looked for it before it was there
        seen = cluster.call("srun", "--nodelist", node, "--chdir", str(shared), "sh", "-c", "ls new || true")
        assert seen.strip() == ""
    # As the profile has it the run waits; it fails without, so waiting is what is needed.
    hasty = run_late(cluster, *MADE, "--latency-wait", "1", "--retries", "0")
    assert hasty.returncode != 0 and "latency" in hasty.stdout, hasty.stdout[-4000:]
    # What a failed step made is gone, and made again only where it is asked for: from the beginning.
    shutil.rmtree(shared / "results")
    run = run_late(cluster, *MADE, "--latency-wait", str(slurm_profile()["latency-wait"]))
    assert run.returncode == 0, run.stdout[-6000:]
    assert all((shared / name).is_file() for name in MADE)
    assert same_files(shared, local, ("results/test/**/*.parquet", "results/test/**/*.csv")) == []
