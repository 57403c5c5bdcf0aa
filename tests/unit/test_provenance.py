"""Where figures come from: a checkout says its commit and whether it was edited, a folder that is none says so."""

import json
import subprocess

from ftirmix.provenance import provenance


def test_commit_edits_versions_and_cost(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True)

    costs = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    costs[0].write_text(json.dumps({"s": 1800.0}) + "\n")
    costs[1].write_text(json.dumps({"s": 1800.0}) + "\n" + json.dumps({"s": "NA"}) + "\n")
    git("init")
    (tmp_path / "Snakefile").write_text("rule all:\n")
    git("add", "Snakefile")
    git("commit", "-m", "first")
    found = provenance(tmp_path, {"study": "s"}, costs)
    assert len(found["commit"]) == 40 and not found["edited_since"]
    assert found["costly_jobs"] == 3 and found["core_hours_of_costly_jobs"] == 1.0
    assert found["config"] == {"study": "s"} and "torch" in found["versions"] and found["machine"]["cores"] >= 1
    (tmp_path / "Snakefile").write_text("rule other:\n")
    assert provenance(tmp_path, {}, [])["edited_since"]


def test_a_folder_that_is_no_checkout(tmp_path):
    assert provenance(tmp_path, {}, [])["commit"] is None
