"""Which files of a folder are to be read, and which are left out and why."""

import glob
import os
from pathlib import Path

from ftirmix.instrument.envi import companions
from ftirmix.instrument.own_files import inside_own_folder, own_folder
from ftirmix.instrument.types import Unreadable


def find_files(where: str | Path) -> tuple[Path, list[str], list[Unreadable]]:
    """List the instrument files of a folder, of one file, or of a glob.

    Hidden files and folders are not listed. The data file of an ENVI pair belongs to its header
    and is not listed beside it. A link to a file inside the folder is followed, one that leaves
    it is not, and links to folders are not. Equal names in two folders stay apart. A folder that
    this workflow wrote is left out; a single file of it is read if it is named.

    Args:
        where: a folder, which is walked with its subfolders, a file, or a pattern such as
            ``runs/**/*.spa``.

    Returns:
        The root, the sorted posix paths relative to it, and what was left out with its reason.

    Raises:
        FileNotFoundError: ``where`` is neither a file nor a folder nor a pattern.
    """
    path = Path(where)
    if path.is_dir() and (reason := inside_own_folder(path)):
        return path, [], [Unreadable(printable(path.resolve().name), "", reason)]
    if path.is_dir():
        root, candidates, left_out = path, *_walked(path)
    elif path.is_file() or path.is_symlink():
        root, candidates, left_out = path.parent, [path], []
    elif glob.has_magic(str(where)):
        root = _fixed_part(path)
        matches = root.glob(path.relative_to(root).as_posix()) if root.is_dir() else iter(())
        candidates, left_out = [match for match in matches if not match.is_dir()], []
    else:
        raise FileNotFoundError(f"{where}: there is no such file or folder; correct the path")
    names = []
    asked = glob.has_magic(str(where)) and not path.exists()
    own = {folder: inside_own_folder(folder) for folder in {found.parent for found in candidates}} if asked else {}
    for candidate in candidates:
        name = candidate.relative_to(root).as_posix()
        reason = left_out_reason(root, name) or own.get(candidate.parent, "")
        if reason:
            left_out.append(Unreadable(printable(name), "", reason))
        elif candidate == path or not any(part.startswith(".") for part in Path(name).parts):
            names.append(name)
    belonging = {companion for name in names for companion in companions(root, name)}
    return root, sorted(set(names) - belonging), sorted(left_out, key=lambda row: row.file)


def left_out_reason(root: Path, name: str) -> str:
    """Say why a file is not to be opened, or return an empty string."""
    if printable(name) != name:
        return "its name is not UTF-8; rename it"
    path = root / name
    try:
        target = path.resolve()
        if not target.is_relative_to(root.resolve()):
            return "leads out of the folder; copy the file into it"
        if target.is_dir():
            return "is a folder, not a file"
        if not target.exists():
            return "there is no such file" if not path.is_symlink() else "is a link to nothing; remove it"
        if not target.is_file():
            return "is not a regular file"
    except PermissionError:
        return "permission denied; make it readable"
    except (OSError, RuntimeError, ValueError) as error:  # loops of links, names too long, NUL bytes
        return f"cannot be opened ({_plain(error)})"
    return ""


def printable(name: str) -> str:
    """Return a name with the bytes replaced that are not UTF-8, which no table could hold."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _walked(folder: Path) -> tuple[list[Path], list[Unreadable]]:
    found: list[Path] = []
    left_out: list[Unreadable] = []

    def refused(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        left_out.append(Unreadable(printable(name), "", f"the folder cannot be listed ({error.strerror})"))

    for parent, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            inner = Path(parent) / name
            if inner.is_symlink():
                relative = printable(inner.relative_to(folder).as_posix())
                left_out.append(Unreadable(relative, "", "is a link to a folder, which is not followed"))
        owned = {name: own_folder(Path(parent) / name) for name in folders}
        folders[:] = [name for name in folders if not owned[name]]
        for name in (name for name, reason in owned.items() if reason):
            relative = printable((Path(parent) / name).relative_to(folder).as_posix())
            left_out.append(Unreadable(relative, "", owned[name]))
        found += [Path(parent) / name for name in files if not name.startswith(".")]
    return found, left_out


def _fixed_part(pattern: Path) -> Path:
    fixed = []
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            break
        fixed.append(part)
    return Path(*fixed) if fixed else Path()
