"""The only module that knows it runs inside a job: log, threads, orphans, stale locks."""

import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyarrow

from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import full_disk, mark_damaged

logger = logging.getLogger("ftirmix")
OWNER = "ftirmix.owner.json"


class LogFile(logging.FileHandler):
    """A log that goes without the lines for which its disk has no room, instead of a traceback for each of them."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Report any other error of writing as usual."""
        error = sys.exc_info()[1]
        if error is None or full_disk(error) is None:
            super().handleError(record)


@contextmanager
def job(log: str, threads: int, torch: bool = False) -> Iterator[None]:
    """Log to the rule's file and to the terminal, and cap threads.

    Warnings and the traceback of a failure go to the log as well, which Snakemake's ``log:``
    alone would not do for a script. An error that is written for its reader is one line, without a
    traceback that would bury it; :mod:`ftirmix.failures` repeats it when the run ends.

    Args:
        log: path of the log file.
        threads: threads the job may use.
        torch: whether the job uses torch; its import takes seconds, so others go without.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        LogFile(log, mode="w", encoding="utf-8"),
        logging.StreamHandler(sys.stderr),
    ]
    name = Path(log).stem
    logging.basicConfig(
        level=logging.INFO, handlers=handlers, format=f"%(asctime)s {name}: %(message)s", datefmt="%H:%M:%S", force=True
    )
    logging.captureWarnings(True)
    if torch:
        import torch as torch_module

        torch_module.set_num_threads(threads)
        torch_module.set_num_interop_threads(1)
        # CUDA's matrix products repeat their bits only with buffers of a fixed size, and some of its sums never do.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch_module.use_deterministic_algorithms(True, warn_only=torch_module.cuda.is_available())
    pyarrow.set_cpu_count(threads)
    ended = threading.Event()
    owner = living_owner(Path(".snakemake"))  # asked before the work begins: a run may end any moment
    if owner is not None:
        threading.Thread(target=stop_with_owner, args=(owner, ended), daemon=True).start()
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave by the way that cleans up
    started, before_work = time.monotonic(), processor_seconds()
    try:
        yield
    except StudyError as error:
        if isinstance(error, DamagedFile):
            mark_damaged(error.path)
        logger.error("error: %s", error)
        raise SystemExit(1) from None
    except Exception as error:  # only to have it in the log; it fails the job all the same
        reason = full_disk(error)
        if reason is not None:
            logger.error("error: %s (%s); make room and run again, what is finished is kept", reason, error)
            raise SystemExit(1) from None
        logger.exception("failed")
        raise
    finally:
        ended.set()
        signal.signal(signal.SIGTERM, before)
    logger.info(
        "done in %.1f s; processor time %.2f s to start, %.2f s to work",
        time.monotonic() - started,
        before_work,
        processor_seconds() - before_work,
    )


def processor_seconds() -> float:
    """Return the processor time of this process and of those that it started and that have ended."""
    return sum(os.times()[:4])


def record_owner(directory: Path, slurm_run: str | None = None) -> None:
    """Write down which process runs the workflow in a ``.snakemake`` folder, and how its SLURM jobs are named."""
    process = psutil.Process()
    owner = {"host": socket.gethostname(), "pid": process.pid, "started": process.create_time()}
    (directory / OWNER).write_text(json.dumps(owner | ({"slurm_run": slurm_run} if slurm_run else {})))


def read_owner(directory: Path) -> dict:
    """Read which process runs the workflow, or ran it last; empty where that is not known."""
    try:
        owner = json.loads((directory / OWNER).read_text())
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


def runs_here(owner: dict) -> bool:
    """Tell whether a recorded process was started on this host, where alone it can be judged."""
    return owner.get("host") == socket.gethostname()


def owner_of(directory: Path) -> dict | None:
    """Read which process runs the workflow, or None where that is not known on this host."""
    owner = read_owner(directory)
    return owner if runs_here(owner) else None


def is_alive(owner: dict) -> bool:
    """Tell whether the recorded process still runs; an id that was given away again does not count.

    Raises:
        KeyError, TypeError, OverflowError: the record is damaged.
    """
    if not psutil.pid_exists(owner["pid"]):
        return False
    return abs(psutil.Process(owner["pid"]).create_time() - owner["started"]) < 1.0


def living_owner(directory: Path) -> dict | None:
    """Return the record of the run that this process belongs to, or None if it is not known to be alive here."""
    try:
        owner = owner_of(directory)
        return owner if owner is not None and is_alive(owner) else None
    except (KeyError, TypeError, OverflowError, psutil.Error):
        return None


def stop_with_owner(owner: dict, ended: threading.Event, every_seconds: float = 1.0) -> None:
    """Terminate this process once the run it belongs to is gone, unless the job has ended.

    A run ended by ``kill -9`` cannot stop its jobs. Left alone they would go on computing, and
    writing, beside the jobs of the next run. Jobs on another host than the run's are left alone.

    Args:
        owner: record of a run that was alive when the job began.
        ended: is set when the job ends.
        every_seconds: between two looks.
    """
    try:
        while is_alive(owner):
            if ended.wait(every_seconds):
                return
    except psutil.NoSuchProcess:
        pass  # it ended between two questions
    except psutil.Error:
        return
    logger.error("the run that started this job is gone; stopped")
    os.kill(os.getpid(), signal.SIGTERM)


def release_stale_lock(directory: Path) -> bool:
    """Remove the lock that a killed run left behind; returns whether there was one.

    Snakemake's lock names files but no process, so a run ended by ``kill -9`` or a power cut
    locks the folder for good. The lock goes only if the run that made it is known to be dead:
    it ran on this host, no process has its id and start time, and the lock is not newer than
    its record.
    """
    record, locks = directory / OWNER, directory / "locks"
    files = [path for path in locks.glob("*") if path.is_file()] if locks.is_dir() else []
    if not files or not record.is_file():
        return False
    owner = owner_of(directory)
    if owner is None:
        return False
    try:
        alive = is_alive(owner)
    except (KeyError, TypeError, OverflowError, psutil.Error):
        return False
    if alive or max(path.stat().st_mtime for path in files) > record.stat().st_mtime:
        return False
    for path in files:
        path.unlink()
    return True
