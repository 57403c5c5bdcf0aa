"""Nodes that learn late of each other's files, as on a network file system."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.conftest import POLLING, run_locally, same_files
from tests.cluster.slurm import Cluster, LateView, can_see_late, missing, running_cluster
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
    if missing() or importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("needs SLURM and the cluster group")
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
    speed = ["--slurm-init-seconds-before-status-checks", "2"]
    command = [sys.executable, str(POLLING), "--workflow-profile", "profiles/slurm", *speed, *arguments]
    assert cluster.view
    return subprocess.run(
        cluster.view.seen_by("login", command), env={**cluster.environment, "PYTHONUNBUFFERED": "1"}, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=1800,
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
    run = run_late(cluster, *MADE)
    assert run.returncode == 0, run.stdout[-6000:]
    assert all((shared / name).is_file() for name in MADE)
    assert same_files(shared, local, ("results/test/**/*.parquet", "results/test/**/*.csv")) == []
