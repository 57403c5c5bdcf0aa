"""Choose which preprocessed spectra may serve as endmembers, and give them specimens."""

import pandas as pd

from ftirmix.errors import StudyError
from ftirmix.spectra import REJECTED_COLUMNS, Spectra
from ftirmix.splits import join_near_duplicates


def select_endmembers(
    spectra: Spectra,
    suspects: set[str],
    components: list[str],
    conditions: list[str],
    exclude: list[dict],
    cosine: float,
    recorded_cosine: float,
) -> tuple[Spectra, pd.DataFrame]:
    """Keep spectra of the study's components that can serve as truth; name their specimens.

    Args:
        spectra: all preprocessed spectra of the study.
        suspects: spectra whose label is in doubt; they are kept and marked, in the column ``suspect``.
        components: the study's components.
        conditions: conditions that are allowed.
        exclude: labels that cannot serve as truth: source, label, reason.
        cosine: at which two spectra of a laboratory count as one specimen.
        recorded_cosine: the same where both specimens are recorded.

    Returns:
        The endmembers, and a table of those left out (``REJECTED_COLUMNS``).

    Raises:
        StudyError: a spectrum id occurs twice, or a component is left without any endmember.
    """
    table = spectra.table
    repeated = table["spectrum"][table["spectrum"].duplicated()]
    if len(repeated):
        raise StudyError(f"spectrum {repeated.iloc[0]!r} occurs twice; rename one of the sources or samples")
    reasons = pd.Series("", index=table.index)
    for rule in exclude:
        rows = (table["source"] == rule["source"]) & (table["label"] == rule["label"])
        reasons[rows] = f"excluded by the config: {rule['reason']}"
    rows = ~table["condition"].isin(conditions) & (reasons == "")
    reasons[rows] = "condition " + table["condition"][rows] + " is not among the study's conditions"
    rows = ~table["component"].isin(components)
    reasons[rows] = table["component"][rows] + " is not among the study's components"
    kept = (reasons == "").to_numpy()
    for component in components:
        if not (table["component"][kept] == component).any():
            raise StudyError(
                f"component {component!r} has no endmember left; take it out of components, add a source, "
                "or see rejected.csv for why its spectra were left out"
            )
    endmembers = spectra.take(kept)
    named = endmembers.table.assign(
        specimen=join_near_duplicates(endmembers, cosine, recorded_cosine),
        suspect=endmembers.table["spectrum"].isin(suspects),
    )
    rejected = table[~kept].assign(stage="select", reason=reasons[~kept])[REJECTED_COLUMNS]
    return Spectra(endmembers.wavenumber, endmembers.absorbance, named), rejected
