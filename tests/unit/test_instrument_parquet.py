"""Parquet: the three layouts, ranges of rows, and the fast path against the slow one."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftirmix.instrument import (
    InstrumentSpectrum,
    Unreadable,
    absorbance_of,
    read_file,
    read_parquet_grids,
    read_parquet_rows,
)
from ftirmix.instrument import parquet as parquet_module
from ftirmix.spectra import GRID_SCHEMA, write_on_grid
from tests.unit.instrument_files import WAVENUMBER, absorbance

SPECTRUM = absorbance()
MATRIX = np.linspace(0.5, 1, 23)[:, np.newaxis] * SPECTRUM


def wide(path, matrix=MATRIX, axis=WAVENUMBER, names=True, row_group_size=5):
    columns = {"note": [f"s{number}" for number in range(len(matrix))]} if names else {}
    columns |= {f"{place:g}": matrix[:, place_number] for place_number, place in enumerate(axis)}
    pq.write_table(pa.table(columns), path, row_group_size=row_group_size)


def grid(path):
    table = pd.DataFrame(
        {field.name: [f"s{n}" for n in range(23)] for field in GRID_SCHEMA if field.name != "absorbance"}
    )
    write_on_grid(path, GRID_SCHEMA, table, MATRIX, WAVENUMBER)


def ragged(path, unit=None):
    columns = {
        "wavenumber": [WAVENUMBER[n:] for n in range(23)],
        "intensity": [MATRIX[n, n:] for n in range(23)],
        "spectrum": [f"s{n}" for n in range(23)],
    }
    if unit:
        columns["unit"] = [unit] * 23
    pq.write_table(pa.table(columns), path, row_group_size=7)


@pytest.mark.parametrize("write", [wide, grid])
def test_spectra_on_one_axis(tmp_path, write):
    write(tmp_path / "a.parquet")
    found = list(read_file(tmp_path, "a.parquet"))
    assert [spectrum.spectrum for spectrum in found] == [f"s{n}" for n in range(23)]
    np.testing.assert_allclose([spectrum.intensity for spectrum in found], MATRIX, rtol=1e-6)
    np.testing.assert_allclose(found[0].wavenumber, WAVENUMBER)
    assert {spectrum.unit for spectrum in found} == {"absorbance"}


def test_each_row_with_its_own_axis_and_unit(tmp_path):
    ragged(tmp_path / "a.parquet", "absorbance")
    found = list(read_file(tmp_path, "a.parquet"))
    assert [len(spectrum.wavenumber) for spectrum in found] == list(range(200, 177, -1))
    assert found[5].decision == "absorbance, stated by the file"
    np.testing.assert_allclose(found[22].intensity, MATRIX[22, 22:])
    ragged(tmp_path / "b.parquet")
    assert "median" in next(read_file(tmp_path, "b.parquet")).decision
    assert list(read_parquet_grids(tmp_path / "a.parquet")) == []


@pytest.mark.parametrize("write", [wide, grid, ragged])
def test_ranges_of_rows_join_to_the_whole(tmp_path, write, monkeypatch):
    monkeypatch.setattr(parquet_module, "BATCH_ROWS", 3)
    path = tmp_path / "a.parquet"
    write(path)
    whole = list(read_parquet_rows(path, "a.parquet"))
    edges = [0, 1, 6, 14, 15, 23]
    parts = [s for low, high in zip(edges, edges[1:], strict=False) for s in read_parquet_rows(path, "a", low, high)]
    assert [s.spectrum for s in parts] == [s.spectrum for s in whole] == [f"s{n}" for n in range(23)]
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one.intensity, other.intensity)
    assert list(read_parquet_rows(path, "a", 23, 99)) == []


@pytest.mark.parametrize("write", [wide, grid])
@pytest.mark.parametrize("rows", [(0, None), (4, 17), (22, 100)])
def test_the_fast_path_agrees_with_the_slow_one(tmp_path, write, rows):
    path = tmp_path / "a.parquet"
    write(path)
    ((names, wavenumber, matrix, *_),) = read_parquet_grids(path, *rows)
    slow = list(read_parquet_rows(path, "a", *rows))
    assert names == [spectrum.spectrum for spectrum in slow]
    np.testing.assert_array_equal(wavenumber, slow[0].wavenumber)
    np.testing.assert_array_equal(matrix, [absorbance_of(spectrum) for spectrum in slow])


@pytest.mark.parametrize("group", [2, 5, 23])
def test_the_fast_path_gives_as_many_at_a_time_whatever_the_row_groups_and_reads_each_once(
    tmp_path, monkeypatch, group
):
    wide(tmp_path / "whole.parquet")
    pq.write_table(pq.read_table(tmp_path / "whole.parquet"), tmp_path / "a.parquet", row_group_size=group)
    monkeypatch.setattr(parquet_module, "BATCH_ROWS", 6)
    monkeypatch.setattr(parquet_module, "DECIDING_SPECTRA", 1)
    read = []
    matrix = parquet_module._matrix
    monkeypatch.setattr(parquet_module, "_matrix", lambda batch, *rest: read.append(len(batch)) or matrix(batch, *rest))
    found = list(read_parquet_grids(tmp_path / "a.parquet"))
    assert [name for names, *_ in found for name in names] == [f"s{number}" for number in range(23)]
    np.testing.assert_allclose(np.concatenate([part.absorbance for part in found]), MATRIX)
    assert all(6 <= len(names) < 6 + group for names, *_ in found[:-1])
    assert sum(read) == 23 + 1  # and the one that decides


def test_the_fast_path_converts_and_sorts(tmp_path):
    path = tmp_path / "a.parquet"
    wide(path, 100 * 10 ** -MATRIX[:, ::-1], WAVENUMBER[::-1], names=False)
    ((names, wavenumber, matrix, *_),) = read_parquet_grids(path, 3, 6)
    assert names == ["row 4", "row 5", "row 6"]
    np.testing.assert_allclose(wavenumber, WAVENUMBER)
    np.testing.assert_allclose(matrix, MATRIX[3:6])


def test_pieces_of_a_file_agree_on_its_unit(tmp_path):
    percent = 100 * 10**-MATRIX
    percent[20] = 0.5  # a black particle, which alone would be absorbance
    wide(tmp_path / "a.parquet", percent)
    (black,) = read_parquet_rows(tmp_path / "a.parquet", "a", 20, 21)
    assert black.unit == "percent_transmittance"


def test_rows_with_gaps_are_told_one_by_one(tmp_path):
    matrix = MATRIX.copy()
    matrix[2, 100], matrix[3, 0], matrix[4] = np.nan, np.nan, np.nan
    wide(tmp_path / "a.parquet", matrix)
    found = list(read_file(tmp_path, "a.parquet"))
    assert len(found) == 23
    assert "1 of 200 intensities are not numbers" in found[2].reason
    assert len(found[3].wavenumber) == 199
    assert "none of 200 intensities" in found[4].reason
    assert isinstance(found[5], InstrumentSpectrum)
    assert np.isnan(next(read_parquet_grids(tmp_path / "a.parquet"))[2][2, 100])


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"a": [1.0], "b": ["x"]}, "has neither lists"),
        ({"wavenumber": [[1.0, 2.0]], "intensity": [[1.0]]}, "has 2 wavenumbers and 1 intensities"),
        ({"wavenumber": [None], "intensity": [None]}, "has neither lists"),
        ({"absorbance": [[1.0, 2.0]]}, "no wavenumbers in its metadata"),
        (
            {"wavenumber": pa.array([], pa.list_(pa.float32())), "intensity": pa.array([], pa.list_(pa.float32()))},
            "no rows",
        ),
    ],
)
def test_other_tables_are_told(tmp_path, columns, reason):
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    (bad,) = read_file(tmp_path, "a.parquet")
    assert isinstance(bad, Unreadable) and reason in bad.reason
    assert list(read_parquet_grids(tmp_path / "a.parquet")) == []


def test_a_grid_with_a_row_of_another_length_is_told(tmp_path):
    rows = [SPECTRUM.tolist(), SPECTRUM[:-1].tolist()]
    metadata = {"wavenumber_cm1": str(WAVENUMBER.tolist())}
    pq.write_table(pa.table({"absorbance": rows}).replace_schema_metadata(metadata), tmp_path / "a.parquet")
    (bad,) = read_file(tmp_path, "a.parquet")
    assert "has not the 200 values of the grid" in bad.reason
    broken = pa.table({"absorbance": rows}).replace_schema_metadata({"wavenumber_cm1": "[1, oops"})
    pq.write_table(broken, tmp_path / "b.parquet")
    (bad,) = read_file(tmp_path, "b.parquet")
    assert "not readable as Parquet" in bad.reason


def test_a_parquet_file_that_is_cut_short_is_told(tmp_path):
    wide(tmp_path / "a.parquet")
    content = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(content[: len(content) // 2])
    (bad,) = read_file(tmp_path, "a.parquet")
    assert "not readable as Parquet" in bad.reason


def test_a_parquet_file_that_went_away_is_told(tmp_path):
    (gone,) = read_parquet_rows(tmp_path / "a.parquet", "a.parquet")
    assert gone.reason == "there is no such file"


def test_a_column_of_wavenumbers_beside_spectra(tmp_path):
    table = pd.DataFrame({"Wellenzahl": WAVENUMBER[::-1], "PE": MATRIX[0][::-1], "PS": MATRIX[1][::-1], "note": "x"})
    numbered = table.iloc[5:].set_axis(np.arange(len(table) - 5) ** 2)  # pandas keeps such row numbers as a column
    numbered.to_parquet(tmp_path / "a.parquet")
    first, second = read_file(tmp_path, "a.parquet")
    assert (first.spectrum, second.spectrum) == ("PE", "PS")
    np.testing.assert_allclose(second.wavenumber, WAVENUMBER[:-5])
    np.testing.assert_allclose(second.intensity, MATRIX[1][:-5])
    assert list(read_parquet_grids(tmp_path / "a.parquet")) == []
    assert list(read_parquet_rows(tmp_path / "a.parquet", "a", 100, 200)) == []  # no second time, of another piece


def test_a_column_of_wavenumbers_states_the_unit_in_the_head_of_a_spectrum(tmp_path):
    table = pd.DataFrame({"cm-1": WAVENUMBER, "particle %T": 100 * 10 ** -MATRIX[0]})
    table.to_parquet(tmp_path / "a.parquet", index=False)
    (spectrum,) = read_file(tmp_path, "a.parquet")
    assert spectrum.unit == "percent_transmittance"
