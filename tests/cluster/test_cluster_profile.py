"""The profile asks for what the rules need, rule by rule, and more of it at every attempt. Needs no SLURM."""

import re

import pytest
import yaml

from tests.workflow.conftest import ROOT

PROFILE = yaml.safe_load((ROOT / "profiles/slurm/profile.yaml").read_text())
BLOCKS = [
    block
    for path in sorted((ROOT / "workflow/rules").glob("*.smk"))
    for block in re.split(r"^(?=rule |checkpoint )", path.read_text(), flags=re.MULTILINE)[1:]
]
RULES = {re.split(r"[ :]", block)[1]: block for block in BLOCKS}
NAMED_LOCAL = set(re.findall(r"^    (\w+),$", (ROOT / "Snakefile").read_text().split("localrules:")[1], re.MULTILINE))
LOCAL = NAMED_LOCAL | {name for name, block in RULES.items() if "localrule: True" in block}


def test_every_rule_that_is_submitted_has_its_resources_in_the_profile():
    assert set(PROFILE["set-resources"]) == set(RULES) - LOCAL


@pytest.mark.parametrize("rule", sorted(set(RULES) - LOCAL))
def test_resources_are_those_of_the_rule_times_the_attempt(rule):
    asked = PROFILE["set-resources"].get(rule, {})
    for name in ("mem_mb", "runtime"):
        written = re.search(rf"\b{name}=(\d+),", RULES[rule])
        assert written and asked.get(name) == f"{written[1]} * attempt", name
    # Steps of a group run one after another: else 20 of them would ask for 20 times the memory.
    assert asked.get("one_at_a_time") == (1 if rule in PROFILE["groups"] else None)


def test_groups_name_rules_that_are_submitted_and_components_name_groups():
    assert set(PROFILE["groups"]) <= set(RULES) - LOCAL
    assert set(PROFILE["group-components"]) <= set(PROFILE["groups"].values())
