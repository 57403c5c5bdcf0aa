"""A SLURM for every module, and snakemake on it as a user calls it."""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster.slurm import Cluster, missing, running_cluster
from tests.workflow.conftest import ROOT

POLLING = Path(__file__).with_name("fast_polling.py")
LONGEST_RUN_SECONDS = 3600  # on a machine that does other work as well


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return a SLURM of two nodes that ends with the module's tests."""
    skip_without_slurm()
    with running_cluster(tmp_path_factory.mktemp("cluster") / "slurm") as running:
        yield running


def skip_without_slurm() -> None:
    """Skip the test, with what to install, where there is no SLURM or no plugin."""
    if absent := missing():
        pytest.skip(
            f"SLURM is not installed ({', '.join(absent)} not found): apt-get install --no-install-recommends "
            "slurmctld slurmd slurm-client munge"
        )
    if importlib.util.find_spec("snakemake_executor_plugin_slurm") is None:
        pytest.skip("the SLURM plugin of Snakemake is not installed: uv run --group cluster pytest -m cluster")


def cluster_command(*arguments: str) -> list[str]:
    """Return the command that a user types, with faster polling and waiting."""
    speed = ["--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "20"]
    return [sys.executable, str(POLLING), "--workflow-profile", "profiles/slurm", *speed, *arguments]


@dataclass
class Run:
    """What a call of snakemake printed, and the SLURM jobs that it submitted."""

    returncode: int
    output: str

    @property
    def submitted(self) -> dict[str, str]:
        """Return the rule or group of every SLURM job, from the folder of its log; groups have one-word names."""
        pattern = r"submitted with SLURM jobid (\d+) \(log: \S*?/(?:rule_(\w+)|group_([a-z]+)_)"
        return {job: rule or group for job, rule, group in re.findall(pattern, self.output)}


def start_on_cluster(cluster: Cluster, directory: Path, log: Path, *arguments: str) -> subprocess.Popen:
    """Start snakemake on a cluster, in a process group of its own, with both streams in a file."""
    with log.open("w") as stream:
        return subprocess.Popen(
            cluster_command(*arguments),
            cwd=directory,
            env={**cluster.environment, "PYTHONUNBUFFERED": "1"},
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def cluster_log(directory: Path) -> Path:
    """Name the file for what the next call of snakemake prints."""
    return directory / f"snakemake.{len(list(directory.glob('snakemake.*.log')))}.log"


def run_on_cluster(cluster: Cluster, directory: Path, *arguments: str) -> Run:
    """Run snakemake on a cluster to its end."""
    log = cluster_log(directory)
    run = start_on_cluster(cluster, directory, log, *arguments)
    try:
        run.wait(timeout=LONGEST_RUN_SECONDS)
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()
    return Run(run.returncode, log.read_text())


def slurm_profile() -> dict:
    """Read the profile for SLURM."""
    return dict(yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text()))


def component_arguments(**others: int) -> list[str]:
    """Return the profile's numbers of chains that share a job, some of them replaced; the option replaces all."""
    return [
        "--group-components",
        *(f"{name}={n}" for name, n in {**slurm_profile()["group-components"], **others}.items()),
    ]


def run_locally(directory: Path, *arguments: str) -> Run:
    """Run snakemake without a cluster, on two cores."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "2", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def same_files(left: Path, right: Path, patterns: tuple[str, ...]) -> list[str]:
    """List the files of two folders that one lacks or whose bytes differ."""
    names = {str(path.relative_to(root)) for root in (left, right) for p in patterns for path in root.glob(p)}
    return [
        name
        for name in sorted(names)
        if not (left / name).is_file()
        or not (right / name).is_file()
        or (left / name).read_bytes() != (right / name).read_bytes()
    ]
