"""Jobs, core-hours, bytes and wall time against the number of nodes: as a table and a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ftirmix.figures import COLOURS, MARKERS, save
from ftirmix.scale.grouping import Job
from ftirmix.scale.queue import Overheads, longest_chain, simulate


@dataclass(frozen=True)
class Workload:
    """What is run.

    Attributes:
        name: of it.
        jobs: with what each waits for.
        overheads: of a run, by what is said of them: the profile as it comes, or changed.
        gigabytes: that it writes.
    """

    name: str
    jobs: Sequence[Job]
    overheads: dict[str, Overheads]
    gigabytes: float


def scaling(workloads: Sequence[Workload], nodes: Sequence[int], cores_per_node: int) -> pd.DataFrame:
    """Simulate workloads on clusters.

    Returns:
        One row per workload, overheads and number of nodes: jobs, core_hours, gigabytes, wall_minutes,
        ideal_minutes (core time over cores) and limit_minutes (longest chain of jobs that wait for each other, which
        no number of nodes beats).
    """
    rows = []
    for workload in workloads:
        limit = longest_chain(workload.jobs) / 60
        for said, overheads in workload.overheads.items():
            for count in nodes:
                outcome = simulate(workload.jobs, count * cores_per_node, overheads)
                rows.append(
                    {
                        "workload": workload.name,
                        "overheads": said,
                        "nodes": count,
                        "jobs": outcome.submitted,
                        "core_hours": outcome.core_seconds / 3600,
                        "gigabytes": workload.gigabytes,
                        "wall_minutes": outcome.wall / 60,
                        "ideal_minutes": outcome.core_seconds / 60 / (count * cores_per_node),
                        "limit_minutes": limit,
                    }
                )
    return pd.DataFrame(rows)


def draw(table: pd.DataFrame, cores_per_node: int, path: Path) -> None:
    """Draw wall time against nodes, a panel for each workload, with the ideal line and the limit."""
    workloads = list(dict.fromkeys(table["workload"]))
    figure = Figure(figsize=(3.6 * len(workloads), 3.6))
    panels = figure.subplots(1, len(workloads), squeeze=False)[0]
    for axes, name in zip(panels, workloads, strict=True):
        own = table[table["workload"] == name]
        for place, (said, rows) in enumerate(own.groupby("overheads", sort=False)):
            axes.loglog(rows["nodes"], rows["wall_minutes"], color=COLOURS[place], marker=MARKERS[place], label=said)
        first = own.drop_duplicates("nodes")
        axes.loglog(first["nodes"], first["ideal_minutes"], color="black", linestyle="--", label="ideal")
        axes.axhline(own["limit_minutes"].iloc[0], color="black", linestyle=":", label="longest chain")
        axes.set_title(name, fontsize="medium")
        axes.set_xlabel(f"nodes of {cores_per_node} cores")
        axes.set_xticks(first["nodes"], [str(count) for count in first["nodes"]])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("wall time, minutes (modelled)")
    panels[-1].legend(fontsize="small", loc="center left", bbox_to_anchor=(1.02, 0.5))
    figure.tight_layout()
    save(figure, path)
