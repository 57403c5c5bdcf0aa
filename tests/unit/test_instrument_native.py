"""Instrument files as instruments wrote them: known bands at known places, in the known unit."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from ftirmix.instrument import Unreadable, absorbance_of, find_files, read_file

NATIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "native"

pytestmark = pytest.mark.skipif(not NATIVE.is_dir(), reason="the native instrument files are not beside the repository")


def peak_near(spectrum, place, half_width=15):
    """Return where absorbance is highest within a window around a band."""
    near = np.abs(spectrum.wavenumber - place) < half_width
    return spectrum.wavenumber[near][np.argmax(absorbance_of(spectrum)[near])]


@pytest.mark.parametrize(
    ("name", "unit", "points", "ends", "bands"),
    [
        ("ftir_ps.0", "absorbance", 2126, (399.22, 4497.54), (697, 756, 1452, 1493, 1601, 2919, 3025)),
        ("SINGLE_POLYMER_FILM.SPC", "absorbance", 1844, (447.48, 4002.28), (698, 756, 1452, 1493, 1601, 3025)),
        (
            "ftir_ps_film_transmittance.spc",
            "percent_transmittance",
            1776,
            (450, 4000),
            (698, 756, 1452, 1493, 1601, 2849, 3026),
        ),
        ("ftir_parafilm_reflectance.spa", "percent_reflectance", 1738, (649.92, 3999.81), (719, 1463, 2848, 2917)),
        ("ftir_ldpe_soil.asp", "absorbance", 1798, (650.42, 3999.43), (718, 1032, 1464, 2848, 2915)),
        ("fitr_nitrocellulose.jdx", "reflectance", 7154, (599.92, 7498.99), ()),
        # Its acetate groups, C=O, CH3 and C-O, are the strongest bands.
        ("ftir_pva_without_header.csv", "absorbance", 863, (674.99, 3999.81), (1018, 1431, 1736)),
    ],
)
def test_native_files_have_their_bands_where_they_belong(name, unit, points, ends, bands):
    (spectrum,) = read_file(NATIVE, name)
    assert (spectrum.file, spectrum.spectrum, spectrum.unit) == (name, "", unit), spectrum
    assert spectrum.wavenumber.shape == spectrum.intensity.shape == (points,)
    assert spectrum.wavenumber.dtype == spectrum.intensity.dtype == np.float64
    assert np.all(np.diff(spectrum.wavenumber) > 0)
    np.testing.assert_allclose(spectrum.wavenumber[[0, -1]], ends, atol=0.01)
    for band in bands:
        assert abs(peak_near(spectrum, band) - band) <= 4, band


def test_first_intensity_of_the_reflectance_file_is_the_one_that_its_header_states():
    # Half way down, so that neither a shifted table nor a reversed axis passes.
    (spectrum,) = read_file(NATIVE, "fitr_nitrocellulose.jdx")
    assert spectrum.intensity[-1] == pytest.approx(0.68973011)
    assert spectrum.intensity.max() == pytest.approx(0.69885999)
    at = np.argmin(np.abs(spectrum.wavenumber - 7441.12))
    assert spectrum.intensity[at] == pytest.approx(1024500120 * 6.5086409e-010)


def test_map_in_an_archive_is_read_pixel_by_pixel():
    spectra = list(read_file(NATIVE, "CA_tiny_map.zip"))
    assert len(spectra) == 16 * 13
    assert {spectrum.file for spectrum in spectra} == {"CA_tiny_map.zip/CA small UF.hdr"}
    assert [spectrum.spectrum for spectrum in spectra[14:18]] == ["x14_y0", "x15_y0", "x0_y1", "x1_y1"]
    assert {spectrum.unit for spectrum in spectra} == {"absorbance"}
    matrix = np.array([spectrum.intensity for spectrum in spectra])
    with zipfile.ZipFile(NATIVE / "CA_tiny_map.zip") as archive:
        stored = np.frombuffer(archive.read("CA small UF.dat"), "<f4").reshape(13 * 16, 427)
    np.testing.assert_array_equal(matrix, stored)
    # The particle lies in the middle of the map: there the ester's C-O stands out, in the corners it does not.
    wavenumber = spectra[0].wavenumber
    ester = matrix[:, (wavenumber > 1210) & (wavenumber < 1260)].mean(axis=1)
    level = matrix[:, (wavenumber > 1800) & (wavenumber < 1850)].mean(axis=1)
    band = (ester - level).reshape(13, 16)
    assert band[6, 5:10].min() > 0.3 > max(band[0, 0], band[0, -1], band[-1, 0], band[-1, -1])


def test_folder_of_native_files_is_listed_with_its_notes_told_apart():
    root, names, left_out = find_files(NATIVE)
    assert left_out == []
    assert "CA_tiny_map.zip" in names and names == sorted(names)
    (notes,) = read_file(root, "SOURCES.md")
    assert isinstance(notes, Unreadable) and "no table of numbers" in notes.reason


@pytest.mark.parametrize("name", ["ftir_ps.0", "SINGLE_POLYMER_FILM.SPC", "ftir_parafilm_reflectance.spa"])
def test_wrong_extension_is_no_hindrance(tmp_path, name):
    (tmp_path / "renamed.csv").write_bytes((NATIVE / name).read_bytes())
    (right,), (renamed,) = read_file(NATIVE, name), read_file(tmp_path, "renamed.csv")
    np.testing.assert_array_equal(right.intensity, renamed.intensity)
    assert right.unit == renamed.unit
