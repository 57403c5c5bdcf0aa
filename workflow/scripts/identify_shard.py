"""Identify the spectra of one shard, in a process of its own."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.parts import write_part
from ftirmix.identification.shards import read_plan
from ftirmix.identification.storage import load_description
from ftirmix.identification.supervising import supervise
from ftirmix.instrument import find_files
from ftirmix.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        number, given = int(snakemake.wildcards.shard), snakemake.params
        plan = read_plan(Path(snakemake.input.shards))
        outputs = {name: Path(path) for name, path in snakemake.output.items()}
        results, evidence = (outputs["shown"].with_name(f"{number}.{kind}.all") for kind in ("results", "evidence"))
        identifier = Path(snakemake.input.identifier[0]).parent
        shown = -(-given.page_spectra // plan["shard"].nunique())
        supervise(
            {
                "identifier": str(identifier),
                "bands": snakemake.input.bands,
                "root": str(find_files(given.where)[0]),
                "plan": plan[plan["shard"] == number].to_dict("list"),
                "results": str(results),
                "evidence": str(evidence),
                "shown": shown,
                "threads": snakemake.threads,
            },
            last_try=snakemake.resources.tries > given.retries,
        )
        write_part(results, evidence, load_description(identifier).components, shown, outputs)
        results.unlink()
        evidence.unlink()
