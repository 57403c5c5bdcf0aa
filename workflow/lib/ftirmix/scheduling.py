"""What the workflow mends in its scheduler, and in the plugin that submits to SLURM."""

import gc
import sys
import threading
from collections.abc import Callable
from typing import Any


def one_timer_at_a_time(workflow: Any) -> None:
    """Keep Snakemake's scheduler from looking at its queue ever more often.

    To hold submissions to a rate, Snakemake 9.27 starts a timer of one second after *every* look at
    the queue, also after those that the end of a job or another timer has caused. Each timer causes
    a look, which starts a timer: every finished job adds one look per second for good. In a study of
    800 jobs the main process took half of a core after 300 of them, and more later. One timer under
    way serves the same purpose.

    Args:
        workflow: the running workflow, its scheduler made. Left alone where it is not as described.
    """
    scheduler = getattr(workflow, "scheduler", None)
    if scheduler is not None and hasattr(scheduler, "_schedule_reevalutation"):
        scheduler._schedule_reevalutation = single_timer(scheduler._open_jobs.release)


def collect_garbage_seldom() -> None:
    """Let Python look for garbage less often while a study is planned.

    The plan is millions of small objects that stay. By default all of them are looked at again and again:
    a sixth of the processor time of planning 13,000 jobs, for no memory (645 MB either way).
    """
    gc.set_threshold(200_000, 50, 1000)


def single_timer(act: Callable[[], object]) -> Callable[[float], None]:
    """Return a function that acts once after a delay, and does nothing while such an act is pending."""
    pending = threading.Lock()

    def fire() -> None:
        pending.release()
        act()

    def start(delay: float) -> None:
        if pending.acquire(blocking=False):
            timer = threading.Timer(delay, fire)
            timer.daemon = True  # nothing is left to look at once the run has ended
            timer.start()

    return start


def plain_slurm_states() -> None:
    """Have the SLURM plugin understand what the accounting database says of a cancelled job.

    ``sacct`` says who cancelled it (``CANCELLED by 1000``). Plugin 2.8 knows ``CANCELLED`` only and takes
    any other word for a job that still runs, so that the run would wait for it for good.
    """
    plugin = sys.modules.get("snakemake_executor_plugin_slurm")
    ask = getattr(plugin, "query_job_status", None)
    if plugin is None or ask is None:
        return

    async def asked(*arguments: Any) -> tuple[dict[str, str] | None, float | None]:
        states, seconds = await ask(*arguments)
        return states and {job: state.partition(" ")[0] for job, state in states.items()}, seconds

    plugin.query_job_status = asked  # type: ignore[attr-defined]
