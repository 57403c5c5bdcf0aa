"""What failed in a run, in a few lines: rule, wildcards, the error's own sentence, and where the log is."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftirmix.jobs import OWNER

LINE = re.compile(r"\d\d:\d\d:\d\d \S+: error: (.+)")
STATE = re.compile(r"SLURM-job '(?P<job>[\d_]+)' failed, SLURM status is: '(?P<state>\w+)'")
SHOWN = 20


@dataclass(frozen=True)
class Failure:
    """A step that failed for good."""

    rule: str
    wildcards: dict[str, str]
    log: str
    reason: str


class JobErrors(logging.Handler):
    """Remembers what Snakemake says of jobs that fail: their SLURM state, and the log of SLURM."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: dict[Any, tuple[str, list[str]]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Take a message about a job or a group of jobs; others pass by."""
        fields = vars(record)
        outer = fields.get("aux", fields).get("external_jobid")
        found = STATE.search(fields.get("rule_msg") or "")
        state = f"SLURM ended its job {found['job']} with {found['state']}" if found else ""
        if not state and outer:
            state = f"its SLURM job was {outer}"
        logs = [path for path in fields.get("aux_logs", fields.get("log", [])) if "slurm_logs" in str(path)]
        if "groupid" in fields:
            self.said[fields["groupid"]] = (state, logs)
        elif "jobid" in fields and (state or logs):
            self.said[fields["jobid"]] = (state, logs)


def remember_errors() -> JobErrors:
    """Listen to Snakemake's messages from now on."""
    errors = JobErrors()
    logging.getLogger("snakemake.logging").addHandler(errors)
    return errors


def failure_summary(workflow: Any, errors: JobErrors, directory: Path) -> str:
    """Say what failed for good, why, and what was not started for it; empty where no job failed.

    Args:
        workflow: the workflow, its run ended.
        errors: what Snakemake said of failing jobs.
        directory: folder ``.snakemake``; its record of the run tells logs of this run from older ones.
    """
    failures: list[Failure] = []
    waiting = len(workflow.scheduler.remaining_jobs)  # with the steps of failed groups among them
    for job in workflow.scheduler.failed:
        found = failures_of(job, workflow, errors, directory)
        failures += found
        waiting -= len(found) if job.is_group() else 0
    if not failures:
        return ""
    failures.sort(key=lambda failure: (failure.rule, list(failure.wildcards.values())))
    lines = ["", "What failed:"]
    for failure in failures[:SHOWN]:
        named = " ".join(f"{name}={value}" for name, value in failure.wildcards.items())
        lines += [f"  {failure.rule} {named}".rstrip(), f"    {failure.reason}", f"    log: {failure.log}"]
    if len(failures) > SHOWN:
        lines.append(f"  and {len(failures) - SHOWN} more")
    if waiting > 0:
        lines.append(f"{waiting} steps that wait for this were not started.")
    lines.append("The same command again makes what is missing, and nothing that is finished.")
    return "\n".join([*lines, ""])


def failures_of(job: Any, workflow: Any, errors: JobErrors, directory: Path) -> list[Failure]:
    """List the steps of a failed job that failed: itself, or of a group those that say so, or else the unfinished."""
    grouped = job.is_group()
    state, logs = errors.said.get(job.groupid if grouped else workflow.dag.jobid(job), ("", []))
    started = (directory / OWNER).stat().st_mtime if (directory / OWNER).is_file() else 0.0
    steps = list(job) if grouped else [job]
    told = [(step, sentence_of(step, started)) for step in steps]
    chosen = [(step, sentence) for step, sentence in told if sentence] or told[:1]
    return [
        Failure(
            step.rule.name,
            {name: str(value) for name, value in step.wildcards_dict.items()},
            ", ".join([*map(str, step.log), *logs]) or "none",
            sentence or f"ended without an error of its own: killed, or out of time or memory? {state}".rstrip(),
        )
        for step, sentence in chosen
    ]


def sentence_of(step: Any, started: float) -> str:
    """Return the error that a step wrote into its log during this run, or nothing."""
    for path in map(Path, step.log):
        if path.is_file() and path.stat().st_mtime >= started:
            sentence = last_error(path.read_text(encoding="utf-8", errors="replace"))
            if sentence:
                return sentence
    return ""


def last_error(text: str) -> str:
    """Return an error that is written for its reader, else the last line of a traceback, else nothing."""
    lines = text.splitlines()
    for line in reversed(lines):
        if found := LINE.fullmatch(line):
            return found[1]
    return lines[-1].strip() if "Traceback (most recent call last):" in lines else ""
