"""Identify a laboratory's unlabelled table of real particles, and tell its labelled ones apart."""

from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.bands import read_bands
from ftirmix.files import temporary_folder
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.running import ShardRunner
from ftirmix.identification.shards import plan_shards
from ftirmix.quality import QualityLimits
from ftirmix.sources import open_carried
from ftirmix.spectra import read_spectra
from ftirmix.tables import read_csv, read_parquet


def told_particles(identifier: Identifier, bands: Path, source: dict, carrier: Path, beside: Path) -> pd.DataFrame:
    """Identify every spectrum of a table that is packed in a download.

    Args:
        identifier: that has not seen the laboratory.
        bands: table of bands.
        source: path and sha256 of the table inside the download.
        carrier: the download.
        beside: file beside which the table is laid out meanwhile.

    Returns:
        Columns spectrum, status, main (component with the largest share; empty where foreign or none).
    """
    runner = ShardRunner(identifier, read_bands(bands), QualityLimits())
    with temporary_folder(beside) as folder:
        table = folder / Path(source["path"]).name
        with open_carried(carrier, source["path"], source["sha256"]) as file:
            table.write_bytes(file.read())
        root, plan, _ = plan_shards(str(table), 10_000)
        results = folder / "results.parquet"
        runner.run(root, plan, results, folder / "evidence.parquet", shown=0)
        answered = read_parquet(results).to_pandas()
    names = np.array([*identifier.components[:-1], ""], dtype=object)
    ratio = np.array([np.zeros(len(names)) if row is None else row for row in answered["mixing_ratio"]])
    main = np.where(answered["mixing_ratio"].notna(), names[ratio.argmax(axis=1)], "")
    return pd.DataFrame({"spectrum": answered["spectrum"], "status": answered["status"], "main": main})


def labelled_particles(labelled: Path, flags: Path) -> pd.DataFrame:
    """Read a laboratory's labelled spectra: their table with the columns sample and suspect besides."""
    flagged = read_csv(flags)
    suspects = set(flagged["spectrum"][flagged["suspect"].astype(bool)])
    known = read_spectra(labelled).table
    return known.assign(sample=known["spectrum"].str.split("/", n=1).str[1], suspect=known["spectrum"].isin(suspects))
