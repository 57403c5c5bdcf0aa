"""Which library modules a script runs, so that an edit of one reruns exactly the rules that use it."""

import ast
import hashlib
from functools import cache
from pathlib import Path

ARCHITECTURES = "models"


def modules_of(script: Path, library: Path) -> list[Path]:
    """List the modules of the library that a script imports, directly or through others, sorted.

    The files are parsed, not imported: this runs whenever the workflow is planned. Network
    architectures are left out, of which a job uses one: its rule names it.

    Args:
        script: path of the script.
        library: folder of the package ``ftirmix``.
    """
    found: set[Path] = set()
    waiting = set(imported_modules(script, library))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting |= set(imported_modules(module, library))
    return sorted(path for path in found if path.parent.name != ARCHITECTURES or path.name == "__init__.py")


def modules_of_architecture(name: str, library: Path) -> list[Path]:
    """List the module of a network architecture and those of its folder that it is built from, sorted."""
    found: set[Path] = set()
    waiting = {library / ARCHITECTURES / f"{name}.py"}
    while waiting:
        module = waiting.pop()
        found.add(module)
        beside = {path for path in imported_modules(module, library) if path.parent.name == ARCHITECTURES}
        waiting |= {path for path in beside if path.name != "__init__.py"} - found  # that one imports them all
    return sorted(found)


@cache
def imported_modules(path: Path, library: Path) -> tuple[Path, ...]:
    """List the modules of the library that one file imports itself."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ftirmix."):
            stem = library.joinpath(*node.module.split(".")[1:])
            found.append(stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py"))
            found += [package / "__init__.py" for package in stem.parents if package.is_relative_to(library)]
            # `from package import module` names modules as it names functions.
            named = [stem / f"{alias.name}.py" for alias in node.names]
            found += [module for module in named if module.is_file()]
    return tuple(found)


@cache
def architecture_digest(name: str, library: Path) -> str:
    """Return the fingerprint of a network architecture's modules: one for all of its jobs, of which there are many."""
    return digest_of(modules_of_architecture(name, library))


def digest_of(paths: list[Path]) -> str:
    """Return a short fingerprint of files' names and contents; neither time nor place changes it."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:16]
