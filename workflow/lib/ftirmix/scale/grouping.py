"""Which steps share a job of the cluster, as Snakemake joins them, and what a job then takes."""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ftirmix.scale.steps import Step


@dataclass(frozen=True)
class Job:
    """What is submitted at once; its steps run one after another.

    Attributes:
        seconds: from its start to its end on one core, with all starts of interpreters.
        needs: places, in the list of jobs, of those that it waits for.
        local: whether it runs where Snakemake runs.
    """

    seconds: float
    needs: frozenset[int]
    local: bool = False


def chains_of(steps: Sequence[Step], groups: Mapping[str, str]) -> dict[str, list[list[int]]]:
    """List the chains of every group: its steps as far as they need each other without a step of others between.

    Args:
        steps: of the study.
        groups: group of each rule that has one.

    Returns:
        By group a list of chains, each of sorted numbers of steps, in the order of their first; of steps without a
        group each is a chain of the group "".
    """
    known = {step.number: step for step in steps}
    chain = {number: number for number in known}

    def first_of(number: int) -> int:
        while chain[number] != number:
            number = chain[number]
        return number

    for step in steps:
        for need in step.needs & known.keys():
            group = groups.get(step.rule)
            if group is not None and groups.get(known[need].rule) == group:
                ends = sorted((first_of(step.number), first_of(need)))
                chain[ends[1]] = ends[0]
    joined: dict[int, list[int]] = defaultdict(list)
    for number in sorted(known):
        joined[first_of(number)].append(number)
    found: dict[str, list[list[int]]] = defaultdict(list)
    for first, members in sorted(joined.items()):
        found[groups.get(known[first].rule, "")].append(members)
    return dict(found)


def shared_jobs(steps: Sequence[Step], groups: Mapping[str, str], components: Mapping[str, int]) -> list[list[int]]:
    """List the steps of every job: chains of a group share one, so many as its number of components says."""
    jobs = []
    for group, chains in chains_of(steps, groups).items():
        together = components.get(group, 1)
        jobs += [
            sorted(number for chain in chains[start : start + together] for number in chain)
            for start in range(0, len(chains), together)
        ]
    return sorted(jobs)


def jobs_of(
    steps: Sequence[Step], seconds: Mapping[int, float], members: Iterable[list[int]], submitted: Container[str],
    job_seconds: float, step_seconds: float,
) -> list[Job]:  # fmt: skip
    """Say what every job takes and waits for.

    Args:
        steps: of the study.
        seconds: that each step takes, by its number.
        members: steps of every job, see :func:`shared_jobs`.
        submitted: rules that are; others run where Snakemake runs.
        job_seconds: what a job that is submitted costs before its first step.
        step_seconds: what each of its steps costs beside its own time.
    """
    known = {step.number: step for step in steps}
    listed = list(members)
    place = {number: index for index, numbers in enumerate(listed) for number in numbers}
    jobs = []
    for index, numbers in enumerate(listed):
        local = all(known[number].rule not in submitted for number in numbers)
        own = sum(seconds[number] for number in numbers)
        starts = 0.0 if local else job_seconds + step_seconds * len(numbers)
        needs = {place[need] for number in numbers for need in known[number].needs if need in place}
        jobs.append(Job(own + starts, frozenset(needs - {index}), local))
    return jobs
