"""The frozen benchmark: flat files, fingerprints, counts, streamed training mixtures."""

import hashlib
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftirmix import composing
from ftirmix.benchmark import count_sets, fingerprint, load_of
from ftirmix.composing import training_parts
from ftirmix.errors import StudyError
from ftirmix.flat import arrow_of, flat_endmembers, flat_mixtures, joined, write_stream
from ftirmix.published import (
    DIFFERENT,
    FINGERPRINT_COLUMNS,
    IDENTICAL,
    MISSING,
    NOT_PUBLISHED,
    SAME_MIXTURES,
    verdict,
    verify,
)
from ftirmix.stream import stream_of
from tests.unit.test_mixtures import COMPONENTS, GRID, MATERIALS, SETTINGS, SPECTRA, WINDOW, a_set


@pytest.fixture(scope="module")
def mixtures():
    return a_set()[1]


def frozen(path, mixtures, factor=1.0):
    table = arrow_of(flat_mixtures(mixtures, COMPONENTS), factor * mixtures.absorbance, GRID)
    write_stream(path, iter([table]))
    return path


def test_a_flat_file_is_read_with_pandas_alone(tmp_path, mixtures):
    frame = pd.read_parquet(frozen(tmp_path / "test.parquet", mixtures))
    spectra = frame.filter(regex=r"^[0-9.]+$")
    assert (spectra.to_numpy() == mixtures.absorbance).all()
    assert [float(name) for name in spectra.columns] == GRID.tolist()
    assert (frame.filter(like="present_").to_numpy() == mixtures.presence(COMPONENTS)).all()
    assert np.allclose(frame.filter(like="ratio_").sum(axis=1), 1, atol=1e-5)
    assert not any(frame[name].map(lambda value: isinstance(value, list | np.ndarray)).any() for name in frame.columns)


def test_the_minor_component_comes_first(mixtures):
    frame = flat_mixtures(mixtures, COMPONENTS)
    binary = frame[frame["composition"] == "binary"]
    assert (binary["components"].str.split(";").str[0] == binary["minor_component"]).all()
    ratio = [row[f"ratio_{row['minor_component']}"] for _, row in binary.iterrows()]
    assert np.allclose(ratio, binary["minor_share"], atol=1e-6)


def test_a_name_with_the_separator_is_refused():
    assert joined(["a", "b"]) == "a;b"
    with pytest.raises(StudyError, match="'a;b'"):
        joined(["a;b"])


def test_endmembers_carry_their_subset_in_every_fold():
    table = SPECTRA.table.assign(suspect=False)
    spectra = type(SPECTRA)(SPECTRA.wavenumber, SPECTRA.absorbance, table)
    split = table[["spectrum"]].assign(fold0="train", fold1="test")
    flat = flat_endmembers(spectra, {"specimen": split})
    assert set(flat["specimen_fold0"]) == {"train"} and set(flat["specimen_fold1"]) == {"test"}
    with pytest.raises(StudyError, match="differ"):
        flat_endmembers(spectra, {"specimen": split.iloc[::-1]})


def test_a_fingerprint_is_that_of_the_file_and_of_its_truth(tmp_path, mixtures):
    path = frozen(tmp_path / "test.parquet", mixtures)
    row = fingerprint(path, "a/test.parquet")
    assert list(row) == FINGERPRINT_COLUMNS and row["file"] == "a/test.parquet"
    assert row["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert row["mean_absorbance"] == pytest.approx(mixtures.absorbance.astype(float).mean(), abs=1e-9)
    assert row["rows"] == len(mixtures.table)


def test_the_same_set_twice_is_identical_and_another_is_not(tmp_path, mixtures):
    published = pd.DataFrame([fingerprint(frozen(tmp_path / "a.parquet", mixtures), "t")])
    again = fingerprint(frozen(tmp_path / "b.parquet", a_set()[1]), "t")
    digits = fingerprint(frozen(tmp_path / "c.parquet", mixtures, 1 + 1e-7), "t")
    nuisance = fingerprint(frozen(tmp_path / "d.parquet", mixtures, 1.001), "t")
    other = fingerprint(frozen(tmp_path / "e.parquet", a_set(seed=2)[1]), "t")
    statuses = [verify(pd.DataFrame([row]), published)["status"].tolist() for row in (again, digits, nuisance, other)]
    assert statuses == [[IDENTICAL], [SAME_MIXTURES], [DIFFERENT], [DIFFERENT]]


def test_a_changed_truth_shows_even_where_the_spectra_are_the_same(tmp_path, mixtures):
    published = pd.DataFrame([fingerprint(frozen(tmp_path / "a.parquet", mixtures), "t")])
    table = mixtures.table.assign(kind="other")
    other = type(mixtures)(mixtures.axis, mixtures.absorbance, table)
    row = fingerprint(frozen(tmp_path / "b.parquet", other), "t")
    assert verify(pd.DataFrame([row]), published)["status"].tolist() == [DIFFERENT]


def test_missing_and_additional_files_are_listed_and_the_verdict_says_no(tmp_path, mixtures):
    row = fingerprint(frozen(tmp_path / "a.parquet", mixtures), "t")
    made, published = pd.DataFrame([row]), pd.DataFrame([row])
    assert "byte for byte" in verdict(verify(made, published))
    table = verify(made.assign(file="new"), published)
    assert table["status"].tolist() == [NOT_PUBLISHED, MISSING]
    assert "NOT version" in verdict(table)
    assert "NOT version" in verdict(verify(made, published.iloc[:0]))


def test_counts_by_hand():
    truth = pd.DataFrame(
        {
            "laboratory": ["A", "A", "B"],
            "composition": ["binary", "pure", "pure"],
            "specimens": ["s1;s2", "s1", "s3"],
            "endmembers": ["e1;e2", "e1", "e3"],
        }
    )
    assert load_of(truth).iloc[0] == pytest.approx(2 / 3)
    table = count_sets({("specimen", 0, "test"): truth, ("specimen", 1, "test"): truth.replace("A", "C")})
    assert table["fold"].tolist() == ["0", "1", "all"] and table["spectra"].tolist() == [3, 3, 6]
    assert table["laboratories"].tolist() == [2, 2, 3] and table["specimens"].tolist() == [3, 3, 3]
    assert table["pure"].tolist() == [2, 2, 4] and table["ternary"].tolist() == [0, 0, 0]
    measured = truth.assign(endmembers="")
    assert np.isnan(count_sets({("measured", 0, "test"): measured})["highest_endmember_share"].item())


def test_training_mixtures_stream_in_parts_and_repeat_bit_for_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(composing, "ROWS_PER_GROUP", 40)
    stream = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
    parts = list(training_parts(stream, 100, 3))
    assert [len(part) for part in parts] == [40, 40, 20]
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for path in paths:
        assert write_stream(path, training_parts(stream, 100, 3)) == 100
    assert paths[0].read_bytes() == paths[1].read_bytes()
    frame = pd.read_parquet(paths[0])
    assert frame["spectrum"].is_unique and np.allclose(frame.filter(like="ratio_").sum(axis=1), 1, atol=1e-6)
    assert np.allclose(frame.filter(regex=r"^[0-9.]+$").max(axis=1), 1, atol=1e-6)
    other = next(training_parts(stream, 40, 4)).to_pandas()
    assert (other["ratio_PE"] != frame["ratio_PE"][:40]).any()


def test_a_stream_that_breaks_leaves_no_file(tmp_path):
    def broken():
        yield pa.table({"a": [1]})
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError):
        write_stream(tmp_path / "a.parquet", broken())
    assert list(tmp_path.iterdir()) == []


def test_parts_are_row_groups_so_that_readers_need_not_hold_the_whole(tmp_path):
    stream = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
    write_stream(tmp_path / "a.parquet", (next(training_parts(stream, 10, seed)) for seed in range(3)))
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3


def test_memory_does_not_grow_with_the_number_of_mixtures(tmp_path, monkeypatch):
    monkeypatch.setattr(composing, "ROWS_PER_GROUP", 500)
    stream = stream_of(SPECTRA, COMPONENTS, SETTINGS, MATERIALS, WINDOW)
    write_stream(tmp_path / "warm.parquet", training_parts(stream, 500, 0))
    peaks = []
    for count in (1000, 12000):
        tracemalloc.start()
        write_stream(tmp_path / "a.parquet", training_parts(stream, count, 0))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
