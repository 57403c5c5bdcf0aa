"""What the page of a study shows, in which order, and in which words."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from ftirmix.study_page import Item, Section

PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "torch", "snakemake")

MAPS = (
    "Where several networks look for the same minor component, in two mixtures chosen by rule. Above: the mixture, the "
    "true contributions (filled; the rest is noise, baseline and interferents) and the strongest of the minor's own "
    "bands, which are shaded in all rows. Below, per network: the positive part of three maps of the minor, blue on "
    "own bands and grey beside them. Each is scaled to its own maximum, so heights of two maps do not compare; their "
    "IoU does, also with that of the absorbance taken for a map, which a map has to beat. What attention weighs is of "
    "no component. Two mixtures prove nothing: the figures over all are in the table of maps."
)


def sections_of(
    study: Path, highest_rate: float, networks: int, maps: bool, classes: bool, tuned: bool, ablated: bool
) -> list[Section]:
    """List the sections of a study's page.

    Args:
        study: folder of the study's results.
        highest_rate: bound on the false-positive rate of the headline.
        networks: of how many networks maps were made.
        maps: whether there is a picture of several networks' maps.
        classes: whether the papers' task is among what was compared.
        tuned: whether several candidates of each model were tried.
        ablated: whether variants of SSG-CAM were tried.
    """
    comparison, curation, checks = study / "comparison", study / "curation", study / "checks"
    sections = [
        Section(
            "limits",
            "Down to which share",
            "Thresholds are set once, on validation specimens, so that at most "
            f"{100 * highest_rate:g} % of spectra get a component that is not there. Then the share is read off at "
            "which a minor component is found with 95 % probability. A limit of 30 % means: what is below three tenths "
            "of peak height is often missed.",
            [
                Item(
                    comparison / "detection_limits.svg",
                    "Detection limit of each minor component (row) beside each partner (column), in per cent of peak "
                    "height, with its interval below. Dark: found only when it is nearly half of the sample; black: "
                    "not even then.",
                ),
                Item(comparison / "detection_limits.md", "Detection limits over all partners, every protocol"),
            ],
        ),
        Section(
            "models",
            "Which model",
            "All models answered the same mixtures of specimens that none had seen, at the same bound on false alarms. "
            "Two intervals that do not overlap differ; whether two that overlap differ is told by the lower row, which "
            "compares them mixture by mixture.",
            [
                Item(
                    comparison / "forest.svg",
                    "Above: figures of all models with their intervals. Below: the difference from the reference on "
                    "the same mixtures; filled points hold after correction for the number of models (Holm).",
                ),
                Item(
                    comparison / "recall.svg",
                    "Share of minor components found, against their share of the mixture: all together, then each.",
                ),
                Item(comparison / "models.md", "All headline figures, by protocol and operating point"),
                Item(comparison / "hard_spectra.md", "Where errors come from: laboratories and single spectra"),
                Item(comparison / "differences.md", "Differences from the reference, by protocol and operating point"),
                Item(comparison / "costs.md", "What each model costs to fit and to ask"),
                *([Item(comparison / "tuning.md", "What tuning tried, on validation mixtures")] if tuned else []),
            ],
        ),
    ]
    if networks:
        neglect = [
            Item(
                comparison / "examples.svg",
                "Mixtures with the true contribution of each component (filled), and below each the attribution map of "
                "both components: a clear hit, a hit and a miss near 10 %. Shaded: bands that only one of the two "
                "explains.",
            ),
            *([Item(comparison / "maps.svg", MAPS)] if maps else []),
            Item(
                comparison / "neglect.svg",
                "Neglect of the minor component against its share, where it was found and where it was missed. One row "
                "per attribution method, one column per layer of the network: compare before believing one.",
            ),
            Item(
                comparison / "neglect_pairs.svg",
                "Recall and neglect of every minor component (row) beside every partner (column).",
            ),
            Item(comparison / "attribution.md", "Which maps can be believed: methods and layers against the truth"),
            *(
                [Item(comparison / "map_networks.md", "Which network looks at the minor component more")]
                if networks > 1
                else []
            ),
            Item(comparison / "map_prediction.md", "Does where a map lies tell whether the minor was found"),
            Item(comparison / "neglect.md", "Neglect by share, found and missed"),
            Item(comparison / "neglect_instrument.md", "Is it the network or the attribution method? Paired tests"),
            Item(comparison / "neglect_pairs.md", "Neglect and recall by pair"),
        ]
        if ablated:
            neglect.append(
                Item(comparison / "ssg_ablation.md", "SSG-CAM by order and smoothing, on validation mixtures")
            )
        if classes:
            neglect.append(Item(comparison / "neglect_classes.md", "Neglect in the papers' form, on softmax classes"))
        sections.append(
            Section(
                "neglect",
                "Did it look at the minor component",
                "In composed mixtures the contribution of each component is known at every wavenumber, so that an "
                "attribution map can be right or wrong. An index near 0: the network looks at the minor component "
                "where it looks at the pure polymer. Near 1: it looks elsewhere.",
                neglect,
            )
        )
    sections.append(
        Section(
            "data",
            "What it was measured on",
            "Spectra of several laboratories. Those whose label is contradicted by their bands and by the "
            "references of other laboratories never train; test figures come with and without them.",
            [
                Item(
                    study / "endmembers.svg",
                    "Specimens per component and laboratory, and which laboratory scores which component when it is "
                    "left out.",
                ),
                Item(study / "endmembers.md", "Spectra and specimens, component by laboratory"),
                Item(
                    curation / "flagged.svg",
                    "Spectra whose label is in doubt (grey; black: their median) over the median of their label and of "
                    "what they look like.",
                ),
                Item(
                    checks / "laboratory_signature.svg",
                    "Whether a classifier can tell laboratories by the part of the axis that one did not measure.",
                ),
                Item(comparison / "null_tests.md", "Null tests: what nobody can know must not be told"),
            ],
        )
    )
    return sections


def facts_of(config: dict[str, Any]) -> dict[str, str]:
    """List what the study rests on: data, sizes, versions and the choices in full."""
    return {
        "Spectra": ", ".join(config["sources"] + config["own_sources"]),
        "Components": ", ".join(config["components"]),
        "Compared on": "; ".join(f"{name}: {folds_text(folds)}" for name, folds in config["compared"].items()),
        "Seeds": "; ".join(
            f"{name}: {', '.join(map(str, seeds))}"
            for name, seeds in config["seeds"].items()
            if name in config["compared"]
        ),
        "Intervals": f"{100 * config['statistics']['level']:g} %, {config['statistics']['replicates']} replicates of a "
        "bootstrap over specimens and seeds",
        "Versions": ", ".join(f"{name} {version(name)}" for name in ("ftirmix", *PACKAGES)),
        "Choices": yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=120),
    }


def folds_text(folds: str | list) -> str:
    """Write which folds of a protocol were compared."""
    return folds if isinstance(folds, str) else ", ".join(map(str, folds))
