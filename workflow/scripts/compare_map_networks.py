"""Compare where the maps of different networks lie, on the same mixtures."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.map_networks import compare_networks, networks_markdown
from ftirmix.settings import StatisticsSettings, settings
from ftirmix.tables import write_summarised

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given, to = snakemake.params, snakemake.output
        statistics = settings(StatisticsSettings, given.statistics)
        files = [(*fit, Path(path)) for fit, path in zip(given.fits, snakemake.input.scores, strict=True)]
        table = compare_networks(files, given.reference, statistics)
        write_summarised(
            table, Path(to.csv), Path(to.parquet), Path(to.markdown), networks_markdown(table, statistics.level)
        )
