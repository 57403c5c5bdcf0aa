"""Join the shards' parts into one table of predictions and one of particles."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.gathering import never_read
from ftirmix.identification.parts import TABLES, join_parts
from ftirmix.identification.storage import load_description
from ftirmix.jobs import job
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def gather_answers(
    parts: dict[str, list[Path]], left_out: Path, identifier: Path, outputs: dict[str, Path]
) -> None:  # fmt: skip
    counts = join_parts(parts, never_read(left_out), load_description(identifier).components, outputs)
    write_csv(outputs["counts"], counts)
    found = counts[counts["kind"] == "status"].set_index("name")["spectra"]
    logging.info("%s", ", ".join(f"{count} {name}" for name, count in found.items()))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        names = (*TABLES, "counts")
        gather_answers(
            parts={name: [Path(path) for path in snakemake.input[name]] for name in names},
            left_out=Path(snakemake.input.left_out),
            identifier=Path(snakemake.input.identifier[0]).parent,
            outputs={name: Path(snakemake.output[name]) for name in names},
        )
