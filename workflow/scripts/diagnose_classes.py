"""Measure the papers' form of neglect on the map of every binary mixture's own softmax class."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ftirmix.attribution import CAM_METHODS
from ftirmix.attribution.classes import neglect_in_classes
from ftirmix.endmembers import read_endmembers
from ftirmix.jobs import job
from ftirmix.mixture_sets import read_mixtures
from ftirmix.models import load_network
from ftirmix.neglect_classes import write_classes
from ftirmix.predictions import read_outcomes
from ftirmix.random_task import TASK

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def diagnose(
    model: Path, outcomes: Path, test: Path, endmembers: Path, maps: list[tuple[str, str]], neglect: Path
) -> None:
    network, description = load_network(model)
    judged = read_outcomes(outcomes)
    judged = judged[judged["task"] == TASK]
    named = (judged["called"] == judged["present"]).groupby(judged["mixture"]).all()
    measured = neglect_in_classes(
        network,
        read_mixtures(test),
        read_endmembers(endmembers),
        description["components"],
        np.array(description["classes"], dtype=bool),
        {cam: CAM_METHODS[cam] for cam, _ in maps},
        list(dict.fromkeys(layer for _, layer in maps)),
    )
    write_classes(neglect, measured.assign(named=named.loc[measured["mixture"]].to_numpy()))


if __name__ == "__main__":
    with job(snakemake.log[0], threads=snakemake.threads, torch=True):
        diagnose(
            **{name: Path(snakemake.input[name]) for name in ("model", "outcomes", "test", "endmembers")},
            maps=[tuple(names) for names in snakemake.params.maps],
            neglect=Path(snakemake.output.neglect),
        )
