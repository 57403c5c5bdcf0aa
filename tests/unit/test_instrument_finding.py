"""Which files of a folder are read, what is left out, and archives with bad members."""

import os
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftirmix.instrument import InstrumentSpectrum, Unreadable, archives, find_files, read_file, reading
from tests.unit import instrument_files as written
from tests.unit.instrument_files import WAVENUMBER, absorbance

SPECTRUM = absorbance()
ASP = written.asp(3884, 700, SPECTRUM[::-1])


def put(folder, name, content=ASP):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_a_folder_is_walked_and_equal_names_stay_apart(tmp_path):
    for name in ("b/one.asp", "a/one.asp", "one.asp", ".hidden.asp", ".git/one.asp", "a/deep/er/two.csv"):
        put(tmp_path, name)
    root, names, left_out = find_files(tmp_path)
    assert names == ["a/deep/er/two.csv", "a/one.asp", "b/one.asp", "one.asp"]
    assert root == tmp_path and left_out == []
    assert {next(read_file(root, name)).file for name in names} == set(names)


def test_an_empty_folder_gives_nothing(tmp_path):
    assert find_files(str(tmp_path)) == (tmp_path, [], [])


def test_one_file_and_a_glob(tmp_path):
    put(tmp_path, "a/one.asp")
    put(tmp_path, "a/two.csv")
    put(tmp_path, "b/one.asp")
    assert find_files(tmp_path / "a" / "one.asp") == (tmp_path / "a", ["one.asp"], [])
    put(tmp_path, ".asked_for.asp")
    assert find_files(tmp_path / ".asked_for.asp")[1] == [".asked_for.asp"]
    assert find_files(f"{tmp_path}/*/*.asp") == (tmp_path, ["a/one.asp", "b/one.asp"], [])
    assert find_files(f"{tmp_path}/**/*.csv") == (tmp_path, ["a/two.csv"], [])
    assert find_files(f"{tmp_path}/a/*.spa") == (tmp_path / "a", [], [])


def test_nothing_there_is_an_error_of_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        find_files(tmp_path / "absent")


def test_data_of_a_map_belong_to_its_header(tmp_path):
    cube = np.tile(SPECTRUM, (2, 2, 1))
    written.envi(tmp_path, "map", WAVENUMBER, cube, "bip")
    put(tmp_path, "other.dat", "not of a map")
    put(tmp_path, "notes.hdr", "not a header of a map")
    put(tmp_path, "notes.dat", "1,2")
    assert find_files(tmp_path)[1] == ["map.hdr", "notes.dat", "notes.hdr", "other.dat"]


def test_links_are_followed_inside_the_folder_only(tmp_path):
    put(tmp_path, "outside.asp")
    folder = tmp_path / "in"
    put(folder, "real.asp")
    (folder / "alias.asp").symlink_to("real.asp")
    (folder / "escape.asp").symlink_to("../outside.asp")
    (folder / "dead.asp").symlink_to("nowhere.asp")
    (folder / "loop.asp").symlink_to("loop.asp")
    (folder / "again").symlink_to(".")
    _, names, left_out = find_files(folder)
    assert names == ["alias.asp", "real.asp"]
    reasons = {row.file: row.reason for row in left_out}
    assert "leads out of the folder" in reasons["escape.asp"]
    assert "link to nothing" in reasons["dead.asp"]
    assert "link to a folder" in reasons["again"]
    assert "loop.asp" in reasons


@pytest.mark.parametrize("name", ["../outside.asp", "/etc/hostname", "x/../../outside.asp"])
def test_a_path_that_leaves_the_folder_is_not_read(tmp_path, name):
    put(tmp_path, "outside.asp")
    (tmp_path / "in" / "x").mkdir(parents=True)
    (bad,) = read_file(tmp_path / "in", name)
    assert isinstance(bad, Unreadable) and "leads out of the folder" in bad.reason


def test_what_is_no_regular_file_is_told(tmp_path):
    (tmp_path / "named.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (folder,), (absent,) = read_file(tmp_path, "named.csv"), read_file(tmp_path, "absent.csv")
    assert "is a folder" in folder.reason and "no such file" in absent.reason
    _, names, left_out = find_files(tmp_path)
    assert names == [] and [(row.file, row.reason) for row in left_out] == [("pipe.csv", "is not a regular file")]


def test_a_name_that_is_not_utf8_is_told(tmp_path):
    with open(os.fsencode(tmp_path) + b"/caf\xe9.asp", "w") as file:  # noqa: PTH123  (a name of bytes)
        file.write(ASP)
    _, names, (bad,) = find_files(tmp_path)
    assert names == [] and "not UTF-8" in bad.reason
    bad.file.encode()


def test_permission_denied_is_told(tmp_path, monkeypatch):
    put(tmp_path, "locked.asp")

    def denied(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reading, "_kind", denied)  # root, who runs the tests, may read everything
    (bad,) = read_file(tmp_path, "locked.asp")
    assert "permission denied" in bad.reason


@pytest.mark.parametrize("kind", ["whole", "streamed"])
def test_a_file_that_changes_while_it_is_read_is_told(tmp_path, monkeypatch, kind):
    header = ",".join(["name", *map(str, WAVENUMBER)])
    row = ",".join(["a", *map(str, SPECTRUM)])
    put(tmp_path, "file", ASP if kind == "whole" else "\n".join([header, *[row] * 600]))
    original = reading._kind

    def kind_and_growth(head):
        with (tmp_path / "file").open("a") as file:
            file.write("\n")
        return original(head)

    monkeypatch.setattr(reading, "_kind", kind_and_growth)
    (bad,) = read_file(tmp_path, "file")
    assert isinstance(bad, Unreadable) and "changed while it was read" in bad.reason


def test_a_streamed_file_that_changes_late_is_told_after_its_first_spectra(tmp_path):
    header = ",".join(["name", *map(str, WAVENUMBER)])
    row = ",".join(["a", *map(str, SPECTRUM)])
    put(tmp_path, "file", "\n".join([header, *[row] * 600]))
    results = read_file(tmp_path, "file")
    assert isinstance(next(results), InstrumentSpectrum)
    put(tmp_path, "file", "another")
    *before, last = results
    assert len(before) < 300 and "changed while it was read" in last.reason


def test_a_map_that_shrinks_while_it_is_read_is_told(tmp_path):
    written.envi(tmp_path, "map", WAVENUMBER, np.tile(SPECTRUM, (40, 30, 1)), "bip")
    results = read_file(tmp_path, "map.hdr")
    assert isinstance(next(results), InstrumentSpectrum)
    os.truncate(tmp_path / "map.dat", 40_000)
    *_, last = results
    assert isinstance(last, Unreadable) and "while it was read" in last.reason


# --- archives ---------------------------------------------------------------------------------


def archive(tmp_path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", compression) as file:
        for name, content in members:
            file.writestr(name, content)
    return list(read_file(tmp_path, "all.zip"))


def test_members_are_read_like_files(tmp_path):
    cube = np.tile(SPECTRUM, (2, 3, 1))
    written.envi(tmp_path, "map", WAVENUMBER, cube, "bsq")
    pair = [(f"maps/map{end}", (tmp_path / f"map{end}").read_bytes()) for end in (".dat", ".hdr")]
    found = archive(tmp_path, [("a.asp", ASP), ("__MACOSX/._a.asp", b"x"), (".DS_Store", b"x"), *pair, ("n.txt", "hi")])
    assert [result.file for result in found] == ["all.zip/a.asp", *["all.zip/maps/map.hdr"] * 6, "all.zip/n.txt"]
    assert isinstance(found[-1], Unreadable)
    np.testing.assert_allclose(found[3].intensity, SPECTRUM, rtol=1e-6)


@pytest.mark.parametrize("name", ["../evil.asp", "/abs.asp", "a/../../evil.asp", "C:/evil.asp", "..\\evil.asp"])
def test_members_that_lead_out_are_refused_and_the_others_read(tmp_path, name):
    bad, good = archive(tmp_path, [(name, ASP), ("good.asp", ASP)])
    assert isinstance(bad, Unreadable) and "leads out of the archive" in bad.reason
    assert good.file == "all.zip/good.asp"
    assert not (tmp_path.parent / "evil.asp").exists()


def test_archives_in_archives_and_bombs_are_refused(tmp_path, monkeypatch):
    inner = archive(tmp_path, [("a.asp", ASP)])
    assert len(inner) == 1
    content = (tmp_path / "all.zip").read_bytes()
    nested, hidden = archive(tmp_path, [("in.zip", content), ("in.csv", content)])
    assert "archive in an archive" in nested.reason and "archive in an archive" in hidden.reason
    (bomb,) = archive(tmp_path, [("bomb.csv", b"0" * 30_000_000)])
    assert "times its size" in bomb.reason
    monkeypatch.setattr(archives, "MOST_MEMBERS", 2)
    (many,) = archive(tmp_path, [(f"{n}.asp", ASP) for n in range(3)])
    assert (many.file, "has 3 members" in many.reason) == ("all.zip", True)
    monkeypatch.setattr(archives, "LARGEST_TOTAL_BYTES", 1000)
    (large,) = archive(tmp_path, [("a.asp", ASP)])
    assert "unpacks to" in large.reason


def test_damaged_and_office_archives_are_told(tmp_path):
    assert len(archive(tmp_path, [("a.asp", ASP), ("b.asp", ASP)])) == 2
    content = bytearray((tmp_path / "all.zip").read_bytes())
    put(tmp_path, "cut.zip", bytes(content[:-30]))
    (cut,) = read_file(tmp_path, "cut.zip")
    assert "not readable as zip" in cut.reason
    content[60] ^= 0xFF
    put(tmp_path, "flipped.zip", bytes(content))
    flipped, good = read_file(tmp_path, "flipped.zip")
    assert "cannot be unpacked" in flipped.reason and isinstance(good, InstrumentSpectrum)
    (office,) = archive(tmp_path, [("[Content_Types].xml", "<a/>"), ("xl/sheet.xml", "<a/>")])
    assert "Office document" in office.reason
    (empty,) = archive(tmp_path, [])
    assert "archive without files" in empty.reason


def working_directory(folder):
    """Lay out what a run of the workflow leaves behind, and a laboratory's spectra beside it."""
    for name in ("results/default/preprocessed/own.asp", "results/identify/lab/predictions.csv", "lab/one.asp"):
        put(folder, name)
    put(folder, "results/identify/lab/answers_for.txt", "lab")
    put(folder, "results/logs/plan_shards/lab.log", "")
    (folder / ".snakemake").mkdir()


def test_what_the_workflow_wrote_is_left_out_with_a_reason(tmp_path):
    working_directory(tmp_path)
    _, names, left_out = find_files(tmp_path)
    assert names == ["lab/one.asp"]
    assert [(row.file, "writes its own files" in row.reason) for row in left_out] == [("results", True)]
    for inside in ("results", "results/default", "results/default/preprocessed", "results/identify/lab"):
        _, names, (row,) = find_files(tmp_path / inside)
        assert names == [] and row.file == inside.split("/")[-1] and "this workflow" in row.reason, inside
    _, names, left_out = find_files(f"{tmp_path}/results/default/*/*.asp")
    assert names == [] and "lies in results, which is where this workflow" in left_out[0].reason
    assert find_files(tmp_path / "results/default/preprocessed/own.asp")[1] == ["own.asp"]  # asked for by name


def test_answers_that_were_copied_elsewhere_are_left_out(tmp_path):
    put(tmp_path, "a/one.asp")
    put(tmp_path, "a/old answers/answers_for.txt", "lab")
    put(tmp_path, "a/old answers/predictions.csv")
    _, names, (row,) = find_files(tmp_path / "a")
    assert names == ["one.asp"] and row.file == "old answers" and "holds answers" in row.reason


def test_results_of_another_workflow_are_read(tmp_path):
    put(tmp_path, "results/one.asp")
    (tmp_path / ".snakemake").mkdir()
    assert find_files(tmp_path / "results")[1] == ["one.asp"]


TABLES_OF_ANSWERS = {
    "predictions.csv": "file,spectrum,component,present,probability,mixing_ratio,status,reason",
    "particles.csv": "file,spectrum,x,y,status,answer,reason,quality_noise_share",
    "identification.csv": '"row","file","spectrum","answer","status","reason","PE present"',
}


@pytest.mark.parametrize("name", TABLES_OF_ANSWERS)
def test_a_table_of_answers_is_known_by_its_columns(tmp_path, name):
    columns = TABLES_OF_ANSWERS[name].split(",")
    rows = [",".join(f"{number + place}" for place in range(len(columns))) for number in range(700, 900)]
    put(tmp_path, "renamed.csv", "\n".join([TABLES_OF_ANSWERS[name], *rows]))
    [row] = read_file(tmp_path, "renamed.csv")
    assert isinstance(row, Unreadable) and "table of answers that this workflow wrote" in row.reason


def test_predictions_in_parquet_are_known_by_their_columns(tmp_path):
    columns = {name: ["a"] for name in ("file", "spectrum", "component", "status", "reason")}
    pq.write_table(pa.table(columns | {str(700 + place): [1.0] for place in range(20)}), tmp_path / "p.parquet")
    [row] = read_file(tmp_path, "p.parquet")
    assert isinstance(row, Unreadable) and "table of answers that this workflow wrote" in row.reason
