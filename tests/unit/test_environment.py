"""The environments say the same: exact pins, constraints for the rest, and the conda mirror."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def direct_requirements():
    groups = PROJECT["dependency-groups"].values()
    return [*PROJECT["project"]["dependencies"], *(item for group in groups for item in group)]


@pytest.mark.parametrize("requirement", direct_requirements())
def test_every_direct_dependency_is_pinned_exactly(requirement):
    assert re.fullmatch(r"[a-z0-9-]+==[0-9][0-9A-Za-z.]*", requirement)


def test_constraints_are_exact_and_do_not_repeat_direct_pins():
    constraints = PROJECT["tool"]["uv"]["constraint-dependencies"]
    names = [item.split("==")[0] for item in constraints]
    assert len(set(names)) == len(names)
    assert not set(names) & {item.split("==")[0] for item in direct_requirements()}


def test_the_conda_environment_mirrors_the_pins():
    environment = yaml.safe_load((ROOT / "envs/ftirmix.yaml").read_text())
    listed = {item for item in environment["dependencies"] if isinstance(item, str)}
    for requirement in PROJECT["project"]["dependencies"]:
        name, version = requirement.split("==")
        assert f"{'pytorch' if name == 'torch' else name}={version}" in listed
    assert f"python {PROJECT['project']['requires-python']}" in listed
    assert len(listed) == len(PROJECT["project"]["dependencies"]) + 1


def test_the_conda_environment_is_what_the_command_writes(tmp_path):
    before = (ROOT / "envs/ftirmix.yaml").read_text()
    copy = tmp_path / "envs"
    copy.mkdir()
    (copy / "refresh_pins.py").write_text((ROOT / "envs/refresh_pins.py").read_text())
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    subprocess.run([sys.executable, str(copy / "refresh_pins.py"), "--mirror"], check=True)
    assert (copy / "ftirmix.yaml").read_text() == before


def test_the_lock_file_stays_out_of_the_repository():
    assert "uv.lock" in (ROOT / ".gitignore").read_text().split()
