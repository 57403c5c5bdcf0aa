"""Round trips through every binary and labelled format that the tests can write."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftirmix.instrument import InstrumentSpectrum, Unreadable, absorbance_of, read_file
from tests.unit import instrument_files as written
from tests.unit.instrument_files import WAVENUMBER, absorbance

SPECTRUM = absorbance()

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(tmp_path, content, name="file.bin"):
    (tmp_path / name).write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    return list(read_file(tmp_path, name))


def only(results):
    (spectrum,) = results
    assert isinstance(spectrum, InstrumentSpectrum), spectrum
    return spectrum


# --- JCAMP-DX ---------------------------------------------------------------------------------

ordinates = st.lists(st.integers(-9999, 99999) | st.sampled_from([0, 5, 7]), min_size=10, max_size=60)


@pytest.mark.parametrize("form", ["AFFN", "PAC", "SQZ", "DIF", "DUP"])
@quick
@given(numbers=ordinates, per_line=st.integers(2, 9), descending=st.booleans())
def test_jcamp_numbers_come_back_from_every_form(tmp_path, form, numbers, per_line, descending):
    axis = 1000 + 4.0 * np.arange(len(numbers))
    axis = axis[::-1] if descending else axis
    body = written.encoded_lines(axis / 2, numbers, form, per_line)
    text = written.jcamp(body, float(axis[0]), float(axis[-1]), len(numbers), xfactor=2.0, yfactor=0.001)
    spectrum = only(read(tmp_path, text))
    expected = np.array(numbers) * 0.001
    np.testing.assert_allclose(spectrum.wavenumber, np.sort(axis))
    np.testing.assert_allclose(spectrum.intensity, expected[::-1] if descending else expected, atol=1e-12)


def test_jcamp_duplicate_counts_above_nine_and_after_squeezed_values(tmp_path):
    # 1 three times, then twelve times 2, then 3 in steps of one up to 6.
    body = "100A U B S2 C J V\n".replace(" ", "")
    spectrum = only(read(tmp_path, written.jcamp(body, 100.0, 119.0, 20)))
    np.testing.assert_array_equal(spectrum.intensity, [1, 1, 1, *[2] * 12, 3, 4, 5, 6, 7])


def test_jcamp_missing_ordinates_at_the_ends_are_dropped_and_counted(tmp_path):
    body = "100 ? ? 1 2 3 4 5 6 7 8 9 10 ?\n"
    spectrum = only(read(tmp_path, written.jcamp(body, 100.0, 112.0, 13)))
    np.testing.assert_array_equal(spectrum.wavenumber, np.arange(102.0, 112.0))
    assert "3 points without a number dropped at the ends" in spectrum.decision


def test_jcamp_exponents_and_wavelengths_and_per_cent(tmp_path):
    axis = np.linspace(2.5, 14.0, 60)
    percent = 100 * 10 ** -absorbance(1e4 / axis)
    pairs = "".join(f"{place:.9E}, {value:.9E}\n" for place, value in zip(axis, percent, strict=True))
    text = written.jcamp("", 2.5, 14.0, 60, xunits="MICROMETERS", yunits="TRANSMITTANCE")
    text = text.replace("##XYDATA=(X++(Y..Y))\n", f"##XYPOINTS=(XY..XY)\n{pairs}")
    spectrum = only(read(tmp_path, text))
    np.testing.assert_allclose(spectrum.wavenumber, np.sort(1e4 / axis), rtol=1e-8)
    assert spectrum.unit == "percent_transmittance"
    assert "per cent by its values" in spectrum.decision and "micrometres" in spectrum.decision
    np.testing.assert_allclose(absorbance_of(spectrum), absorbance(spectrum.wavenumber), atol=1e-6)


def test_jcamp_linked_blocks_are_spectra_with_their_titles(tmp_path):
    body = written.encoded_lines(np.arange(100.0, 120.0), np.arange(20), "AFFN")
    blocks = [written.jcamp(body, 100.0, 119.0, 20, title=title) for title in ("one", "two")]
    bad = written.jcamp(body, 100.0, 119.0, 25, title="three")
    raman = written.jcamp(body, 100.0, 119.0, 20, title="four").replace("INFRARED", "RAMAN")
    text = "##TITLE=all\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n##BLOCKS=5\n" + "".join([*blocks, bad, raman]) + "##END=\n"
    one, two, three, four = read(tmp_path, text)
    assert (one.spectrum, two.spectrum) == ("one", "two")
    np.testing.assert_array_equal(two.intensity, np.arange(20))
    assert (three.spectrum, four.spectrum) == ("three", "four")
    assert "NPOINTS is 25 and the table holds 20" in three.reason
    assert "RAMAN" in four.reason


def test_jcamp_ntuples_pages_are_spectra(tmp_path):
    head = (
        "##TITLE=series\n##JCAMP-DX=5.01\n##DATA TYPE=INFRARED SPECTRUM\n##DATA CLASS=NTUPLES\n"
        "##NTUPLES=INFRARED SPECTRUM\n##VAR_NAME=WAVENUMBER, ABSORBANCE, TIME\n##SYMBOL=X, A, T\n"
        "##VAR_DIM=20, 20, 2\n##UNITS=1/CM, ABSORBANCE, SECONDS\n##FIRST=100, 0, 0\n##LAST=119, 1, 1\n"
        "##FACTOR=1, 0.5, 1\n"
    )
    page = "##PAGE=T={}\n##DATA TABLE=(X++(A..A)), XYDATA\n{}"
    rows = [np.arange(20), np.arange(20)[::-1]]
    pages = [page.format(t, written.encoded_lines(np.arange(100.0, 120.0), row, "SQZ")) for t, row in enumerate(rows)]
    first, second = read(tmp_path, head + "".join(pages) + "##END NTUPLES=\n##END=\n")
    assert (first.spectrum, second.spectrum) == ("series T=0", "series T=1")
    np.testing.assert_allclose(second.intensity, 0.5 * rows[1])
    assert second.unit == "absorbance"


@pytest.mark.parametrize(
    ("body", "points", "reason"),
    [
        ("100 1 2 3 4 5 6 7 8 9 10\n", 2_000_000_000, "NPOINTS is 2e+09 and the table holds 10"),
        ("100A0S99999999999\n", 10, "repeated 2e+11 times"),
        ("100A0JJJ\n104A1JJJ\n", 7, "the table is damaged"),
        ("100 1 2 # 3\n", 4, "no JCAMP-DX number"),
        ("100S5\n", 5, "a duplicate of nothing"),
        ("", 10, "the table is empty"),
    ],
)
def test_damaged_jcamp_tables_are_told(tmp_path, body, points, reason):
    (bad,) = read(tmp_path, written.jcamp(body, 100.0, 109.0, points))
    assert isinstance(bad, Unreadable) and reason in bad.reason


# --- SPC --------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("exponent", "flags", "tolerance"), [(-128, 0, 1e-6), (1, 0, 1e-8), (1, 1, 4e-5)])
def test_spc_with_an_even_axis(tmp_path, order, exponent, flags, tolerance):
    content = written.spc(None, [SPECTRUM[::-1]], flags, exponent, order=order, ends=(WAVENUMBER[-1], WAVENUMBER[0]))
    spectrum = only(read(tmp_path, content))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER)
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=tolerance)
    assert spectrum.decision == "absorbance, stated by the file"


def test_spc_with_an_uneven_axis_and_with_several_spectra(tmp_path):
    axis = np.float32(WAVENUMBER**1.01)
    spectrum = only(read(tmp_path, written.spc(axis, [SPECTRUM])))
    np.testing.assert_allclose(spectrum.wavenumber, axis)
    both = read(tmp_path, written.spc(axis, [SPECTRUM, 2 * SPECTRUM]))
    assert [spectrum.spectrum for spectrum in both] == ["1", "2"]
    np.testing.assert_allclose(both[1].intensity, 2 * SPECTRUM, rtol=1e-6)


def test_spc_with_an_axis_for_each_spectrum(tmp_path):
    axes = [WAVENUMBER, WAVENUMBER[:100] + 3]
    content = written.spc(axes, [SPECTRUM, SPECTRUM[:100]])
    first, second = read(tmp_path, content)
    np.testing.assert_allclose(first.wavenumber, axes[0])
    np.testing.assert_allclose(second.wavenumber, axes[1])


def test_old_spc_with_swapped_words(tmp_path):
    spectrum = only(read(tmp_path, written.old_spc(WAVENUMBER[0], WAVENUMBER[-1], SPECTRUM)))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER)
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=1e-8)


@pytest.mark.parametrize(("axis_type", "unit_type", "reason"), [(13, 2, "Raman"), (1, 1, "interferogram"), (4, 2, "4")])
def test_spc_that_is_no_infrared_spectrum(tmp_path, axis_type, unit_type, reason):
    content = written.spc(None, [SPECTRUM], axis_type=axis_type, unit_type=unit_type, ends=(700.0, 3884.0))
    (bad,) = read(tmp_path, content)
    assert isinstance(bad, Unreadable) and reason in bad.reason


def test_spc_that_claims_two_thousand_million_points_is_not_believed(tmp_path):
    content = bytearray(written.spc(None, [SPECTRUM], ends=(700.0, 3884.0)))
    content[4:8] = (2_000_000_000).to_bytes(4, "little")
    (bad,) = read(tmp_path, bytes(content))
    assert isinstance(bad, Unreadable) and "truncated or damaged" in bad.reason


# --- PerkinElmer SP, Agilent ASP ----------------------------------------------------------------


def test_perkin_elmer(tmp_path):
    percent = 100 * 10**-SPECTRUM
    spectrum = only(read(tmp_path, written.perkin_elmer(WAVENUMBER[-1], WAVENUMBER[0], percent[::-1], "%T")))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER)
    np.testing.assert_allclose(spectrum.intensity, percent)
    assert spectrum.unit == "percent_transmittance"


@quick
@given(st.lists(st.floats(-1, 5, allow_nan=False), min_size=10, max_size=50))
def test_asp(tmp_path, values):
    spectrum = only(read(tmp_path, written.asp(4000, 650, values)))
    np.testing.assert_array_equal(spectrum.intensity, values[::-1])
    np.testing.assert_allclose(spectrum.wavenumber, np.linspace(650, 4000, len(values)))


def test_asp_that_is_cut_short(tmp_path):
    whole = written.asp(4000, 650, SPECTRUM)
    (bad,) = read(tmp_path, whole[: len(whole) // 2])
    assert isinstance(bad, Unreadable) and "states 200 points and holds" in bad.reason


# --- ENVI -------------------------------------------------------------------------------------

CUBE = np.arange(1, 13).reshape(3, 4, 1) * SPECTRUM


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
@pytest.mark.parametrize("order", [0, 1])
@pytest.mark.parametrize("dtype", [4, 5])
def test_envi_map(tmp_path, interleave, order, dtype):
    written.envi(tmp_path, "map", WAVENUMBER[::-1], CUBE[:, :, ::-1], interleave, dtype, order)
    spectra = list(read_file(tmp_path, "map.hdr"))
    assert [spectrum.spectrum for spectrum in spectra[:5]] == ["x0_y0", "x1_y0", "x2_y0", "x3_y0", "x0_y1"]
    np.testing.assert_allclose(spectra[0].wavenumber, WAVENUMBER)
    np.testing.assert_allclose([spectrum.intensity for spectrum in spectra], CUBE.reshape(12, -1), rtol=1e-6)


def test_ignored_pixels_of_an_envi_map_are_told_one_by_one(tmp_path):
    cube = CUBE.copy()
    cube[1, 2] = -9999
    written.envi(tmp_path, "map", WAVENUMBER, cube, "bip", extra="data ignore value = -9999\n")
    spectra = list(read_file(tmp_path, "map.hdr"))
    bad = [spectrum for spectrum in spectra if isinstance(spectrum, Unreadable)]
    assert [(spectrum.spectrum, spectrum.reason) for spectrum in bad] == [
        ("x2_y1", "none of 200 intensities is a number")
    ]
    assert len(spectra) == 12


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("samples = 4", "samples = 2000000000", "map.dat is truncated"),
        ("bands = 200", "bands = 2000000000", "lists 200 wavelengths for 2000000000 bands"),
        ("lines = 3", "lines = -3", "not a whole number"),
        ("lines = 3", "", "has no 'lines'"),
        ("data type = 4", "data type = 6", "not a real number type"),
        ("wavelength = {", "nothing = {", "no wavelength list"),
        ("interleave = bip", "interleave = bop", "is not one of"),
        ("wavelength = {", "wavelength = {a, ", "holds something else"),
    ],
)
def test_envi_headers_that_lie(tmp_path, old, new, reason):
    written.envi(tmp_path, "map", WAVENUMBER, CUBE, "bip")
    header = (tmp_path / "map.hdr").read_text()
    assert old in header
    (tmp_path / "map.hdr").write_text(header.replace(old, new))
    (bad,) = read_file(tmp_path, "map.hdr")
    assert isinstance(bad, Unreadable) and reason in bad.reason


def test_envi_header_without_its_data(tmp_path):
    written.envi(tmp_path, "map", WAVENUMBER, CUBE, "bip")
    (tmp_path / "map.dat").unlink()
    (bad,) = read_file(tmp_path, "map.hdr")
    assert "without its data file" in bad.reason
