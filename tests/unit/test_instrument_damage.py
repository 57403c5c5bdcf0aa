"""Damaged files of every format: spectra or reasons come out, soon, without much memory, and never an error."""

import gzip
import io
import lzma
import random
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftirmix.instrument import InstrumentSpectrum, Unreadable, find_files, read_file
from ftirmix.instrument.units import REFLECTANCE_UNITS
from ftirmix.units import UNITS
from tests.unit import instrument_files as written
from tests.unit.instrument_files import WAVENUMBER, absorbance

NATIVE = Path(__file__).resolve().parents[3] / "shared" / "data" / "native"
SPECTRUM = absorbance()
WHOLE_NUMBERS = np.round(1000 * SPECTRUM).astype(int)

SECONDS, BYTES_AT_REST, BYTES_PER_BYTE = 5.0, 60_000_000, 40


def wide_text(separator=","):
    rows = [["name", *map(str, WAVENUMBER)], *([f"s{n}", *(f"{v:.4f}" for v in SPECTRUM)] for n in range(4))]
    return "\n".join(separator.join(row) for row in rows).encode()


def two_columns(separator):
    return "\n".join(f"{x:g}{separator}{y:.4f}" for x, y in zip(WAVENUMBER, SPECTRUM, strict=True))


def jcamp(form):
    body = written.encoded_lines(WAVENUMBER, WHOLE_NUMBERS, form)
    return written.jcamp(body, float(WAVENUMBER[0]), float(WAVENUMBER[-1]), len(WAVENUMBER), yfactor=1e-3).encode()


def parquet(kind):
    file = io.BytesIO()
    if kind == "wide":
        table = pa.table({"name": ["a", "b"], **{f"{place:g}": [0.1, 0.2] for place in WAVENUMBER[:40]}})
    elif kind == "ragged":
        table = pa.table({"wavenumber": [WAVENUMBER] * 3, "intensity": [SPECTRUM] * 3})
    else:
        table = pa.table({"absorbance": [SPECTRUM] * 3})
        table = table.replace_schema_metadata({"wavenumber_cm1": str(WAVENUMBER.tolist())})
    pq.write_table(table, file)
    return file.getvalue()


def archive(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a/b.csv", content)
        members.writestr("c.csv", content)
    return file.getvalue()


ENDS = (WAVENUMBER[0], WAVENUMBER[-1])
SEEDS = {
    "wide.csv": wide_text(),
    "blanks.txt": wide_text(" "),
    "two.csv": "\n".join(f"{x:g};{y:.4f}" for x, y in zip(WAVENUMBER, SPECTRUM, strict=True))
    .replace(".", ",")
    .encode(),
    "utf16.csv": "\n".join(f"{x:g}\t{y:.4f}" for x, y in zip(WAVENUMBER, SPECTRUM, strict=True)).encode("utf-16"),
    "affn.jdx": jcamp("AFFN"),
    "squeezed.jdx": jcamp("SQZ"),
    "duplicates.jdx": jcamp("DUP"),
    "linked.jdx": b"##TITLE=a\n##JCAMP-DX=4.24\n##DATA TYPE=LINK\n" + jcamp("DIF") + jcamp("PAC") + b"##END=\n",
    "even.spc": written.spc(None, [SPECTRUM], ends=ENDS),
    "several.spc": written.spc(WAVENUMBER, [SPECTRUM] * 3, exponent=1),
    "own.spc": written.spc([WAVENUMBER, WAVENUMBER[:50]], [SPECTRUM, SPECTRUM[:50]]),
    "big.spc": written.spc(None, [SPECTRUM], ends=ENDS, order=">"),
    "old.spc": written.old_spc(*ENDS, SPECTRUM),
    "one.sp": written.perkin_elmer(*ENDS, SPECTRUM),
    "one.asp": written.asp(*ENDS, SPECTRUM).encode(),
    "wide.parquet": parquet("wide"),
    "ragged.parquet": parquet("ragged"),
    "grid.parquet": parquet("grid"),
    "wide.csv.gz": gzip.compress(wide_text()),
    "wide.csv.xz": lzma.compress(wide_text()),
    "all.zip": archive(wide_text()),
}


INSERTED = [b"-", b"9" * 12, b"1e308", b"\n", b",", b"\0", b"nan", b"##", b"{", b"\xff"]


def damaged(content, rng):
    """Return content with some of: changed bytes, an extreme number, a piece lost, doubled or moved, the end lost."""
    damage = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        # Headers are where sizes and offsets are: half of the damage goes there.
        reach = min(len(damage), rng.choice([64, 600, len(damage)])) or 1
        place = rng.randrange(reach)
        kind = rng.randrange(6)
        if kind <= 1 and damage:
            damage[place % len(damage)] = rng.randrange(256)
        elif kind == 2:
            extreme = rng.choice([2_000_000_000, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0, 1, 0xFFFF])
            damage[place : place + 4] = extreme.to_bytes(4, rng.choice(["little", "big"]))
        elif kind == 3:
            size = rng.randrange(1, 200)
            damage[place : place + size] = damage[place : place + size] * rng.choice([0, 2, 3])
        elif kind == 4:
            damage[place:place] = rng.choice(
                [b"-", b"9" * 12, b"1e308", b"\n", b",", b"\0", b"nan", b"##", b"{", b"\xff"]
            )
        else:
            del damage[rng.randrange(len(damage) + 1) :]
    return bytes(damage)


def check(folder, name, measure=False):
    """Read a file; assert what the contract says of anything that comes out."""
    size = (folder / name).stat().st_size
    if measure:
        tracemalloc.start()
    start = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            results = list(read_file(folder, name))
        seconds = time.process_time() - start
        peak = tracemalloc.get_traced_memory()[1] if measure else 0
    finally:
        tracemalloc.stop()
    assert seconds < SECONDS
    assert peak < BYTES_AT_REST + BYTES_PER_BYTE * size
    assert results
    for result in results:
        assert result.file == name or result.file.startswith(f"{name}/")
        if isinstance(result, Unreadable):
            assert result.reason
            continue
        assert isinstance(result, InstrumentSpectrum)
        assert result.unit in (*UNITS, *REFLECTANCE_UNITS) and result.decision
        assert result.wavenumber.shape == result.intensity.shape and len(result.wavenumber) >= 10
        assert np.all(np.diff(result.wavenumber) > 0) and result.wavenumber[0] > 0
        assert np.all(np.isfinite(result.intensity))
    return results


def test_undamaged_seeds_are_all_read(tmp_path):
    for name, content in SEEDS.items():
        (tmp_path / name).write_bytes(content)
        assert all(isinstance(result, InstrumentSpectrum) for result in check(tmp_path, name)), name


@pytest.mark.parametrize("name", SEEDS)
def test_damaged_files_are_read_or_told(tmp_path, name):
    rng = random.Random(name)
    told = 0
    for number in range(60):
        (tmp_path / name).write_bytes(damaged(SEEDS[name], rng))
        told += isinstance(check(tmp_path, name, measure=number % 10 == 0)[0], Unreadable)
    assert told > 0  # the damage is no pretence


@pytest.mark.parametrize("name", SEEDS)
def test_every_truncation_is_read_or_told(tmp_path, name):
    content = SEEDS[name]
    for size in np.unique(np.linspace(1, len(content) - 1, 40).astype(int)):
        (tmp_path / name).write_bytes(content[:size])
        check(tmp_path, name)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=3000) | st.text(min_size=1, max_size=500).map(lambda text: text.encode("utf-8")))
def test_any_bytes_are_read_or_told(tmp_path, content):
    (tmp_path / "any").write_bytes(content)
    check(tmp_path, "any")


starts = st.sampled_from([content[:size] for content in SEEDS.values() for size in (4, 30, 520, 700)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(starts, st.binary(max_size=2000))
def test_any_bytes_behind_a_true_beginning_are_read_or_told(tmp_path, start, content):
    (tmp_path / "any").write_bytes(start + content)
    check(tmp_path, "any")


cells = st.sampled_from(["1", "400", "-2.5", "1e400", ",", ";", "\t", " ", "\n", "nan", "%T", '"', "cm-1", "µ"])


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(["1", "400", "-2.5", "1e400", ",", ";", "\t", " ", "\n", "nan", "%T", '"', "cm-1", "µ"]))
)
def test_any_mixture_of_cells_is_read_or_told(tmp_path, pieces):
    (tmp_path / "any").write_text("x" + "".join(pieces))
    check(tmp_path, "any")


@pytest.mark.parametrize(
    "content",
    [
        "9" * 1_000_000 + "x,1",
        "1," * 300_000,
        "cm" + " " * 1_000_000 + "\n" + two_columns(","),
        "t" + " " * 1_000_000 + "log" + " " * 1_000_000 + "\n" + two_columns(","),
        "ENVI\n" + " " * 1_000_000 + "x\n",
        "##TITLE=a\n##XUNITS=1/CM\n##XYDATA=(X++(Y..Y))\n1 " + "9" * 1_000_000 + "\n##END=\n",
        '"' * 1_000_000,
        "absorption " * 90_000 + "\n" + two_columns(","),
    ],
    ids=range(8),
)
def test_long_runs_of_one_sign_take_no_time(tmp_path, content):
    (tmp_path / "long.txt").write_text(content)
    check(tmp_path, "long.txt")


def test_damaged_maps_are_read_or_told(tmp_path):
    written.envi(tmp_path, "map", WAVENUMBER[:30], np.tile(SPECTRUM[:30], (3, 4, 1)), "bil")
    header, data = ((tmp_path / f"map{end}").read_bytes() for end in (".hdr", ".dat"))
    rng = random.Random(1)
    for number in range(120):
        (tmp_path / "map.hdr").write_bytes(damaged(header, rng) if number % 3 else header)
        (tmp_path / "map.dat").write_bytes(damaged(data, rng) if number % 3 != 1 else data)
        check(tmp_path, "map.hdr", measure=number % 10 == 0)


def fuzz_native(tmp_path, rounds, seed):
    rng = random.Random(seed)
    for name in find_files(NATIVE)[1]:
        content = (NATIVE / name).read_bytes()
        for number in range(rounds):
            (tmp_path / name).write_bytes(damaged(content, rng))
            check(tmp_path, name, measure=number % 5 == 0)


@pytest.mark.skipif(not NATIVE.is_dir(), reason="the native instrument files are not beside the repository")
def test_damaged_native_files_are_read_or_told(tmp_path):
    fuzz_native(tmp_path, 25, 0)


@pytest.mark.fuzz
@pytest.mark.skipif(not NATIVE.is_dir(), reason="the native instrument files are not beside the repository")
@pytest.mark.parametrize("seed", range(1, 9))
def test_damaged_native_files_are_read_or_told_at_length(tmp_path, seed):
    fuzz_native(tmp_path, 300, seed)
