"""SLURM jobs that a killed run left behind: found, and ended before the next run plans, so that none runs twice."""

import getpass
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from ftirmix.errors import StudyError
from ftirmix.jobs import is_alive, read_owner, runs_here

# Of a job: id, user, state, folder, name (the plugin gives all jobs of a run the same), comment (its rule).
FIELDS = "%i\t%u\t%T\t%Z\t%j\t%k"
RUN_NAME = re.compile(r"[\w-]*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONGEST_END_SECONDS = 600  # a cluster may give its jobs minutes to end


@dataclass(frozen=True)
class QueuedJob:
    """A job that SLURM has not done with."""

    number: str
    user: str
    state: str
    folder: str
    run: str
    comment: str

    @property
    def said(self) -> str:
        """Name the job and its rule."""
        return f"{self.number} ({self.comment.removeprefix('rule_').replace('_wildcards_', ' ')}, {self.state.lower()})"


def end_leftovers(directory: Path, on_slurm: bool) -> list[QueuedJob]:
    """End the SLURM jobs of a killed run of this folder, and wait until they are gone.

    Only jobs are ended that carry the name of the run that the folder's record says was started last,
    on this host, by a process that no longer is. Jobs of a run that is alive are its own affair: it
    holds the lock.

    Args:
        directory: folder ``.snakemake``.
        on_slurm: whether this run submits to SLURM.

    Returns:
        The jobs that were ended.

    Raises:
        StudyError: whether the run of a job is alive cannot be known here, or a job does not end.
    """
    owner = read_owner(directory)
    run = owner.get("slurm_run")
    if not run and not on_slurm:
        return []
    try:
        jobs = jobs_of(run, directory)
    except FileNotFoundError:
        return []  # a folder that was copied away from its cluster
    if not jobs or (runs_here(owner) and alive(owner) and {job.run for job in jobs} == {run}):
        return []
    refuse_to_guess(owner, run, jobs)
    numbers = [job.number for job in jobs]
    call("scancel", *numbers)
    wait_until_gone(numbers)
    return jobs


def refuse_to_guess(owner: dict, run: str | None, jobs: list[QueuedJob]) -> None:
    """Raise StudyError unless all jobs are this user's, and of the recorded run, which was started here."""
    named, numbers = ", ".join(job.said for job in jobs), [job.number for job in jobs]
    repair = f"end that run, or, if it is dead, its jobs: scancel {' '.join(numbers)}; then start again"
    if any(job.user != getpass.getuser() for job in jobs):
        raise StudyError(f"SLURM jobs that {jobs[0].user} started work in this folder: {named}; have them ended first")
    if {job.run for job in jobs} != {run}:
        raise StudyError(f"SLURM jobs of a run that this folder has no record of work in it: {named}; {repair}")
    if not runs_here(owner):
        host = owner.get("host")
        raise StudyError(f"SLURM jobs of a run that {host} started, and may still guide, are left: {named}; {repair}")


def alive(owner: dict) -> bool:
    """Tell whether the recorded run is alive; one that cannot be judged counts as alive."""
    try:
        return is_alive(owner)
    except psutil.NoSuchProcess:
        return False
    except (KeyError, TypeError, OverflowError, psutil.Error):
        return True


def jobs_of(run: str | None, directory: Path) -> list[QueuedJob]:
    """List the jobs of a run, of whichever user, and this user's jobs of other runs in the same folder.

    Raises:
        FileNotFoundError: there is no SLURM.
        StudyError: it does not answer.
    """
    named = queued("--name", run) if run else []
    folder = os.path.realpath(directory.parent)
    beside = [
        job
        for job in queued("--user", getpass.getuser())
        if os.path.realpath(job.folder) == folder and RUN_NAME.fullmatch(job.run) and job.comment.startswith("rule_")
    ]
    return sorted({*named, *beside}, key=lambda job: job.number)


def queued(*filters: str) -> list[QueuedJob]:
    """Ask SLURM for jobs that it has not done with."""
    lines = call("squeue", "--noheader", "--format", FIELDS, *filters).splitlines()
    return [QueuedJob(*cells) for cells in (line.split("\t", 5) for line in lines) if len(cells) == 6]


def call(*command: str) -> str:
    """Call a client of SLURM and return what it printed.

    Raises:
        FileNotFoundError: it is not installed.
        StudyError: it failed.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise StudyError(f"SLURM does not answer {command[0]}; start again when it does") from None
    if done.returncode:
        raise StudyError(f"{command[0]} failed ({done.stderr.strip()}); start again when it works")
    return done.stdout


def wait_until_gone(numbers: list[str], seconds: float = LONGEST_END_SECONDS, every_seconds: float = 1.0) -> None:
    """Wait until SLURM has done with jobs.

    Raises:
        StudyError: it has not in time.
    """
    deadline = time.monotonic() + seconds
    while left := [job for job in queued("--user", getpass.getuser()) if job.number in numbers]:
        if time.monotonic() > deadline:
            named = ", ".join(job.said for job in left)
            raise StudyError(f"SLURM jobs of a killed run do not end: {named}; start again when they have")
        time.sleep(every_seconds)
