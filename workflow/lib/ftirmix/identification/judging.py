"""All tables of an identifier's card at once: who answers for what."""

import pandas as pd

from ftirmix.identification.evaluation import (
    beside_table,
    coverage_table,
    cut_table,
    filler_table,
    foreign_table,
    judged_tests,
    lost_table,
    materials_table,
    reliability_table,
    told,
    told_by_parts,
)
from ftirmix.identification.foreign import IS_MINERAL
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.tradeoff import tradeoff_table
from ftirmix.mixture_sets import MixtureSet
from ftirmix.spectra import Spectra


def card_tables(
    identifiers: dict[str, Identifier], without: list[Identifier], tests: dict[str, MixtureSet], foreign: Spectra,
    plastics: Spectra, fold: int, highest_lost: float, statistics: dict,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Judge identifiers by what none of them has seen.

    Args:
        identifiers: ``whole``, which is shipped; ``elsewhere``, which has not seen the laboratory of the second test.
        without: by part of the families of foreign material, an identifier that was shown all the others.
        tests: mixtures of ``specimen`` and ``laboratory``.
        foreign: spectra of foreign materials, with family, part and fold.
        plastics: test endmembers.
        fold: that tells.
        highest_lost: bound on plastics lost, as it was chosen.
        statistics: replicates, level and seed of the bootstrap over specimens.
    """
    whole = identifiers["whole"]
    judged = judged_tests({"specimen": whole, "laboratory": identifiers["elsewhere"]}, tests)
    labelled = foreign.take((foreign.table["part"] != IS_MINERAL).to_numpy())
    foreign = foreign.take(~foreign.table["suspect"].to_numpy())
    # Specimens that the shipped network has not seen, of materials that it has; it was not shown any kin.
    unseen = foreign.take(((foreign.table["fold"] == fold) & (foreign.table["part"] >= 0)).to_numpy())
    return {
        "materials": materials_table(labelled, told_by_parts(without, labelled), statistics),
        "known_materials": foreign_table(unseen, told(whole, unseen.absorbance), statistics),
        "lost": lost_table(judged, statistics).assign(bound=highest_lost),
        "tradeoff": tradeoff_table(without, judged["specimen"][0], labelled, statistics),
        "cut": cut_table(whole, judged["specimen"][0]),
        "fillers": filler_table(whole, plastics, foreign, fold, statistics["seed"]),
        "beside": beside_table(without, plastics, foreign, statistics["seed"]),
        "reliability": reliability_table(judged, whole.components),
        "coverage": coverage_table(judged, whole.components, statistics),
    }
