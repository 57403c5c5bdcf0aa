"""Ingestion: one schema for every source, and a reason for every spectrum left out."""

import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftirmix.errors import StudyError
from ftirmix.ingestion import cut_unmeasured, ingest, read_source, specimen_of
from ftirmix.readers import MeasuredSpectrum, ReadResult
from ftirmix.readers.wide_csv import read_wide_csv
from ftirmix.sources import Source, read_carriers, read_manifest
from ftirmix.spectra import MEASURED_SCHEMA, REJECTED_COLUMNS

ROOT = Path(__file__).parents[2]
WAVENUMBER = np.arange(1000.0, 1400.0, 10.0)
BANDS = 0.02 + sum(np.exp(-(((WAVENUMBER - centre) / 12) ** 2)) for centre in (1090, 1290))
LABELS = pd.DataFrame(
    [
        ("own", "PE", "PE", "", ""),
        ("own", "PE, fouled", "PE", "fouled", ""),
        ("own", "U1", "ambiguous", "", "unidentified by the authors"),
        ("other", "polypropylene", "PP", "weathered", ""),
    ],
    columns=["source", "label", "component", "condition", "note"],
)


def source_of(**changes):
    row = dict.fromkeys(Source.__dataclass_fields__, "")
    row |= {"source": "own", "laboratory": "Own", "path": "spectra.csv", "reader": "wide_csv", "unit": "absorbance"}
    row |= {"range_low": 990.0, "range_high": 1400.0, "specimen_pattern": "(.+)"}
    return Source(**(row | changes))


def spectrum_of(sample="a", label="PE", intensity=BANDS, wavenumber=WAVENUMBER, condition="", specimen=None):
    return MeasuredSpectrum(sample, label, condition, np.asarray(wavenumber), np.asarray(intensity, float), specimen)


def ingested(*spectra, rejected=(), **changes):
    """Ingest spectra; give back the accepted rows and the rejected ones as lists of dictionaries."""
    table, left_out = ingest(source_of(**changes), ReadResult(list(spectra), list(rejected)), LABELS)
    assert table.schema == MEASURED_SCHEMA
    assert list(left_out.columns) == REJECTED_COLUMNS
    return table.to_pylist(), left_out.to_dict("records")


def reason_of(spectrum, **changes):
    """Ingest one bad spectrum beside a good one and return why it was left out."""
    rows, left_out = ingested(spectrum_of("good"), spectrum, **changes)
    assert [row["spectrum"] for row in rows] == ["own/good"]
    assert [(row["spectrum"], row["stage"]) for row in left_out] == [(f"own/{spectrum.sample}", "ingest")]
    return left_out[0]["reason"]


# --- what is kept of a spectrum ---------------------------------------------------------------


def test_spectrum_comes_out_with_its_identity_and_its_numbers():
    rows, left_out = ingested(spectrum_of("a1"))
    assert left_out == []
    row = rows[0]
    assert (row["spectrum"], row["source"], row["laboratory"]) == ("own/a1", "own", "Own")
    assert (row["label"], row["component"], row["unit"]) == ("PE", "PE", "absorbance")
    np.testing.assert_array_equal(row["wavenumber"], WAVENUMBER)
    np.testing.assert_array_equal(row["intensity"], BANDS.astype(np.float32))


@pytest.mark.parametrize("unit", ["transmittance", "percent_transmittance"])
def test_zero_padding_is_cut_in_transmittance(unit):
    padded = np.concatenate([np.zeros(5), np.full(32, 0.9), np.zeros(3)])
    wavenumber, intensity = cut_unmeasured(spectrum_of(intensity=padded), source_of(unit=unit))
    np.testing.assert_array_equal(wavenumber, WAVENUMBER[5:37])
    np.testing.assert_array_equal(intensity, np.full(32, 0.9))


@pytest.mark.parametrize("unit", ["absorbance", "scaled_absorbance"])
def test_zeros_at_the_ends_are_kept_in_absorbance(unit):
    clipped = np.concatenate([np.zeros(5), np.full(32, 0.9), np.zeros(3)])
    wavenumber, intensity = cut_unmeasured(spectrum_of(intensity=clipped), source_of(unit=unit))
    np.testing.assert_array_equal(wavenumber, WAVENUMBER)
    np.testing.assert_array_equal(intensity, clipped)


def test_two_zeros_at_an_end_are_no_padding():
    black_end = np.concatenate([np.zeros(2), np.full(36, 0.9), np.zeros(2)])
    wavenumber, _ = cut_unmeasured(spectrum_of(intensity=black_end), source_of(unit="transmittance"))
    assert len(wavenumber) == 40


def test_zeros_inside_a_transmittance_spectrum_are_kept():
    black_band = np.concatenate([np.full(15, 0.9), np.zeros(10), np.full(15, 0.9)])
    wavenumber, _ = cut_unmeasured(spectrum_of(intensity=black_band), source_of(unit="transmittance"))
    assert len(wavenumber) == 40


def test_points_outside_the_declared_range_are_cut():
    rows, _ = ingested(spectrum_of(), range_low=1050.0, range_high=1350.0)
    np.testing.assert_array_equal(rows[0]["wavenumber"], np.arange(1050, 1351, 10))
    np.testing.assert_array_equal(rows[0]["intensity"], BANDS[5:36].astype(np.float32))


@pytest.mark.parametrize(
    ("label", "source", "file", "condition"),
    [
        ("PE, fouled", "environmental", "reference", "fouled"),  # the label table knows best
        ("PE", "environmental", "reference", "environmental"),
        ("PE", "", "reference", "reference"),
        ("PE", "", "", "unrecorded"),
    ],
)
def test_condition_comes_from_the_label_then_the_source_then_the_file(label, source, file, condition):
    rows, _ = ingested(spectrum_of(label=label, condition=file), condition=source)
    assert rows[0]["condition"] == condition


# --- identifiers and specimens ----------------------------------------------------------------


def test_repeated_sample_ids_become_unique_but_share_the_specimen():
    rows, _ = ingested(spectrum_of("a"), spectrum_of("b"), spectrum_of("a"), spectrum_of("a"))
    assert [row["spectrum"] for row in rows] == ["own/a", "own/b", "own/a#2", "own/a#3"]
    assert [row["specimen"] for row in rows] == ["own/a", "own/b", "own/a", "own/a"]


def test_made_up_ids_do_not_collide_with_given_ones():
    rows, _ = ingested(spectrum_of("a"), spectrum_of("a#2"), spectrum_of("a"))
    assert len({row["spectrum"] for row in rows}) == 3


def test_specimen_beside_the_spectrum_wins_over_the_pattern():
    assert specimen_of(source_of(), spectrum_of("a", specimen="bottle 3")) == ("own/bottle 3", None)


def test_source_without_a_pattern_records_no_specimen():
    assert specimen_of(source_of(specimen_pattern=""), spectrum_of("a")) == (None, None)


@pytest.mark.parametrize(("pattern", "sample"), [("([A-Z]+)_.+", "x7"), ("([A-Z]+)?[0-9]+", "7")])
def test_sample_that_the_pattern_does_not_fit_is_rejected_not_made_a_specimen(pattern, sample):
    specimen, reason = specimen_of(source_of(specimen_pattern=pattern), spectrum_of(sample))
    assert specimen is None and f"{sample!r} does not fit specimen_pattern" in reason
    rows, left_out = ingested(
        spectrum_of(sample, label="PP"), spectrum_of("AB_1", label="PP"), specimen_pattern="([A-Z]+)_.+"
    )
    assert [row["spectrum"] for row in rows] == ["own/AB_1"] and "specimen_pattern" in left_out[0]["reason"]


@pytest.mark.parametrize(
    ("source", "sample", "specimen"),
    [
        ("jung_2018", "LL477006_1.16", "jung_2018/LL477006"),
        ("jung_2018", "LL477006_2.03", "jung_2018/LL477006"),
        ("kedzierski_2019", "M203_290914_1_TM0013A6a", "kedzierski_2019/M203_290914_1_TM0013A6"),
        ("kedzierski_2019", "M203_290914_1_TM0013A6b", "kedzierski_2019/M203_290914_1_TM0013A6"),
        ("kedzierski_2019", "M203_290914_1_TM0013A7", "kedzierski_2019/M203_290914_1_TM0013A7"),
        ("frond_2021", "PE 1. Cyan Sheet", "frond_2021/PE 1. Cyan Sheet"),
        ("villegas_camacho_2024_c4", "HDPE1", None),
        ("primpke_2018", "12", None),  # a row number of the library, not an object
        ("chabuka_2020", "12", None),
    ],
)
def test_specimens_of_the_public_sources(source, sample, specimen):
    folder = ROOT / "workflow" / "sources"
    schema = ROOT / "workflow" / "schemas" / "source.schema.yaml"
    sources = read_manifest([folder / "manifest.csv"], schema, read_carriers(folder / "carriers.csv"))
    assert specimen_of(sources[source], spectrum_of(sample)) == (specimen, None)


# --- what is left out, and why ----------------------------------------------------------------


def test_unknown_label_is_rejected_with_a_reason():
    reason = reason_of(spectrum_of("x", label="PEE"), carrier="xpectrass")
    assert reason == "label 'PEE' has no row in the label table"


def test_own_source_names_a_component_directly_also_one_that_no_public_source_has():
    rows, left_out = ingested(spectrum_of(label="PEEK"))
    assert left_out == [] and rows[0]["component"] == "PEEK"


def test_own_source_may_name_a_component_directly():
    rows, left_out = ingested(spectrum_of(label="PP"))
    assert left_out == []
    assert (rows[0]["component"], rows[0]["condition"]) == ("PP", "unrecorded")


def test_carried_source_may_not_name_a_component_without_a_row():
    assert "label 'PP'" in reason_of(spectrum_of("x", label="PP"), carrier="xpectrass")


def test_ambiguous_label_is_rejected_with_its_note():
    assert reason_of(spectrum_of("x", label="U1")) == "label 'U1' is ambiguous: unidentified by the authors"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_spectrum_with_missing_intensities_is_rejected_with_their_number(value):
    intensity = BANDS.copy()
    intensity[[4, 9]] = value
    assert reason_of(spectrum_of("x", intensity=intensity)) == "2 of 40 intensities are not numbers"


def test_missing_intensity_outside_the_declared_range_does_not_matter():
    intensity = BANDS.copy()
    intensity[0] = np.nan
    rows, left_out = ingested(spectrum_of(intensity=intensity), range_low=1010.0)
    assert (len(rows), left_out) == (1, [])


def test_cell_that_is_no_number_rejects_its_row_from_file_to_reason():
    cells = [*map(str, BANDS)]
    lines = ["sample_id,type," + ",".join(map(str, WAVENUMBER)), "a,PE," + ",".join(cells)]
    lines.append("b,PE," + ",".join(["saturated", *cells[1:]]))
    file = io.BufferedReader(io.BytesIO("\n".join(lines).encode()))
    table, left_out = ingest(source_of(), read_wide_csv(file, "spectra.csv"), LABELS)
    assert table["spectrum"].to_pylist() == ["own/a"]
    assert left_out["reason"].tolist() == ["1 of 40 intensities are not numbers"]


@pytest.mark.parametrize("value", [0.0, 0.5])
def test_constant_spectrum_is_rejected(value):
    assert reason_of(spectrum_of("x", intensity=np.full(40, value))) == f"is constant ({value:g} everywhere)"


def test_blank_transmittance_spectrum_is_rejected():
    good = spectrum_of("good", intensity=10**-BANDS)
    rows, left_out = ingested(good, spectrum_of("x", intensity=np.zeros(40)), unit="transmittance")
    assert len(rows) == 1
    assert left_out[0]["reason"] == "is constant (0 everywhere)"


def test_spectrum_with_too_few_points_in_the_declared_range_is_rejected():
    short = spectrum_of("x", intensity=BANDS[:9], wavenumber=WAVENUMBER[:9])
    assert reason_of(short) == "has 9 points between 990 and 1400 cm-1"


@pytest.mark.parametrize(
    ("declared", "key"),
    [
        ({"range_low": 600.0}, "range_low is 600"),
        ({"range_high": 4000.0}, "range_high is 4000"),
        ({"range_low": 2000.0, "range_high": 2400.0}, "range_low is 2000"),
        ({"range_low": 980.0, "range_high": 995.0}, "range_high is 995"),
    ],
)
def test_range_that_no_spectrum_reaches_stops_the_study_and_names_what_was_measured(declared, key):
    words = f"source 'own' .*spectra.csv.*{key} cm-1, but its spectra reach from 1000 to 1390 cm-1; correct"
    with pytest.raises(StudyError, match=words):
        ingest(source_of(**declared), ReadResult([spectrum_of("a"), spectrum_of("b")]), LABELS)


def test_one_spectrum_that_reaches_the_declared_range_is_enough_and_a_narrower_range_is_a_choice():
    narrow = spectrum_of("narrow", intensity=BANDS[10:], wavenumber=WAVENUMBER[10:])
    rows, left_out = ingested(spectrum_of("wide"), narrow)
    assert len(rows) == 2 and not left_out
    assert len(ingested(spectrum_of("wide"), range_low=1100.0, range_high=1300.0)[0][0]["wavenumber"]) == 21


def test_what_the_reader_rejected_is_listed_with_its_reason():
    rows, left_out = ingested(spectrum_of("good"), rejected=[("x", "PE", "wavenumber 1000 occurs twice")])
    assert len(rows) == 1
    assert left_out == [
        {
            "source": "own",
            "spectrum": "own/x",
            "label": "PE",
            "stage": "read",
            "reason": "wavenumber 1000 occurs twice",
        }
    ]


def test_all_spectra_rejected_gives_an_empty_table():
    rows, left_out = ingested(spectrum_of("x", label="PEE"), carrier="xpectrass")
    assert (rows, len(left_out)) == ([], 1)


SPECTRA = {
    "good": spectrum_of(),
    "unknown": spectrum_of(label="PEE"),
    "ambiguous": spectrum_of(label="U1"),
    "missing": spectrum_of(intensity=np.where(WAVENUMBER == 1200, np.nan, BANDS)),
    "constant": spectrum_of(intensity=np.ones(40)),
    "short": spectrum_of(intensity=BANDS[:5], wavenumber=WAVENUMBER[:5]),
    "outside": spectrum_of(wavenumber=WAVENUMBER + 9000),
}


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([*SPECTRA]), min_size=1, max_size=12), st.integers(0, 3))
def test_nothing_vanishes(kinds, unread):
    kinds = ["good", *kinds]  # where none lies in the declared range, the range is wrong
    rows, left_out = ingested(
        *(SPECTRA[kind] for kind in kinds), rejected=[("x", "PE", "no reason")] * unread, carrier="x"
    )
    assert len(rows) == kinds.count("good")
    assert len(rows) + len(left_out) == len(kinds) + unread
    assert all(row["reason"] for row in left_out)


# --- mistakes of the manifest -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "intensity"),
    [
        ("percent_transmittance", BANDS * 100),
        ("percent_transmittance", 10**-BANDS),
        ("absorbance", 100 * 10**-BANDS),
        ("absorbance", BANDS * 100),
    ],
)
def test_contradicting_unit_stops_the_study_and_names_the_file(declared, intensity):
    with pytest.raises(StudyError, match=f"source 'own' .spectra.csv.: declared as {declared}, but .*correct unit"):
        ingested(spectrum_of(intensity=intensity), unit=declared)


def test_source_without_any_spectrum_stops_the_study_and_names_the_file():
    with pytest.raises(StudyError, match="source 'own' .spectra.csv.: no spectrum could be read"):
        ingested(rejected=[("x", "PE", "wavenumber 1000 occurs twice")])


# --- opening a source where it lies -----------------------------------------------------------

TABLE = "sample_id,type," + ",".join(map(str, WAVENUMBER)) + "\na,PE," + ",".join(map(str, BANDS)) + "\n"
POINTS = "wavenumber,intensity,sample_name\n" + "".join(f"{w},{b},1\n" for w, b in zip(WAVENUMBER, BANDS, strict=True))
METADATA = "sample_name,spectrum_identity,organization\n1,PE,Alpha Lab\n"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_own_file_is_read_relative_to_the_root(tmp_path):
    tmp_path.joinpath("spectra.csv").write_text(TABLE)
    result = read_source(source_of(sha256=sha256(TABLE)), None, tmp_path)
    assert [spectrum.sample for spectrum in result.spectra] == ["a"]


def test_own_file_with_another_hash_is_refused(tmp_path):
    tmp_path.joinpath("spectra.csv").write_text(TABLE)
    with pytest.raises(StudyError, match="spectra.csv: sha256 is"):
        read_source(source_of(sha256="0" * 64), None, tmp_path)


def test_missing_own_file_is_refused_by_name(tmp_path):
    with pytest.raises(StudyError, match="source 'own' .spectra.csv.: there is no file .*spectra.csv"):
        read_source(source_of(), None, tmp_path)


def test_missing_own_folder_is_refused_by_name(tmp_path):
    with pytest.raises(StudyError, match="source 'own' .mine.: there is no folder .*mine"):
        read_source(source_of(path="mine", reader="folder"), None, tmp_path)


def test_own_folder_is_read(tmp_path):
    tmp_path.joinpath("specimens.csv").write_text("file,specimen,label\na.txt,s1,PE\n")
    tmp_path.joinpath("a.txt").write_text("\n".join(f"{w} {b}" for w, b in zip(WAVENUMBER, BANDS, strict=True)))
    result = read_source(source_of(path=".", reader="folder"), None, tmp_path)
    assert [spectrum.specimen for spectrum in result.spectra] == ["s1"]


@pytest.fixture
def carrier(tmp_path):
    path = tmp_path / "carrier.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/table.csv", TABLE)
        archive.writestr("data/ftir_library.csv", POINTS)
        archive.writestr("data/ftir_metadata.csv", METADATA)
    return path


def test_carried_table_is_read(tmp_path, carrier):
    result = read_source(source_of(path="data/table.csv", sha256=sha256(TABLE)), carrier, tmp_path)
    assert [spectrum.sample for spectrum in result.spectra] == ["a"]


def test_carried_table_with_another_hash_is_refused(tmp_path, carrier):
    with pytest.raises(StudyError, match="data/table.csv: sha256 is"):
        read_source(source_of(path="data/table.csv", sha256="0" * 64), carrier, tmp_path)


def test_carried_open_specy_library_is_read_with_the_metadata_beside_it(tmp_path, carrier):
    source = source_of(path="data/ftir_library.csv", reader="open_specy", select="Alpha Lab", sha256=sha256(POINTS))
    assert [spectrum.label for spectrum in read_source(source, carrier, tmp_path).spectra] == ["PE"]


def test_own_open_specy_library_is_read_with_the_metadata_beside_it(tmp_path):
    tmp_path.joinpath("ftir_library.csv").write_text(POINTS)
    tmp_path.joinpath("ftir_metadata.csv").write_text(METADATA)
    source = source_of(path="ftir_library.csv", reader="open_specy", select="Alpha Lab")
    assert [spectrum.label for spectrum in read_source(source, None, tmp_path).spectra] == ["PE"]
