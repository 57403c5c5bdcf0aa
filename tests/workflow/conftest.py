"""Run the test study once, in a copy of the workflow, for all workflow tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("config.yaml")


def copy_workflow(directory: Path) -> Path:
    """Copy what a clone of the repository runs, with the test study's config."""
    for name in ("workflow", "profiles", "envs"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Snakefile", directory)
    shutil.copy(CONFIG, directory / "config.yaml")
    return directory


def snakemake_command(*arguments: str) -> list[str]:
    """Return the command that a user types."""
    return [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]


def run_snakemake(directory: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Call snakemake in a directory; both output streams end up in ``stdout``."""
    return subprocess.run(
        snakemake_command(*arguments),
        cwd=directory,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Path:
    """Return a directory in which the test study has been run to the end."""
    directory = copy_workflow(tmp_path_factory.mktemp("study"))
    finished = run_snakemake(directory)
    assert finished.returncode == 0, finished.stdout[-6000:]
    return directory


@pytest.fixture(scope="session")
def public(tmp_path_factory) -> Path:
    """Return the results of the default study on the public spectra: first folds' mixtures, as in the benchmark."""
    directory = copy_workflow(tmp_path_factory.mktemp("public"))
    shutil.copy(ROOT / "config.yaml", directory)
    composed = ["specimen/fold0/validation"]
    composed += [f"{protocol}/fold0/test" for protocol in ("specimen", "laboratory", "measured", "random")]
    composed += [f"{protocol}/fold0/test_as_given" for protocol in ("specimen", "laboratory")]
    targets = [f"benchmark/{name}.parquet" for name in (*composed, "endmembers")]
    targets += ["endmembers.csv", "checks/laboratory_signature.csv"]
    finished = run_snakemake(directory, *(f"results/default/{target}" for target in targets))
    assert finished.returncode == 0, finished.stdout[-4000:]
    return directory / "results/default"
