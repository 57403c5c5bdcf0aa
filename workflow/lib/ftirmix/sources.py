"""The source manifest, the packages that carry public spectra, and their fetching."""

import contextlib
import hashlib
import io
import math
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import jsonschema
import pandas as pd
import yaml

from ftirmix.errors import DamagedFile, StudyError
from ftirmix.files import temporary_folder

FOLDER = Path("workflow") / "sources"


@dataclass(frozen=True)
class Source:
    """One row of the source manifest; fields are described in ``source.schema.yaml``."""

    source: str
    laboratory: str
    carrier: str
    path: str
    sha256: str
    reader: str
    select: str
    unit: str
    range_low: float
    range_high: float
    specimen_pattern: str
    condition: str
    licence: str
    citation: str
    doi: str


@dataclass(frozen=True)
class Carrier:
    """A published package that is downloaded for the spectra inside it and never imported."""

    carrier: str
    requirement: str
    file: str
    sha256: str


def read_manifest(paths: list[Path], schema: Path, carriers: dict[str, Carrier]) -> dict[str, Source]:
    """Read and validate the source manifests.

    Raises:
        StudyError: a file is missing, a cell breaks the schema, an id occurs twice, a range is
            upside down, a carrier is unknown, or a carried file has no sha256.
    """
    validator = jsonschema.Draft202012Validator(
        yaml.safe_load(schema.read_text()), format_checker=jsonschema.FormatChecker()
    )
    sources: dict[str, Source] = {}
    for path in paths:
        if not path.is_file():
            raise StudyError(f"source manifest {path} does not exist; check own_sources in the config")
        try:
            frame = pd.read_csv(path, dtype=str, keep_default_na=False, skip_blank_lines=False)
        except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
            raise StudyError(f"{path}: not a readable CSV table ({str(error).strip()})") from error
        for line, cells in enumerate(frame.to_dict("records"), start=2):
            if not any(cells.values()):
                continue  # a blank line, counted so that later lines keep their numbers
            row: dict = dict(cells)
            for key in ("range_low", "range_high"):
                with contextlib.suppress(KeyError, ValueError):  # left as text, the schema names the cell
                    row[key] = float(row[key])
            broken = next(iter(sorted(validator.iter_errors(row), key=str)), None)
            where = f"{path}, line {line}"
            if broken is not None:
                column = broken.path[0] if broken.path else "row"
                raise StudyError(f"{where}: {column}: {broken.message}")
            source = Source(**row)
            if source.source in sources:
                raise StudyError(f"{where}: source {source.source!r} is already taken; rename it")
            for key in ("range_low", "range_high"):
                if not math.isfinite(row[key]):
                    raise StudyError(f"{where}: {key}: {row[key]} is not a finite number")
            if source.specimen_pattern and not re.compile(source.specimen_pattern).groups:
                raise StudyError(
                    f"{where}: specimen_pattern: {source.specimen_pattern!r} has no group; put the part that "
                    "names the specimen in parentheses"
                )
            if source.reader == "simulated" and source.source != "simulated":
                raise StudyError(f"{where}: reader: simulated is for the source simulated only; choose another")
            if source.range_low >= source.range_high:
                raise StudyError(
                    f"{where}: range_low {source.range_low:g} is not below range_high {source.range_high:g}"
                )
            if source.carrier and source.carrier not in carriers:
                raise StudyError(
                    f"{where}: carrier {source.carrier!r} is not in carriers.csv; leave it empty for "
                    "a file or folder of your own"
                )
            if source.carrier and not source.sha256:
                raise StudyError(f"{where}: sha256 is empty; a downloaded file needs one")
            if source.sha256 and source.reader == "folder":
                raise StudyError(f"{where}: sha256 is that of a single file; leave it empty for a folder")
            sources[source.source] = source
    return sources


def read_carriers(path: Path) -> dict[str, Carrier]:
    """Read the table of carrier packages."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {str(row["carrier"]): Carrier(**row) for row in frame.to_dict("records")}  # type: ignore[misc]


def sha256_of(file: IO[bytes]) -> str:
    """Return the hexadecimal SHA-256 of an open file."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def fetch_carrier(carrier: Carrier, target: Path) -> None:
    """Download a carrier package with pip, verify it and put it at ``target``.

    Only the wheel itself is downloaded: its dependencies are not, and nothing of it is run.

    Raises:
        StudyError: pip fails, or the file's SHA-256 is not the one in ``carriers.csv``.
    """
    with temporary_folder(target) as folder:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"]
        command += ["--disable-pip-version-check", "--quiet", "--dest", str(folder), carrier.requirement]
        finished = subprocess.run(command, capture_output=True, text=True)
        if finished.returncode != 0:
            raise StudyError(
                f"pip could not download {carrier.requirement}: {finished.stderr.strip()[-500:]}; "
                "run `snakemake prefetch` on a machine with access to the package index"
            )
        wheel = folder / carrier.file
        if not wheel.is_file():
            raise StudyError(f"pip downloaded {carrier.requirement} but not the file {carrier.file}")
        with wheel.open("rb") as file:
            found = sha256_of(file)
        if found != carrier.sha256:
            raise StudyError(
                f"{carrier.file}: sha256 is {found}, expected {carrier.sha256}; the download was "
                "altered or the package changed, do not use it"
            )
        shutil.move(wheel, target)


def open_carried(wheel: Path, path: str, sha256: str) -> IO[bytes]:
    """Open one file inside a carrier without unpacking anything to disk.

    Raises:
        DamagedFile: the carrier is no readable zip archive.
        StudyError: it has no such file, or the SHA-256 of the file is another.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(path)
    except KeyError as error:  # it may be the manifest that is wrong
        raise StudyError(f"{wheel}: cannot read {path} ({error}); delete {wheel} to fetch it again") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DamagedFile(wheel, f"cannot read {path} ({error})", "run again to fetch it anew") from error
    if sha256:
        check_sha256(data, sha256, path)
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[arg-type]


def check_sha256(data: bytes, sha256: str, name: str) -> None:
    """Raise StudyError unless ``data`` has the stated SHA-256."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise StudyError(f"{name}: sha256 is {found}, the manifest says {sha256}; correct one of them")


def read_unlabelled(path: Path) -> dict[str, dict[str, str]]:
    """Read which laboratories have unlabelled spectra, and where: by laboratory its row."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    return {row["laboratory"]: row for row in table.to_dict("records")}


def read_labels(path: Path) -> pd.DataFrame:
    """Read the label table: source, label, component, condition, note; empty cells are empty text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False)
