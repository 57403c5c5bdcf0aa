"""Identify the spectra of one shard, in a process of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.shards import read_plan
from ftirmix.identification.supervising import supervise
from ftirmix.instrument import find_files
from ftirmix.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        number, given = int(snakemake.wildcards.shard), snakemake.params
        plan = read_plan(Path(snakemake.input.shards))
        shards = plan["shard"].nunique()
        supervise(
            {
                "name": f"{snakemake.wildcards.name}.{number}",
                "identifier": str(Path(snakemake.input.identifier[0]).parent),
                "bands": snakemake.input.bands,
                "root": str(find_files(given.where)[0]),
                "plan": plan[plan["shard"] == number].to_dict("list"),
                "results": snakemake.output.results,
                "evidence": snakemake.output.evidence,
                "shown": -(-given.page_spectra // shards),
                "threads": snakemake.threads,
            },
            last_try=snakemake.resources.tries > given.retries,
        )
