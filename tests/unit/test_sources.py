"""The source manifest, the label table and the packages that carry public spectra."""

import dataclasses
import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml

from ftirmix.errors import StudyError
from ftirmix.sources import (
    Carrier,
    Source,
    check_sha256,
    fetch_carrier,
    open_carried,
    read_carriers,
    read_labels,
    read_manifest,
)

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "workflow" / "sources"
SCHEMA = ROOT / "workflow" / "schemas" / "source.schema.yaml"
CARRIERS = {"xpectrass": Carrier("xpectrass", "xpectrass==1", "xpectrass.whl", "0" * 64)}

ROW = {
    "source": "own",
    "laboratory": "Own",
    "carrier": "",
    "path": "spectra",
    "sha256": "",
    "reader": "folder",
    "select": "",
    "unit": "absorbance",
    "range_low": "400",
    "range_high": "4000",
    "specimen_pattern": "(.+)",
    "condition": "",
    "licence": "CC0",
    "citation": "Own 2024",
    "doi": "10.1000/182",
}


def manifest(folder, *rows, header=tuple(ROW)):
    path = folder / "manifest.csv"
    lines = [",".join(header), *(",".join(row.values()) if isinstance(row, dict) else row for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def read(folder, *rows, **options):
    return read_manifest([manifest(folder, *rows, **options)], SCHEMA, CARRIERS)


def test_manifest_row_becomes_a_source(tmp_path):
    sources = read(tmp_path, ROW)
    assert sources["own"] == Source(**(ROW | {"range_low": 400.0, "range_high": 4000.0}))


def test_manifests_are_read_one_after_the_other(tmp_path):
    (tmp_path / "second").mkdir()
    paths = [manifest(tmp_path, ROW), manifest(tmp_path / "second", ROW | {"source": "other"})]
    assert list(read_manifest(paths, SCHEMA, CARRIERS)) == ["own", "other"]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("unit", "reflectance", "'reflectance' is not one of"),
        ("reader", "spc", "'spc' is not one of"),
        ("sha256", "abc", "'abc' does not match"),
        ("range_low", "low", "'low' is not of type 'number'"),
        ("range_high", "", "'' is not of type 'number'"),
        ("range_low", "0", "less than or equal to the minimum of 0"),
        ("range_low", "nan", "nan"),
        ("range_low", "4000", "4000 is not below range_high 4000"),
        ("range_low", "5000", "5000 is not below range_high 4000"),
        ("carrier", "unknown", "'unknown' is not in carriers.csv"),
        ("source", "my source", "'my source' does not match"),
        ("laboratory", "", "'' should be non-empty"),
        ("licence", "", "'' should be non-empty"),
        ("citation", "", "'' should be non-empty"),
        ("doi", "https://doi.org/10.1000/182", "does not match"),
        ("specimen_pattern", "(LL", "is not a 'regex'"),
        ("specimen_pattern", "LL.*", "group"),  # without a group there is no specimen to name
        ("reader", "simulated", "simulated"),  # has no file to read
    ],
)
def test_manifest_mistake_is_one_sentence_with_file_line_and_column(tmp_path, column, value, words):
    with pytest.raises(StudyError) as caught:
        read(tmp_path, ROW, ROW | {"source": "second", column: value})
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'manifest.csv'}, line 3: ")
    assert column in message
    assert words in message
    assert "\n" not in message


def test_source_id_taken_twice_is_refused(tmp_path):
    with pytest.raises(StudyError, match="manifest.csv, line 3: source 'own' is already taken"):
        read(tmp_path, ROW, ROW)


def test_source_id_taken_in_another_manifest_is_refused(tmp_path):
    (tmp_path / "second").mkdir()
    paths = [manifest(tmp_path, ROW), manifest(tmp_path / "second", ROW)]
    with pytest.raises(StudyError, match="second/manifest.csv, line 2: source 'own' is already taken"):
        read_manifest(paths, SCHEMA, CARRIERS)


def test_carried_file_without_sha256_is_refused(tmp_path):
    with pytest.raises(StudyError, match="line 2: sha256 is empty"):
        read(tmp_path, ROW | {"carrier": "xpectrass", "reader": "wide_csv"})


def test_sha256_of_a_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match="line 2: sha256 is that of a single file; leave it empty for a folder"):
        read(tmp_path, ROW | {"sha256": "0" * 64})


def test_missing_manifest_is_refused_by_name(tmp_path):
    with pytest.raises(StudyError, match="source manifest .*absent.csv does not exist; check own_sources"):
        read_manifest([tmp_path / "absent.csv"], SCHEMA, CARRIERS)


def test_missing_column_is_named(tmp_path):
    with pytest.raises(StudyError, match="line 2: .*'doi' is a required property"):
        read(tmp_path, ROW, header=[*list(ROW)[:-1], "remark"])


def test_unknown_column_is_named(tmp_path):
    with pytest.raises(StudyError, match="line 2: .*'remark' was unexpected"):
        read(tmp_path, ROW | {"remark": "x"}, header=[*ROW, "remark"])


def test_empty_manifest_is_refused_by_name(tmp_path):
    tmp_path.joinpath("empty.csv").write_text("")
    with pytest.raises(StudyError, match="empty.csv"):
        read_manifest([tmp_path / "empty.csv"], SCHEMA, CARRIERS)


def test_row_with_an_unquoted_comma_is_refused_with_its_line(tmp_path):
    with pytest.raises(StudyError, match="manifest.csv.*line 3"):
        read(tmp_path, ROW, ROW | {"source": "second", "citation": "Own, A. 2024"})


def test_line_is_counted_with_blank_lines(tmp_path):
    with pytest.raises(StudyError, match="line 4: unit"):
        read(tmp_path, ROW, "", ROW | {"source": "second", "unit": "reflectance"})


# --- the repository's own tables --------------------------------------------------------------


@pytest.fixture(scope="module")
def own():
    carriers = read_carriers(SOURCES / "carriers.csv")
    return read_manifest([SOURCES / "manifest.csv"], SCHEMA, carriers), carriers


def test_manifest_schema_has_the_fields_of_a_source():
    schema = yaml.safe_load(SCHEMA.read_text())
    assert set(schema["properties"]) == set(schema["required"]) == {f.name for f in dataclasses.fields(Source)}


def test_every_source_is_cited(own):
    for source in own[0].values():
        assert source.citation
        assert source.doi or source.source == "simulated"


def test_every_carrier_is_pinned_to_a_version_and_a_hash(own):
    for carrier in own[1].values():
        assert "==" in carrier.requirement
        assert len(carrier.sha256) == 64


def test_every_carried_source_has_labels(own):
    labelled = set(read_labels(SOURCES / "labels.csv")["source"])
    assert {source.source for source in own[0].values() if source.carrier} <= labelled


def test_every_label_belongs_to_a_source_of_the_manifest(own):
    assert set(read_labels(SOURCES / "labels.csv")["source"]) <= set(own[0])


def test_no_label_is_given_two_meanings():
    labels = read_labels(SOURCES / "labels.csv")
    assert labels[labels.duplicated(["source", "label"])].empty


def test_every_label_has_a_component_and_every_ambiguous_one_a_note():
    labels = read_labels(SOURCES / "labels.csv")
    assert (labels["component"] != "").all()
    assert (labels["note"][labels["component"] == "ambiguous"] != "").all()


def test_the_label_table_holds_no_stray_blanks():
    labels = read_labels(SOURCES / "labels.csv")
    for column in ("source", "component", "condition"):
        assert (labels[column] == labels[column].str.strip()).all()


# --- opening a carrier ------------------------------------------------------------------------

CONTENT = b"sample_id,type\n" * 200
CONTENT_SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def wheel(tmp_path):
    path = tmp_path / "carrier.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/x.csv", CONTENT)
    return path


def test_carried_file_is_opened_when_its_hash_agrees(wheel):
    assert open_carried(wheel, "data/x.csv", CONTENT_SHA256).read() == CONTENT


def test_carried_file_without_a_hash_is_opened(wheel):
    assert open_carried(wheel, "data/x.csv", "").read() == CONTENT


def test_carried_file_with_another_hash_is_refused(wheel):
    with pytest.raises(StudyError, match=f"data/x.csv: sha256 is {CONTENT_SHA256}, the manifest says 000"):
        open_carried(wheel, "data/x.csv", "0" * 64)


def test_missing_carried_file_is_refused(wheel):
    with pytest.raises(StudyError, match="carrier.whl: cannot read data/y.csv .*delete .* to fetch it again"):
        open_carried(wheel, "data/y.csv", "")


def test_truncated_carrier_is_refused(wheel):
    wheel.write_bytes(wheel.read_bytes()[:80])
    with pytest.raises(StudyError, match="carrier.whl: cannot read data/x.csv .*run again to fetch it anew"):
        open_carried(wheel, "data/x.csv", CONTENT_SHA256)


def test_carrier_with_damaged_data_is_refused(wheel):
    data = bytearray(wheel.read_bytes())
    data[30 + len("data/x.csv")] = 0xFF  # first byte of the compressed data: no such block type
    wheel.write_bytes(data)
    with pytest.raises(StudyError, match="carrier.whl: cannot read data/x.csv .*run again to fetch it anew"):
        open_carried(wheel, "data/x.csv", CONTENT_SHA256)


def test_check_sha256_passes_the_right_hash_only():
    check_sha256(CONTENT, CONTENT_SHA256, "x.csv")
    with pytest.raises(StudyError, match="x.csv: sha256 is"):
        check_sha256(CONTENT + b" ", CONTENT_SHA256, "x.csv")


# --- fetching a carrier -----------------------------------------------------------------------

WHEEL = b"the wheel"
CARRIER = Carrier("c", "c==1", "c-1-py3-none-any.whl", hashlib.sha256(WHEEL).hexdigest())


def pip_that_downloads(file, content=WHEEL, returncode=0, stderr=""):
    """Stand in for pip: put one file into the folder after --dest."""

    def run(command, **_):
        assert command[-1] == CARRIER.requirement
        assert {"--no-deps", "--only-binary=:all:"} <= set(command)  # nothing else comes along, nothing is run
        if file:
            Path(command[command.index("--dest") + 1], file).write_bytes(content)
        return subprocess.CompletedProcess(command, returncode, stdout="", stderr=stderr)

    return run


def test_carrier_with_the_right_hash_is_put_at_its_target(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "run", pip_that_downloads(CARRIER.file))
    target = tmp_path / "carriers" / CARRIER.file
    fetch_carrier(CARRIER, target)
    assert target.read_bytes() == WHEEL
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize(
    ("pip", "words"),
    [
        (pip_that_downloads(None, returncode=1, stderr="no network\n"), "could not download c==1: no network; run"),
        (pip_that_downloads("c-2-py3-none-any.whl"), "but not the file c-1-py3-none-any.whl"),
        (pip_that_downloads(CARRIER.file, b"altered"), "expected " + CARRIER.sha256),
    ],
)
def test_carrier_that_is_not_the_pinned_file_is_refused_and_nothing_is_left(tmp_path, monkeypatch, pip, words):
    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(StudyError, match=words):
        fetch_carrier(CARRIER, tmp_path / CARRIER.file)
    assert list(tmp_path.iterdir()) == []
