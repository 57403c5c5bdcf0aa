"""Identify the real particles of a laboratory by a network that it did not train, and compare with its labels."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ftirmix.bands import read_bands
from ftirmix.files import temporary_folder
from ftirmix.identification.agreement import agreement_table
from ftirmix.identification.identifier import load_identifier
from ftirmix.identification.running import ShardRunner
from ftirmix.identification.shards import plan_shards
from ftirmix.jobs import job
from ftirmix.quality import QualityLimits
from ftirmix.sources import open_carried
from ftirmix.spectra import read_spectra
from ftirmix.tables import read_csv, read_parquet, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def judge_sea_surface(
    carrier: Path, member: str, sha256: str, identifier: Path, bands: Path, labelled: Path, flags: Path,
    statistics: dict, agreement: Path,
) -> None:  # fmt: skip
    loaded = load_identifier(identifier)
    runner = ShardRunner(loaded, read_bands(bands), QualityLimits())
    with temporary_folder(agreement) as folder:
        table = folder / Path(member).name
        with open_carried(carrier, member, sha256) as file:
            table.write_bytes(file.read())
        root, plan, _ = plan_shards(str(table), 10_000)
        results, evidence = folder / "results.parquet", folder / "evidence.parquet"
        runner.run(root, plan, results, evidence, shown=0)
        answered = read_parquet(results).to_pandas()
    names = np.array([*loaded.components[:-1], ""], dtype=object)
    ratio = np.array([np.zeros(len(names)) if row is None else row for row in answered["mixing_ratio"]])
    main = np.where(answered["mixing_ratio"].notna(), names[ratio.argmax(axis=1)], "")
    flagged = read_csv(flags)
    suspects = set(flagged["spectrum"][flagged["suspect"].astype(bool)])
    known = read_spectra(labelled).table
    known = known.assign(sample=known["spectrum"].str.split("/", n=1).str[1], suspect=known["spectrum"].isin(suspects))
    told = pd.DataFrame({"spectrum": answered["spectrum"], "status": answered["status"], "main": main})
    write_csv(agreement, agreement_table(told, known, loaded.components[:-1], statistics))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given = snakemake.params
        judge_sea_surface(
            carrier=Path(snakemake.input.carrier),
            member=given.source["path"],
            sha256=given.source["sha256"],
            identifier=Path(snakemake.input.identifier[0]).parent,
            bands=Path(snakemake.input.bands),
            labelled=Path(snakemake.input.labelled),
            flags=Path(snakemake.input.flags),
            statistics=given.statistics,
            agreement=Path(snakemake.output.agreement),
        )
