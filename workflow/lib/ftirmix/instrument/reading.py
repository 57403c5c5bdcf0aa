"""One instrument file to its spectra: what it is by its content, and nothing raised for bad content."""

import io
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa

from ftirmix.instrument import asp, envi, jcamp, opus, parquet, perkin_elmer, spa, spc
from ftirmix.instrument.archives import DECOMPRESSION_ERRORS, GZIP, XZ, ZIP, extract, opened_plain
from ftirmix.instrument.finding import left_out_reason, printable
from ftirmix.instrument.finishing import quiet, spectra_of
from ftirmix.instrument.text import read_text
from ftirmix.instrument.types import (
    DECIDING_SPECTRA,
    LARGEST_WHOLE_BYTES,
    ROWS_AT_A_TIME,
    Block,
    InstrumentSpectrum,
    Unfit,
    Unreadable,
)
from ftirmix.instrument.units import decide_unit

HEAD_BYTES = 4096
READ_BYTES = 1_000_000

# What parsers and the libraries under them raise for content that is not what it claims to be.
CONTENT_ERRORS = (
    OSError,
    ValueError,
    ArithmeticError,
    LookupError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    MemoryError,
    struct.error,
    pa.ArrowException,
    *DECOMPRESSION_ERRORS,
)

Parsed = Iterable[Block | tuple[str, str]]

# Formats that are parsed as a whole, by how they begin; text is what none of them is.
WHOLE: dict[str, tuple[Callable[[bytes], bool], Callable[[bytes], Parsed]]] = {
    "Bruker OPUS": (opus.is_opus, opus.parse_opus),
    "Thermo SPA": (spa.is_spa, lambda data: [spa.parse_spa(data)]),
    "PerkinElmer SP": (perkin_elmer.is_perkin_elmer, lambda data: [perkin_elmer.parse_perkin_elmer(data)]),
    "JCAMP-DX": (jcamp.is_jcamp, jcamp.parse_jcamp),
    "Galactic SPC": (spc.is_spc, spc.parse_spc),
    "Agilent ASP": (asp.is_asp, lambda data: [asp.parse_asp(data)]),
}


def read_file(root: Path, name: str) -> Iterator[InstrumentSpectrum | Unreadable]:
    """Read the spectra of one file of a folder; what cannot be read is told, never raised.

    The content decides about the format, not the name. Tables with a row per spectrum, maps and
    Parquet are streamed. A file that changes while it is read is told from the others by its size
    and time; of a streamed one, spectra may have been given before the change was seen.

    Args:
        root: the folder.
        name: posix path of the file relative to it, as :func:`find_files` lists it.
    """
    root = Path(root)
    reason = left_out_reason(root, name)
    if reason:
        yield Unreadable(printable(name), "", reason)
        return
    yield from quiet(_read(root / name, name, False))


def _read(path: Path, name: str, in_archive: bool) -> Iterator[InstrumentSpectrum | Unreadable]:
    kind = "a spectrum"
    try:
        files = [path, *(path.parent / data for data in envi.companions(path.parent, path.name)[:1])]
        before = _state(files)
        if path.stat().st_size == 0:
            raise Unfit("is empty")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        kind = _kind(head)
        if kind == "zip":
            if in_archive:
                raise Unfit("is an archive in an archive; unpack it")
            results: Iterator[InstrumentSpectrum | Unreadable] = _read_archive(path, name)
        elif kind == "Parquet":
            results = parquet.read_parquet_rows(path, name)
        else:
            results = _finished(name, _blocks(path, head, kind))
        for number, result in enumerate(results):
            if number % ROWS_AT_A_TIME == 0 and _state(files) != before:
                break
            yield result
        if _state(files) != before:
            raise Unfit("changed while it was read; read it again when it is complete")
    except Unfit as error:
        yield Unreadable(name, "", str(error))
    except PermissionError:
        yield Unreadable(name, "", "permission denied; make it readable")
    except CONTENT_ERRORS as error:
        message = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        yield Unreadable(name, "", f"is damaged or truncated, not readable as {kind} ({message}); export it again")


def _state(files: list[Path]) -> list[tuple[int, int, int]]:
    """Return identity, size and time of files, by which a change is seen."""
    found = [file.stat() for file in files]
    return [(state.st_ino, state.st_size, state.st_mtime_ns) for state in found]


def _kind(head: bytes) -> str:
    """Name the format that the first bytes of a file are of."""
    if head.startswith(ZIP):
        return "zip"
    if parquet.is_parquet(head):
        return "Parquet"
    if head.startswith(GZIP):
        return "gz"
    if head.startswith(XZ):
        return "xz"
    if envi.is_header(head):
        return "ENVI"
    return next((name for name, (begins, _) in WHOLE.items() if begins(head)), "text")


def _blocks(path: Path, head: bytes, kind: str) -> Parsed:
    if kind == "ENVI":
        return envi.read_envi(path)
    opened = opened_plain(path, head)
    if kind in ("gz", "xz"):
        with opened() as file:
            kind = _kind(file.read(HEAD_BYTES))
        if kind in ("zip", "Parquet", "gz", "xz", "ENVI"):
            raise Unfit(f"is compressed {kind}; decompress it")
    if kind == "text":
        return read_text(opened)
    blocks = WHOLE[kind][1](_whole(opened))
    return _decided_together(blocks) if kind == "Galactic SPC" else blocks


def _whole(opened: Callable[[], io.BufferedReader]) -> bytes:
    pieces: list[bytes] = []
    with opened() as file:
        while piece := file.read(READ_BYTES):
            pieces.append(piece)
            if len(pieces) * READ_BYTES > LARGEST_WHOLE_BYTES:
                raise Unfit(f"is larger than {LARGEST_WHOLE_BYTES / 1e6:g} MB; export it in pieces")
    return b"".join(pieces)


def _decided_together(blocks: Parsed) -> Parsed:
    """Decide one unit for the spectra of a file that states it once, on the first of them."""
    remaining = iter(blocks)
    first = list(islice(remaining, DECIDING_SPECTRA))
    rows = [row for block in first if isinstance(block, Block) for row in block.intensity]
    stated = next((block.stated_unit for block in first if isinstance(block, Block)), "")
    decided = decide_unit(rows, stated)
    for block in chain(first, remaining):
        yield replace(block, decided=decided) if isinstance(block, Block) else block


def _finished(name: str, blocks: Parsed) -> Iterator[InstrumentSpectrum | Unreadable]:
    for block in blocks:
        if isinstance(block, Block):
            yield from spectra_of(name, block)
        else:
            yield Unreadable(name, *block)


def _read_archive(path: Path, name: str) -> Iterator[InstrumentSpectrum | Unreadable]:
    with tempfile.TemporaryDirectory(prefix="ftirmix_") as folder:
        members, refused = extract(path, Path(folder))
        for member, reason in refused:
            yield Unreadable(f"{name}/{printable(member)}", "", reason)
        belonging = {data for member in members for data in envi.companions(Path(folder), member)}
        readable = sorted(set(members) - belonging)
        if not readable and not refused:
            raise Unfit("is an archive without files")
        for member in readable:
            yield from _read(Path(folder) / member, f"{name}/{member}", True)
