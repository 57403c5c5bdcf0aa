"""Say who is trained on, who validates and who is tested, for one protocol."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.measured import spectra_of_mixed_objects
from ftirmix.protocols import check_offers, check_split, split_by_protocol
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def split_endmembers(
    endmembers: Path, spectra: list[Path], protocol: str, choices: dict, components: list[str], folds: int,
    twins: bool, seed: int, split: Path,
) -> None:  # fmt: skip
    table = read_endmembers(endmembers).table
    mixed: set[str] = set()
    if spectra:
        mixed = spectra_of_mixed_objects(concatenate([read_spectra(path) for path in spectra]), components)
    subsets = split_by_protocol(table, protocol, choices, components, mixed, folds, seed)
    whole = pd.concat([table[["spectrum", "laboratory", "component", "specimen", "suspect"]], subsets], axis=1)
    check_split(whole, list(range(subsets.shape[1])))
    # The other protocols may lack a component in a subset, and leave out what they lack.
    check_offers(whole, choices.get("tested_folds", []), components, twins)
    write_csv(split, whole)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        split_endmembers(
            endmembers=Path(snakemake.input.endmembers),
            spectra=[Path(path) for path in snakemake.input.spectra],
            protocol=snakemake.wildcards.protocol,
            choices=snakemake.params.choices,
            components=snakemake.params.components,
            folds=snakemake.params.folds,
            twins=snakemake.params.twins,
            seed=snakemake.params.seed,
            split=Path(snakemake.output.split),
        )
