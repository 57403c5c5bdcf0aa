"""Tell how far an identifier can be trusted, and write its card."""

from pathlib import Path
from typing import TYPE_CHECKING

from ftirmix.endmembers import read_endmembers
from ftirmix.identification.card import draw_reliability
from ftirmix.identification.evaluation import (
    beside_table,
    coverage_table,
    cut_table,
    filler_table,
    foreign_table,
    judged_tests,
    lost_table,
    reliability_table,
    told,
    told_by_halves,
)
from ftirmix.identification.foreign import IS_MINERAL
from ftirmix.identification.identifier import load_identifier
from ftirmix.identification.storage import read_foreign
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.subsets import endmembers_of
from ftirmix.tables import read_csv, write_csv

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

TABLES = ("materials", "known_materials", "lost", "beside", "cut", "fillers", "reliability", "coverage")


def judge_identifier(
    folders: dict[str, Path], tests: list[Path], foreign: Path, endmembers: Path, split: Path, fold: int,
    left_out: str, highest_lost: float, statistics: dict, outputs: dict[str, Path],
) -> None:  # fmt: skip
    loaded = {name: load_identifier(folder) for name, folder in folders.items()}
    whole, halves = loaded["whole"], [loaded["half0"], loaded["half1"]]
    judged = judged_tests(
        {"specimen": whole, "laboratory": loaded["elsewhere"]},
        dict(zip(("specimen", "laboratory"), map(read_mixtures, tests), strict=True)),
    )
    spectra = read_foreign(foreign)
    plastics = endmembers_of(read_endmembers(endmembers), read_csv(split), fold, "test")
    # Specimens that the shipped network has not seen, of materials that it has; it was not shown any kin.
    unseen = spectra.take(((spectra.table["fold"] == fold) & (spectra.table["half"] >= 0)).to_numpy())
    measured = spectra.take((spectra.table["half"] != IS_MINERAL).to_numpy())
    tables = {
        "materials": foreign_table(measured, told_by_halves(halves, measured), statistics),
        "known_materials": foreign_table(unseen, told(whole, unseen.absorbance), statistics),
        "lost": lost_table(judged, statistics).assign(bound=highest_lost),
        "cut": cut_table(whole, judged["specimen"][0]),
        "fillers": filler_table(whole, plastics, spectra, fold, statistics["seed"]),
        "beside": beside_table(halves, plastics, spectra, statistics["seed"]),
        "reliability": reliability_table(judged, whole.components),
        "coverage": coverage_table(judged, whole.components, statistics),
    }
    for name, table in tables.items():
        write_csv(outputs[name], table)
    draw_reliability(tables["reliability"], left_out, outputs["figure"])


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        given = snakemake.params
        judge_identifier(
            folders={name: Path(snakemake.input[name][0]).parent for name in ("whole", "half0", "half1", "elsewhere")},
            tests=[Path(path) for path in snakemake.input.tests],
            foreign=Path(snakemake.input.foreign),
            endmembers=Path(snakemake.input.endmembers),
            split=Path(snakemake.input.splits[0]),
            fold=given.fold,
            left_out=given.left_out,
            highest_lost=given.highest_lost,
            statistics=given.statistics,
            outputs={name: Path(snakemake.output[name]) for name in (*TABLES, "figure")},
        )
