"""Count endmembers and specimens per component and laboratory."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.counts import count_endmembers, counts_figure, counts_markdown
from ftirmix.endmembers import read_endmembers
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.tables import write_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def count(endmembers: Path, components: list[str], outputs: dict[str, Path]) -> None:
    table = read_endmembers(endmembers).table
    counts = count_endmembers(table, components)
    write_csv(outputs["csv"], counts)
    write_text(outputs["markdown"], counts_markdown(table, counts, components))
    save(counts_figure(table, counts, components), outputs["figure"])


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        count(
            endmembers=Path(snakemake.input.endmembers),
            components=snakemake.params.components,
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
