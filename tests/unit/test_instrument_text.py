"""Text tables: every separator, decimal sign, encoding and layout, and units from words and values."""

import gzip
import io
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftirmix.instrument import InstrumentSpectrum, Unreadable, absorbance_of, read_file
from ftirmix.instrument import text as text_module
from tests.unit.instrument_files import WAVENUMBER, absorbance

SPECTRUM = absorbance()

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(tmp_path, content, name="file.csv"):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_file(tmp_path, name))


def only(results):
    (spectrum,) = results
    assert isinstance(spectrum, InstrumentSpectrum), spectrum
    return spectrum


def reason(results):
    (bad,) = results
    assert isinstance(bad, Unreadable), bad
    return bad.reason


def table(*columns, separator=",", decimal=".", header="", line_end="\n"):
    rows = [separator.join(f"{value:.6f}".replace(".", decimal) for value in row) for row in zip(*columns, strict=True)]
    return header + line_end.join(rows) + line_end


dialects = st.sampled_from(
    [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (" ", "."), ("   ", "."), (" ", ","), (", ", ".")]
)


@quick
@given(
    dialect=dialects,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    header=st.sampled_from(["", "wavenumber{0}intensity\n", "Größe µ ü\n\nwavenumber{0}intensity\n", "# 4 cm-1\n"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    descending=st.booleans(),
    count=st.integers(10, 200),
)
def test_two_columns_in_any_spelling(tmp_path, dialect, encoding, header, line_end, descending, count):
    separator, decimal = dialect
    order = slice(None, None, -1 if descending else 1)
    axis, values = WAVENUMBER[:count] + 0.25, SPECTRUM[:count] + 1e-3
    content = table(axis[order], values[order], separator=separator, decimal=decimal, line_end=line_end)
    spectrum = only(read(tmp_path, (header.format(separator) + content).encode(encoding)))
    np.testing.assert_allclose(spectrum.wavenumber, axis, atol=1e-6)
    np.testing.assert_allclose(spectrum.intensity, values, atol=1e-6)
    assert spectrum.spectrum == "" and spectrum.file == "file.csv"


@quick
@given(dialect=dialects, names=st.booleans(), spectra=st.integers(2, 14), descending=st.booleans())
def test_several_spectra_as_columns(tmp_path, dialect, names, spectra, descending):
    separator, decimal = dialect
    order = slice(None, None, -1 if descending else 1)
    matrix = np.arange(1, spectra + 1)[:, np.newaxis] * SPECTRUM / spectra
    titles = [f"PE{number}" for number in range(spectra)]
    header = separator.join(["wavenumber", *titles]) + "\n" if names else ""
    content = table(WAVENUMBER[order], *matrix[:, order], separator=separator, decimal=decimal, header=header)
    found = read(tmp_path, content)
    expected = titles if names else [f"column {number + 2}" for number in range(spectra)]
    assert [spectrum.spectrum for spectrum in found] == expected
    np.testing.assert_allclose([spectrum.intensity for spectrum in found], matrix, atol=1e-6)


def wide(matrix, axis=WAVENUMBER, names=("sample_id", "type"), separator=",", decimal="."):
    rows = [[f"s{number}", "PE", *(f"{value:.6f}" for value in row)] for number, row in enumerate(matrix)]
    lines = [[*names, *(f"{value:.2f}" for value in axis)], *(row[2 - len(names) :] for row in rows)]
    return "\n".join(separator.join(cell.replace(".", decimal) for cell in line) for line in lines) + "\n"


@pytest.mark.parametrize(("separator", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ",")])
@pytest.mark.parametrize("names", [(), ("type",), ("sample_id", "type")])
def test_a_row_per_spectrum(tmp_path, separator, decimal, names):
    matrix = np.arange(1, 6)[:, np.newaxis] * SPECTRUM / 5
    found = read(tmp_path, wide(matrix, names=names, separator=separator, decimal=decimal))
    expected = {0: [f"row {n + 1}" for n in range(5)], 1: ["PE"] * 5, 2: [f"s{n}" for n in range(5)]}[len(names)]
    assert [spectrum.spectrum for spectrum in found] == expected
    np.testing.assert_allclose([spectrum.intensity for spectrum in found], matrix, atol=1e-6)
    np.testing.assert_allclose(found[0].wavenumber, WAVENUMBER)


def test_a_row_per_spectrum_is_streamed_and_decided_once(tmp_path, monkeypatch):
    monkeypatch.setattr(text_module, "ROWS_AT_A_TIME", 4)
    percent = 100 * 10 ** -(np.arange(1, 12)[:, np.newaxis] * SPECTRUM / 11)
    percent[7] = 0.5  # a black particle alone would be read as absorbance
    found = read(tmp_path, wide(percent))
    assert len(found) == 11
    assert {spectrum.unit for spectrum in found} == {"percent_transmittance"}
    assert len({spectrum.decision for spectrum in found}) == 1


def test_rows_with_missing_quoted_and_wrong_cells(tmp_path):
    content = wide(np.array([SPECTRUM] * 4), names=("sample_id",)).splitlines()
    content[1] = content[1].replace("PE", '"PE, white"', 1)
    ends = content[2].split(",")
    content[2] = ",".join([ends[0], "", "", *ends[3:-1], "nan"])
    gaps = content[3].split(",")
    content[3] = ",".join([*gaps[:50], "?", "", *gaps[52:]])
    content[4] = content[4][:200]
    quoted, trimmed, gappy, short = read(tmp_path, "\n".join(content))
    assert quoted.spectrum == "PE, white"
    assert len(trimmed.wavenumber) == 197 and "3 points without a number dropped at the ends" in trimmed.decision
    assert "2 of 200 intensities are not numbers" in gappy.reason
    assert "cells and the header 201" in short.reason


def test_columns_named_by_numbers_are_not_a_header_of_wavenumbers(tmp_path):
    matrix = np.arange(1, 13)[:, np.newaxis] * SPECTRUM / 12
    header = ",".join(["cm-1", *map(str, range(1, 13))]) + "\n"
    found = read(tmp_path, table(WAVENUMBER, *matrix, header=header))
    assert [spectrum.spectrum for spectrum in found] == list(map(str, range(1, 13)))


def test_an_index_column_before_the_axis_is_skipped(tmp_path):
    header = '"","wavenumber","intensity"\n'
    spectrum = only(read(tmp_path, table(np.arange(200), WAVENUMBER, SPECTRUM, header=header)))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER)
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=1e-6)


@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("layout", ["columns", "rows"])
@pytest.mark.parametrize("streams", [1, 2])
def test_compressed_tables(tmp_path, packed, layout, streams):
    plain = (table(WAVENUMBER, SPECTRUM) if layout == "columns" else wide(np.array([SPECTRUM] * 3))).encode()
    cut = len(plain) // streams
    found = read(tmp_path, b"".join(packed(plain[at : at + cut]) for at in range(0, len(plain), cut)), "file.gz")
    assert len(found) == (1 if layout == "columns" else 3)
    np.testing.assert_allclose(found[-1].intensity, SPECTRUM, atol=1e-6)


def test_compressed_table_that_is_cut_short(tmp_path):
    packed = gzip.compress(table(WAVENUMBER, SPECTRUM).encode())
    assert "damaged or truncated" in reason(read(tmp_path, packed[: len(packed) // 2]))
    packed = lzma.compress(table(WAVENUMBER, SPECTRUM).encode())
    assert "damaged or truncated" in reason(read(tmp_path, packed[: len(packed) // 2]))


def test_a_header_whose_columns_are_sorted_as_text(tmp_path):
    order = np.argsort([f"{place:.2f}" for place in WAVENUMBER])
    assert np.any(np.diff(WAVENUMBER[order]) < 0)
    found = read(tmp_path, wide(np.array([SPECTRUM[order]] * 3), axis=WAVENUMBER[order]))
    np.testing.assert_allclose(found[2].wavenumber, WAVENUMBER)
    np.testing.assert_allclose(found[2].intensity, SPECTRUM, atol=1e-6)


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "values", "unit", "decision"),
    [
        ("cm-1,Absorbance\n", SPECTRUM, "absorbance", "absorbance, stated by the file"),
        ("XUNITS: cm-1\nYUNITS: %T\nx,y\n", 100 * 10**-SPECTRUM, "percent_transmittance", "stated by the file"),
        ("cm-1,Transmittance\n", 10**-SPECTRUM, "transmittance", "transmittance, stated by the file"),
        ("cm-1,%T\n", 10**-SPECTRUM, "transmittance", "but a fraction by its values"),
        ("cm-1,%R\n", 100 * 10**-SPECTRUM, "percent_reflectance", "stated by the file"),
        ("cm-1,log(1/R)\n", SPECTRUM, "absorbance", "stated by the file"),
        ("", 100 * 10**-SPECTRUM, "percent_transmittance", "bands point down"),
        ("", 10**-SPECTRUM, "transmittance", "bands point down"),
        ("", SPECTRUM, "absorbance", "bands point up"),
        ("", 100 * SPECTRUM, "scaled_absorbance", "bands point up, up to"),
        ("cm-1,Absorbance\n", 100 * 10**-SPECTRUM, "percent_transmittance", "although the file states absorbance"),
        ("cm-1,%T\n", 100 * SPECTRUM, "scaled_absorbance", "although the file states transmittance"),
        ("cm-1,Absorbance\n", 100 * SPECTRUM, "scaled_absorbance", "stated as absorbance, but"),
    ],
)
def test_units_from_words_and_values(tmp_path, header, values, unit, decision):
    spectrum = only(read(tmp_path, table(WAVENUMBER, values, header=header)))
    assert spectrum.unit == unit, spectrum.decision
    assert decision in spectrum.decision


def test_a_sloping_baseline_does_not_turn_absorbance_into_transmittance(tmp_path):
    # The median lies above the middle of the range here; the bands still point up.
    sloping = 0.3 * SPECTRUM + 0.5 * (1 - np.linspace(0, 1, len(WAVENUMBER)) ** 3)
    low, middle, high = np.quantile(sloping, [0.01, 0.5, 0.99])
    assert (middle - low) / (high - low) > 0.5
    assert only(read(tmp_path, table(WAVENUMBER, sloping))).unit == "absorbance"
    stated = only(read(tmp_path, table(WAVENUMBER, sloping, header="cm-1,Absorbance\n")))
    assert stated.unit == "absorbance" and "stated by the file" in stated.decision


def test_reflectance_is_turned_into_absorbance_like_transmittance(tmp_path):
    spectrum = only(read(tmp_path, table(WAVENUMBER, 100 * 10**-SPECTRUM, header="cm-1,% Reflectance\n")))
    np.testing.assert_allclose(absorbance_of(spectrum), SPECTRUM, atol=1e-6)


@pytest.mark.parametrize("header", ["Wavelength (um),Absorbance\n", "wavelength,intensity\n", "", "cm-1,Absorbance\n"])
def test_micrometres_are_converted_stated_or_not(tmp_path, header):
    axis = np.linspace(2.5, 14, 150)
    spectrum = only(read(tmp_path, table(axis, absorbance(1e4 / axis), header=header)))
    np.testing.assert_allclose(spectrum.wavenumber, np.sort(1e4 / np.round(axis, 6)))
    assert "micrometres" in spectrum.decision
    np.testing.assert_allclose(spectrum.intensity, absorbance(spectrum.wavenumber), atol=1e-5)


def test_nanometres_are_converted_where_stated_and_where_they_cannot_be_wavenumbers(tmp_path):
    axis = np.linspace(2500, 14000, 150)
    stated = only(read(tmp_path, table(axis, absorbance(1e7 / axis), header="nm,Absorbance\n")))
    np.testing.assert_allclose(stated.wavenumber, np.sort(1e7 / np.round(axis, 6)))
    axis = np.linspace(2500, 17000, 150)
    found = only(read(tmp_path, table(axis, absorbance(1e7 / axis))))
    assert "read as nanometres" in found.decision


# --- what is no table -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "is empty"),
        (b"\n\n  \n", "nothing but blank lines"),
        (b"<!DOCTYPE html><html><body>1,2</body></html>", "is HTML"),
        (b"\n <html>\n<table>", "is HTML"),
        (b"<?xml version='1.0'?><a/>", "is XML"),
        (bytes(range(256)) * 20, "neither text nor a known instrument format"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "neither text nor a known instrument format"),
        (b"hello, world\nthis is, a note\n", "no table of numbers"),
        (b"\n".join(b"%d.5" % n for n in range(400, 900)), "one column of numbers and no axis"),
        (b"400,1\n401,2\n402,3\n", "has 3 points; at least 10"),
        (table(WAVENUMBER, np.full(200, np.nan)).encode(), "one column of numbers"),
        (table(WAVENUMBER, np.where(WAVENUMBER == 1500, np.inf, SPECTRUM)).encode(), "1 of 200 intensities are not"),
        (table(np.where(WAVENUMBER == 1500, np.nan, WAVENUMBER), SPECTRUM).encode(), "1 of 200 wavenumbers are not"),
        (table(np.round(WAVENUMBER, -2), SPECTRUM).encode(), "occurs twice"),
        (table(-WAVENUMBER, SPECTRUM).encode(), "is not positive"),
        (table(100 * WAVENUMBER, SPECTRUM, header="cm-1,A\n").encode(), "beyond the infrared"),
        (table(WAVENUMBER, SPECTRUM, header="Raman shift,Intensity\n").encode(), "Raman"),
        (table(WAVENUMBER, SPECTRUM, header="cm-1,Kubelka-Munk\n").encode(), "cannot be turned into absorbance"),
        (table(WAVENUMBER, SPECTRUM).encode() + b"400", "line 201 has 1 cells where 2 are expected"),
        (table(WAVENUMBER, SPECTRUM).encode() + b"oops,1\n4000,1\n", "among numbers"),
        (table(WAVENUMBER, SPECTRUM).encode() + b"4000,1,2\n", "has 3 cells where 2 are expected"),
    ],
)
def test_bad_tables_are_told(tmp_path, content, expected):
    assert expected in reason(read(tmp_path, content))


def test_a_footer_of_words_is_no_hindrance(tmp_path):
    assert only(read(tmp_path, table(WAVENUMBER, SPECTRUM) + "end of data\n")).intensity.shape == (200,)


def test_a_last_line_without_its_intensity_is_dropped_and_told(tmp_path):
    spectrum = only(read(tmp_path, table(WAVENUMBER, SPECTRUM) + "4000.0,"))
    assert len(spectrum.wavenumber) == 200 and "1 points without a number dropped at the ends" in spectrum.decision


def test_a_constant_spectrum_is_readable(tmp_path):
    assert only(read(tmp_path, table(WAVENUMBER, np.full(200, 0.25)))).unit == "absorbance"


def test_a_table_of_columns_larger_than_the_limit_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(text_module, "LARGEST_WHOLE_BYTES", 2000)
    assert "is larger than" in reason(read(tmp_path, table(WAVENUMBER, SPECTRUM)))


def test_a_line_without_end_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(text_module, "LONGEST_LINE", 5000)
    assert "a line is longer" in reason(read(tmp_path, "1 " * 5000))


def test_what_grows_too_much_when_decompressed_is_told(tmp_path):
    bomb = io.BytesIO()
    with gzip.open(bomb, "wb") as file:
        for _ in range(60):
            file.write(b"1000,1\n" * 10_000)
    assert "times its size" in reason(read(tmp_path, bomb.getvalue()))
    assert "times its size" in reason(read(tmp_path, lzma.compress(b"1000,1\n" * 400_000)))


def test_the_column_that_names_spectra_is_found_among_others(tmp_path: Path) -> None:
    axis = np.arange(700, 900, 10)
    lines = ["study,Sample ID,type," + ",".join(map(str, axis))]
    lines += [f"S,well {number},PE," + ",".join(f"{0.01 * (number + x % 70):.3f}" for x in axis) for number in range(3)]
    (tmp_path / "wide.csv").write_text("\n".join(lines))
    found = [spectrum.spectrum for spectrum in read_file(tmp_path, "wide.csv")]
    assert found == ["well 0", "well 1", "well 2"]
