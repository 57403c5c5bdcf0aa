"""Calibrate a network that knows foreign material, and gather the references that stand beside it."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.fitting import fit_identifier
from ftirmix.identification.identifier import save_identifier
from ftirmix.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given, wildcards = snakemake.params, snakemake.wildcards
        names = ("model", "validation", "endmembers", "split", "foreign", "bands")
        identifier, description = fit_identifier(
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
        )
        logging.info("%d references; %s", len(identifier.library.name), identifier.calibration)
        save_identifier(Path(snakemake.output.network).parent, identifier, description, given.preprocessing)
