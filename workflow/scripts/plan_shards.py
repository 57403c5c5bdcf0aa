"""List a laboratory's own spectra and cut them into shards."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.identification.shards import plan_shards, remember_place
from ftirmix.jobs import job
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def plan(where: str, per_shard: int, shards: Path, left_out: Path) -> None:
    try:
        _, planned, refused = plan_shards(where, per_shard)
    except FileNotFoundError as error:
        raise StudyError(f"--config unknown={where}: {error}") from None
    if planned.empty and not refused:
        raise StudyError(f"--config unknown={where}: there are no files in it; name the folder that holds the spectra")
    logging.info(
        "%d files in %d shards, %d left out", planned["file"].nunique(), planned["shard"].nunique(), len(refused)
    )
    remember_place(shards.parent, where)
    write_csv(shards, planned)
    write_csv(left_out, pd.DataFrame([(row.file, row.reason) for row in refused], columns=["file", "reason"]))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        plan(
            where=snakemake.params.where,
            per_shard=snakemake.params.per_shard,
            shards=Path(snakemake.output.shards),
            left_out=Path(snakemake.output.left_out),
        )
