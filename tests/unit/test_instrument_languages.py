"""Words of other languages, axes in nanometres without a word, and UTF-16 without a mark."""

import unicodedata

import numpy as np
import pytest

from ftirmix.instrument import InstrumentSpectrum, Unreadable, read_file
from ftirmix.instrument.languages import foreign_word, in_english
from ftirmix.instrument.text.encoding import unmarked_utf16
from tests.unit.instrument_files import WAVENUMBER, absorbance, envi, jcamp

SPECTRUM = absorbance()
# What each unit looks like: a word that its values contradict is not believed.
VALUES = {"absorbance": SPECTRUM, "transmittance": 10**-SPECTRUM, "reflectance": SPECTRUM}


def one(tmp_path, name: str = "a.csv") -> InstrumentSpectrum:
    [spectrum] = read_file(tmp_path, name)
    assert isinstance(spectrum, InstrumentSpectrum), spectrum
    return spectrum


def table(axis: np.ndarray, values: np.ndarray, head: str = "", separator: str = ";") -> str:
    return head + "".join(f"{x:.6g}{separator}{y:.6f}\n" for x, y in zip(axis, values, strict=True))


WORDS = [
    ("Wellenlänge [nm]", "Extinktion", "absorbance", "Extinktion"),
    ("Wellenlaenge (nm)", "Durchlässigkeit", "transmittance", "Durchlässigkeit"),
    ("Longueur d'onde (nm)", "Réflectance", "reflectance", "Réflectance"),
    ("Longueur d’onde (nm)", "Absorption", "absorbance", "Absorption"),
    ("Longitud de onda (nm)", "Absorbancia", "absorbance", ""),
    ("Longitud de onda / nanómetros", "Reflexión", "reflectance", "Reflexión"),
    ("Longitud de onda (nm)", "Absorción", "absorbance", "Absorción"),
    ("Longitud de onda (nm)", "Transmitancia", "transmittance", ""),
]


@pytest.mark.parametrize(("axis", "intensity", "unit", "word"), WORDS)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_words_of_other_languages_state_axis_and_unit(tmp_path, axis, intensity, unit, word, form, encoding):
    text = table(1e7 / WAVENUMBER, VALUES[unit], f"{axis};{intensity}\n")
    (tmp_path / "a.csv").write_bytes(unicodedata.normalize(form, text).encode(encoding))
    spectrum = one(tmp_path)
    assert spectrum.unit == unit and "axis in nanometres, stated by the file" in spectrum.decision
    assert f"stated by the file as {word!r}" in spectrum.decision if word else "as '" not in spectrum.decision
    np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER, rtol=1e-5)
    np.testing.assert_allclose(spectrum.intensity, VALUES[unit], atol=1e-6)


@pytest.mark.parametrize("word", ["Wellenzahl", "Nombre d'ondes", "Número de onda", "Numeros de onda"])
def test_words_for_wavenumbers(word):
    assert in_english(word) == "wavenumber" and foreign_word(word) == word


def test_english_words_are_not_told_as_foreign():
    for word in ("Absorbance", "% Transmittance", "Reflectance", "wavenumber / cm-1", "Absorption (%)"):
        assert foreign_word(word) == ""


def test_words_hold_in_other_formats_as_well(tmp_path):
    levels = [int(round(1e4 * value)) for value in SPECTRUM]
    body = "".join(f"{x:g} {y}\n" for x, y in zip(WAVENUMBER, levels, strict=True))
    text = jcamp(body, 700.0, float(WAVENUMBER[-1]), len(levels), yfactor=1e-4, yunits="EXTINKTION")
    (tmp_path / "a.jdx").write_text(text)
    assert "stated by the file as 'EXTINKTION'" in one(tmp_path, "a.jdx").decision
    envi(
        tmp_path,
        "map",
        WAVENUMBER,
        np.tile(10**-SPECTRUM, (1, 1, 1)),
        "bip",
        units="Wellenzahl (cm-1), Durchlässigkeit",
    )
    assert "stated by the file as 'Durchlässigkeit'" in one(tmp_path, "map.hdr").decision
    (tmp_path / "b.csv").write_text(table(WAVENUMBER, SPECTRUM, "Wellenzahl;Einkanalspektrum\n"))
    [refused] = read_file(tmp_path, "b.csv")
    assert isinstance(refused, Unreadable) and "'Einkanalspektrum'" in refused.reason


def test_a_resolution_in_another_language_says_nothing_of_the_axis(tmp_path):
    for line in ("Auflösung: 4 cm-1", "Résolution : 4 cm-1", "Resolución: 4 cm-1", "Nombre: 4 cm-1", "Probe: 4 cm-1"):
        (tmp_path / "a.csv").write_text(table(1e7 / WAVENUMBER, SPECTRUM, f"{line}\n"))
        spectrum = one(tmp_path)
        assert "read as nanometres" in spectrum.decision, line
        np.testing.assert_allclose(spectrum.wavenumber, WAVENUMBER, rtol=1e-5)


# --- nanometres without a word ----------------------------------------------------------------

NO_WORD = [
    (np.arange(2500.0, 15001.0, 25.0), True),  # 667 to 4000 cm-1
    (np.arange(1600.0, 10900.0, 25.0), True),  # just to 920 cm-1
    (1e7 / np.arange(650.0, 4001.0, 4.0), True),
    (np.arange(400.0, 4001.0, 4.0), False),  # mid-infrared in cm-1
    (np.arange(3600.0, 12501.0, 8.0), False),  # near-infrared in cm-1
    (np.arange(4000.0, 10001.0, 8.0), False),
    (np.arange(1500.0, 7801.0, 8.0), False),
]


@pytest.mark.parametrize(("axis", "nanometres"), NO_WORD)
@pytest.mark.parametrize("layout", ["columns", "behind row numbers", "pairs", "rows"])
def test_an_axis_without_a_word_is_in_nanometres_where_that_covers_the_window(tmp_path, axis, nanometres, layout):
    values = 0.4 + 0.3 * np.sin(axis / 900)
    if layout == "columns":
        text = table(axis, values)
    elif layout == "behind row numbers":
        text = "".join(f"{row};{x:.8g};{y:.6f}\n" for row, (x, y) in enumerate(zip(axis, values, strict=True)))
    elif layout == "pairs":
        text = "".join(f"{x:.8g};{y:.6f};{x:.8g};{y / 2:.6f}\n" for x, y in zip(axis, values, strict=True))
    else:
        text = ";".join(["", *(f"{x:.8g}" for x in axis)]) + "\n" + ";".join(["s", *(f"{y:.6f}" for y in values)])
    (tmp_path / "a.csv").write_text(text)
    spectra = list(read_file(tmp_path, "a.csv"))
    assert len(spectra) == (2 if layout == "pairs" else 1)
    for spectrum in spectra:
        assert ("read as nanometres" in spectrum.decision) == nanometres
        expected = np.sort(1e7 / axis if nanometres else axis)
        np.testing.assert_allclose(spectrum.wavenumber, expected, rtol=1e-5)


def test_a_word_holds_against_the_range(tmp_path):
    axis = np.arange(2500.0, 15001.0, 25.0)
    (tmp_path / "a.csv").write_text(table(axis, 0.5 + 0.1 * np.sin(axis), "cm-1;absorbance\n"))
    np.testing.assert_allclose(one(tmp_path).wavenumber, axis)


def test_the_unit_may_stand_behind_every_number_of_a_header(tmp_path):
    axis = np.arange(2500.0, 9001.0, 25.0)
    head = ";".join(["name", *(f"{x:g} nm" for x in axis)])
    (tmp_path / "a.csv").write_text(f"{head}\n" + ";".join(["s", *(f"{x / 9000:.6f}" for x in axis)]))
    spectrum = one(tmp_path)
    assert "axis in nanometres, stated by the file" in spectrum.decision
    np.testing.assert_allclose(spectrum.wavenumber, np.sort(1e7 / axis))


# --- UTF-16 without a mark --------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("head", ["", "Wellenzahl (cm⁻¹);Extinktion\n", "Probe: Müll µ\nWellenzahl;Extinktion\n"])
def test_utf16_without_a_mark_is_told_by_its_zeros(tmp_path, encoding, head):
    (tmp_path / "a.csv").write_bytes(table(WAVENUMBER, SPECTRUM, head).encode(encoding))
    spectrum = one(tmp_path)
    np.testing.assert_allclose(spectrum.intensity, SPECTRUM, atol=1e-6)
    assert "UTF-16 without a byte order mark" in spectrum.decision


def test_a_row_per_spectrum_in_unmarked_utf16(tmp_path):
    head = ";".join(["name", *(f"{x:g}" for x in WAVENUMBER)])
    rows = [";".join([name, *(f"{y:.6f}" for y in SPECTRUM)]) for name in ("a", "b")]
    (tmp_path / "a.csv").write_bytes("\n".join([head, *rows]).encode("utf-16-le"))
    spectra = list(read_file(tmp_path, "a.csv"))
    assert [spectrum.spectrum for spectrum in spectra] == ["a", "b"]
    assert all("UTF-16 without" in spectrum.decision for spectrum in spectra)


@pytest.mark.parametrize(
    "content",
    [bytes(4000), b"\x01\x00" * 10 + b"ab" * 500, np.arange(2000, dtype="<f4").tobytes(), b"a\x00" * 5],
)
def test_other_bytes_with_zeros_are_no_text(tmp_path, content):
    assert unmarked_utf16(content) == ""
    (tmp_path / "a.csv").write_bytes(content)
    [refused] = read_file(tmp_path, "a.csv")
    assert isinstance(refused, Unreadable)


def test_marked_utf16_and_utf8_say_nothing_of_their_encoding(tmp_path):
    for encoding in ("utf-16", "utf-8", "utf-8-sig", "latin-1"):
        (tmp_path / "a.csv").write_bytes(table(WAVENUMBER, SPECTRUM).encode(encoding))
        assert "UTF" not in one(tmp_path).decision
