"""Hold answers for a laboratory that trained nothing against the labels that its authors gave."""

import numpy as np
import pandas as pd

from ftirmix.statistics import ClusterBootstrap, specimen_codes

# A well of a plate ends the id of a labelled spectrum, and is the whole id of an unlabelled one.
WELL = r"(TM\d+[A-H]\d+)$"


def wells_of(sample: pd.Series) -> pd.Series:
    """Return the well that an id ends with, or NaN."""
    return sample.str.extract(WELL)[0]


def agreement_table(
    particles: pd.DataFrame, labelled: pd.DataFrame, components: list[str], statistics: dict
) -> pd.DataFrame:
    """Compare answers with labels, well by well.

    Args:
        particles: columns spectrum, status, main (component with the largest share, or empty).
        labelled: columns sample, label, component, suspect (whether the label is in doubt).
        components: the study's.
        statistics: replicates, level and seed of the bootstrap over wells.

    Returns:
        Per label of the authors: n, share whose main component is the label's, with interval (NaN where the label
        is none of the components), shares called unknown, a polymer beside something unknown, or poor, and the
        answer given most. ``all`` sums up labels that are components, ``foreign`` those that are none; ``not in
        doubt`` those of them that no rule contradicts.
    """
    told = particles.assign(well=wells_of(particles["spectrum"])).dropna(subset="well").drop_duplicates("well")
    known = labelled.assign(well=wells_of(labelled["sample"])).dropna(subset="well").drop_duplicates("well")
    both = known.merge(told, on="well", suffixes=("", "_told")).reset_index(drop=True)
    inside = both["component"].isin(components)
    foreign = ~inside & (both["component"] != "ambiguous")
    agreed = (both["main"] == both["component"]).to_numpy(dtype=float)
    bootstrap = ClusterBootstrap(specimen_codes(both["well"].map(lambda well: [well])), **statistics)
    groups = {
        "all": inside,
        "all, not in doubt": inside & ~both["suspect"],
        "foreign": foreign,
        "foreign, not in doubt": foreign & ~both["suspect"],
    }
    groups |= {label: both["label"] == label for label in sorted(both["label"].unique())}
    rows = []
    for name, chosen in groups.items():
        where = np.flatnonzero(chosen)
        part = both.iloc[where]
        measured = bool(len(where)) and bool(inside.iloc[where].all())
        estimate = bootstrap.estimate(where, agreed[where][None]) if measured else None
        answers = part["main"].where(part["main"] != "", part["status"])
        rows.append(
            {
                "label": name,
                "component": part["component"].iloc[0] if name in set(both["label"]) else "",
                "n": len(where),
                "agreed": estimate.value if estimate else np.nan,
                "agreed_low": estimate.low if estimate else np.nan,
                "agreed_high": estimate.high if estimate else np.nan,
                "unknown": (part["status"] == "unknown").mean(),
                "plastic_and_unknown": (part["status"] == "plastic_and_unknown").mean(),
                "poor": (part["status"] == "poor_spectrum").mean(),
                "answered_most": answers.mode().iloc[0] if len(part) else "",
            }
        )
    return pd.DataFrame(rows)
