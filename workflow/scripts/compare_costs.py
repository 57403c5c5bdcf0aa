"""Tell what every model costs to fit, to keep and to ask."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ftirmix.classical.registry import answer
from ftirmix.classical.storage import load
from ftirmix.costs import COSTS_SCHEMA, costs_markdown, fitting_costs, spectra_per_second
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network
from ftirmix.multiply_adds import multiply_adds
from ftirmix.tables import write_comparison
from ftirmix.training import infer

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(
    fitted: dict[str, Path], records: dict[str, list[Path]], test: Path, outputs: tuple[Path, Path, Path]
) -> None:
    spectra = read_mixtures(test).absorbance
    rows = []
    for name, path in fitted.items():
        row: dict = {"model": name} | fitting_costs(records[name])
        if path.suffix == ".safetensors":
            network, _ = load_network(path)
            row["parameters"] = sum(parameter.numel() for parameter in network.parameters())
            row["multiply_adds"] = multiply_adds(network, spectra.shape[1])
            row["spectra_per_second"] = spectra_per_second(lambda some, model=network: infer(model, some), spectra)
        else:
            model = load(path)
            row["spectra_per_second"] = spectra_per_second(lambda some, model=model: answer(model, some), spectra)
        rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=COSTS_SCHEMA.names)
    write_comparison(table, *outputs, costs_markdown(table))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        names = snakemake.params.models
        compare(
            fitted={name: Path(path) for name, path in zip(names, snakemake.input.models, strict=True)},
            records={
                name: [Path(path) for path in snakemake.input.records if f".{name}.seed" in Path(path).name]
                for name in names
            },
            test=Path(snakemake.input.test),
            outputs=(Path(snakemake.output.csv), Path(snakemake.output.parquet), Path(snakemake.output.markdown)),
        )
