"""Choose the mixtures that the picture of spectra and maps shows."""

import numpy as np
import pandas as pd

from ftirmix.figures import Example
from ftirmix.mixture_sets import MixtureSet
from ftirmix.neglect import own_bands
from ftirmix.recipes import ABSENT
from ftirmix.spectra import Spectra

# Shares near which an example is sought: one that is found with ease, two at the limit.
SHARES = (0.25, 0.1, 0.1)
OUTCOMES = (True, True, False)


def choose_examples(neglect: pd.DataFrame) -> list[str]:
    """Choose a clear hit, a hit near 10 % and a miss near 10 %, each with another minor component.

    The choice is by rule, not by looks: of the mixtures with the wanted outcome, the one whose
    minor share is nearest to the wanted share.

    Args:
        neglect: one row per binary mixture and component, as measured on the example's fit.
    """
    minors = neglect[(neglect["role"] == "minor") & ~neglect["no_own_band"]]
    chosen: list[str] = []
    used: set[str] = set()
    for share, found in zip(SHARES, OUTCOMES, strict=True):
        offers = minors[(minors["called"] == found) & ~minors["component"].isin(used)]
        offers = offers[~offers["mixture"].isin(chosen)]
        if offers.empty:
            continue
        nearest = offers.loc[(offers["mixing_ratio"] - share).abs().idxmin()]
        chosen.append(str(nearest["mixture"]))
        used.add(str(nearest["component"]))
    return chosen


def build_examples(
    names: list[str],
    mixtures: MixtureSet,
    endmembers: Spectra,
    components: list[str],
    table: pd.DataFrame,
    maps: np.ndarray,
    resolution: int,
    neglect: pd.DataFrame,
) -> list[Example]:
    """Gather spectrum, true contributions, own bands and maps of the chosen mixtures."""
    examples = []
    for name in names:
        row = int(np.flatnonzero((mixtures.table["mixture"] == name).to_numpy())[0])
        one = mixtures.take(np.array([row]))
        recipes = one.recipes(endmembers.table, components)
        parts = one.contributions(endmembers, recipes)
        bands = own_bands(one.at_equal_ratio(endmembers, recipes), resolution)[0]
        present = [components[index] for index in recipes.components[0] if index != ABSENT]
        view = table[(table["mixture"] == name) & (table["view"] == "mixture")].set_index("component")
        positions = table.index[(table["mixture"] == name) & (table["view"] == "mixture")]
        own = dict(zip(view.index, maps[positions], strict=True))
        minor = neglect[(neglect["mixture"] == name) & (neglect["role"] == "minor")].iloc[0]
        said = "found" if minor["called"] else "missed"
        title = (
            f"{100 * minor['mixing_ratio']:.0f} % {minor['component']} in {minor['partner']} "
            f"({one.table['laboratory'].iloc[0]}): {minor['component']} {said}, "
            f"neglect index {minor['neglect_index']:.2f}"
        )
        labels = [f"{c} {100 * r:.0f} %" for c, r in zip(present, recipes.ratios[0], strict=False)]
        own_maps = np.stack([own[component] for component in present])
        examples.append(Example(title, one.absorbance[0], labels, parts[0, : len(present)], bands, own_maps))
    return examples
