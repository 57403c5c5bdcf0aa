"""Test whether laboratories can be told by the part of the axis that they did not measure."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from ftirmix.endmembers import read_endmembers
from ftirmix.figures import save
from ftirmix.jobs import job
from ftirmix.laboratory_probe import probe
from ftirmix.laboratory_probe_page import probe_figure, probe_markdown
from ftirmix.settings import PreprocessingSettings, StatisticsSettings, settings
from ftirmix.spectra import MEASURED_SCHEMA
from ftirmix.tables import read_parquet, write_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def probe_laboratories(
    spectra: list[Path], endmembers: Path, components: list[str], choices: PreprocessingSettings,
    statistics: StatisticsSettings, outputs: dict[str, Path],
) -> None:  # fmt: skip
    measured = pa.concat_tables([read_parquet(path, MEASURED_SCHEMA) for path in spectra])
    table = probe(measured, read_endmembers(endmembers).table, components, choices, statistics)
    logging.info("%d figures, %d tests left out", table["value"].notna().sum(), table["value"].isna().sum())
    write_csv(outputs["csv"], table)
    window = (choices.low_cm1, choices.high_cm1)
    write_text(outputs["markdown"], probe_markdown(table, window, statistics.level))
    save(probe_figure(table, statistics.level), outputs["figure"])


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        probe_laboratories(
            spectra=[Path(path) for path in snakemake.input.spectra],
            endmembers=Path(snakemake.input.endmembers),
            components=snakemake.params.components,
            choices=settings(PreprocessingSettings, snakemake.params.preprocessing),
            statistics=settings(StatisticsSettings, snakemake.params.statistics),
            outputs={name: Path(path) for name, path in snakemake.output.items()},
        )
