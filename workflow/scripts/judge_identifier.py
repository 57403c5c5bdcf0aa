"""Tell how far an identifier can be trusted."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.endmembers import read_endmembers
from ftirmix.identification.card import draw_reliability
from ftirmix.identification.identifier import load_identifier
from ftirmix.identification.judging import card_tables
from ftirmix.identification.storage import read_foreign
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given, files, outputs = snakemake.params, snakemake.input, snakemake.output
        endmembers, split = read_endmembers(Path(files.endmembers)), read_csv(Path(files.splits[0]))
        tables = card_tables(
            identifiers={role: load_identifier(Path(files[role][0]).parent) for role in ("whole", "elsewhere")},
            without=[load_identifier(Path(path).parent) for path in files.without],
            tests={name: read_mixtures(Path(path)) for name, path in zip(given.tests, files.tests, strict=True)},
            foreign=read_foreign(Path(files.foreign)),
            plastics=endmembers_of(endmembers, split, given.fold, "test"),
            fold=given.fold,
            highest_lost=given.highest_lost,
            statistics=given.statistics,
        )
        for name, table in tables.items():
            write_csv(Path(outputs[name]), table)
        draw_reliability(tables["reliability"], given.left_out, Path(outputs.figure))
