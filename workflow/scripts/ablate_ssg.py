"""Score the variants of SSG-CAM of one network on validation mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.attribution.ssg_ablation import ablate_ssg
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.map_scores import write_map_scores
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        network, description = load_network(Path(snakemake.input.model))
        scores = ablate_ssg(
            network,
            read_mixtures(Path(snakemake.input.validation)),
            read_endmembers(Path(snakemake.input.endmembers)),
            description["components"],
        )
        write_map_scores(Path(snakemake.output.scores), scores)
