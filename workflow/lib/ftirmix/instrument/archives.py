"""Zip archives member by member, and gz or xz streams, within limits."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from ftirmix.instrument.types import Unfit

MOST_MEMBERS = 10_000
LARGEST_TOTAL_BYTES = 4_000_000_000
LARGEST_STREAM_BYTES = 40_000_000_000

# A table of numbers shrinks tenfold; what shrinks more than this is made to fill a disk.
LARGEST_RATIO = 200
RATIO_COUNTS_FROM = 1_000_000
XZ_MEMORY_BYTES = 200_000_000

ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".gz", ".xz")
DECOMPRESSION_ERRORS = (zipfile.BadZipFile, lzma.LZMAError, zlib.error)

GZIP, XZ, ZIP = b"\x1f\x8b", b"\xfd7zXZ\x00", (b"PK\x03\x04", b"PK\x05\x06")


def extract(path: Path, folder: Path) -> tuple[list[str], list[tuple[str, str]]]:
    """Extract the members of a zip archive that can be read.

    Args:
        path: of the archive.
        folder: an empty folder to extract into.

    Returns:
        The names of the extracted members, and (name, reason) of those that were refused:
        absolute names and ones with ``..``, archives, encrypted members, and members that are
        not what their entry says.

    Raises:
        Unfit: there are too many members, or too many bytes, or it is an Office document.
    """
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if any(entry.filename == "[Content_Types].xml" for entry in entries):
            raise Unfit("is an Office document; export its table as CSV")
        if len(entries) > MOST_MEMBERS:
            raise Unfit(f"has {len(entries)} members; at most {MOST_MEMBERS} are read, unpack it")
        total = sum(entry.file_size for entry in entries)
        if total > LARGEST_TOTAL_BYTES:
            raise Unfit(f"unpacks to {total} bytes; at most {LARGEST_TOTAL_BYTES:g} are read, unpack it yourself")
        names: list[str] = []
        refused: list[tuple[str, str]] = []
        for entry in entries:
            reason = _refused(entry, names)
            parts = PurePosixPath(entry.filename).parts
            if not reason and ("__MACOSX" in parts or any(part.startswith(".") for part in parts)):
                continue
            reason = reason or _extracted(archive, entry, folder)
            if reason:
                refused.append((entry.filename, reason))
            else:
                names.append(entry.filename)
    return names, refused


def opened_plain(path: Path, head: bytes) -> Callable[[], io.BufferedReader]:
    """Return what opens a file from its start, decompressed where ``head`` says gz or xz."""
    if head.startswith(GZIP):
        return lambda: io.BufferedReader(_Limited(lambda: gzip.open(path, "rb"), path.stat().st_size))
    if head.startswith(XZ):
        return lambda: io.BufferedReader(_Limited(lambda: _Xz(path), path.stat().st_size))
    return lambda: path.open("rb")


def _refused(entry: zipfile.ZipInfo, names: list[str]) -> str:
    name = entry.filename
    if name.startswith(("/", "\\")) or "\\" in name or ".." in PurePosixPath(name).parts or ":" in name[:3]:
        return "its name leads out of the archive; it is not unpacked"
    if name in names:
        return "occurs twice in the archive; give the members names of their own"
    if entry.flag_bits & 1:
        return "is encrypted; unpack the archive"
    if name.lower().endswith(ARCHIVES):
        return "is an archive in an archive; unpack it"
    if entry.file_size > RATIO_COUNTS_FROM and entry.file_size > LARGEST_RATIO * max(1, entry.compress_size):
        return f"unpacks to more than {LARGEST_RATIO} times its size; it is not unpacked"
    return ""


def _extracted(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> str:
    """Write one member; return why that failed, or an empty string."""
    target = folder / entry.filename
    written = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("xb") as file:
            while piece := source.read(1 << 20):
                written += len(piece)
                if written > entry.file_size:
                    raise zipfile.BadZipFile("it is larger than its entry says")
                file.write(piece)
    except (OSError, ValueError, EOFError, NotImplementedError, RuntimeError, *DECOMPRESSION_ERRORS) as error:
        return f"cannot be unpacked ({str(error) or type(error).__name__}); pack it again"
    if written < entry.file_size:
        return f"is truncated: {written} of {entry.file_size} bytes; pack it again"
    return ""


class _Limited(io.RawIOBase):
    """A stream that ends with Unfit when it has grown beyond what a table of numbers can shrink by."""

    def __init__(self, opener: Callable[[], "gzip.GzipFile | _Xz"], packed: int) -> None:
        super().__init__()
        self.stream = opener()
        self.packed = packed
        self.read_bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        piece = self.stream.read(len(buffer))
        buffer[: len(piece)] = piece
        self.read_bytes += len(piece)
        if self.read_bytes > RATIO_COUNTS_FROM and self.read_bytes > LARGEST_RATIO * self.packed:
            raise Unfit(f"unpacks to more than {LARGEST_RATIO} times its size; it is not read")
        if self.read_bytes > LARGEST_STREAM_BYTES:
            raise Unfit(f"unpacks to more than {LARGEST_STREAM_BYTES:g} bytes; it is not read")
        return len(piece)

    def close(self) -> None:
        self.stream.close()
        super().close()


class _Xz(io.RawIOBase):
    """An xz stream whose header cannot ask for any memory it likes, as in lzma.open."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = path.open("rb")
        self.pieces = _xz_pieces(self.file)
        self.left = b""

    def read(self, size: int = -1) -> bytes:
        if not self.left:
            self.left = next(self.pieces, b"")
        piece, self.left = (self.left, b"") if size < 0 else (self.left[:size], self.left[size:])
        return piece

    def close(self) -> None:
        self.file.close()
        super().close()


def _xz_pieces(file: IO[bytes]) -> Iterator[bytes]:
    waiting = b""
    while True:
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_BYTES)
        while not unpacker.eof:
            if unpacker.needs_input:
                packed = waiting or file.read(1 << 16)
                waiting = b""
                if not packed:
                    raise EOFError("the compressed data end too early")
            else:
                packed = b""
            if piece := unpacker.decompress(packed, 1 << 18):
                yield piece
        waiting = unpacker.unused_data.lstrip(b"\0") or file.read(1 << 16).lstrip(b"\0")
        if not waiting:
            return
