"""Say who is trained on, who validates and who is tested, for one protocol."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.measured import spectra_of_mixed_objects
from ftirmix.protocols import (
    check_offers,
    check_split,
    split_at_random,
    split_by_laboratory,
    split_by_specimen,
    split_for_measured,
)
from ftirmix.settings import RandomSettings, settings
from ftirmix.spectra import concatenate, read_spectra
from ftirmix.tables import write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def split_endmembers(
    endmembers: Path, spectra: list[Path], protocol: str, laboratories: list[str], random: RandomSettings | None,
    components: list[str], folds: int, tested: list[int], twins: bool, seed: int, split: Path,
) -> None:  # fmt: skip
    table = read_endmembers(endmembers).table
    if protocol == "specimen":
        subsets = split_by_specimen(table, folds, seed)
    elif protocol == "laboratory":
        subsets = split_by_laboratory(table, laboratories, folds, seed)
    elif random:
        subsets = split_at_random(table, random.laboratory, components, random.draws)
    else:
        every = concatenate([read_spectra(path) for path in spectra])
        held_out = spectra_of_mixed_objects(every, components)
        subsets = split_for_measured(table, held_out, folds, seed)
    whole = pd.concat([table[["spectrum", "laboratory", "component", "specimen", "suspect"]], subsets], axis=1)
    check_split(whole, list(range(subsets.shape[1])))
    check_offers(whole, tested, components, twins)
    write_csv(split, whole)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        split_endmembers(
            endmembers=Path(snakemake.input.endmembers),
            spectra=[Path(path) for path in snakemake.input.spectra],
            protocol=snakemake.wildcards.protocol,
            laboratories=snakemake.params.laboratories,
            random=settings(RandomSettings, snakemake.params.random) if snakemake.params.random else None,
            components=snakemake.params.components,
            folds=snakemake.params.folds,
            tested=snakemake.params.tested,
            twins=snakemake.params.twins,
            seed=snakemake.params.seed,
            split=Path(snakemake.output.split),
        )
