"""What was measured beside the steps themselves, and the cluster that is modelled.

All on an AMD EPYC with two cores; docs/cluster.md says how, and what was not measured.
"""

from dataclasses import dataclass

from ftirmix.scale.queue import Overheads
from ftirmix.scale.workloads import IdentifyCosts

CORES_PER_NODE = 32
NODES = (1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True)
class Starts:
    """Seconds that Snakemake takes to start inside the jobs of a cluster.

    Attributes:
        job: before the first step of a job.
        step: before each of its steps.
    """

    job: float
    step: float


# Twenty jobs of one step took 29 s each, two jobs of ten steps 177 s, on two cores that others used four times over:
# 12.6 s and 16.4 s; scaled to the 10 to 17 s that a job of one step takes on two cores that are free.
STARTS = Starts(job=6.0, step=7.5)
# To start Snakemake and read the rules; and to plan a step: 43.4 s for 12,800 steps, 21.4 s for 5,660.
PLAN_START = 4.0
PLAN_STEP = 0.0031
# Twenty were submitted in 1.5 s.
SUBMIT = 0.08


def profile_overheads(steps: int, limit: int) -> Overheads:
    """Return what a run through profiles/slurm costs beside its jobs.

    The plugin looks for finished jobs after 20 s, as the profile says, then 10 s later each time that nothing has
    finished, and after 180 s at the latest (snakemake-executor-plugin-slurm 2.8.0).

    Args:
        steps: that are planned.
        limit: jobs in the queue at once.
    """
    return Overheads(
        plan=PLAN_START + PLAN_STEP * steps,
        submit=SUBMIT,
        look_first=20.0,
        look_more=10.0,
        look_longest=180.0,
        limit=limit,
    )


# 100,000 spectra in four shards took 151 s of processor time, 28 of them starts, on a Xeon on which a fit took 1.27
# times as long; a spectrum's part of the tables: 3.3 s for 125,000. Joining: 0.91 s for 125,000 answers, 6.73 s for a
# million.
IDENTIFY = IdentifyCosts(
    start=5.5,
    spectrum=0.97e-3 + 2.6e-5,
    plan=3.0,
    plan_shard=0.01,
    gather=2.5,
    gather_spectrum=6.7e-6,
    page=4.0,
    page_spectrum=0.0,
    bytes_spectrum=2000.0,  # 985 in the tables, as many in the parts, which go once they are joined, and 30 for both
    bytes_page=10e6,
)
