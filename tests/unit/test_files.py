"""Files that are whole or absent: temporaries of several machines, full disks, damaged files."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ftirmix import files
from ftirmix.errors import StudyError
from ftirmix.files import full_disk, machine, mark_damaged, temporary_folder, tidy, whole_file


@pytest.fixture
def dead() -> int:
    """Return the number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    return process.pid


def test_whole_file_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "new" / "table.txt"
    with whole_file(target) as temporary:
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_whole_file_leaves_nothing_behind_when_the_block_raises(tmp_path):
    with pytest.raises(RuntimeError), whole_file(tmp_path / "table.txt") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_whole_file_keeps_the_old_file_when_the_block_raises(tmp_path):
    target = tmp_path / "table.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), whole_file(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_whole_file_writes_beside_its_target(tmp_path):
    # A rename is whole only inside one file system.
    with whole_file(tmp_path / "table.txt") as temporary:
        temporary.write_text("new")
        assert temporary.parent == tmp_path


# --- temporaries ----------------------------------------------------------------------------------


def temporaries(folder: Path, dead: int) -> dict[str, Path]:
    """Write temporaries of one target: of a dead and a living process here, and of the same ones elsewhere."""
    numbers = {"dead": dead, "living": os.getppid()}
    paths = {
        f"{state} {where}": folder / f".x.csv.{name}.{number}.part"
        for where, name in (("here", machine()), ("elsewhere", "n2-01234567"))
        for state, number in numbers.items()
    }
    for path in paths.values():
        path.touch()
    return paths


def test_a_writer_removes_what_a_dead_one_of_its_machine_left_and_nothing_of_another(tmp_path, dead):
    paths = temporaries(tmp_path, dead)
    with whole_file(tmp_path / "x.csv") as temporary:
        temporary.touch()
    assert {name for name, path in paths.items() if path.exists()} == {
        "living here", "dead elsewhere", "living elsewhere",
    }  # fmt: skip


def test_a_writer_leaves_the_temporaries_of_other_targets_alone(tmp_path, dead):
    others = [tmp_path / f".x.csv.md.{machine()}.{dead}.part", tmp_path / f".y.csv.{machine()}.{dead}.part"]
    for path in others:
        path.touch()
    with whole_file(tmp_path / "x.csv") as temporary:
        temporary.touch()
    assert all(path.exists() for path in others)


def test_machines_that_share_a_host_name_and_a_process_number_write_two_temporaries(tmp_path):
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare")
    said = "from ftirmix.files import temporary_of, Path; print(temporary_of(Path('x')).name)"
    separate = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", said], capture_output=True, text=True
    )
    if separate.returncode:
        pytest.skip(f"no processes of their own here: {separate.stderr.strip()}")
    here = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout
    assert separate.stdout.rsplit(".", 2)[0] != here.rsplit(".", 2)[0]


def test_tidying_leaves_living_writers_of_this_machine_alone(tmp_path, dead):
    # Those of other machines are dead: no job of the run that tidies is left, and it holds the lock.
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    paths = temporaries(folder, dead)
    old = folder / f".x.csv.{dead}.part"  # as an earlier version named them
    old.touch()
    (folder / "kept.part").touch()
    assert tidy(tmp_path) == []
    assert sorted(path.name for path in folder.iterdir()) == sorted([paths["living here"].name, "kept.part"])


def test_a_folder_beside_a_target_goes_with_its_block_or_when_the_run_is_tidied(tmp_path, dead):
    with temporary_folder(tmp_path / "new" / "x.whl") as folder:
        (folder / "part").touch()
        assert folder.parent == tmp_path / "new"
    assert list(folder.parent.iterdir()) == []
    left = tmp_path / f".x.whl.{machine()}.{dead}.part"
    left.mkdir()
    (left / "part").touch()
    tidy(tmp_path)
    assert not left.exists()


# --- full disks -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EDQUOT, "your quota on the disk is used up")]
)
def test_a_full_disk_is_one_sentence_that_names_file_and_disk(tmp_path, number, words):
    (tmp_path / "x.csv").write_text("old")
    told = pytest.raises(StudyError, match=f"x.csv: {words} .*MB free of .*make room and run again")
    with told, whole_file(tmp_path / "x.csv") as temporary:
        temporary.write_text("half")
        raise OSError(number, os.strerror(number))
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_a_disk_of_another_machine_that_says_late_that_it_is_full_is_heard(tmp_path, monkeypatch):
    def late(number):
        raise OSError(errno.EDQUOT, "late")

    monkeypatch.setattr(files.os, "fsync", late)
    with pytest.raises(StudyError, match="x.csv: your quota"), whole_file(tmp_path / "x.csv") as temporary:
        temporary.write_text("written, as it seems")
    assert list(tmp_path.iterdir()) == []


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(PermissionError), whole_file(tmp_path / "x.csv"):
        raise PermissionError(errno.EACCES, "no")
    assert full_disk(ValueError("No space left")) is None


# --- damaged files --------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path, monkeypatch) -> Path:
    """Return a made file of a study in the working directory."""
    monkeypatch.chdir(tmp_path)
    path = Path("results/test/x.parquet")
    path.parent.mkdir(parents=True)
    path.write_text("half")
    return path


def test_a_damaged_file_stays_until_no_job_runs_and_is_then_set_aside(made):
    mark_damaged(made)
    mark_damaged(made.absolute())  # by a second reader
    assert made.read_text() == "half"
    assert tidy(Path("results")) == [made]
    assert not made.exists() and made.with_name("x.parquet.damaged").read_text() == "half"
    made.write_text("whole")
    assert tidy(Path("results")) == [] and made.read_text() == "whole"


def test_a_file_that_was_made_anew_since_it_was_found_damaged_stays(made):
    mark_damaged(made)
    made.write_text("whole")
    later = made.stat().st_mtime + 10
    os.utime(made, (later, later))
    assert tidy(Path("results")) == [] and made.read_text() == "whole"


def test_a_file_that_is_damaged_a_second_time_is_set_aside_again(made):
    for content in ("half", "a third"):
        made.write_text(content)
        mark_damaged(made)
        assert tidy(Path("results")) == [made]
        assert made.with_name("x.parquet.damaged").read_text() == content


@pytest.mark.parametrize("name", ["workflow/pretrained/x.parquet", "results/reference/x.parquet", "../x.parquet"])
def test_a_file_that_no_rule_makes_is_never_marked(made, name):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    mark_damaged(path)
    assert not list(path.parent.glob("*.damaged"))
