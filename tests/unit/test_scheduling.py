"""Looks at the scheduler's queue do not multiply."""

import threading
import time
from types import SimpleNamespace

from snakemake.scheduling.job_scheduler import JobScheduler

from ftirmix.scheduling import one_timer_at_a_time, single_timer


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
