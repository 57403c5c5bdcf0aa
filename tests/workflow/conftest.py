"""Run the test study once for all workflow tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("config.yaml")


def run_snakemake(
    directory: Path, *arguments: str, snakefile: Path = ROOT / "Snakefile"
) -> subprocess.CompletedProcess:
    """Call snakemake in a directory as a user would; both output streams end up in ``stdout``."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--directory", str(directory)]
    command += ["--workflow-profile", str(ROOT / "profiles" / "default"), "--cores", "2", *arguments]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)


@pytest.fixture(scope="session")
def study(tmp_path_factory) -> Path:
    """Return a directory in which the test study has been run to the end."""
    directory = tmp_path_factory.mktemp("study")
    shutil.copy(CONFIG, directory / "config.yaml")
    finished = run_snakemake(directory)
    assert finished.returncode == 0, finished.stdout[-6000:]
    return directory
