"""Refresh every pin: exact direct dependencies, constraints for the rest, and the conda mirror.

Run it as ``uv run envs/refresh_pins.py``. uv resolves the newest set that works on every
supported Python; the result is written into ``pyproject.toml`` (direct dependencies as exact
pins, everything else under ``[tool.uv] constraint-dependencies``) and into
``envs/ftirmix.yaml``. ``--mirror`` rewrites the conda mirror from the present pins only.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import tomlkit
from tomlkit.items import Array

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = ROOT / "pyproject.toml"
CONDA = ROOT / "envs" / "ftirmix.yaml"

# Names that differ between the package index and conda-forge.
CONDA_NAMES = {"torch": "pytorch"}


def requirement_name(requirement: str) -> str:
    """Return the bare package name of a requirement such as ``numpy==2.4.0``."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    if match is None:
        raise ValueError(f"{requirement!r} is not a requirement; write it as name==version")
    return match.group()


def resolve(document: tomlkit.TOMLDocument) -> dict[str, str]:
    """Let uv resolve the unpinned requirements and return ``{name: version}``."""
    bare = tomlkit.parse(tomlkit.dumps(document))
    for requirements in requirement_arrays(bare):
        names = [requirement_name(str(item)) for item in requirements]
        requirements.clear()
        requirements.extend(names)
    bare["tool"]["uv"]["constraint-dependencies"] = []  # type: ignore[index]
    bare["tool"]["uv"]["fork-strategy"] = "fewest"  # type: ignore[index]
    bare["tool"]["uv"]["package"] = False  # type: ignore[index]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pyproject.toml").write_text(tomlkit.dumps(bare))
        (Path(folder) / "README.md").touch()
        subprocess.run(["uv", "lock", "--quiet"], cwd=folder, check=True)
        lock = tomllib.loads((Path(folder) / "uv.lock").read_text())
    versions: dict[str, str] = {}
    for package in lock["package"]:
        if package["name"] == document["project"]["name"]:  # type: ignore[index]
            continue
        if package["name"] in versions:
            raise SystemExit(f"{package['name']} resolves to two versions; narrow requires-python")
        versions[package["name"]] = package["version"]
    return versions


def requirement_arrays(document: tomlkit.TOMLDocument) -> list[Array]:
    """List the arrays of direct requirements: the project's and each dependency group's."""
    groups = document["dependency-groups"]
    return [document["project"]["dependencies"], *(groups[name] for name in groups)]  # type: ignore


def pin(document: tomlkit.TOMLDocument, versions: dict[str, str]) -> None:
    """Write exact pins for direct requirements and constraints for all others."""
    direct: set[str] = set()
    for requirements in requirement_arrays(document):
        for index, item in enumerate(list(requirements)):
            name = requirement_name(str(item))
            requirements[index] = f"{name}=={versions[name]}"
            direct.add(name)
    constraints = tomlkit.array()
    constraints.extend(f"{n}=={v}" for n, v in sorted(versions.items()) if n not in direct)
    document["tool"]["uv"]["constraint-dependencies"] = constraints.multiline(True)  # type: ignore


def conda_mirror(pyproject: dict) -> str:
    """Render the conda environment that mirrors the direct pins of the study itself."""
    minimum = pyproject["project"]["requires-python"]
    lines = [
        "# Written by envs/refresh_pins.py from pyproject.toml; edit the pins there.",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python {minimum}",
    ]
    for requirement in pyproject["project"]["dependencies"]:
        name, version = requirement.split("==")
        lines.append(f"  - {CONDA_NAMES.get(name, name)}={version}")
    # Snakemake copies this file to .snakemake/conda/ of the working directory before it is
    # installed, so ../.. is the checkout.
    lines += ["  - pip:", "      - -e ../.."]
    return "\n".join(lines) + "\n"


def main() -> None:
    if "--mirror" not in sys.argv[1:]:
        document = tomlkit.parse(PYPROJECT.read_text())
        pin(document, resolve(document))
        PYPROJECT.write_text(tomlkit.dumps(document))
    CONDA.write_text(conda_mirror(tomllib.loads(PYPROJECT.read_text())))


if __name__ == "__main__":
    main()
