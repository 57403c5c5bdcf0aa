"""Draw which answer each pixel of a map has: a PNG per map file, and the images for the page."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.identification.answers import component_names
from ftirmix.identification.pixel_figure import draw_pixels
from ftirmix.identification.pixels import PixelImage, for_page, images_of, legend_of, write_images
from ftirmix.identification.storage import load_description
from ftirmix.jobs import job

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def drawn(shards: list[Path], components: list[str], maps: Path) -> Iterator[PixelImage]:
    for image in images_of(shards, len(components)):
        draw_pixels(image, legend_of(components), maps / f"{image.file}.png")
        logging.info("%s: %d lines of %d pixels", image.file, *image.size)
        yield image


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        maps = Path(snakemake.output.maps)
        maps.mkdir(parents=True, exist_ok=True)
        components = component_names(load_description(Path(snakemake.input.identifier[0]).parent).components)
        shards = [Path(path) for path in snakemake.input.shards]
        write_images(Path(snakemake.output.pixels), list(for_page(drawn(shards, components, maps))))
