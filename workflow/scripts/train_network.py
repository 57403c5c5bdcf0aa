"""Train one network with one seed on one fold's training endmembers."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.fitting import fit_network
from ftirmix.jobs import job
from ftirmix.models import save_network
from ftirmix.random_task import mixtures_of
from ftirmix.settings import TrainingSettings, settings
from ftirmix.subsets import COMPLETE
from ftirmix.tables import write_csv
from ftirmix.tuning_table import kept_options

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given = snakemake.params
        tuning = snakemake.input.get("tuning")
        network, description, epochs, _ = fit_network(
            files={name: Path(snakemake.input[name]) for name in ("endmembers", "split", "validation", "bands")},
            architecture=snakemake.wildcards.network,
            candidate=kept_options(Path(tuning)) if tuning else given.candidate,
            training=settings(TrainingSettings, given.training),
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in COMPLETE,
            seed=int(snakemake.wildcards.seed),
            components=given.components,
            mixing=mixtures_of(given.mixtures, given.random, given.components),
            softmax=given.random is not None,
            co2_window=tuple(given.co2_window),
            shuffled=given.shuffled,
            checkpoint=Path(snakemake.output.model).with_name("checkpoint.safetensors"),
            code=f"{given.library} {given.architecture}",
        )
        save_network(Path(snakemake.output.model), network, description)
        write_csv(Path(snakemake.output.history), epochs)
