"""Choose the library of NNLS unmixing from one fold's training endmembers."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.settings import NNLSSettings, settings
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv
from ftirmix.unmixing import fit_library, save_library

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def fit_nnls(
    endmembers: Path,
    split: Path,
    fold: int,
    components: list[str],
    choices: NNLSSettings,
    seed: int,
    model: Path,
) -> None:
    table = read_csv(split)
    chosen = endmembers_of(read_endmembers(endmembers), table, fold, "train")
    component = np.array([components.index(name) for name in chosen.table["component"]])
    library = fit_library(
        chosen.absorbance, component, components, choices.per_component, choices.derivative_window, seed
    )
    save_library(model, library)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        fit_nnls(
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.split),
            fold=int(snakemake.wildcards.fold),
            components=snakemake.params.components,
            choices=settings(NNLSSettings, snakemake.params.nnls),
            seed=int(snakemake.wildcards.seed),
            model=Path(snakemake.output.model),
        )
