"""Looks at the scheduler's queue do not multiply."""

import asyncio
import sys
import threading
import time
from types import SimpleNamespace

from snakemake.scheduling.job_scheduler import JobScheduler

from ftirmix.scheduling import one_timer_at_a_time, plain_slurm_states, single_timer


def test_one_act_is_pending_however_often_it_is_asked_for():
    acts = []
    start = single_timer(lambda: acts.append(time.monotonic()))
    for _ in range(50):
        start(0.05)
    time.sleep(0.3)
    assert len(acts) == 1
    start(0.01)  # and it can be asked for again
    time.sleep(0.2)
    assert len(acts) == 2


def test_the_scheduler_of_the_installed_version_is_the_one_that_is_mended():
    """If this fails the newer Snakemake works otherwise: see whether the mending is still needed."""
    assert hasattr(JobScheduler, "_schedule_reevalutation")
    queue = threading.Semaphore(0)
    scheduler = SimpleNamespace(_open_jobs=queue, _schedule_reevalutation=None)
    one_timer_at_a_time(SimpleNamespace(scheduler=scheduler))
    for _ in range(10):
        scheduler._schedule_reevalutation(0.01)
    assert queue.acquire(timeout=5) and not queue.acquire(timeout=0.2)


def test_another_scheduler_is_left_alone():
    one_timer_at_a_time(SimpleNamespace(scheduler=SimpleNamespace()))
    one_timer_at_a_time(SimpleNamespace())


def test_a_cancelled_job_is_known_as_such_whoever_cancelled_it(monkeypatch):
    async def ask(command, logger):
        return {"1": "CANCELLED by 1000", "2": "COMPLETED", "3": ""} if command else None, 0.1

    plugin = SimpleNamespace(query_job_status=ask)
    monkeypatch.setitem(sys.modules, "snakemake_executor_plugin_slurm", plugin)
    plain_slurm_states()
    assert asyncio.run(plugin.query_job_status("sacct", None)) == ({"1": "CANCELLED", "2": "COMPLETED", "3": ""}, 0.1)
    assert asyncio.run(plugin.query_job_status("", None)) == (None, 0.1)  # it did not answer


def test_nothing_is_mended_where_nothing_is_submitted_to_slurm(monkeypatch):
    monkeypatch.delitem(sys.modules, "snakemake_executor_plugin_slurm", raising=False)
    plain_slurm_states()
    assert "snakemake_executor_plugin_slurm" not in sys.modules
