"""What is run on the modelled clusters: a study, or identifying many spectra."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ftirmix.identification.shards import spectra_per_shard
from ftirmix.scale.grouping import Job
from ftirmix.scale.steps import Step, steps_of


@dataclass(frozen=True)
class IdentifyCosts:
    """What identifying takes beside the starts that a cluster adds; seconds on one core unless said otherwise.

    Attributes:
        start: of a shard's two interpreters, with torch.
        spectrum: to read, prepare and answer one.
        plan: to list files.
        plan_shard: that Snakemake takes over one shard more, from planning it to noting its end.
        gather: to start joining.
        gather_spectrum: to join one answer to the tables.
        page: to write the page of as many spectra as it shows.
        page_spectrum: to look at one answer for it.
        bytes_spectrum: written for one, by its shard and in the tables.
        bytes_page: of the page.
    """

    start: float
    spectrum: float
    plan: float
    plan_shard: float
    gather: float
    gather_spectrum: float
    page: float
    page_spectrum: float
    bytes_spectrum: float
    bytes_page: float


def planned(directory: Path, *arguments: str) -> list[Step]:
    """List all steps of a study, whatever of it is there already.

    Args:
        directory: of the Snakefile.
        arguments: further ones of Snakemake, such as the config file and targets.

    Raises:
        subprocess.CalledProcessError: Snakemake refuses the study.
    """
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--forceall", "--cores", "1", *arguments]
    return steps_of(subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout)


def identification(spectra: int, costs: IdentifyCosts, per_shard: int, starts: float) -> list[Job]:
    """List the jobs of identifying the spectra of one Parquet file.

    Args:
        spectra: how many.
        costs: of the work.
        per_shard: fewest spectra of a shard, see :func:`ftirmix.identification.shards.plan_shards`.
        starts: seconds that a job of the cluster costs before its work.
    """
    size = spectra_per_shard(spectra, per_shard)
    sizes = [min(size, spectra - first) for first in range(0, spectra, size)]
    plan = Job(costs.plan + costs.plan_shard * len(sizes), frozenset(), local=True)
    shards = [Job(starts + costs.start + costs.spectrum * count, frozenset({0})) for count in sizes]
    everything = frozenset(range(1, len(sizes) + 1))
    gather = Job(costs.gather + costs.gather_spectrum * spectra, everything, local=True)
    page = Job(costs.page + costs.page_spectrum * spectra, everything | {len(sizes) + 1}, local=True)
    return [plan, *shards, gather, page]
