"""Train one candidate of a network and judge it on the fold's validation mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.fitting import fit_network, presence_scores
from ftirmix.jobs import job
from ftirmix.random_task import mixtures_of
from ftirmix.settings import TrainingSettings, settings
from ftirmix.subsets import COMPLETE
from ftirmix.tables import write_csv
from ftirmix.tuning_table import candidate_row, standing

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given, number = snakemake.params, int(snakemake.wildcards.candidate)
        network, description, _, held_out = fit_network(
            files={name: Path(snakemake.input[name]) for name in ("endmembers", "split", "validation", "bands")},
            architecture=snakemake.wildcards.network,
            candidate=given.candidate,
            training=settings(TrainingSettings, given.training),
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in COMPLETE,
            seed=given.seed,
            components=given.components,
            mixing=mixtures_of(given.mixtures, given.random, given.components),
            softmax=given.random is not None,
            co2_window=tuple(given.co2_window),
        )
        scores, _ = presence_scores(network, description, held_out.absorbance)
        exact, recall = standing(scores, held_out, given.components, given.highest_rates[0])
        write_csv(Path(snakemake.output.tried), candidate_row(number, given.candidate, exact, recall))
