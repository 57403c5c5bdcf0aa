"""Write the page of the study."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.jobs import job
from ftirmix.metrics import task_name
from ftirmix.study_page import in_short, study_html
from ftirmix.study_sections import facts_of, sections_of
from ftirmix.tables import read_parquet, write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def write_page(study: Path, template: Path, config: dict, networks: int, maps: bool, ablated: bool, page: Path) -> None:
    models, limits = (
        read_parquet(study / "comparison" / f"{name}.parquet").to_pandas() for name in ("models", "detection_limits")
    )
    rate = config["thresholds"]["highest_false_positive_rates"][0]
    task = task_name(rate)
    classes, tuned = networks > 0 and "random" in config["compared"], max(config["tuning"]["candidates"].values()) > 1
    sections = sections_of(study, rate, networks, maps, classes, tuned, ablated)
    short = in_short(models, limits, task, config["reference_model"])
    write_text(page, study_html(f"ftirmix: the study {config['study']}", short, sections, facts_of(config), template))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads):
        write_page(
            study=Path(snakemake.output.page).parent,
            template=Path(snakemake.input.template),
            config=snakemake.params.config,
            networks=snakemake.params.networks,
            maps=snakemake.params.maps,
            ablated=snakemake.params.ablated,
            page=Path(snakemake.output.page),
        )
