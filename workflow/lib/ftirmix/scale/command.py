"""How long studies and identifications take on clusters: ``ftirmix-scale``.

    uv run ftirmix-scale                                  # docs/scale/: table and figure from what was measured
    uv run ftirmix-scale --measure results/default        # first measures anew, from a study that was run here

Steps are those that Snakemake plans; what each takes was measured; nodes and their queue are simulated.
"""

import argparse
from pathlib import Path

import pandas as pd
import yaml

from ftirmix.scale.durations import gigabytes_of, measured_steps, seconds_of
from ftirmix.scale.grouping import jobs_of, shared_jobs
from ftirmix.scale.measured import CORES_PER_NODE, IDENTIFY, NODES, STARTS, profile_overheads
from ftirmix.scale.report import Workload, draw, scaling
from ftirmix.scale.workloads import identification, planned
from ftirmix.tables import write_csv

ROOT = Path(__file__).resolve().parents[4]
STEPS = ROOT / "docs" / "scale" / "steps.csv"
PROFILE = ROOT / "profiles" / "slurm" / "profile.yaml"
COSTS = ROOT / "results" / "reference" / "comparison" / "costs.csv"
REFERENCE = "workflow/studies/reference.yaml"


def fitted() -> dict[str, float]:
    """Return the seconds that fitting each model took in the reference study."""
    costs = pd.read_csv(COSTS)
    return dict(zip(costs["model"], costs["training_seconds"], strict=True))


def study_workload(name: str, table: pd.DataFrame, *arguments: str) -> Workload:
    """Say what a study submits through the SLURM profile, and what each job takes on a machine like the reference's."""
    profile = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    steps = planned(ROOT, *arguments)
    seconds = seconds_of(steps, table, fitted())
    members = shared_jobs(steps, profile["groups"], profile["group-components"])
    jobs = jobs_of(steps, seconds, members, profile["set-resources"], STARTS.job, STARTS.step)
    overheads = {
        f"at most {limit} jobs": profile_overheads(len(steps), limit)
        for limit in (profile["jobs"], 10 * profile["jobs"])
    }
    return Workload(name, jobs, overheads, gigabytes_of(steps, table))


def identify_workload(spectra: int) -> Workload:
    """Say what identifying spectra submits."""
    profile = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
    per_shard = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["identify"]["spectra_per_job"]
    jobs = identification(spectra, IDENTIFY, per_shard, STARTS.job + STARTS.step)
    overheads = {
        f"at most {limit} jobs": profile_overheads(1, limit) for limit in (profile["jobs"], 10 * profile["jobs"])
    }
    written = (IDENTIFY.bytes_spectrum * spectra + IDENTIFY.bytes_page) / 1e9
    return Workload(f"identify {spectra:,} spectra", jobs, overheads, written)


def main() -> None:
    """Measure where asked to, simulate, print and write a table, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="summarise the study of config.yaml, run here, first")
    parser.add_argument("--directory", type=Path, default=ROOT, help="where it was run")
    parser.add_argument("--output", type=Path, default=STEPS.parent)
    given = parser.parse_args()
    if given.measure:
        write_csv(STEPS, measured_steps(given.directory, planned(ROOT)))
    table = pd.read_csv(STEPS, keep_default_na=False)
    workloads = [
        study_workload("reference study", table, "--configfile", REFERENCE),
        identify_workload(1_000_000),
        identify_workload(100_000_000),
    ]
    found = scaling(workloads, NODES, CORES_PER_NODE)
    write_csv(given.output / "scaling.csv", found)
    draw(found, CORES_PER_NODE, given.output / "scaling.svg")
    print(found[found["nodes"].isin([1, 10, 100])].to_markdown(index=False, floatfmt=".3g"))


if __name__ == "__main__":
    main()
