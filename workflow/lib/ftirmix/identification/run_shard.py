"""Identify one shard in a process of its own: ``python -m ftirmix.identification.run_shard JOB.json``.

A file that kills its reader, or memory that runs out, ends this process and not the job that started it, which
then says so in the tables.
"""

import json
import logging
import sys
from pathlib import Path

import pandas as pd
import torch

from ftirmix.bands import read_bands
from ftirmix.errors import StudyError
from ftirmix.identification.identifier import load_identifier
from ftirmix.identification.running import ShardRunner
from ftirmix.identification.supervising import TOLD
from ftirmix.quality import QualityLimits


def main(job: Path) -> None:
    """Run the shard that a job file describes."""
    given = json.loads(job.read_text(encoding="utf-8"))
    logging.basicConfig(level=logging.INFO, format="%(message)s")  # the job that started this adds time and name
    torch.set_num_threads(given["threads"])
    torch.set_num_interop_threads(1)
    runner = ShardRunner(load_identifier(Path(given["identifier"])), read_bands(Path(given["bands"])), QualityLimits())
    counts = runner.run(
        Path(given["root"]),
        pd.DataFrame(given["plan"]),
        Path(given["results"]),
        Path(given["evidence"]),
        given["shown"],
    )
    logging.info("%s", ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no spectra")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except StudyError as error:
        print(error, flush=True)
        raise SystemExit(TOLD) from None
