"""Draw test mixtures above the maps that several networks make of their minor component."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.assignments import read_assignments
from ftirmix.endmembers import read_endmembers
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.map_examples import build_map_examples
from ftirmix.map_figure import maps_figure
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def draw(
    models: dict[str, Path], test: Path, endmembers: Path, assignments: Path, components: list[str], figure: Path
) -> None:
    mixtures = read_mixtures(test)
    networks = {name: load_network(path)[0] for name, path in models.items()}
    examples = build_map_examples(
        networks, mixtures, read_endmembers(endmembers), components, read_assignments(assignments)
    )
    save(maps_figure(mixtures.axis.wavenumber, examples), figure)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        draw(
            models=dict(zip(snakemake.params.networks, map(Path, snakemake.input.models), strict=True)),
            test=Path(snakemake.input.test),
            endmembers=Path(snakemake.input.endmembers),
            assignments=Path(snakemake.input.assignments),
            components=snakemake.params.components,
            figure=Path(snakemake.output[0]),
        )
