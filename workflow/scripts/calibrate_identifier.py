"""Calibrate a network that knows foreign material, and gather the references that stand beside it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.bands import read_bands
from ftirmix.endmembers import read_endmembers
from ftirmix.identification.fitting import about, calibrated, unmixing_threshold
from ftirmix.identification.foreign import ALL, FOREIGN, trains
from ftirmix.identification.identifier import Identifier, save_identifier
from ftirmix.identification.library_building import build_library
from ftirmix.identification.storage import read_foreign
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network
from ftirmix.settings import PreprocessingSettings, settings
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def calibrate_identifier(
    files: dict[str, Path], without: list[Path], fold: int, materials: str, left_out: str | None, round_name: str,
    preprocessing: dict, highest_rate: float, highest_lost: float, level: float, measured_from_cm1: float,
    folder: Path,
) -> None:  # fmt: skip
    network, description = load_network(files["model"])
    components = description["components"]
    validation = read_mixtures(files["validation"])
    training = endmembers_of(read_endmembers(files["endmembers"]), read_csv(files["split"]), fold, "train")
    every = read_foreign(files["foreign"])
    seen = trains(every.table["part"], materials) & (every.table["laboratory"] != left_out)
    if materials == ALL and left_out is None:
        seen &= every.table["fold"] != fold  # they tell what becomes of new specimens
    foreign = every.take(seen.to_numpy())
    plastics = training.take((training.table["component"] != FOREIGN).to_numpy())
    library = build_library(plastics, components[:-1], foreign, read_bands(files["bands"]))
    identifier = Identifier(
        network=network,
        calibration=calibrated(
            network, [load_network(path)[0] for path in without], library, components, validation, every,
            highest_rate, highest_lost, level,
        ),
        library=library,
        unmixing_threshold=unmixing_threshold(library, components, validation, highest_rate),
        preprocessing=settings(PreprocessingSettings, preprocessing),
        measured_from_cm1=measured_from_cm1,
        about=about(description, training, foreign, validation, round_name),
    )  # fmt: skip
    logging.info("%d references; %s", len(library.name), identifier.calibration)
    save_identifier(folder, identifier, description, preprocessing)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given, wildcards = snakemake.params, snakemake.wildcards
        names = ("model", "validation", "endmembers", "split", "foreign", "bands")
        calibrate_identifier(
            files={name: Path(snakemake.input[name]) for name in names},
            without=[Path(path) for path in snakemake.input.without],
            fold=int(wildcards.fold),
            materials=wildcards.materials,
            left_out=given.left_out,
            round_name=f"{wildcards.protocol}, fold {wildcards.fold}",
            preprocessing=given.preprocessing,
            highest_rate=given.highest_rate,
            highest_lost=given.highest_lost,
            level=given.level,
            measured_from_cm1=given.measured_from_cm1,
            folder=Path(snakemake.output.network).parent,
        )
