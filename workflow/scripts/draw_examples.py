"""Draw example mixtures with their true contributions and attribution maps."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.attribution_maps import read_maps
from ftirmix.endmembers import read_endmembers
from ftirmix.examples import build_examples, choose_examples
from ftirmix.figures import examples_figure, save
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.neglect_table import read_neglect

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def draw(
    test: Path, endmembers: Path, maps: Path, neglect: Path, components: list[str], cam: str, figure: Path
) -> None:
    mixtures = read_mixtures(test)
    measured = read_neglect(neglect)
    examples = build_examples(
        choose_examples(measured), mixtures, read_endmembers(endmembers), components, *read_maps(maps), measured
    )
    save(examples_figure(mixtures.axis.wavenumber, examples, cam), figure)


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        draw(
            test=Path(snakemake.input.test),
            endmembers=Path(snakemake.input.endmembers),
            maps=Path(snakemake.input.maps),
            neglect=Path(snakemake.input.neglect),
            components=snakemake.params.components,
            cam=snakemake.params.cam,
            figure=Path(snakemake.output[0]),
        )
