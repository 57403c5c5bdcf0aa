"""Start a shard's process and turn its death into rows of the tables, once it has been tried again."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from ftirmix.errors import StudyError
from ftirmix.files import whole_file
from ftirmix.identification.answers import result_table
from ftirmix.identification.evidence import EVIDENCE_SCHEMA
from ftirmix.tables import write_parquet

logger = logging.getLogger(__name__)
TOLD = 65  # exit code of a shard whose last line is an error that is none of the user's files


def supervise(job: dict[str, Any], last_try: bool) -> None:
    """Run a shard; on the last try a shard that fails is reported in place of its results.

    Args:
        job: what :mod:`ftirmix.identification.run_shard` reads.
        last_try: whether nobody will try again.

    Raises:
        StudyError: it is not the user's files that failed, but a disk without room, or the identifier.
        RuntimeError: the shard failed and will be tried again.
    """
    results, evidence = Path(job["results"]), Path(job["evidence"])
    with whole_file(results.with_suffix(".json")) as description:
        description.write_text(json.dumps(job), encoding="utf-8")
        code, said = run(description)
    results.with_suffix(".json").unlink(missing_ok=True)
    if code == 0:
        return
    if code == TOLD:  # an answer "unreadable" for it would be wrong
        raise StudyError(said)
    reason = f"reading it ended {manner(code)}; the log names what happened last"
    if not last_try:
        raise RuntimeError(f"the shard {reason}; it is tried once more")
    logger.error("the shard ended %s, twice; its files are reported as unreadable", manner(code))
    write_parquet(results, failed_table(pd.DataFrame(job["plan"]), reason))
    write_parquet(evidence, pa.Table.from_pylist([], schema=EVIDENCE_SCHEMA))


def run(description: Path) -> tuple[int, str]:
    """Run the process, pass on what it says line by line, and return its exit code and its last line."""
    said = ""
    command = [sys.executable, "-m", "ftirmix.identification.run_shard", str(description)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        try:
            for line in process.stdout or ():
                said = line.rstrip()
                logger.info("%s", said)
        except BaseException:  # whatever ends this job, an interrupt too, must not leave the shard's process behind
            process.kill()
            raise
    return process.returncode, said


def manner(code: int) -> str:
    """Say how a process ended."""
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"


def failed_table(plan: pd.DataFrame, reason: str) -> pa.Table:
    """Report every file, or part of a file, of a shard as unreadable."""
    parts = ["" if row.stop < 0 else f"rows {row.first + 1} to {row.stop}" for row in plan.itertuples()]
    return result_table(
        {
            "file": plan["file"].tolist(),
            "spectrum": parts,
            "status": ["unreadable"] * len(plan),
            "reason": [reason] * len(plan),
        }
    )
