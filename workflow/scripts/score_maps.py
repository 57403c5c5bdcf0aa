"""Score the attribution maps of one network's minor components against the truth."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.attribution.scoring import score_network
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.map_scores import write_map_scores
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import build_seeded, load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

# Added to a network's seed: weights that it was not trained from.
UNTRAINED = 1000


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        network, description = load_network(Path(snakemake.input.model))
        count = len(description["classes"] or description["components"])
        untrained = build_seeded(
            description["architecture"], description["wavenumber_cm1"], len(description["components"]),
            description["options"], description["seed"] + UNTRAINED, count,
        ).eval()  # fmt: skip
        scores = score_network(
            network,
            untrained,
            read_mixtures(Path(snakemake.input.test)),
            read_mixtures(Path(snakemake.input.validation)),
            read_endmembers(Path(snakemake.input.endmembers)),
            description["components"],
            list(network.layers),
        )
        write_map_scores(Path(snakemake.output.scores), scores)
