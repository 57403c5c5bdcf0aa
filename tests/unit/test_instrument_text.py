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
from ftirmix.instrument.text import columns, reading, rows
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
    monkeypatch.setattr(rows, "ROWS_AT_A_TIME", 4)
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


# --- pairs, row numbers, thousands separators, headers of numbers ------------------------------


def pairs(columns, header="", separator=";", decimal=","):
    """Write columns of different lengths; below the shorter ones the cells are empty."""
    longest = max(map(len, columns))
    cells = [[f"{value:.4f}".replace(".", decimal) for value in column] for column in columns]
    rows = [[column[row] if row < len(column) else "" for column in cells] for row in range(longest)]
    return header + "\n".join(separator.join(row) for row in rows) + "\n"


@pytest.mark.parametrize("header", ["cm-1;PE;cm-1;PP\n", "PE;;PP;\n", "PE;;PP;\ncm-1;A;cm-1;A\n", ""])
@pytest.mark.parametrize(("separator", "decimal"), [(";", ","), ("\t", "."), (",", ".")])
def test_pairs_are_read_each_on_its_own_axis(tmp_path, header, separator, decimal):
    other = np.linspace(3900, 600, 150)
    columns = [WAVENUMBER, SPECTRUM, other, absorbance(other)]
    first, second = read(tmp_path, pairs(columns, header.replace(";", separator), separator, decimal))
    np.testing.assert_allclose(first.wavenumber, WAVENUMBER, atol=1e-4)
    np.testing.assert_allclose(first.intensity, SPECTRUM, atol=1e-4)
    np.testing.assert_allclose(second.wavenumber, other[::-1], atol=1e-4)
    np.testing.assert_allclose(second.intensity, absorbance(other)[::-1], atol=1e-4)
    assert "each pair of columns on its own axis" in second.decision
    expected = ["PE", "PP"] if header else ["column 2", "column 4"]
    assert [first.spectrum, second.spectrum] == expected


def test_of_pairs_the_second_may_be_longer_and_a_gap_is_told(tmp_path):
    short, long = WAVENUMBER[:150], np.linspace(600, 3900, 200)
    found = read(tmp_path, pairs([short, SPECTRUM[:150], long, absorbance(long)]))
    assert [len(spectrum.wavenumber) for spectrum in found] == [150, 200]
    content = pairs([WAVENUMBER, SPECTRUM, WAVENUMBER, SPECTRUM]).splitlines()
    content[50] = ";".join(["", *content[50].split(";")[1:]])
    broken, whole = read(tmp_path, "\n".join(content))
    assert "1 of 200 wavenumbers are not numbers" in broken.reason
    assert isinstance(whole, InstrumentSpectrum)


def test_pairs_with_empty_columns_between_them_and_behind_row_numbers(tmp_path):
    rows = zip(np.arange(1, 201), WAVENUMBER, SPECTRUM, WAVENUMBER[::-1], SPECTRUM[::-1] / 2, strict=True)
    found = read(tmp_path, "\n".join("{:.0f};{:.1f};{:.4f};;{:.1f};{:.4f};".format(*row) for row in rows))
    np.testing.assert_allclose(found[0].intensity, SPECTRUM, atol=1e-4)
    np.testing.assert_allclose(found[1].intensity, SPECTRUM / 2, atol=1e-4)
    assert len(found) == 2


def test_pairs_in_micrometres(tmp_path):
    axis = np.linspace(2.5, 14, 150)
    values = absorbance(1e4 / axis)
    first, second = read(tmp_path, table(axis, values, axis, values / 2))
    np.testing.assert_allclose(second.intensity, first.intensity / 2, atol=1e-6)
    assert first.wavenumber[-1] == pytest.approx(4000)


def test_several_axes_that_are_no_pairs_are_refused(tmp_path):
    assert "column 4 is a second axis" in reason(
        read(tmp_path, table(WAVENUMBER, SPECTRUM, SPECTRUM, WAVENUMBER, SPECTRUM))
    )
    assert "column 2 is a second axis" in reason(
        read(tmp_path, table(WAVENUMBER, 1e4 / WAVENUMBER, SPECTRUM, header="cm-1,um,A\n"))
    )


@pytest.mark.parametrize("name", ["PE 4 cm-1,PP 4 cm-1", "a,b"])
def test_columns_of_spectra_are_no_axes_whatever_their_names(tmp_path, name):
    steep = 1000 - 150 * SPECTRUM + 30 * np.sin(np.arange(200))  # hundreds, and not one way
    found = read(tmp_path, table(WAVENUMBER, steep, steep, steep, header=f"x,{name},c\n"))
    assert [len(spectrum.wavenumber) for spectrum in found] == [200] * 3
    np.testing.assert_allclose(found[0].wavenumber, WAVENUMBER)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Punkt,Wellenzahl,Extinktion\n", "absorbance, stated"),
        ("Nr,Wellenzahl,Absorption\n", "absorbance, stated"),
        ("Punkt,Wellenzahl,Transmission\n", "transmittance, stated"),
        ("wavenumber,A\n", "bands"),
        ("x,y,z\n", "bands"),
        ("", "bands"),
    ],
)
@pytest.mark.parametrize("descending", [False, True])
def test_row_numbers_before_the_axis_are_left_out_and_told(tmp_path, start, header, unit, descending):
    values = 10**-SPECTRUM if "Transmission" in header else SPECTRUM
    order = slice(None, None, -1 if descending else 1)
    rows = zip(np.arange(start, start + 200), WAVENUMBER[order], values[order], strict=True)
    spectrum = only(read(tmp_path, header + "\n".join("{},{:.1f},{:.6f}".format(*row) for row in rows)))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER, atol=0.06)
    np.testing.assert_allclose(spectrum.intensity, values, atol=1e-6)
    assert "column 1 left out, row numbers" in spectrum.decision and unit in spectrum.decision


def test_row_numbers_without_wavenumbers_are_refused(tmp_path):
    assert "no wavenumbers" in reason(read(tmp_path, table(np.arange(1, 201), SPECTRUM)))


def test_absorption_in_per_cent_is_not_taken_for_absorbance(tmp_path):
    spectrum = only(read(tmp_path, table(WAVENUMBER, 100 * 10**-SPECTRUM, header="Wellenzahl,Absorption [%]\n")))
    assert spectrum.unit == "percent_transmittance" and "stated" not in spectrum.decision


THOUSANDS = [".", "'", "\u00a0", "\u202f", " "]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("grouping", "decimal", "digits"),
    [*((sign, ",", 1) for sign in THOUSANDS), (".", ",", 0), (",", ".", 1), (",", ".", 0), ("'", ".", 1)],
)
def test_thousands_separators_are_read_and_told(tmp_path, descending, grouping, decimal, digits):
    axis = np.round(np.linspace(500, 4000, 701), 1)
    values = absorbance(axis)
    order = slice(None, None, -1 if descending else 1)
    swap = str.maketrans({",": grouping, ".": decimal})
    rows = [
        f"{x:,.{digits}f}".translate(swap) + ";" + f"{y:.5f}".replace(".", decimal)
        for x, y in zip(axis[order], values[order], strict=True)
    ]
    assert rows[-1 if not descending else 0].startswith(f"4{grouping}000")
    spectrum = only(read(tmp_path, "cm-1;A\n" + "\n".join(rows)))
    np.testing.assert_allclose(spectrum.wavenumber, axis)
    np.testing.assert_allclose(spectrum.intensity, values, atol=1e-5)
    assert "601 numbers have thousands separators" in spectrum.decision


@pytest.mark.parametrize("descending", [False, True])
def test_whole_thousands_that_look_like_fractions_are_refused(tmp_path, descending):
    rows = [f"{x:,.0f};{50 + x % 7}".replace(",", ".") for x in range(500, 1100)]
    found = reason(read(tmp_path, "\n".join(rows[:: -1 if descending else 1])))
    assert "wavenumber 1.000 is beside 999" in found and "thousands separator" in found


def test_three_decimals_are_not_taken_for_thousands(tmp_path):
    for decimal in ",.":
        rows = [f"{x:.3f};{50 + y:.3f}".replace(".", decimal) for x, y in zip(WAVENUMBER, SPECTRUM, strict=True)]
        spectrum = only(read(tmp_path, "\n".join(rows)))
        np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER, atol=1e-3)
        np.testing.assert_allclose(spectrum.intensity, 50 + SPECTRUM, atol=1e-3)
        assert "thousands" not in spectrum.decision


def test_an_intensity_that_may_have_thousands_is_refused(tmp_path):
    rows = [f"{x:.1f};{50 + y:.3f}" for x, y in zip(WAVENUMBER, SPECTRUM, strict=True)]
    mixed = [row.replace(".", ",", 1) for row in rows]
    assert "column 2 holds" in reason(read(tmp_path, "\n".join(mixed)))


def test_thousands_in_a_header_of_wavenumbers(tmp_path):
    axis = np.arange(900, 1100, 2)
    header = ";".join(f"{x:,.0f}".replace(",", ".") for x in axis)
    row = ";".join(f"{y:.4f}".replace(".", ",") for y in absorbance(axis))
    spectrum = only(read(tmp_path, f"name;{header}\nPE;{row}\n"))
    np.testing.assert_allclose(spectrum.wavenumber, axis)


def test_numbers_that_cannot_be_read_are_never_dropped_in_silence(tmp_path):
    good = table(WAVENUMBER, SPECTRUM, separator=";", decimal=",")
    assert "line 201 holds '4.0.0,0;0,1'" in reason(read(tmp_path, good + "4.0.0,0;0,1\n4.0.2,0;0,1\n"))
    above = only(read(tmp_path, "12.03.2024;10:15\n" + good))
    assert "1 lines of digits above the table, such as '12.03.2024;10:15'" in above.decision
    below = only(read(tmp_path, good + "end of data\nA. Meyer\n;;\n"))
    assert "2 lines below the table, from line 201, are not numbers" in below.decision
    assert "line" not in only(read(tmp_path, "Wellenzahl;A\n" + good)).decision


@pytest.mark.parametrize("lines", [[(2024, 3), (64, 4), (16, 1)], [(20240312, 1), (4, 64)], [(64, 4)], [(4, 0)]])
@pytest.mark.parametrize("descending", [False, True])
def test_a_header_of_numbers_is_dropped_and_told(tmp_path, lines, descending):
    order = slice(None, None, -1 if descending else 1)
    content = table(WAVENUMBER[order], SPECTRUM[order], separator=";")
    spectrum = only(read(tmp_path, "".join(f"{a};{b}\n" for a, b in lines) + content))
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER)
    named = ", ".join(str(a) for a, _ in lines)
    assert f"the first {len(lines)} lines of numbers ({named})" in spectrum.decision


def test_points_of_the_axis_are_no_header(tmp_path):
    gap = np.concatenate([np.arange(600.0, 620, 2), np.arange(1000.0, 3000, 2)])  # ten points, then a gap
    for axis in (gap, gap[::-1], np.array([718.6, 729.8, 1462, 1471, 2847, 2915, 2930, 2950, 3000, 3100, 3900])):
        assert len(only(read(tmp_path, table(axis, absorbance(axis)))).wavenumber) == len(axis)
    shuffled = np.random.default_rng(0).permutation(WAVENUMBER)
    np.testing.assert_allclose(only(read(tmp_path, table(shuffled, absorbance(shuffled)))).wavenumber, WAVENUMBER)
    jittered = WAVENUMBER.copy()
    jittered[3:5] = jittered[4:2:-1]
    np.testing.assert_allclose(only(read(tmp_path, table(jittered, absorbance(jittered)))).wavenumber, WAVENUMBER)


@pytest.mark.parametrize("separator", [",", ", "])
@pytest.mark.parametrize(
    "cells", ["{:.4f} {:.4f}", "{:.1f} {:.2f}", "{:.0f} {:.4f}", "{:.0f} {:.1f}", "{:.0f} {:.1f} {:.1f}"]
)
@pytest.mark.parametrize("header", ["", "cm-1,A\n"])
def test_decimal_commas_between_commas_are_refused(tmp_path, separator, cells, header):
    rows = zip(WAVENUMBER, 0.1 + SPECTRUM, SPECTRUM, strict=True)
    lines = [cells.format(*row).replace(".", ",").replace(" ", separator) for row in rows]
    assert "decimal commas" in reason(read(tmp_path, header + "\n".join(lines)))


def test_thousands_between_commas_are_refused(tmp_path):
    axis = np.arange(650.0, 1050)
    rows = [f"{x:,.1f},{y:.4f}" for x, y in zip(axis, absorbance(axis), strict=True)]
    assert "has 3 cells where 2 are expected; are commas inside numbers" in reason(read(tmp_path, "\n".join(rows)))
    assert "thousands separators and commas" in reason(read(tmp_path, "\n".join(rows[::-1])))
    quoted = "\n".join(f'"{x:,.1f}",{y:.4f}' for x, y in zip(WAVENUMBER, SPECTRUM, strict=True))
    np.testing.assert_allclose(only(read(tmp_path, quoted)).wavenumber, WAVENUMBER, atol=0.06)


def test_whole_numbers_between_commas_are_read(tmp_path):
    rows = [f"{x:.0f},{1000 * y:.0f},{500 * y:.0f}" for x, y in zip(np.arange(400, 600), SPECTRUM, strict=True)]
    assert len(read(tmp_path, "\n".join(rows))) == 2


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
    monkeypatch.setattr(columns, "LARGEST_WHOLE_BYTES", 2000)
    assert "is larger than" in reason(read(tmp_path, table(WAVENUMBER, SPECTRUM)))


def test_a_line_without_end_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 5000)
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


def with_middle(cell, header="wavenumber,PE,empty,PS", cells=None):
    """Write two spectra with a column between them that holds ``cell``, in all lines or in some."""
    lines = [
        f"{place:g},{value:.4f},{cell if cells is None or number in cells else value},{value + 0.1:.4f}"
        for number, (place, value) in enumerate(zip(WAVENUMBER, SPECTRUM, strict=True))
    ]
    return "\n".join([header, *lines])


@pytest.mark.parametrize("cell", ["", "NaN", "#NV", "#DIV/0!", "n.a.", "---", "#WERT!", "-inf"])
def test_a_named_column_without_numbers_is_told_and_its_neighbours_are_read(tmp_path, cell):
    first, empty, last = read(tmp_path, with_middle(cell))
    assert (first.spectrum, last.spectrum) == ("PE", "PS")
    assert (empty.spectrum, empty.reason) == ("empty", f"none of {len(WAVENUMBER)} intensities is a number")
    np.testing.assert_allclose(last.intensity, SPECTRUM + 0.1, atol=1e-4)


def test_one_cell_without_a_number_costs_its_own_column_only(tmp_path):
    first, broken, last = read(tmp_path, with_middle("#DIV/0!", cells={len(WAVENUMBER) // 2}))
    assert isinstance(first, InstrumentSpectrum) and isinstance(last, InstrumentSpectrum)
    assert broken.reason.startswith("1 of ")


def test_an_empty_column_without_a_name_is_noted_where_spectra_follow_it(tmp_path):
    spectra = read(tmp_path, with_middle("", header="wavenumber,PE,,PS"))
    assert [spectrum.spectrum for spectrum in spectra] == ["PE", "PS"]
    assert all("column 3 left out, empty and without a name" in spectrum.decision for spectrum in spectra)
    ending = table(WAVENUMBER, SPECTRUM, line_end=",,\n", header="wavenumber,absorbance,,\n")
    assert "left out" not in only(read(tmp_path, ending, "ending.csv")).decision


def test_a_pair_without_intensities_is_told(tmp_path):
    header = "x1,PE,x2,PS"
    lines = [f"{x:g},{y:.4f},{x + 1:g}," for x, y in zip(WAVENUMBER, SPECTRUM, strict=True)]
    good, empty = read(tmp_path, "\n".join([header, *lines]))
    assert good.spectrum == "PE" and "each pair of columns on its own axis" in good.decision
    assert empty.spectrum == "PS" and empty.reason.startswith("none of ")


def test_decimal_commas_in_quotes_between_commas(tmp_path):
    rows = [f'{x:g},"{y:.4f}"'.replace(".", ",") for x, y in zip(WAVENUMBER, SPECTRUM, strict=True)]
    spectrum = only(read(tmp_path, "\n".join(["Wellenzahl,Probe", *rows])))
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=1e-4)


def test_equal_names_get_the_number_of_their_column(tmp_path):
    content = table(WAVENUMBER, SPECTRUM, SPECTRUM, SPECTRUM, header="wavenumber,PE,PS,PE\n")
    names = [spectrum.spectrum for spectrum in read(tmp_path, content)]
    assert names == ["PE (column 2)", "PS", "PE (column 4)"]


def test_columns_that_state_different_quantities_are_decided_apart(tmp_path):
    content = table(WAVENUMBER, SPECTRUM, 100 * 10**-SPECTRUM, header="wavenumber,a absorbance,b %T\n")
    straight, turned = read(tmp_path, content)
    assert (straight.unit, turned.unit) == ("absorbance", "percent_transmittance")
    np.testing.assert_allclose(absorbance_of(turned), SPECTRUM, atol=1e-5)
