"""Readers: what a laboratory hands in, well-formed and malformed."""

import io
import lzma
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftirmix.axis import bridge_window
from ftirmix.errors import StudyError
from ftirmix.ingestion import ingest
from ftirmix.preprocessing import preprocess, resample
from ftirmix.readers import READERS
from ftirmix.readers.folder import read_folder, read_two_columns
from ftirmix.readers.open_specy import read_open_specy
from ftirmix.readers.wide_csv import read_wide_csv
from ftirmix.settings import PreprocessingSettings
from ftirmix.sources import Source

WAVENUMBERS = np.arange(1000, 1120, 10)  # twelve points: ten are needed

# --- wide tables ------------------------------------------------------------------------------


def opened(text):
    data = text.encode() if isinstance(text, str) else text
    return io.BufferedReader(io.BytesIO(data))


def wide(header, *rows):
    """Write a wide table; every cell as it is given."""
    return "\n".join(",".join(map(str, cells)) for cells in (header, *rows)) + "\n"


def read_wide(text):
    return read_wide_csv(opened(text), "table.csv")


def test_wide_table_gives_one_spectrum_per_row():
    table = wide(["sample_id", "type", *WAVENUMBERS], ["a", "PE", *range(12)], ["b", "PP", *range(12, 24)])
    result = read_wide(table)
    assert [(s.sample, s.label) for s in result.spectra] == [("a", "PE"), ("b", "PP")]
    assert result.rejected == []
    np.testing.assert_array_equal(result.spectra[1].wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(result.spectra[1].intensity, np.arange(12, 24))


def test_wide_table_reads_the_same_when_xz_compressed():
    table = wide(["sample_id", "type", *WAVENUMBERS], ["a", "PE", *range(12)])
    compressed = read_wide(lzma.compress(table.encode()))
    np.testing.assert_array_equal(compressed.spectra[0].intensity, read_wide(table).spectra[0].intensity)


def test_wide_table_keeps_identifiers_as_text():
    table = wide(["sample_id", "type", *WAVENUMBERS], ["007", "1", *range(12)])
    assert (read_wide(table).spectra[0].sample, read_wide(table).spectra[0].label) == ("007", "1")


def test_wide_table_takes_the_condition_from_its_flag():
    header = ["sample_id", "type", "environmental", *WAVENUMBERS]
    rows = [[sample, "PE", flag, *range(12)] for sample, flag in (("a", "Y"), ("b", "N"), ("c", ""))]
    result = read_wide(wide(header, *rows))
    assert [spectrum.condition for spectrum in result.spectra] == ["environmental", "reference", ""]


@pytest.mark.parametrize("column", ["sample_id", "type"])
def test_wide_table_without_an_identity_column_is_refused(column):
    header = [name for name in ("sample_id", "type") if name != column]
    with pytest.raises(StudyError, match=f"table.csv: column '{column}' is missing"):
        read_wide(wide([*header, *WAVENUMBERS], ["a", *range(12)]))


@pytest.mark.parametrize("odd", ["operator", "nan", "inf", "Unnamed: 0"])
def test_wide_table_with_a_header_that_is_no_wavenumber_is_refused(odd):
    with pytest.raises(StudyError, match=f"table.csv: column '{odd}' is neither a wavenumber nor one of .*sample_id"):
        read_wide(wide(["sample_id", "type", odd, *WAVENUMBERS], ["a", "PE", "x", *range(12)]))


def test_empty_file_is_refused():
    with pytest.raises(StudyError, match="table.csv: not a readable CSV table"):
        read_wide("")


def test_wide_table_without_rows_is_refused():
    with pytest.raises(StudyError, match="table.csv: holds no spectra"):
        read_wide(wide(["sample_id", "type", *WAVENUMBERS]))


def test_wide_table_without_wavenumbers_is_refused():
    with pytest.raises(StudyError, match="table.csv: holds no spectra"):
        read_wide(wide(["sample_id", "type"], ["a", "PE"]))


@pytest.mark.parametrize("bytes_kept", [7, 40, -8])
def test_truncated_xz_is_refused(bytes_kept):
    table = wide(["sample_id", "type", *WAVENUMBERS], *(["a", "PE", *range(12)] for _ in range(50)))
    with pytest.raises(StudyError, match="table.csv: not a readable CSV table"):
        read_wide(lzma.compress(table.encode())[:bytes_kept])


def test_binary_file_is_refused():
    with pytest.raises(StudyError, match="table.csv: not a readable CSV table"):
        read_wide(b"\xff\xfe\x00\x01" * 20)


def test_row_with_too_many_cells_is_refused():
    with pytest.raises(StudyError, match="table.csv: not a readable CSV table"):
        read_wide(wide(["sample_id", "type", *WAVENUMBERS], ["a", "PE", *range(12)], ["b", "PE", *range(14)]))


def test_cells_that_are_no_numbers_become_nan_at_their_wavenumber():
    row = ["a", "PE", *range(12)]
    row[2 + 4] = "saturated"
    row[2 + 7] = ""
    intensity = read_wide(wide(["sample_id", "type", *WAVENUMBERS], row)).spectra[0].intensity
    assert np.flatnonzero(np.isnan(intensity)).tolist() == [4, 7]
    assert intensity[5] == 5


def test_row_without_identifier_is_rejected_with_its_line():
    table = wide(["sample_id", "type", *WAVENUMBERS], ["a", "PE", *range(12)], ["", "PE", *range(12)])
    result = read_wide(table)
    assert len(result.spectra) == 1
    assert result.rejected == [("row 3", "", "sample_id or type is empty")]


def test_descending_wavenumbers_come_out_ascending_with_their_intensities():
    table = wide(["sample_id", "type", *WAVENUMBERS[::-1]], ["a", "PE", *range(12)])
    spectrum = read_wide(table).spectra[0]
    np.testing.assert_array_equal(spectrum.wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(spectrum.intensity, np.arange(12)[::-1])


@pytest.mark.parametrize("again", ["1050", "1050.0", "1.05e3"])
def test_repeated_wavenumber_is_rejected_with_a_reason(again):
    # "1050" twice is the trap: pandas renames the second column to 1050.1, a wavenumber of its own.
    result = read_wide(wide(["sample_id", "type", *WAVENUMBERS, again], ["a", "PE", *range(13)]))
    assert result.spectra == []
    assert result.rejected == [("a", "PE", "wavenumber 1050 occurs twice")]


def test_negative_wavenumber_is_rejected_with_a_reason():
    result = read_wide(wide(["sample_id", "type", -4, *WAVENUMBERS], ["a", "PE", *range(13)]))
    assert result.rejected == [("a", "PE", "wavenumber -4 is not positive")]


def test_spectrum_of_nine_points_is_rejected_with_a_reason():
    result = read_wide(wide(["sample_id", "type", *WAVENUMBERS[:9]], ["a", "PE", *range(9)]))
    assert result.rejected == [("a", "PE", "has 9 points; at least 10 are needed")]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.floats(1, 10_000), min_size=10, max_size=20, unique=True),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_wide_table_in_any_column_order_reads_back_the_same_numbers(wavenumbers, rows, random):
    values = [[random.uniform(-5, 120) for _ in wavenumbers] for _ in range(rows)]
    table = wide(["sample_id", "type", *map(repr, wavenumbers)], *(["a", "PE", *map(repr, row)] for row in values))
    result = read_wide(table)
    assert len(result.spectra) == rows
    for spectrum, row in zip(result.spectra, values, strict=True):
        order = np.argsort(wavenumbers)
        np.testing.assert_allclose(spectrum.wavenumber, np.array(wavenumbers)[order], rtol=1e-14)
        np.testing.assert_allclose(spectrum.intensity, np.array(row)[order], rtol=1e-14)


# --- Open Specy -------------------------------------------------------------------------------


def long_table(*samples):
    lines = [f"{wavenumber},{index},{sample}" for sample in samples for index, wavenumber in enumerate(WAVENUMBERS)]
    return "\n".join(["wavenumber,intensity,sample_name", *lines]) + "\n"


METADATA = "sample_name,spectrum_identity,organization\n1,PE,Alpha Lab\n2,PP,Alpha Lab\n3,PS,Beta Lab\n"


def read_specy(points, metadata, select):
    return read_open_specy(opened(points), "library.csv", select, opened(metadata))


def test_open_specy_reads_the_spectra_of_one_organisation():
    result = read_specy(long_table(1, 2, 3), METADATA, "Alpha Lab")
    assert [(s.sample, s.label) for s in result.spectra] == [("1", "PE"), ("2", "PP")]
    np.testing.assert_array_equal(result.spectra[0].wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(result.spectra[0].intensity, np.arange(12))


def test_open_specy_with_an_unknown_organisation_lists_the_known_ones():
    with pytest.raises(StudyError, match="no spectra of 'Gamma Lab'.*can be: Alpha Lab, Beta Lab$"):
        read_specy(long_table(1, 2, 3), METADATA, "Gamma Lab")


def test_open_specy_rejects_metadata_without_points():
    result = read_specy(long_table(1, 3), METADATA, "Alpha Lab")
    assert [spectrum.sample for spectrum in result.spectra] == ["1"]
    assert result.rejected == [("2", "PP", "has metadata but no points")]


@pytest.mark.parametrize("column", ["wavenumber", "intensity", "sample_name"])
def test_open_specy_points_without_a_column_are_refused(column):
    points = long_table(1).replace(column, "renamed", 1)
    with pytest.raises(StudyError, match=f"library.csv: column '{column}' is missing"):
        read_specy(points, METADATA, "Alpha Lab")


@pytest.mark.parametrize("column", ["sample_name", "spectrum_identity", "organization"])
def test_open_specy_metadata_without_a_column_is_refused(column):
    with pytest.raises(StudyError, match=f"library.csv: column '{column}' is missing"):
        read_specy(long_table(1), METADATA.replace(column, "renamed", 1), "Alpha Lab")


def test_open_specy_points_in_any_order_come_out_ascending():
    header, *lines = long_table(1).splitlines()
    result = read_specy("\n".join([header, *lines[6:], *lines[5::-1]]) + "\n", METADATA, "Alpha Lab")
    np.testing.assert_array_equal(result.spectra[0].wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(result.spectra[0].intensity, np.arange(12))


def test_open_specy_repeated_wavenumber_is_rejected_with_a_reason():
    result = read_specy(long_table(1, 1), METADATA, "Alpha Lab")
    assert ("1", "PE", "wavenumber 1000 occurs twice") in result.rejected


# --- a folder of text files -------------------------------------------------------------------

SPECTRUM = "".join(f"{wavenumber} {index}\n" for index, wavenumber in enumerate(WAVENUMBERS))


def folder_of(path, sheet, **files):
    path.joinpath("specimens.csv").write_text(sheet)
    for name, text in files.items():
        path.joinpath(f"{name}.txt").write_text(text)
    return path


def read_one(path, text):
    """Read a folder that holds the one file a.txt."""
    return read_folder(folder_of(path, "file,specimen,label\na.txt,s1,PE\n", a=text), "source 'own'")


def test_folder_gives_each_listed_file_with_its_specimen(tmp_path):
    sheet = "file,specimen,label,condition\na.txt,s1,PE,reference\nb.txt,s1,PE,\n"
    result = read_folder(folder_of(tmp_path, sheet, a=SPECTRUM, b=SPECTRUM), "source 'own'")
    assert [(s.sample, s.specimen, s.label, s.condition) for s in result.spectra] == [
        ("a.txt", "s1", "PE", "reference"),
        ("b.txt", "s1", "PE", ""),
    ]


def test_folder_without_a_sheet_is_refused(tmp_path):
    with pytest.raises(StudyError, match="source 'own': specimens.csv is missing"):
        read_folder(tmp_path, "source 'own'")


@pytest.mark.parametrize("column", ["file", "specimen", "label"])
def test_sheet_without_a_column_is_refused(tmp_path, column):
    sheet = "file,specimen,label\na.txt,s1,PE\n".replace(column, "renamed", 1)
    with pytest.raises(StudyError, match=f"specimens.csv: column '{column}' is missing"):
        read_folder(folder_of(tmp_path, sheet), "source 'own'")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"file,specimen,label\n\xff.txt,s1,PE\n", id="not UTF-8"),
        pytest.param(b"file,specimen,label\na.txt,s1,PE\nb.txt,s1,PE,x\n", id="a cell too many"),
    ],
)
def test_unreadable_sheet_is_refused_by_name(tmp_path, content):
    tmp_path.joinpath("specimens.csv").write_bytes(content)
    with pytest.raises(StudyError, match="specimens.csv"):
        read_folder(tmp_path, "source 'own'")


def test_file_listed_twice_is_refused(tmp_path):
    sheet = "file,specimen,label\na.txt,s1,PE\na.txt,s2,PE\n"
    with pytest.raises(StudyError, match="file 'a.txt' is listed twice"):
        read_folder(folder_of(tmp_path, sheet, a=SPECTRUM), "source 'own'")


def test_file_listed_twice_under_two_spellings_is_refused(tmp_path):
    # Two specimens from one file could end up on both sides of the split.
    sheet = "file,specimen,label\na.txt,s1,PE\n./a.txt,s2,PE\n"
    with pytest.raises(StudyError, match="a.txt' is listed twice"):
        read_folder(folder_of(tmp_path, sheet, a=SPECTRUM), "source 'own'")


def test_file_outside_the_folder_is_rejected(tmp_path):
    tmp_path.joinpath("x.csv").write_text(SPECTRUM)
    inner = tmp_path / "inner"
    inner.mkdir()
    result = read_folder(folder_of(inner, "file,specimen,label\n../x.csv,s1,PE\n"), "source 'own'")
    assert result.spectra == []
    assert result.rejected == [("../x.csv", "PE", "lies outside the source's folder")]


def test_link_to_a_file_outside_the_folder_is_rejected(tmp_path):
    tmp_path.joinpath("x.csv").write_text(SPECTRUM)
    inner = tmp_path / "inner"
    inner.mkdir()
    inner.joinpath("a.txt").symlink_to(tmp_path / "x.csv")
    result = read_folder(folder_of(inner, "file,specimen,label\na.txt,s1,PE\n"), "source 'own'")
    assert result.rejected == [("a.txt", "PE", "lies outside the source's folder")]


def test_missing_file_is_rejected(tmp_path):
    result = read_folder(folder_of(tmp_path, "file,specimen,label\na.txt,s1,PE\n"), "source 'own'")
    assert result.rejected == [("a.txt", "PE", "is listed but there is no such file")]


def test_file_without_specimen_is_rejected(tmp_path):
    result = read_folder(folder_of(tmp_path, "file,specimen,label\na.txt,,PE\n", a=SPECTRUM), "source 'own'")
    assert result.rejected == [("a.txt", "PE", "has no specimen in specimens.csv")]


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    sheet = "file,specimen,label\na.txt,s1,PE\nb.txt,s2,PE\n"
    result = read_folder(folder_of(tmp_path, sheet, a="nothing here\n", b=SPECTRUM), "source 'own'")
    assert [spectrum.sample for spectrum in result.spectra] == ["b.txt"]
    assert [sample for sample, _, _ in result.rejected] == ["a.txt"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no two columns of numbers"),
        ("wavenumber,absorbance\n", "holds no two columns of numbers"),
        ("1000 0.1 0.2\n1010 0.1 0.2\n", "line 1 has 3 columns; two are expected"),
        ("# a header\n\n1000\n", "line 3 has 1 columns; two are expected"),
        ("1000,5;0,25\n", "line 1 has 4 columns; two are expected"),  # decimal commas
        (SPECTRUM + "end of data\n", "line 13 holds something that is not a number"),
        (SPECTRUM + "1200 saturated\n", "line 13 holds something that is not a number"),
        (SPECTRUM + "1030 7\n", "wavenumber 1030 occurs twice"),
        (SPECTRUM + "nan 7\n", "a wavenumber is missing or not a number"),
    ],
)
def test_malformed_file_is_rejected_with_a_reason(tmp_path, text, reason):
    result = read_one(tmp_path, text)
    assert result.spectra == []
    assert result.rejected == [("a.txt", "PE", reason)]


def test_file_that_is_not_text_is_rejected(tmp_path):
    folder_of(tmp_path, "file,specimen,label\na.txt,s1,PE\n").joinpath("a.txt").write_bytes(b"\xff\xfe\x00" * 9)
    assert read_folder(tmp_path, "source 'own'").rejected == [("a.txt", "PE", "is not a UTF-8 text file")]


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "   ", ", ", " ; "])
def test_columns_may_be_separated_in_any_usual_way(tmp_path, separator):
    spectrum = read_one(tmp_path, SPECTRUM.replace(" ", separator)).spectra[0]
    np.testing.assert_array_equal(spectrum.wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(spectrum.intensity, np.arange(12))


def test_header_lines_and_blank_lines_are_skipped(tmp_path):
    text = "\ufeffInstrument: ATR 4\n# cm-1; A\nwavenumber;absorbance\n\n" + SPECTRUM + "\n\n"
    assert len(read_one(tmp_path, text).spectra[0].wavenumber) == 12


def test_byte_order_mark_does_not_cost_the_first_point(tmp_path):
    assert read_one(tmp_path, "\ufeff" + SPECTRUM).spectra[0].wavenumber[0] == 1000


def test_descending_file_comes_out_ascending_with_its_intensities(tmp_path):
    spectrum = read_one(tmp_path, "\n".join(SPECTRUM.splitlines()[::-1])).spectra[0]
    np.testing.assert_array_equal(spectrum.wavenumber, WAVENUMBERS)
    np.testing.assert_array_equal(spectrum.intensity, np.arange(12))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.floats(1, 10_000), st.floats(-1e6, 1e6)), min_size=10, max_size=40, unique_by=lambda pair: pair[0]
    ),
    st.sampled_from([",", ";", "\t", " ", ", "]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "wavenumber,intensity", "cm-1 A"]),
)
def test_two_column_file_reads_back_the_same_numbers(points, separator, newline, header):
    lines = [header, *(f"{wavenumber!r}{separator}{intensity!r}" for wavenumber, intensity in points)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(newline.join(lines).encode())
        wavenumber, intensity = read_two_columns(path)
    assert list(zip(wavenumber, intensity, strict=True)) == points


def test_every_reader_of_the_manifest_exists():
    assert set(READERS) == {"folder", "open_specy", "wide_csv"}


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_order_of_the_rows_in_a_file_does_not_change_the_preprocessed_spectrum(tmp_path, order):
    """From the file on disk to the study's grid, against the spectrum that never saw a file."""
    wavenumber = 2.0 * np.arange(340, 2001)
    intensity = (0.05 + np.exp(-(((wavenumber - 1720) / 20) ** 2))).round(6)
    rows = {"ascending": np.arange(len(wavenumber)), "descending": np.arange(len(wavenumber))[::-1]}
    rows["shuffled"] = np.random.default_rng(0).permutation(len(wavenumber))
    lines = [f"{wavenumber[row]:g},{intensity[row]:.6f}" for row in rows[order]]
    (tmp_path / "a.csv").write_text("cm-1,A\n" + "\n".join(lines))
    (tmp_path / "specimens.csv").write_text("file,specimen,label\na.csv,cup,PE\n")
    chosen = PreprocessingSettings(700.0, 3900.0, 8.0, 8.0, (2280.0, 2400.0), "none", 1e5)
    source = Source(**dict.fromkeys(Source.__dataclass_fields__, "") | {
        "source": "own", "laboratory": "Own", "path": "own", "unit": "absorbance",
        "range_low": 680.0, "range_high": 4000.0,
    })  # fmt: skip
    labels = pd.DataFrame(columns=["source", "label", "component", "condition", "note"])
    table, rejected = ingest(source, read_folder(tmp_path, "own"), labels)
    found = preprocess(table, chosen).spectra
    assert rejected.empty and len(found.table) == 1
    expected = resample(wavenumber, intensity.astype(np.float32), found.wavenumber)
    expected = bridge_window(expected[None], found.wavenumber, chosen.co2_window_cm1)[0]
    np.testing.assert_allclose(found.absorbance[0], expected / expected.max(), atol=1e-6)
