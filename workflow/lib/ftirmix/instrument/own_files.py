"""What this workflow itself wrote, so that nobody's spectra are looked for in it."""

from collections.abc import Iterable
from pathlib import Path

# Beside the answers of `identify`: whose they are.
PLACE = "answers_for.txt"
# Folders of logs that any run of the workflow leaves in results/: other workflows have a folder results/, too.
LOGS = ("plan_shards", "ingest_source", "fetch_carrier")
# Columns of the tables of answers, one row per spectrum or more; no instrument has all of these.
ANSWERS = frozenset({"file", "spectrum", "status", "reason"})
OF_ANSWERS = "is a table of answers that this workflow wrote, no spectra; name the folder of the spectra"


def own_folder(folder: Path) -> str:
    """Say why a folder holds what this workflow wrote, or return an empty string."""
    if (folder / PLACE).is_file():
        return "holds answers that this workflow wrote, no spectra; name the folder of the spectra"
    if folder.name != "results" or not (folder.parent / ".snakemake").is_dir():
        return ""
    if not any((folder / "logs" / name).is_dir() for name in LOGS):
        return ""
    return "is where this workflow writes its own files; copy spectra out of it, or name a single file"


def inside_own_folder(path: Path) -> str:
    """Say why a folder, or one that it lies in, holds what this workflow wrote, or return an empty string."""
    whole = path.resolve()
    reasons = ((above, own_folder(above)) for above in (whole, *whole.parents))
    above, reason = next((found for found in reasons if found[1]), (whole, ""))
    return reason if above == whole or not reason else f"lies in {above.name}, which {reason}"


def is_table_of_answers(columns: Iterable[str]) -> bool:
    """Say whether a table with these columns is one of answers."""
    return set(columns) >= ANSWERS
