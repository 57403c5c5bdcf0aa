"""Read one source and bring it to the common schema."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.ingestion import ingest, read_source
from ftirmix.jobs import job
from ftirmix.sources import Source, read_labels
from ftirmix.tables import write_csv, write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def ingest_source(source: Source, carrier: Path | None, labels: Path, spectra: Path, rejected: Path) -> None:
    result = read_source(source, carrier, Path.cwd())
    table, left_out = ingest(source, result, read_labels(labels))
    logging.info("%s: %d spectra, %d rejected", source.source, table.num_rows, len(left_out))
    write_parquet(spectra, table)
    write_csv(rejected, left_out)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        ingest_source(
            source=Source(**snakemake.params.source),
            carrier=next(map(Path, snakemake.input.carrier), None),  # none: a source of the user's own
            labels=Path(snakemake.input.labels),
            spectra=Path(snakemake.output.spectra),
            rejected=Path(snakemake.output.rejected),
        )
