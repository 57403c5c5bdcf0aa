"""Which library modules a script runs, so that an edit of one reruns exactly the rules that use it."""

import ast
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).parent
ARCHITECTURES = LIBRARY / "models"


def modules_of(script: Path) -> list[Path]:
    """List the modules of this library that a script imports, directly or through others, sorted.

    The files are parsed, not imported: this runs whenever the workflow is planned. Network
    architectures are left out, of which a job uses one: its rule names it.

    Args:
        script: path of the script.
    """
    found: set[Path] = set()
    waiting = set(imported_modules(script))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found.add(module)
            waiting |= set(imported_modules(module))
    return sorted(path for path in found if path.parent != ARCHITECTURES or path.name == "__init__.py")


@cache
def imported_modules(path: Path) -> tuple[Path, ...]:
    """List the modules of this library that one file imports itself."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ftirmix."):
            stem = LIBRARY.joinpath(*node.module.split(".")[1:])
            found.append(stem / "__init__.py" if stem.is_dir() else stem.with_suffix(".py"))
            found += [package / "__init__.py" for package in stem.parents if package.is_relative_to(LIBRARY)]
    return tuple(found)
