"""Where the figures of a study come from: commit, configuration, versions, machine, cost."""

import json
import os
import platform
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from typing import Any


def provenance(checkout: Path, config: dict[str, Any], benchmarks: list[Path]) -> dict[str, Any]:
    """Say everything that is needed to reproduce a study, and what it cost.

    Args:
        checkout: folder of the workflow.
        config: the study's configuration.
        benchmarks: records of the jobs, one JSON object per line.
    """
    records = [json.loads(line) for path in sorted(benchmarks) for line in path.read_text().splitlines() if line]
    return {
        "commit": git(checkout, "rev-parse", "HEAD"),
        # But for results, which the study itself writes anew.
        "edited_since": bool(git(checkout, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!results")),
        "python": platform.python_version(),
        "versions": dict(sorted((item.name.lower(), item.version) for item in distributions())),
        "machine": {
            "system": platform.platform(),
            "processor": processor(),
            "cores": os.cpu_count(),
        },
        "costly_jobs": len(records),
        "core_hours_of_costly_jobs": round(sum(measured(record, "s") for record in records) / 3600, 2),
        "config": config,
    }


def git(checkout: Path, *arguments: str) -> str | None:
    """Ask git; None where this is no checkout, or git is not there."""
    try:
        asked = subprocess.run(
            ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip()


def processor() -> str:
    """Name the processor, as Linux does; elsewhere as Python does."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def measured(record: dict[str, Any], key: str) -> float:
    """Return a figure of a job's record; jobs too short to be measured count none."""
    try:
        return float(record.get(key) or 0.0)
    except ValueError:
        return 0.0
