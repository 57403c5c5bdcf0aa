"""SLURM jobs of a killed run are ended; those of a run that may be alive never, nor anybody else's. A stub answers."""

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ftirmix import leftovers
from ftirmix.errors import StudyError
from ftirmix.jobs import record_owner
from ftirmix.leftovers import end_leftovers

RUN = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
OTHER = "ffffffff-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
ME = getpass.getuser()
STUB = """#!{python} -S
import os, sys
queue = "{queue}"
lines = open(queue).read().splitlines() if os.path.exists(queue) else []
if os.path.basename(sys.argv[0]) == "scancel":
    open(queue, "w").write("".join(line + "\\n" for line in lines if line.split("\\t")[0] not in sys.argv[1:]))
    open(queue + ".ended", "a").write(" ".join(sys.argv[1:]))
else:
    cell, wanted = {{"--name": 4, "--user": 1}}[sys.argv[-2]], sys.argv[-1]
    print("\\n".join(line for line in lines if line.split("\\t")[cell] == wanted))
"""


class Slurm:
    """A queue of jobs that two scripts, squeue and scancel, read and change."""

    def __init__(self, folder: Path, directory: Path) -> None:
        self.queue, self.directory = folder / "queue", directory
        for name in ("squeue", "scancel"):
            (folder / name).write_text(STUB.format(python=sys.executable, queue=self.queue))
            (folder / name).chmod(0o755)

    def put(self, number: int, run: str = RUN, user: str = ME, folder: Path | None = None, comment: str = "") -> None:
        row = [str(number), user, "RUNNING", str(folder or self.directory.parent), run, comment or "rule_train_network"]
        with self.queue.open("a") as file:
            file.write("\t".join(row) + "\n")

    @property
    def ended(self) -> str:
        path = self.queue.with_name("queue.ended")
        return path.read_text() if path.exists() else ""


@pytest.fixture
def slurm(tmp_path, monkeypatch) -> Slurm:
    """Return a stub first on the path, and a folder whose run is dead."""
    (tmp_path / "bin").mkdir()
    directory = tmp_path / "study" / ".snakemake"
    directory.mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    ended = subprocess.Popen([sys.executable, "-S", "-c", ""])
    ended.wait()
    owner = {"host": socket.gethostname(), "pid": ended.pid, "started": 1.0, "slurm_run": RUN}
    (directory / "ftirmix.owner.json").write_text(json.dumps(owner))
    return Slurm(tmp_path / "bin", directory)


def change_owner(slurm: Slurm, **changes) -> None:
    path = slurm.directory / "ftirmix.owner.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize("on_slurm", [True, False])
def test_jobs_of_a_dead_run_are_ended_whatever_runs_next(slurm, on_slurm):
    slurm.put(12)
    slurm.put(13, comment="rule_identify_shard_wildcards_spectra_3")
    ended = end_leftovers(slurm.directory, on_slurm)
    assert slurm.ended == "12 13"
    assert [job.said for job in ended] == ["12 (train_network, running)", "13 (identify_shard spectra_3, running)"]


def test_nothing_of_other_folders_or_users_or_of_ones_own_is_touched(slurm, tmp_path):
    slurm.put(1, OTHER, folder=tmp_path / "another study")
    slurm.put(2, OTHER, user="somebody")
    slurm.put(3, "my own job", comment="by hand")
    assert end_leftovers(slurm.directory, True) == [] and slurm.ended == ""


def test_a_run_that_is_alive_keeps_its_jobs(slurm):
    record_owner(slurm.directory, RUN)
    slurm.put(12)
    assert end_leftovers(slurm.directory, True) == [] and slurm.ended == ""


@pytest.mark.parametrize(
    ("changes", "job", "words"),
    [
        ({"host": "login2"}, {}, "a run that login2 started, and may still guide, .*12 .*scancel 12"),
        ({"slurm_run": None}, {}, "no record of .*12 .*scancel 12"),
        ({}, {"run": OTHER}, "no record of .*12 .*scancel 12"),
        ({}, {"user": "somebody"}, "that somebody started .*12 .*ended first"),
    ],
)
def test_where_it_cannot_be_known_that_a_run_is_dead_nothing_is_ended_and_nothing_started(slurm, changes, job, words):
    change_owner(slurm, **changes)
    slurm.put(12, **job)
    with pytest.raises(StudyError, match=words):
        end_leftovers(slurm.directory, True)
    assert slurm.ended == ""


def test_a_run_of_another_host_without_jobs_stops_nobody(slurm):
    change_owner(slurm, host="login2")
    assert end_leftovers(slurm.directory, True) == []


def test_a_local_run_in_a_folder_that_never_met_slurm_asks_nothing(slurm, monkeypatch):
    change_owner(slurm, slurm_run=None)
    monkeypatch.setattr(leftovers, "call", lambda *command: pytest.fail("SLURM was asked"))
    assert end_leftovers(slurm.directory, False) == []


def test_a_folder_that_was_copied_away_from_its_cluster_runs(slurm, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert end_leftovers(slurm.directory, False) == []


def test_a_slurm_that_does_not_answer_stops_the_run_before_it_starts_a_job_twice(slurm):
    (slurm.queue.parent / "squeue").write_text("#!/bin/sh\necho no controller >&2; exit 1\n")
    with pytest.raises(StudyError, match=r"squeue failed \(no controller\); start again"):
        end_leftovers(slurm.directory, True)


def test_a_job_that_does_not_end_is_named(slurm):
    slurm.put(12)
    with pytest.raises(StudyError, match=r"do not end: 12 \(train_network, running\)"):
        leftovers.wait_until_gone(["12"], seconds=0)


@pytest.mark.parametrize("record", ["", "[]", '{"host": 3, "slurm_run": "x"}'])
def test_a_broken_record_ends_nothing(slurm, record):
    (slurm.directory / "ftirmix.owner.json").write_text(record)
    slurm.put(12)
    with pytest.raises(StudyError):
        end_leftovers(slurm.directory, True)
    assert slurm.ended == ""
