"""What a job leaves in its log, and when a lock of a killed run may go."""

import json
import logging
import os
import socket
import subprocess
import sys
import warnings

import psutil
import pytest

from ftirmix.errors import StudyError
from ftirmix.jobs import job, record_owner, release_stale_lock


@pytest.fixture
def log(tmp_path):
    """Give a log path, and undo what a job does to the logging of the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield tmp_path / "logs" / "rule.log"
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def test_job_says_that_it_is_done(log):
    with job(str(log), threads=1):
        logging.info("seven spectra")
    first, last = log.read_text().splitlines()
    assert first.endswith("rule: seven spectra")
    assert "rule: done in" in last


def test_job_says_the_same_on_the_terminal(log, capsys):
    with job(str(log), threads=1):
        logging.info("seven spectra")
    assert "rule: seven spectra" in capsys.readouterr().err


def test_job_replaces_the_log_of_an_earlier_run(log):
    log.parent.mkdir()
    log.write_text("earlier\n")
    with job(str(log), threads=1):
        pass
    assert "earlier" not in log.read_text()


def test_job_writes_the_traceback_of_an_error_to_the_log_and_raises_it(log):
    with pytest.raises(ZeroDivisionError), job(str(log), threads=1):
        _ = 1 / 0
    text = log.read_text()
    assert "Traceback (most recent call last)" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "test_jobs.py" in text
    assert "done in" not in text


def test_job_turns_a_study_error_into_exit_code_1_and_one_line(log):
    with pytest.raises(SystemExit) as caught, job(str(log), threads=1):
        raise StudyError("a.csv: column 'type' is missing")
    assert caught.value.code == 1
    assert len(log.read_text().splitlines()) == 1
    assert log.read_text().endswith("rule: error: a.csv: column 'type' is missing\n")


def test_job_writes_warnings_to_the_log(log):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with job(str(log), threads=1):
            warnings.warn("the fit did not converge", RuntimeWarning, stacklevel=1)
    assert "RuntimeWarning: the fit did not converge" in log.read_text()


# --- locks ------------------------------------------------------------------------------------


@pytest.fixture
def snakemake(tmp_path):
    """A folder as a run leaves it that has locked it and was then killed: two locks, no record."""
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    for name in ("0.input.lock", "0.output.lock"):
        locks.joinpath(name).write_text("results/x\n")
        os.utime(locks / name, (1000, 1000))
    return tmp_path / ".snakemake"


def put_record(snakemake, written=2000, **owner):
    write_record(snakemake, json.dumps({"host": socket.gethostname(), **owner}), written)


def write_record(snakemake, text, written=2000):
    record = snakemake / "ftirmix.owner.json"
    record.write_text(text)
    os.utime(record, (written, written))


def locked(snakemake):
    return sorted(path.name for path in (snakemake / "locks").iterdir()) == ["0.input.lock", "0.output.lock"]


@pytest.fixture(scope="module")
def dead():
    """The id and start time of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    started = psutil.Process(process.pid).create_time()
    process.communicate(b"\n")
    return {"pid": process.pid, "started": started}


def test_lock_of_a_dead_process_is_removed(snakemake, dead):
    put_record(snakemake, **dead)
    assert release_stale_lock(snakemake)
    assert list((snakemake / "locks").iterdir()) == []


def test_lock_is_removed_when_another_process_has_the_dead_ones_id(snakemake):
    put_record(snakemake, pid=os.getpid(), started=psutil.Process().create_time() - 3600)
    assert release_stale_lock(snakemake)


def test_lock_of_a_living_process_is_kept(snakemake):
    put_record(snakemake, pid=os.getpid(), started=psutil.Process().create_time())
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


def test_recorded_owner_is_this_living_process(snakemake):
    record_owner(snakemake)
    owner = json.loads((snakemake / "ftirmix.owner.json").read_text())
    assert owner["pid"] == os.getpid()
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


def test_lock_of_another_host_is_kept(snakemake, dead):
    put_record(snakemake, **dead | {"host": "elsewhere"})
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


def test_lock_newer_than_its_record_is_kept(snakemake, dead):
    # Made by a later run that wrote no record: nobody knows whether that one is alive.
    put_record(snakemake, written=2000, **dead)
    os.utime(snakemake / "locks" / "0.output.lock", (3000, 3000))
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


def test_lock_without_a_record_is_kept(snakemake):
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


def test_nothing_to_release_without_locks(tmp_path, snakemake, dead):
    put_record(snakemake, **dead)
    release_stale_lock(snakemake)
    assert not release_stale_lock(snakemake)
    assert not release_stale_lock(tmp_path / "absent")


@pytest.mark.parametrize("record", ["", "{", "{}", "[]", "null", "7"])
def test_lock_with_a_broken_record_is_kept(snakemake, record):
    write_record(snakemake, record)
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param({}, id="no process"),
        pytest.param({"pid": os.getpid()}, id="no start"),
        pytest.param({"pid": "many", "started": 1.0}, id="process is text"),
        pytest.param({"pid": 2**80, "started": 1.0}, id="no such number of processes"),
        pytest.param({"pid": os.getpid(), "started": "noon"}, id="start is text"),
    ],
)
def test_lock_with_a_broken_owner_is_kept(snakemake, owner):
    put_record(snakemake, **owner)
    assert not release_stale_lock(snakemake)
    assert locked(snakemake)


# --- jobs whose run is gone ---------------------------------------------------------------------

ORPHAN = """
import sys, time
from pathlib import Path
from ftirmix import jobs
look = jobs.stop_with_owner
def late(*arguments):
    time.sleep(float(sys.argv[2]))
    look(*arguments)
jobs.stop_with_owner = late
with jobs.job(sys.argv[1] + "/x.log", threads=1):
    print("started", flush=True)
    try:
        time.sleep(60)
    finally:
        Path("cleaned").touch()
"""


@pytest.mark.parametrize("first_look", [0, 2])  # seconds after the start; the run may end before it
def test_a_job_stops_and_cleans_up_once_its_run_is_gone(tmp_path, first_look):
    (tmp_path / ".snakemake").mkdir()
    run = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    put_record(tmp_path / ".snakemake", pid=run.pid, started=psutil.Process(run.pid).create_time())
    command = [sys.executable, "-c", ORPHAN, str(tmp_path), str(first_look)]
    orphan = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert orphan.stdout.readline() == b"started\n"
    run.communicate(b"\n")
    assert orphan.wait(timeout=30) == 143
    orphan.stdout.close()
    assert (tmp_path / "cleaned").exists()
    assert "the run that started this job is gone" in (tmp_path / "x.log").read_text()
