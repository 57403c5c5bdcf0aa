"""Tables and Parquet files: whole or not at all, and the same when read back."""

import pandas as pd
import pyarrow as pa
import pytest

from ftirmix.errors import StudyError
from ftirmix.tables import read_csv, read_parquet, write_comparison, write_csv, write_parquet, write_text

TABLE = pa.table({"spectrum": ["a", "b"], "share": [0.25, 0.5]})


@pytest.mark.parametrize(
    "write",
    [
        lambda path: write_parquet(path, "no table"),
        lambda path: write_csv(path, "no frame"),
        lambda path: write_text(path, 5),
    ],
)
def test_failing_writer_keeps_the_old_file(tmp_path, write):
    target = tmp_path / "table"
    target.write_text("old")
    with pytest.raises((AttributeError, TypeError)):
        write(target)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_parquet_round_trip(tmp_path):
    write_parquet(tmp_path / "t.parquet", TABLE)
    assert read_parquet(tmp_path / "t.parquet", TABLE.schema).equals(TABLE)


@pytest.mark.parametrize("kept", [0, 3, 100, -1])
def test_truncated_parquet_is_refused_by_name(tmp_path, kept):
    path = tmp_path / "t.parquet"
    write_parquet(path, TABLE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(StudyError, match="t.parquet: not a readable Parquet file .*run again, its rule makes it anew"):
        read_parquet(path)


def test_missing_parquet_is_refused_by_name(tmp_path):
    with pytest.raises(StudyError, match="absent.parquet: cannot be read"):
        read_parquet(tmp_path / "absent.parquet")


def test_parquet_without_a_column_of_the_schema_is_refused(tmp_path):
    write_parquet(tmp_path / "t.parquet", TABLE.drop_columns("share"))
    with pytest.raises(StudyError, match="t.parquet: column 'share' is missing"):
        read_parquet(tmp_path / "t.parquet", TABLE.schema)


@pytest.mark.parametrize("text", ["007", "12", "1e5", "1.50", "True", "nan", "NA", "None", "2020-01-01", "PE, old", ""])
def test_csv_round_trip_keeps_an_identifier_as_text(tmp_path, text):
    # A column that holds nothing but such texts is the hard case: nothing else marks it as text.
    write_csv(tmp_path / "t.csv", pd.DataFrame({"spectrum": [text, text], "fold": [0, 1]}))
    assert read_csv(tmp_path / "t.csv")["spectrum"].tolist() == [text, text]


@pytest.mark.parametrize("column", ["spectrum", "source", "laboratory", "specimen", "label", "component", "condition"])
def test_csv_round_trip_keeps_every_identity_column_as_text(tmp_path, column):
    write_csv(tmp_path / "t.csv", pd.DataFrame({column: ["007", "12"], "fold": [0, 1]}))
    assert read_csv(tmp_path / "t.csv")[column].tolist() == ["007", "12"]


def test_csv_round_trip_keeps_numbers_as_numbers(tmp_path):
    frame = pd.DataFrame({"spectrum": ["a", "b"], "fold": [0, 4], "share": [0.25, None], "exact": [True, False]})
    write_csv(tmp_path / "t.csv", frame)
    back = read_csv(tmp_path / "t.csv")
    assert back["fold"].tolist() == [0, 4]
    assert pd.api.types.is_integer_dtype(back["fold"])
    assert back["share"][0] == 0.25
    assert pd.isna(back["share"][1])
    assert back["exact"].tolist() == [True, False]


def test_csv_round_trip_of_an_empty_table_keeps_its_columns(tmp_path):
    write_csv(tmp_path / "t.csv", pd.DataFrame(columns=["source", "spectrum", "reason"]))
    back = read_csv(tmp_path / "t.csv")
    assert list(back.columns) == ["source", "spectrum", "reason"]
    assert len(back) == 0


def test_csv_has_no_index_and_six_significant_digits(tmp_path):
    write_csv(tmp_path / "t.csv", pd.DataFrame({"share": [1 / 3, 1e-9]}))
    assert (tmp_path / "t.csv").read_text() == "share\n0.333333\n1e-09\n"


def test_comparison_is_whole_in_every_format(tmp_path):
    paths = [tmp_path / f"models.{kind}" for kind in ("csv", "parquet", "md")]
    write_comparison(pd.DataFrame({"model": ["cnn"], "recall": [0.5]}), *paths, "cnn wins")
    assert read_csv(paths[0]).to_dict("records") == [{"model": "cnn", "recall": 0.5}]
    assert read_parquet(paths[1]).to_pylist() == [{"model": "cnn", "recall": 0.5}]
    text = paths[2].read_text()
    assert text.startswith("cnn wins\n") and "| cnn     |      0.5 |" in text
