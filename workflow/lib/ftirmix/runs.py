"""What the process that guides a run does before it plans, and after its last job."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ftirmix.failures import JobErrors, failure_summary
from ftirmix.files import RESULTS, tidy
from ftirmix.leftovers import end_leftovers

# Where all jobs are known to have ended once the run has, or SLURM says that they have.
KNOWN_EXECUTORS = ("local", "slurm")


def before_planning(workflow: Any, act: Callable[[], None]) -> None:
    """Have something done before a run looks at its files: not before a dry one, a report or the like.

    Snakemake calls ``onstart`` only after it has planned; what changes files then comes too late for
    the plan. Whether a run is dry is known when it starts to plan, and not while the Snakefile is read.

    Args:
        workflow: the workflow whose Snakefile is being read. Left alone where it is not as described.
        act: what to do.
    """
    plan = getattr(workflow, "_prepare_dag", None)
    if plan is None or not workflow.is_main_process:
        return

    def prepare(*arguments: Any, **named: Any) -> Any:
        if workflow.executor_plugin is not None and not workflow.dryrun and not workflow.touch:
            act()
        return plan(*arguments, **named)

    workflow._prepare_dag = prepare


def executor_of(workflow: Any) -> str:
    """Name the executor of a run."""
    return getattr(workflow.executor_plugin, "name", "")


def slurm_run_of(workflow: Any) -> str | None:
    """Return the name that the SLURM plugin gives to all jobs of this run."""
    return getattr(getattr(workflow.scheduler, "_executor", None), "run_uuid", None)


def take_over(workflow: Any, directory: Path) -> None:
    """Clear away what a killed run left in this folder: SLURM jobs, temporaries, damaged files.

    Raises:
        StudyError: it may be alive, or a job of it does not end.
    """
    executor = executor_of(workflow)
    for job in end_leftovers(directory, executor == "slurm"):
        say(f"ended the SLURM job {job.said} of a run that was killed")
    # A lock that is left belongs to a run that may be alive: Snakemake will say so.
    locked = any((directory / "locks").glob("*"))
    if executor in KNOWN_EXECUTORS and workflow.execution_settings.lock and not locked:
        say_set_aside(tidy(RESULTS))


def finish(workflow: Any) -> None:
    """Clear away what dead jobs of this run left, and set aside the files that jobs found damaged."""
    if executor_of(workflow) in KNOWN_EXECUTORS and workflow.execution_settings.lock and not workflow.scheduler.running:
        say_set_aside(tidy(RESULTS))


def finish_failed(workflow: Any, errors: JobErrors, directory: Path) -> None:
    """Clear away as :func:`finish` does, and sum up what failed and where its log is."""
    finish(workflow)
    summary = failure_summary(workflow, errors, directory)
    if summary:
        say(summary)


def say_set_aside(paths: list[Path]) -> None:
    """Say which damaged files were set aside."""
    for path in paths:
        say(f"{path} was damaged; it is now {path.name}.damaged, and the next run makes it anew")


def say(text: str) -> None:
    """Write to the terminal, as Snakemake does."""
    print(text, file=sys.stderr, flush=True)
