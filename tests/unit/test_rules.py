"""Every rule with a script depends on the library modules that the script imports, and on no others."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ftirmix import dependencies
from ftirmix.dependencies import architecture_digest, digest_of, modules_of, modules_of_architecture
from ftirmix.model_names import NETWORK_NAMES
from ftirmix.models import ARCHITECTURES

WORKFLOW = Path(__file__).resolve().parents[2] / "workflow"
LIBRARY = WORKFLOW / "lib" / "ftirmix"
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*.py"))
# Its result is verified by SHA-256: no edit of ours can change it, and it is a download of 136 MB.
WITHOUT_LIBRARY = {"fetch_carrier"}


# A download says nothing of the machine; the provenance reads the records of all others.
WITHOUT_RECORD = {"fetch_carrier", "record_provenance"}


def rule_blocks():
    for path in sorted((WORKFLOW / "rules").glob("*.smk")):
        for block in re.split(r"\n(?:rule|checkpoint) ", path.read_text())[1:]:
            script = re.search(r"scripts/(\w+)\.py", block)
            if script:
                yield script[1], block


def test_every_script_belongs_to_one_rule_that_lists_its_modules():
    blocks = dict(rule_blocks())
    assert sorted(blocks) == [path.stem for path in SCRIPTS]
    for script, block in blocks.items():
        assert (f'library=library("{script}")' in block) == (script not in WITHOUT_LIBRARY), script


def test_every_rule_leaves_a_record_of_its_time():
    blocks = dict(rule_blocks())
    assert {script for script, block in blocks.items() if "    benchmark:" not in block} == WITHOUT_RECORD


@pytest.mark.parametrize(
    "name",
    ["ingest_source", "mix_mixtures", "attribute_components", "diagnose_classes", "draw_maps", "fit_classical"],
)
def test_the_modules_listed_are_those_that_python_loads(name):
    """The slow way: import the script in a fresh interpreter and see what it loaded."""
    script = WORKFLOW / "scripts" / f"{name}.py"
    code = (
        f"import runpy, sys; runpy.run_path({str(script)!r}, run_name='imported')\n"
        "print(*sorted(m.__file__ for n, m in sys.modules.items() if n.startswith('ftirmix.')), sep='\\n')"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = {Path(line) for line in output.splitlines()}
    listed = set(modules_of(script, LIBRARY)) - {LIBRARY / "__init__.py"}
    architectures = {path for path in loaded if path.parent.name == "models" and path.name != "__init__.py"}
    assert loaded - architectures == listed
    assert not any(path.parent.name == "models" and path.name != "__init__.py" for path in listed)


def test_a_network_is_fitted_anew_for_its_own_modules_and_no_other_network_s():
    names = {name: {path.name for path in modules_of_architecture(name, LIBRARY)} for name in NETWORK_NAMES}
    assert names["cnn"] == {"cnn.py", "layers.py"}
    assert names["resm2a_cnn"] == {"resm2a_cnn.py", "attention.py", "layers.py"}
    assert set(NETWORK_NAMES) == set(ARCHITECTURES)
    for name, network in ARCHITECTURES.items():
        assert Path(inspect.getfile(network)).name in names[name] and f"{name}.py" in names[name]


def test_a_fingerprint_follows_contents_and_not_place_or_time(tmp_path):
    first, second = tmp_path / "a" / "x.py", tmp_path / "b" / "x.py"
    for path in (first, second):
        path.parent.mkdir()
        path.write_text("x = 1\n")
    assert digest_of([first]) == digest_of([second])
    second.write_text("x = 2\n")
    assert digest_of([first]) != digest_of([second])


def test_an_architecture_is_read_once_for_all_of_its_jobs(monkeypatch):
    """A study of 10,000 jobs asks for it as often."""
    architecture_digest.cache_clear()
    read = []
    monkeypatch.setattr(dependencies, "digest_of", lambda paths: read.append(paths) or digest_of(paths))
    answers = {architecture_digest("cnn", LIBRARY) for _ in range(5)}
    assert answers == {digest_of(modules_of_architecture("cnn", LIBRARY))} and len(read) == 1
