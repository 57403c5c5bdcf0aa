"""Files that are whole or absent, on disks that machines share.

A writer goes through a temporary file beside its target and one rename, so a killed job leaves either
the old file, the new one, or none: never half of one. The temporary's name says which process on
which machine writes it, since the number of a process says nothing on another machine.
"""

import errno
import glob
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psutil

from ftirmix.errors import StudyError

TEMPORARY = re.compile(r"\..+\.(?P<machine>[\w-]+)\.(?P<process>\d+)\.part")
DAMAGED = ".damaged"
RESULTS = Path("results")
KEPT = RESULTS / "reference"  # of the repository: no rule makes it
FULL = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "your quota on the disk is used up"}


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path that becomes ``path`` only if the block ends without an error.

    Raises:
        StudyError: there was no room for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for stale in path.parent.glob(f".{glob.escape(path.name)}.{machine()}.*.part"):
        if not may_be_written(stale.name):
            remove(stale)  # its writer was killed
    temporary = temporary_of(path)
    try:
        yield temporary
        flush(temporary)
        os.replace(temporary, path)
    except Exception as error:
        reason = full_disk(error)
        if reason is None or isinstance(error, StudyError):
            raise
        raise StudyError(f"{path}: {reason} {room(path)}; make room and run again, what is finished is kept") from error
    finally:
        temporary.unlink(missing_ok=True)


def temporary_of(path: Path) -> Path:
    """Name the temporary beside a target that this process writes; several machines may write the same one."""
    return path.with_name(f".{path.name}.{machine()}.{os.getpid()}.part")


@contextmanager
def temporary_folder(path: Path) -> Iterator[Path]:
    """Yield a folder beside a target, which is gone when the block ends, or with the run where that is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = temporary_of(path)
    remove(folder)  # of a process that had the same number
    folder.mkdir()
    try:
        yield folder
    finally:
        remove(folder)


@cache
def machine() -> str:
    """Name this machine since it was started, and the processes that see each other on it.

    Clones of a machine may share a host name, and containers a machine: then equal numbers are not
    the same process.
    """
    host = socket.gethostname()
    marks = [host]
    with suppress(OSError):
        marks.append(Path("/proc/sys/kernel/random/boot_id").read_text())
    with suppress(OSError):
        marks.append(str(Path("/proc/self/ns/pid").readlink()))
    digest = hashlib.sha256("\n".join(marks).encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9_-]', '_', host)[:40]}-{digest}"


def may_be_written(name: str) -> bool:
    """Tell whether the writer of a temporary runs on this machine; False for those of other machines."""
    found = TEMPORARY.fullmatch(name)
    return found is not None and found["machine"] == machine() and psutil.pid_exists(int(found["process"]))


def flush(path: Path) -> None:
    """Wait until a file is on its disk; a disk of another machine may say only then that it is full."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def full_disk(error: BaseException) -> str | None:
    """Say in words that an error means a lack of room, or None where it means something else."""
    for number, words in FULL.items():
        told = f"(os error {number})" in str(error)  # all that safetensors keeps of it
        if told or (isinstance(error, OSError) and error.errno == number):
            return words
    return None


def room(path: Path) -> str:
    """Name the disk that a file is on, and the room on it."""
    disk = path.absolute().parent
    while not disk.is_mount():
        disk = disk.parent
    usage = shutil.disk_usage(disk)
    return f"({disk}, {usage.free / 1e6:.0f} MB free of {usage.total / 1e6:.0f} MB)"


def mark_damaged(path: Path) -> None:
    """Note beside a made file that a reader found it damaged; :func:`tidy` sets it aside once no job runs.

    Not at once: the job may be tried again, and would find nothing instead of the reason. Files
    that no rule makes are left alone.
    """
    inside = Path(os.path.relpath(path))
    if RESULTS in inside.parents and KEPT not in inside.parents:
        inside.with_name(inside.name + DAMAGED).touch()


def tidy(root: Path) -> list[Path]:
    """Remove temporaries of writers that are gone, and set aside what was found damaged.

    Only for a run that holds the lock of its folder while none of its jobs runs: then nobody
    writes, on whichever machine, but other processes of this one.

    Returns:
        The files that were set aside, which the next run makes anew.
    """
    aside = []
    for folder, folders, names in os.walk(root):
        for name in [*names, *folders]:
            path = Path(folder) / name
            if TEMPORARY.fullmatch(name) and not may_be_written(name):
                remove(path)
            elif name.endswith(DAMAGED) and set_aside(path):
                aside.append(path.with_name(name.removesuffix(DAMAGED)))
    return sorted(aside)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is still there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def set_aside(mark: Path) -> bool:
    """Put a damaged file in the place of its mark, unless it was made anew since; returns whether it was."""
    path = mark.with_name(mark.name.removesuffix(DAMAGED))
    if not path.is_file() or path.stat().st_mtime > mark.stat().st_mtime:
        return False
    os.replace(path, mark)
    return True
