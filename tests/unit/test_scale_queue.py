"""Queues small enough to be worked out on paper."""

import pytest

from ftirmix.scale.grouping import Job
from ftirmix.scale.queue import Outcome, Overheads, longest_chain, simulate


def job(seconds, *needs, local=False):
    return Job(float(seconds), frozenset(needs), local)


def test_jobs_share_cores_and_wait_for_each_other():
    jobs = [job(10), job(4), job(5, 1), job(1, 0, 2)]
    assert simulate(jobs, 2, Overheads()) == Outcome(wall=11.0, core_seconds=20.0, submitted=4)
    assert simulate(jobs, 1, Overheads()).wall == 20.0
    assert simulate(jobs, 100, Overheads()).wall == longest_chain(jobs) == 11.0


def test_planning_and_submitting_come_before_the_first_job_ends():
    """Planned at 3; submitted at 4, 5, 6; the last ends at 6 + 10."""
    assert simulate([job(10)] * 3, 9, Overheads(plan=3, submit=1)).wall == 16.0


def test_the_queue_holds_no_more_than_its_limit():
    assert simulate([job(10)] * 6, 6, Overheads(limit=2)).wall == 30.0


def test_ended_jobs_are_noticed_late_and_later_where_nothing_ends():
    """Looks at 20, 50 (20 + 30) and 90 (50 + 40): 25 s are seen at 50; after that the looks begin at 20 again."""
    looks = Overheads(look_first=20, look_more=10, look_longest=180)
    assert simulate([job(25)], 1, looks).wall == 50.0
    assert simulate([job(25), job(5, 0)], 1, looks).wall == 70.0  # noticed at 50, 20 later it has ended
    assert simulate([job(51)], 1, looks).wall == 90.0


def test_waiting_for_ends_grows_up_to_a_bound():
    looks = Overheads(look_first=20, look_more=10, look_longest=30)
    assert simulate([job(81)], 1, looks).wall == 110.0  # looks at 20, 50, 80, 110


def test_local_jobs_run_one_at_a_time_beside_the_cluster_and_are_not_submitted():
    jobs = [job(10), job(4, local=True), job(3, local=True), job(2, 2)]
    assert simulate(jobs, 1, Overheads()) == Outcome(wall=12.0, core_seconds=12.0, submitted=2)


def test_jobs_that_wait_for_each_other_are_refused():
    with pytest.raises(ValueError, match="2 of 3 jobs wait for each other"):
        simulate([job(1), job(1, 2), job(1, 1)], 1, Overheads())


def test_nothing_takes_no_time():
    assert simulate([], 1, Overheads()) == Outcome(0.0, 0.0, 0) and longest_chain([]) == 0.0


def test_more_cores_never_take_fewer_core_seconds_and_no_wall_time_beats_the_longest_chain():
    jobs = [job(1 + place % 7, *([place - 13] if place >= 13 else [])) for place in range(200)]
    walls = [simulate(jobs, cores, Overheads()).wall for cores in (1, 2, 4, 8, 16)]
    assert walls[0] == sum(each.seconds for each in jobs) and walls == sorted(walls, reverse=True)
    assert walls[-1] >= longest_chain(jobs)
