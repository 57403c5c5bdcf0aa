"""The only module that knows it runs inside a job: log, threads, stale locks."""

import json
import logging
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ftirmix.errors import StudyError

logger = logging.getLogger("ftirmix")


@contextmanager
def job(log: str, threads: int, torch: bool = False) -> Iterator[None]:
    """Log to the rule's file and to the terminal, and cap threads.

    Warnings and the traceback of a failure go to the log as well, which Snakemake's ``log:``
    alone would not do for a script.

    Args:
        log: path of the log file.
        threads: threads the job may use.
        torch: whether the job uses torch; its import takes seconds, so others go without.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.FileHandler(log, mode="w", encoding="utf-8"),
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
        torch_module.use_deterministic_algorithms(True)
    started = time.monotonic()
    try:
        yield
    except Exception as error:
        if isinstance(error, StudyError):  # written for its reader: a traceback would bury it
            logger.error("%s", error)
            raise SystemExit(1) from None
        logger.exception("failed")
        raise
    logger.info("done in %.1f s", time.monotonic() - started)


def record_owner(directory: Path) -> None:
    """Write down which process runs the workflow in a ``.snakemake`` folder."""
    process = psutil.Process()
    owner = {"host": socket.gethostname(), "pid": process.pid, "started": process.create_time()}
    (directory / "ftirmix.owner.json").write_text(json.dumps(owner))


def release_stale_lock(directory: Path) -> bool:
    """Remove the lock that a killed run left behind; returns whether there was one.

    Snakemake's lock names files but no process, so a run ended by ``kill -9`` or a power cut
    locks the folder for good. The lock goes only if the run that made it is known to be dead:
    it ran on this host, no process has its id and start time, and the lock is not newer than
    its record.
    """
    record, locks = directory / "ftirmix.owner.json", directory / "locks"
    files = [path for path in locks.glob("*") if path.is_file()] if locks.is_dir() else []
    if not files or not record.is_file():
        return False
    try:
        owner = json.loads(record.read_text())
        if owner["host"] != socket.gethostname():
            return False
        alive = psutil.pid_exists(owner["pid"]) and (
            abs(psutil.Process(owner["pid"]).create_time() - owner["started"]) < 1.0
        )
    except (ValueError, KeyError, TypeError, OverflowError, psutil.Error):
        return False
    if alive or max(path.stat().st_mtime for path in files) > record.stat().st_mtime:
        return False
    for path in files:
        path.unlink()
    return True
