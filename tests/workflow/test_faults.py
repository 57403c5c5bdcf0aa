"""A full disk and a damaged file end in one sentence and nothing half; the same command again ends well."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflow.conftest import copy_workflow, run_snakemake, snakemake_command
from tests.workflow.test_mistakes import own_study

SPECTRA = "results/test/spectra/simulated.parquet"
GRID = "results/test/preprocessed/simulated.parquet"
ROOM = 'mount -t tmpfs -o "size=$0" tmpfs results && exec "$@"'
# Root may mount; others may in a namespace where they are called root.
NAMESPACES = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])


def namespace() -> list[str] | None:
    """Return what a command is put behind to see mounts of its own, or None where that is not allowed."""
    tried = ["sh", "-c", "mount -t tmpfs -o size=100k tmpfs /mnt"]
    for command in NAMESPACES:
        if shutil.which("unshare") and subprocess.run([*command, *tried], capture_output=True).returncode == 0:
            return command
    return None


def summary_of(output: str) -> str:
    """Return the last lines of a run that failed."""
    assert "What failed:" in output, output[-3000:]
    return output.split("What failed:")[1]


def test_a_full_disk_is_named_and_leaves_nothing_half(tmp_path):
    mounting = namespace()
    if mounting is None:
        pytest.skip("no file system may be mounted here, not even in a namespace (unshare --mount)")
    directory = copy_workflow(tmp_path / "study")
    (directory / "results").mkdir()
    steps = " ".join(snakemake_command(SPECTRA))
    look = "find results -type f"
    script = f"{steps}; echo code $?; {look}; mount -o remount,size=50m results; {steps}; echo code $?; {look}"
    run = subprocess.run(
        [*mounting, "sh", "-c", ROOM, "300k", "sh", "-c", script],
        cwd=directory, env={**os.environ, "PYTHONUNBUFFERED": "1"}, capture_output=True, text=True,
    )  # fmt: skip
    first, second = run.stdout.split("code ")[1:]
    assert first.startswith("1\n") and second.startswith("0\n"), run.stderr[-4000:]
    summary = summary_of(run.stderr)
    assert f"{SPECTRA}: the disk is full ({directory / 'results'}, " in summary
    assert "make room and run again" in summary and "Traceback" not in run.stderr
    assert SPECTRA not in first and ".part" not in first
    assert SPECTRA in second and ".part" not in second


@pytest.fixture(scope="module")
def two_sources(tmp_path_factory) -> tuple[Path, list[str]]:
    """Return a study of two sources, one of whose files was cut short, and what a run in it is to make."""
    directory = tmp_path_factory.mktemp("two_sources")
    own_study(directory)
    ingested = run_snakemake(directory, SPECTRA, SPECTRA.replace("simulated", "mine"))
    assert ingested.returncode == 0, ingested.stdout[-3000:]
    broken = directory / SPECTRA
    broken.write_bytes(broken.read_bytes()[: broken.stat().st_size // 2])
    return directory, [GRID, GRID.replace("simulated", "mine")]


def test_a_damaged_file_is_named_and_the_same_command_again_makes_it_anew(two_sources):
    directory, targets = two_sources
    before = {path: path.stat().st_mtime for path in (directory / "results").rglob("*") if path.is_file()}
    dry = run_snakemake(directory, "--dry-run", *targets)
    assert dry.returncode == 0 and {path: path.stat().st_mtime for path in before} == before
    run = run_snakemake(directory, "--rerun-triggers", "mtime", "--", *targets)
    assert run.returncode != 0
    summary = summary_of(run.stdout)
    assert f"preprocess_source study=test source=simulated\n    {SPECTRA}: not a readable Parquet file" in summary
    assert "log: results/logs/preprocess_source/test.simulated.log" in summary
    assert (directory / targets[1]).is_file(), "the independent branch was not finished"
    assert not (directory / targets[0]).exists()
    assert (directory / f"{SPECTRA}.damaged").is_file() and not (directory / SPECTRA).exists()
    again = run_snakemake(directory, "--", *targets)
    assert again.returncode == 0, again.stdout[-3000:]
    assert (directory / SPECTRA).is_file() and all((directory / target).is_file() for target in targets)
    assert "What failed" not in again.stdout
