"""Fingerprint the benchmark, compare it with the published one, count what is in it, write its data card."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from ftirmix.benchmark import count_sets, fingerprint, is_wavenumber
from ftirmix.data_card import data_card
from ftirmix.jobs import job
from ftirmix.published import verdict, verify
from ftirmix.tables import read_csv, write_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def describe(
    folder: Path, sets: list[tuple[str, int, str]], published: Path, template: Path, sources: pd.DataFrame,
    components: list[str], checksums: Path, sums: Path, counts: Path, card: Path,
) -> None:  # fmt: skip
    names = ["endmembers.parquet", *(f"{protocol}/fold{fold}/{subset}.parquet" for protocol, fold, subset in sets)]
    made = pd.DataFrame([fingerprint(folder / name, name) for name in names])
    verified = verify(made, read_csv(published))
    said = verdict(verified)
    logging.info("%s", said)
    columns = pq.read_schema(folder / "endmembers.parquet").names
    truths = {}
    for (protocol, fold, subset), name in zip(sets, names[1:], strict=True):
        present = [column for column in pq.read_schema(folder / name).names if not is_wavenumber(column)]
        truths[protocol, fold, subset] = pd.read_parquet(folder / name, columns=present)
    numbers = count_sets(truths)
    grid = [float(column) for column in columns if is_wavenumber(column)]
    text = f"{grid[0]:g} to {grid[-1]:g} cm⁻¹ in steps of {grid[1] - grid[0]:g} cm⁻¹, {len(grid)} points"
    write_csv(checksums, verified)
    write_text(sums, "".join(f"{row.sha256}  {row.file}\n" for row in made.itertuples()))
    write_csv(counts, numbers)
    write_text(card, data_card(template.read_text(encoding="utf-8"), numbers, sources, components, said, text))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        describe(
            folder=Path(snakemake.output.checksums).parent,
            sets=snakemake.params.sets,
            published=Path(snakemake.input.published),
            template=Path(snakemake.input.template),
            sources=pd.DataFrame(snakemake.params.sources),
            components=snakemake.params.components,
            checksums=Path(snakemake.output.checksums),
            sums=Path(snakemake.output.sums),
            counts=Path(snakemake.output.counts),
            card=Path(snakemake.output.card),
        )
