"""Record where the figures of the study come from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.provenance import provenance
from ftirmix.tables import write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        written = Path(snakemake.output.provenance)
        benchmarks = list((written.parent / "benchmarks").glob("*.jsonl"))
        found = provenance(Path(snakemake.params.checkout), snakemake.params.config, benchmarks)
        write_text(written, json.dumps(found, indent=1) + "\n")
