"""Attribute every component's logit to wavenumbers for every test mixture."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.attribution import CAM_METHODS
from ftirmix.attribution.mixtures import attribute_mixtures
from ftirmix.attribution_maps import write_maps
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def attribute(model: Path, test: Path, endmembers: Path, maps: dict[tuple[str, str], Path]) -> None:
    network, description = load_network(model)
    mixtures = read_mixtures(test)
    methods = {cam: CAM_METHODS[cam] for cam, _ in maps}
    layers = list(dict.fromkeys(layer for _, layer in maps))
    attributed = attribute_mixtures(
        network, mixtures, read_endmembers(endmembers), description["components"], methods, layers
    )
    for cam, layer, table, resolution in attributed:
        write_maps(maps[cam, layer], table, mixtures.axis.wavenumber, resolution)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        attribute(
            model=Path(snakemake.input.model),
            test=Path(snakemake.input.test),
            endmembers=Path(snakemake.input.endmembers),
            maps={
                (cam, layer): Path(path)
                for (cam, layer), path in zip(snakemake.params.maps, snakemake.output.maps, strict=True)
            },
        )
