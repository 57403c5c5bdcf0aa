"""The summary of what failed: rule, wildcards, the error's own sentence, the log."""

import logging
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftirmix.failures import JobErrors, failure_summary, last_error
from ftirmix.jobs import record_owner

TRACEBACK = "10:00:00 fit: failed\nTraceback (most recent call last):\n  File x\nValueError: no such model"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("10:00:00 fit: 3 rows\n10:00:01 fit: error: a.csv: column 'x' is missing", "a.csv: column 'x' is missing"),
        ("10:00:01 fit: error: a: first\n10:00:02 fit: 1 of 2\nand noise", "a: first"),
        (TRACEBACK, "ValueError: no such model"),
        ("10:00:00 fit: epoch 3 of 12", ""),
        ("", ""),
    ],
)
def test_an_error_is_found_in_a_log(text, sentence):
    assert last_error(text) == sentence


class Step:
    """A step of a workflow, as far as the summary looks at it."""

    def __init__(self, name: str, log: Path, text: str | None = None, **wildcards: str) -> None:
        self.rule, self.log, self.wildcards_dict, self.groupid = SimpleNamespace(name=name), [log], wildcards, None
        if text is not None:
            log.write_text(text)

    def is_group(self) -> bool:
        return False


class Group(list):
    """Steps that share a job."""

    groupid = "fit"

    def is_group(self) -> bool:
        return True


def summary(tmp_path: Path, failed: list, errors: JobErrors, remaining: int = 0) -> str:
    scheduler = SimpleNamespace(failed=failed, remaining_jobs=[None] * remaining)
    workflow = SimpleNamespace(scheduler=scheduler, dag=SimpleNamespace(jobid=lambda step: 7))
    return failure_summary(workflow, errors, tmp_path)


def test_a_failed_step_is_named_with_its_own_sentence_and_log(tmp_path):
    step = Step("train", tmp_path / "a.log", "10:00:01 fit: error: a.csv: is empty", fold="0", network="cnn")
    text = summary(tmp_path, [step], JobErrors(), remaining=3)
    assert "  train fold=0 network=cnn\n    a.csv: is empty\n    log: " + str(tmp_path / "a.log") in text
    assert "3 steps that wait for this were not started" in text


def test_a_step_that_was_ended_from_outside_says_how_slurm_ended_it(tmp_path):
    errors = JobErrors()
    record = logging.makeLogRecord(
        {
            "jobid": 7,
            "rule_msg": "SLURM-job '12' failed, SLURM status is: 'TIMEOUT'. For further error details see",
            "log": ["a.log", ".snakemake/slurm_logs/rule_train/12.log"],
            "aux": {"external_jobid": "12"},
        }
    )
    errors.emit(record)
    text = summary(tmp_path, [Step("train", tmp_path / "a.log", "10:00:00 fit: epoch 3 of 12")], errors)
    assert "SLURM ended its job 12 with TIMEOUT" in text and "slurm_logs/rule_train/12.log" in text


def test_of_a_group_the_step_is_named_that_failed(tmp_path):
    steps = Group(
        [
            Step("train", tmp_path / "a.log", "10:00:00 fit: done in 3 s"),
            Step("predict", tmp_path / "b.log", "10:00:01 b: error: x: is damaged"),
            Step("judge", tmp_path / "c.log"),
        ]
    )
    text = summary(tmp_path, [steps], JobErrors(), remaining=3)
    assert "2 steps that wait for this were not started" in text
    assert "predict" in text and "x: is damaged" in text and "train" not in text and "judge" not in text


def test_the_error_of_an_earlier_run_is_not_repeated(tmp_path):
    step = Step("train", tmp_path / "a.log", "10:00:01 fit: error: of yesterday")
    record_owner(tmp_path)
    os.utime(tmp_path / "a.log", (1000, 1000))
    assert "of yesterday" not in summary(tmp_path, [step], JobErrors())


def test_many_failures_are_counted(tmp_path):
    steps = [Step(f"rule{number:03}", tmp_path / f"{number}.log") for number in range(50)]
    text = summary(tmp_path, steps, JobErrors())
    assert text.count("    log: ") == 20 and "and 30 more" in text


def test_nothing_is_said_where_nothing_failed(tmp_path):
    assert summary(tmp_path, [], JobErrors()) == ""
