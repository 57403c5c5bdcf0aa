"""Find the spectra that errors are about."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.comparison import Contest, Trial
from ftirmix.contests import read_trials
from ftirmix.hard_spectra import hard_markdown, hard_table
from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.tables import write_csv, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def compare(trials: dict[Contest, Trial], contest: Contest, csv: Path, markdown: Path) -> None:
    table = hard_table(trials)
    write_csv(csv, table)
    write_text(markdown, hard_markdown(table, trials, contest))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        given = snakemake.params
        compare(
            trials=read_trials(snakemake.input, given.trials, given.components),
            contest=Contest("specimen", "curated", task_name(given.highest_rates[0]), given.reference),
            csv=Path(snakemake.output.csv),
            markdown=Path(snakemake.output.markdown),
        )
