"""Write the page of identified spectra."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.identification.gathering import never_read
from ftirmix.identification.page import facts_of, page_data, read_shown
from ftirmix.identification.pixels import read_images
from ftirmix.identification.storage import load_description
from ftirmix.identification_page import identification_html
from ftirmix.jobs import job
from ftirmix.tables import read_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def write_page(
    results: list[Path], evidence: list[Path], left_out: Path, counts: Path, pixels: Path, identifier: Path,
    assignments: Path, name: str, where: str, most: int, template: Path, page: Path,
) -> None:  # fmt: skip
    loaded = load_description(identifier)
    shown = read_shown(results, evidence, never_read(left_out), most)
    counted = read_csv(counts)
    total = int(counted["spectra"][counted["kind"] == "status"].sum())
    facts, images = facts_of(loaded, where), read_images(pixels)
    data = page_data(f"Identified: {name}", shown, total, loaded, pd.read_csv(assignments), facts, images, counted)
    write_text(page, identification_html(data, template))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        write_page(
            results=[Path(path) for path in snakemake.input.shown],
            evidence=[Path(path) for path in snakemake.input.evidence],
            left_out=Path(snakemake.input.left_out),
            counts=Path(snakemake.input.counts),
            pixels=Path(snakemake.input.pixels),
            identifier=Path(snakemake.input.identifier[0]).parent,
            assignments=Path(snakemake.input.assignments),
            name=snakemake.wildcards.name,
            where=given.where,
            most=given.page_spectra,
            template=Path(snakemake.input.template),
            page=Path(snakemake.output.page),
        )
