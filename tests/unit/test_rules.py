"""Every rule lists exactly the library modules that its script imports, directly or through others."""

import ast
import re
from pathlib import Path

import pytest

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
LIBRARY = WORKFLOW / "lib" / "ftirmix"
# Of jobs only the caller's log depends on it, but a changed log is a changed run; errors is added by library().
ALWAYS = {"jobs", "errors"}


def rule_blocks():
    for path in sorted((WORKFLOW / "rules").glob("*.smk")):
        for block in path.read_text().split("\nrule ")[1:]:
            script = re.search(r"scripts/(\w+)\.py", block)
            if script:
                yield pytest.param(script[1], block, id=script[1])


def direct_imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("ftirmix."):
            name = node.module.removeprefix("ftirmix.").replace(".", "/")
            found.add(name if (LIBRARY / f"{name}.py").is_file() else f"{name}/__init__")
    return found


def all_imports(path: Path) -> set[str]:
    found: set[str] = set()
    waiting = direct_imports(path)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting |= direct_imports(LIBRARY / f"{name}.py")
    return found


@pytest.mark.parametrize(("script", "block"), list(rule_blocks()))
def test_a_rule_lists_the_modules_that_its_script_imports(script, block):
    listed = set(ALWAYS)
    for name in re.findall(r'"([^"]+)"', " ".join(re.findall(r"library\(([^)]*)\)", block))):
        if "{" in name:
            continue  # an architecture's own file, named by wildcard
        package = LIBRARY / name
        listed |= {f"{name}/{p.stem}" for p in package.glob("*.py")} if package.is_dir() else {name}
    if 'f"models/{wildcards.network}"' in block:  # its own architecture file, not all of them
        listed |= {f"models/{p.stem}" for p in (LIBRARY / "models").glob("*.py") if p.stem != "__init__"}
    assert listed == all_imports(WORKFLOW / "scripts" / f"{script}.py") | ALWAYS
