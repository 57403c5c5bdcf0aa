"""Where on a map a spectrum was measured, from formats that know it."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftirmix.instrument import InstrumentSpectrum, Unreadable, read_file, read_parquet_grids
from ftirmix.instrument.naming import position_columns
from tests.unit.instrument_files import WAVENUMBER, absorbance, envi

SPECTRUM = absorbance()


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
def test_pixels_of_a_map_have_sample_and_line(tmp_path, interleave):
    heights = 0.5 + np.arange(6).reshape(2, 3) / 10  # 2 lines of 3 samples
    cube = heights[:, :, None] * SPECTRUM
    cube[1, 2] = np.nan
    envi(tmp_path, "map", WAVENUMBER, cube, interleave)
    spectra = list(read_file(tmp_path, "map.hdr"))
    assert [one.position for one in spectra] == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1), (2, 1)]
    assert isinstance(spectra[5], Unreadable)
    for one in spectra[:5]:
        sample, line = map(int, one.position)
        assert one.spectrum == f"x{sample}_y{line}"
        np.testing.assert_allclose(one.intensity, heights[line, sample] * SPECTRUM, rtol=1e-6)


def wide(tmp_path, labels: str, rows: list[str]) -> list[InstrumentSpectrum | Unreadable]:
    head = ",".join([labels, *(f"{place:g}" for place in WAVENUMBER)])
    body = [",".join([row, *(f"{value:.6f}" for value in SPECTRUM)]) for row in rows]
    (tmp_path / "wide.csv").write_text("\n".join([head, *body]) + "\n")
    return list(read_file(tmp_path, "wide.csv"))


@pytest.mark.parametrize("labels", ["x,y", "X (µm),Y (µm)", "x_um,y_um", "column,row", "Sample,Line", "pos x,pos y"])
def test_a_row_per_spectrum_may_state_its_place(tmp_path, labels):
    spectra = wide(tmp_path, labels, ["0.5,10", "1,10", "0.5,20", "1,20"])
    assert [one.position for one in spectra] == [(0.5, 10), (1, 10), (0.5, 20), (1, 20)]
    assert [one.spectrum for one in spectra] == ["x0.5_y10", "x1_y10", "x0.5_y20", "x1_y20"]


def test_a_name_beside_a_place_names_and_words_are_no_place(tmp_path):
    spectra = wide(tmp_path, "x,y,name", ["1,2,a", ",,b"])
    assert [one.spectrum for one in spectra] == ["a", "b"] and spectra[0].position == (1, 2)
    assert np.isnan(spectra[1].position).all()
    spectra = wide(tmp_path, "sample,line", ["PE-1,left", "PE-2,left"])
    assert [one.spectrum for one in spectra] == ["PE-1", "PE-2"] and np.isnan(spectra[0].position).all()
    assert [one.position for one in wide(tmp_path, "name,y", ["a,1", "b,2"])] == [None, None]


def test_x_that_counts_upwards_is_no_axis(tmp_path):
    spectra = wide(tmp_path, "x,y", [f"{100 + 10 * row},7" for row in range(12)])
    assert len(spectra) == 12 and spectra[3].position == (130, 7)


def test_parquet_may_state_places_on_a_grid_and_with_axes_of_rows(tmp_path):
    places = {"x": pa.array([3, 4, None], pa.int32()), "y": pa.array([0.5, 0.5, 1.5])}
    columns = {f"{place:g}": [1.0, 0.5, 0.7] for place in WAVENUMBER}
    pq.write_table(pa.table(places | columns), tmp_path / "wide.parquet")
    ((names, _, _, found, *_),) = read_parquet_grids(tmp_path / "wide.parquet")
    np.testing.assert_array_equal(found, [[3, 0.5], [4, 0.5], [np.nan, 1.5]])
    assert names == ["x3_y0.5", "x4_y0.5", "row 3"]
    assert [one.position for one in read_file(tmp_path, "wide.parquet")][:2] == [(3, 0.5), (4, 0.5)]
    ragged = {"wavenumber": [WAVENUMBER.tolist()] * 3, "intensity": [SPECTRUM.tolist()] * 3}
    pq.write_table(pa.table(places | ragged), tmp_path / "ragged.parquet")
    assert [one.position for one in read_file(tmp_path, "ragged.parquet")][:2] == [(3, 0.5), (4, 0.5)]
    pq.write_table(pa.table(columns), tmp_path / "none.parquet")
    assert np.isnan(next(read_parquet_grids(tmp_path / "none.parquet"))[3]).all()
    assert next(read_file(tmp_path, "none.parquet")).position is None


def test_one_of_two_columns_is_no_place():
    assert position_columns(["x", "z"]) is None and position_columns(["x", "y", "x (µm)"]) is None
    assert position_columns(["id", "Y", "X"]) == (2, 1)
