"""The card of a trained identifier: what it is, what it was made of, and how far it can be trusted."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from ftirmix.figures import COLOURS, MARKERS, save
from ftirmix.identification.storage import Description

TEST_NAMES = {"specimen": "unseen specimens", "laboratory": "unseen laboratory"}


def draw_reliability(reliability: pd.DataFrame, left_out: str, path: Path) -> None:
    """Draw what was said against what was so, one line per test."""
    figure = Figure(figsize=(4.6, 4.4))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="perfect")
    for number, (name, rows) in enumerate(reliability.groupby("test", sort=False)):
        bins = rows[rows["bin"] != "ece"]
        error = rows.loc[rows["bin"] == "ece", "probability"].iloc[0]
        label = f"{TEST_NAMES[str(name)]}{f' ({left_out})' if name == 'laboratory' else ''}, ECE {error:.3f}"
        axes.plot(bins["probability"], bins["observed"], color=COLOURS[number], marker=MARKERS[number], label=label)
    axes.set_xlabel("probability that a component is there, as told")
    axes.set_ylabel("share of them where it was")
    axes.set_aspect("equal")
    axes.legend(frameon=False, fontsize=8)
    save(figure, path)


def with_interval(row: pd.Series, name: str) -> str:
    """Write a share with its interval, e.g. ``0.93 (0.90–0.95)``."""
    if pd.isna(row[f"{name}_low"]):
        return f"{row[name]:.2f}"
    return f"{row[name]:.2f} ({row[f'{name}_low']:.2f}–{row[f'{name}_high']:.2f})"


def family_rows(materials: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of families, with their share of unknown in words."""
    families = materials[materials["material"] == "all"]
    return families.assign(unknown=[with_interval(row, "unknown") for _, row in families.iterrows()])[
        ["family", "unknown", "plastic_and_unknown", "called_most", "n"]
    ]


def card_text(
    identifier: Description, tables: dict[str, pd.DataFrame], left_out: str, parts: int, sources: dict[str, list[str]]
) -> str:
    """Write the card.

    Args:
        identifier: the one that is shipped.
        tables: materials, lost, beside, reliability and coverage, as their files hold them.
        left_out: laboratory that the second network had not seen.
        parts: that the families of foreign material were dealt into.
        sources: citation and licence of every source.
    """
    about, calibration = identifier.about, identifier.calibration
    specimens = ", ".join(f"{name} {count}" for name, count in about["training_specimens"].items())
    materials, lost = tables["materials"], tables["lost"].set_index(["test", "composition"])
    known = tables["known_materials"]
    summary = family_rows(materials).rename(columns={"unknown": "unknown, family never shown"})
    known_column = family_rows(known).set_index("family")["unknown"].rename("unknown, known material, new specimen")
    summary = summary.join(known_column, on="family")
    errors = tables["reliability"].query("bin == 'ece'").set_index("test")["probability"]
    coverage = tables["coverage"].assign(
        coverage=[with_interval(row, "coverage") for _, row in tables["coverage"].iterrows()]
    )[["test", "share_low", "share_high", "coverage", "mean_width", "n", "n_specimens"]]
    lines = [
        "# The network behind `identify`",
        "",
        f"Architecture {about['architecture']}, seed {about['seed']}, one component for each of "
        f"{', '.join(identifier.components[:-1])} and one for all foreign material. Input: absorbance from "
        f"{identifier.preprocessing.low_cm1:g} to {identifier.preprocessing.high_cm1:g} cm-1 in steps of "
        f"{identifier.preprocessing.step_cm1:g} cm-1, baseline taken out, of unit maximum.",
        "",
        f"Trained on composed mixtures of {about['training_spectra']} spectra (specimens: {specimens}) of the "
        f"laboratories {', '.join(about['laboratories'])}, and {about['foreign_spectra']} spectra of "
        f"{about['foreign_materials']} foreign materials ({about['round']}: three of five parts of the specimens). "
        f"Thresholds, probabilities and intervals were chosen on {about['validation_mixtures']} mixtures of "
        "specimens of the fourth part, the figures below are of the fifth. Of foreign "
        "materials four fifths of the specimens train; what is said of families that were never shown is said by "
        f"{parts} more networks: the *families* are dealt into as many parts, and each part is told by a network that "
        "was shown the others.",
        "",
        "No measured spectrum is part of these files: the references are means of spectra of at least three "
        "specimens, or calculated from positions of bands.",
        "",
        "## Knowing when not to know",
        "",
        f"Of plastics that are there, {with_interval(lost.loc[('specimen', 'all')], 'lost')} are called unknown "
        f"(bound on validation mixtures: {calibration_bound(tables)}), by a "
        f"network that had not seen the laboratory {left_out} "
        f"{with_interval(lost.loc[('laboratory', 'all')], 'lost')} of that laboratory's. Foreign material "
        "of families that the network was not shown is called unknown, or a plastic beside something unknown, as "
        "follows; intervals are over specimens. Kin are derivatives of the polymers themselves, such as "
        "polyethylene wax: to name them by their polymer is no error; they are in neither sum. Labels are in doubt "
        "where bands and the references of other laboratories contradict them both (`curation/flags.csv`); such "
        "spectra train nothing.",
        "",
        summary.fillna("").to_markdown(index=False, floatfmt=".2f"),
        "",
        *tradeoff_lines(tables["tradeoff"]),
        "Mixtures of unseen plastics with such material, by its share of peak height:",
        "",
        tables["beside"].to_markdown(index=False, floatfmt=".2f"),
        "",
        "And with minerals (calculated from their bands, of variants that did not train; the public spectra have "
        "hardly any measured minerals in the window):",
        "",
        tables["fillers"].to_markdown(index=False, floatfmt=".2f"),
        "",
        "## Spectra that do not reach down to the window's end",
        "",
        "Exact match, false positives and plastics lost on the same test mixtures, where what lies below the first "
        "wavenumber was not measured:",
        "",
        tables["cut"].to_markdown(index=False, floatfmt=".2f"),
        "",
        "## Probabilities and intervals",
        "",
        f"Expected calibration error of the probabilities: {errors['specimen']:.3f} on unseen specimens, "
        f"{errors['laboratory']:.3f} on the unseen laboratory (`reliability.svg`). They are calibrated to the test's "
        "composition, in which a component is in some 28 % of the mixtures.",
        "",
        f"Intervals of mixing ratios are meant to hold the truth in {100 * calibration.level:g} % of cases:",
        "",
        coverage.to_markdown(index=False, floatfmt=".2f"),
        "",
        "Shares are shares of peak height, not mass per cent.",
        "",
        *sea_surface_lines(tables, left_out),
        "## Sources",
        "",
        *[f"- {citation}. {licence}." for citation, licence in sources.values()],
        "",
    ]
    return "\n".join(lines)


def tradeoff_lines(tradeoff: pd.DataFrame) -> list[str]:
    """Tell what a higher or lower bound would tell and lose."""
    shown = tradeoff.assign(unknown=[with_interval(row, "unknown") for _, row in tradeoff.iterrows()])
    return [
        f"What the same networks tell wherever the bound is put: of foreign material of families that they were not "
        f"shown, the share that is called unknown where they lose a given share of {tradeoff['n_mixtures'].iloc[0]} "
        "test mixtures of unseen specimens. (The bound in use was chosen on validation mixtures.)",
        "",
        shown[["labels", "lost", "unknown", "mean_of_families", "n", "n_specimens"]].to_markdown(
            index=False, floatfmt=".2f"
        ),
        "",
    ]


def sea_surface_lines(tables: dict[str, pd.DataFrame], left_out: str) -> list[str]:
    """Tell how answers agree with labels of real particles, where there are any."""
    if "sea_surface" not in tables:
        return []
    table = tables["sea_surface"]
    agreed = [with_interval(row, "agreed") if pd.notna(row["agreed"]) else "" for _, row in table.iterrows()]
    shown = table.assign(agreed=agreed).drop(columns=["agreed_low", "agreed_high"]).fillna("")
    return [
        f"## Real particles of {left_out}, by the network that had not seen that laboratory",
        "",
        "Agreement of the main component with the authors' labels, particle by particle. Their labels are no truth: "
        "`not in doubt` leaves out those that bands and other laboratories contradict. PEL, PPL, M1, M2, U2 and "
        "AFL are classes of uncertain meaning, PEF is fouled polyethylene.",
        "",
        shown.to_markdown(index=False, floatfmt=".2f"),
        "",
    ]


def calibration_bound(tables: dict[str, pd.DataFrame]) -> str:
    """Write the bound on plastics lost, as chosen."""
    return f"{tables['lost']['bound'].iloc[0]:.2f}"
