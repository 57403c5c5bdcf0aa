"""Train a network that knows foreign material, on mixtures of which some lack the low end of the window."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.fitting import fit_network
from ftirmix.jobs import job
from ftirmix.models import save_network
from ftirmix.settings import MixtureSettings, TrainingSettings, settings
from ftirmix.stream import WindowCut
from ftirmix.subsets import COMPLETE
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given = snakemake.params
        network, description, epochs, _ = fit_network(
            files={name: Path(snakemake.input[name]) for name in ("endmembers", "split", "validation", "bands")},
            architecture=snakemake.wildcards.network,
            candidate=given.candidate,
            training=settings(TrainingSettings, given.training),
            fold=int(snakemake.wildcards.fold),
            complete=snakemake.wildcards.protocol in COMPLETE,
            seed=int(snakemake.wildcards.seed),
            components=given.components,
            mixing=settings(MixtureSettings, given.mixtures),
            softmax=False,
            co2_window=tuple(given.co2_window),
            checkpoint=Path(snakemake.output.model).with_name("checkpoint.safetensors"),
            code=f"{given.library} {given.architecture}",
            cut=WindowCut(**given.cut),
        )
        save_network(Path(snakemake.output.model), network, description)
        write_csv(Path(snakemake.output.history), epochs)
