"""Jobs in a cluster's queue: submitted one by one, run as cores are free, noticed when Snakemake looks again."""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ftirmix.scale.grouping import Job


@dataclass(frozen=True)
class Overheads:
    """What a run costs beside its jobs; all in seconds but for the last one.

    Attributes:
        plan: from the start of Snakemake to the first submission.
        submit: between two submissions.
        look_first: after which Snakemake looks for finished jobs; 0 where it is told of them, as on one machine.
        look_more: by which it waits longer each time that nothing has finished.
        look_longest: most that it waits.
        limit: jobs in the queue, waiting or running, at once.
    """

    plan: float = 0.0
    submit: float = 0.0
    look_first: float = 0.0
    look_more: float = 0.0
    look_longest: float = 0.0
    limit: int = 1_000_000


@dataclass(frozen=True)
class Outcome:
    """How a run went.

    Attributes:
        wall: seconds from its start to its end.
        core_seconds: that jobs held cores of the cluster.
        submitted: jobs of the cluster.
    """

    wall: float
    core_seconds: float
    submitted: int


@dataclass
class Queue:
    """The state of a run while it is simulated; ``run`` returns how it went.

    Args:
        jobs: what is run.
        cores: of all nodes together; each job takes one.
        overheads: what it costs beside the jobs.
    """

    jobs: Sequence[Job]
    cores: int
    overheads: Overheads
    events: list[tuple[float, int, str, int]] = field(default_factory=list)
    ready: deque[int] = field(default_factory=deque)
    queued: deque[int] = field(default_factory=deque)
    unseen: list[int] = field(default_factory=list)
    here: deque[int] = field(default_factory=deque)
    running: int = 0
    in_flight: int = 0
    submitter_free: float = 0.0
    submissions: int = 0
    core_seconds: float = 0.0
    looking: bool = False
    wait: float = 0.0
    busy_here: bool = False
    clock: int = 0

    def run(self) -> Outcome:
        """Simulate from start to end.

        Raises:
            ValueError: jobs wait for each other.
        """
        waits_for = [set(job.needs) for job in self.jobs]
        wanted_by: list[list[int]] = [[] for _ in self.jobs]
        for place, needs in enumerate(waits_for):
            for need in needs:
                wanted_by[need].append(place)
        now, left = self.overheads.plan, len(self.jobs)
        self.make_ready([place for place, needs in enumerate(waits_for) if not needs], now)
        while self.events:
            now, _, kind, place = heapq.heappop(self.events)
            for done in self.handle(kind, place, now):
                left -= 1
                free = [waiting for waiting in wanted_by[done] if self.met(waits_for[waiting], done)]
                self.make_ready(free, now)
            self.submit(now)
        if left:
            raise ValueError(f"{left} of {len(self.jobs)} jobs wait for each other")
        return Outcome(now, self.core_seconds, self.submissions)

    @staticmethod
    def met(needs: set[int], done: int) -> bool:
        """Strike a job off what another waits for; tells whether that was the last."""
        needs.discard(done)
        return not needs

    def make_ready(self, places: list[int], now: float) -> None:
        """Take up jobs that wait for nothing any more."""
        for place in places:
            (self.here if self.jobs[place].local else self.ready).append(place)
        self.start_here(now)
        self.submit(now)

    def push(self, when: float, kind: str, place: int = -1) -> None:
        """Note what will happen; what was noted first comes first at the same time."""
        self.clock += 1
        heapq.heappush(self.events, (when, self.clock, kind, place))

    def start_here(self, now: float) -> None:
        """Start the next job on the one core of the machine that Snakemake runs on."""
        if self.here and not self.busy_here:
            self.busy_here = True
            place = self.here.popleft()
            self.push(now + self.jobs[place].seconds, "ended_here", place)

    def submit(self, now: float) -> None:
        """Submit what is ready, as far as the queue may hold it."""
        while self.ready and self.in_flight < self.overheads.limit:
            self.submitter_free = max(now, self.submitter_free) + self.overheads.submit
            self.in_flight += 1
            self.push(self.submitter_free, "queued", self.ready.popleft())
        if self.in_flight and not self.looking and self.overheads.look_first:
            self.looking, self.wait = True, self.overheads.look_first
            self.push(now + self.wait, "look")

    def start_queued(self, now: float) -> None:
        """Give free cores to the jobs that have waited longest."""
        while self.queued and self.running < self.cores:
            self.running += 1
            place = self.queued.popleft()
            self.submissions += 1
            self.core_seconds += self.jobs[place].seconds
            self.push(now + self.jobs[place].seconds, "ended", place)

    def handle(self, kind: str, place: int, now: float) -> list[int]:
        """Let one thing happen; returns the jobs that Snakemake then knows to be done."""
        if kind == "queued":
            self.queued.append(place)
            self.start_queued(now)
            return []
        if kind == "ended_here":
            self.busy_here = False
            self.start_here(now)
            return [place]
        if kind == "look":
            return self.look(now)
        self.running -= 1
        self.start_queued(now)
        self.unseen.append(place)
        return [] if self.overheads.look_first else self.see()

    def see(self) -> list[int]:
        """Take note of jobs that have ended."""
        done, self.unseen = self.unseen, []
        self.in_flight -= len(done)
        return done

    def look(self, now: float) -> list[int]:
        """Look for ended jobs, and again after a while; the while grows each time that none has ended."""
        over = self.overheads
        self.wait = over.look_first if self.unseen else min(self.wait + over.look_more, over.look_longest)
        done = self.see()
        self.looking = self.in_flight > 0
        if self.looking:
            self.push(now + self.wait, "look")
        return done


def simulate(jobs: Sequence[Job], cores: int, overheads: Overheads) -> Outcome:
    """Say how long jobs take on a cluster.

    Args:
        jobs: with what each waits for.
        cores: of all nodes together.
        overheads: what it costs beside the jobs.
    """
    return Queue(jobs, cores, overheads).run()


def longest_chain(jobs: Sequence[Job]) -> float:
    """Return the seconds of the longest chain of jobs that wait for each other: no number of nodes beats it."""
    ends: dict[int, float] = {}

    def end_of(place: int) -> float:
        stack = [place]
        while stack:
            top = stack[-1]
            missing = [need for need in jobs[top].needs if need not in ends]
            if missing:
                stack += missing
            else:
                ends[top] = jobs[top].seconds + max((ends[need] for need in jobs[top].needs), default=0.0)
                stack.pop()
        return ends[place]

    return max((end_of(place) for place in range(len(jobs))), default=0.0)
