"""Check a config before anything starts: one sentence per mistake, with the repair."""

import difflib
import math
import os
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import yaml

from ftirmix.bands import MATERIALS, laboratory_name, materials_of, offered_components
from ftirmix.errors import StudyError
from ftirmix.model_choices import check_candidates, check_networks
from ftirmix.model_names import NETWORK_NAMES
from ftirmix.rounds import ALL, NONE, compared_folds
from ftirmix.sources import Source


def is_whole(_: Any, value: Any) -> bool:
    """Take 6 as an integer, but neither 6.0 nor true: range() and folder names use it as it stands."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_finite(_: Any, value: Any) -> bool:
    """Take numbers but neither .nan nor .inf, which pass every bound of a schema."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


ConfigValidator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": is_whole, "number": is_finite}),
)


def check_schema(config: dict[str, Any], schema: Path) -> None:
    """Raise StudyError at the first place where a config breaks the schema."""
    validator = ConfigValidator(yaml.safe_load(schema.read_text()))
    errors = sorted(validator.iter_errors(config), key=lambda error: [str(part) for part in error.absolute_path])
    if errors:
        raise StudyError(f"config: {describe(errors[0])}")


def narrowed(config: dict[str, Any]) -> dict[str, Any]:
    """Return a config with only those models and protocols that it compares.

    ``compared_models``, ``seeds`` and ``tuning.candidates`` become what each protocol has, whichever
    form they were given in; a protocol that is not named has what the specimens have.
    ``attribution.models`` becomes a list.

    Args:
        config: a config that satisfies the schema.

    Raises:
        StudyError: ``compared_models`` names a model that is not described, or the specimens lack
            one that another protocol compares.
    """
    choice, models = config["compared_models"], config["models"]
    protocols = {name: folds for name, folds in config["compared"].items() if folds != NONE}
    per_protocol = choice if isinstance(choice, dict) else {"specimen": choice}

    def listed(names: Any) -> list[str]:
        return list(models) if names == ALL else names

    usual = listed(per_protocol.get("specimen", ALL))
    compared = {name: listed(per_protocol.get(name, usual)) for name in protocols}
    for protocol, names in compared.items():
        for name in names:
            if name not in models:
                raise StudyError(
                    f"config: compared_models has {name!r}, which models does not; {repair(name, models, 'it has')}"
                )
            if name not in usual:
                raise StudyError(
                    f"config: compared_models.{protocol} has {name!r}, which compared_models.specimen does not; every "
                    "model is compared on unseen specimens: add it there"
                )
    chosen = {name: models[name] for name in usual}
    return config | {
        "models": chosen,
        "compared": protocols,
        "compared_models": compared,
        "seeds": by_protocol(config["seeds"], protocols),
        "tuning": config["tuning"] | {"candidates": by_protocol(config["tuning"]["candidates"], protocols)},
        "attribution": config["attribution"] | {"models": mapped_models(config["attribution"]["models"], usual)},
    }


def mapped_models(choice: Any, compared: list[str]) -> list[str]:
    """List the networks of which maps are made.

    Raises:
        StudyError: one of them is not compared, or no network.
    """
    networks = [name for name in compared if name in NETWORK_NAMES]
    if choice in (ALL, NONE):
        return networks if choice == ALL else []
    for name in choice:
        if name not in networks:
            raise StudyError(
                f"config: attribution.models has {name!r}, which is no network that the study compares; "
                f"{repair(name, networks, 'it compares')}"
            )
    return choice


def by_protocol(choice: Any, protocols: Iterable[str]) -> dict[str, Any]:
    """Return a choice for the specimens and every one of ``protocols``; it was made for all, or for single ones."""
    given = choice if isinstance(choice, dict) else {"specimen": choice}
    return {name: given.get(name, given["specimen"]) for name in ("specimen", *protocols)}


def describe(error: jsonschema.ValidationError) -> str:
    """Say in one sentence what is wrong with a config key and how to repair it."""
    path = ".".join(str(part) for part in error.absolute_path) or "top level"
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        unknown = next(key for key in instance if key not in known)
        close = difflib.get_close_matches(str(unknown), known, n=1)
        repair = f"did you mean {close[0]!r}?" if close else f"allowed are {', '.join(known)}"
        return f"{path}: unknown key {unknown!r}; {repair}"
    if error.validator == "required":
        missing = next(key for key in schema["required"] if key not in instance)
        meaning = schema["properties"][missing].get("description", "")
        return f"{path}: key {missing!r} is missing; add it ({meaning})"
    meaning = schema.get("description", "")
    found = f"{path} is {error.instance!r}"
    if error.validator == "type" and isinstance(error.instance, str) and schema.get("type") in ("number", "integer"):
        return f"{found}, which YAML reads as text; write a number such as 1.0e-3"
    return f"{found}, but {error.message}" + (f"; it is the {meaning}" if meaning else "")


def check_study(config: dict[str, Any], sources: dict[str, Source], labels: pd.DataFrame, bands: pd.DataFrame) -> None:
    """Raise StudyError at the first choice that cannot work together with the others.

    Args:
        config: a config that satisfies the schema, narrowed to what it compares.
        sources: the source manifest.
        labels: columns source, label, component.
        bands: the simulator's band table.
    """
    for source in config["sources"]:
        if source not in sources:
            close = difflib.get_close_matches(source, sources, n=1)
            repair = f"did you mean {close[0]!r}?" if close else f"the manifest has {', '.join(sources)}"
            raise StudyError(f"config: sources: no manifest has a source {source!r}; {repair}")
    for rule in config["exclude"]:
        if rule["source"] not in sources:
            raise StudyError(f"config: exclude: no manifest has a source {rule['source']!r}; correct or remove it")
        known = labels["label"][labels["source"] == rule["source"]]
        if len(known) and rule["label"] not in set(known):
            raise StudyError(
                f"config: exclude: source {rule['source']!r} has no label {rule['label']!r}; it has {', '.join(known)}"
            )
    if "simulated" in config["sources"] and "simulator" not in config:
        raise StudyError("config: sources lists simulated, so the section simulator is needed; add it")
    check_sources(config, sources)
    check_components(config, sources, labels, bands)
    check_simulator(config, bands)
    check_laboratories(config, sources)
    check_materials(config, bands)
    check_numbers(config)
    check_networks(config)
    check_candidates(config)


def check_components(
    config: dict[str, Any], sources: dict[str, Source], labels: pd.DataFrame, bands: pd.DataFrame
) -> None:
    """Raise StudyError for a component that none of the study's sources has."""
    excluded = {(rule["source"], rule["label"]) for rule in config["exclude"]}
    offered: set[str] = set()
    for source in config["sources"]:
        if source == "simulated":
            offered |= offered_components(bands)
            continue
        rows = labels[labels["source"] == source]
        if rows.empty:
            return  # a source of the user's own: its labels are known once it is read
        offered |= {row.component for row in rows.itertuples() if (source, row.label) not in excluded}
    for component in config["components"]:
        if component not in offered:
            raise StudyError(
                f"config: components: none of the sources {', '.join(config['sources'])} has {component!r}; "
                "take it out or add a source that has it"
            )


def check_laboratories(config: dict[str, Any], sources: dict[str, Source]) -> None:
    """Raise StudyError for a laboratory of a protocol that no source of the study is from."""
    protocols = config["protocols"]
    named = [("laboratory.left_out", name) for name in protocols.get("laboratory", {}).get("left_out", [])]
    named += [("random.laboratory", protocols["random"]["laboratory"])] if "random" in protocols else []
    if not named:
        return
    names = [sources[source].laboratory for source in config["sources"] if source != "simulated"]
    if "simulated" in config["sources"]:
        names += [laboratory_name(place + 1) for place in range(config["simulator"]["laboratories"])]
    known = list(dict.fromkeys(names))
    for key, laboratory in named:
        if laboratory not in known:
            raise StudyError(
                f"config: protocols.{key}: no source is from laboratory {laboratory!r}; take it out, or add its source "
                f"(the study has {', '.join(known)})"
            )


def check_sources(config: dict[str, Any], sources: dict[str, Source]) -> None:
    """Raise StudyError for a source that cannot reach the study's window, or that is read twice."""
    window = config["preprocessing"]
    taken: dict[tuple[str, str, str], str] = {}
    for name in config["sources"]:
        source = sources[name]
        low, high = window["low_cm1"] + window["tolerance_cm1"], window["high_cm1"] - window["tolerance_cm1"]
        if source.range_low > low or source.range_high < high:
            raise StudyError(
                f"config: preprocessing: source {name!r} was measured from {source.range_low:g} to "
                f"{source.range_high:g} cm-1, the study's window is {window['low_cm1']:g} to "
                f"{window['high_cm1']:g} cm-1; narrow the window, correct the source's range or take it out of sources"
            )
        place = (source.carrier, os.path.normpath(source.path), source.select)
        if place in taken:
            raise StudyError(
                f"config: sources: {taken[place]!r} and {name!r} both read {source.path}, so the same specimens would "
                "train and be tested; take one of them out"
            )
        taken[place] = name


def check_simulator(config: dict[str, Any], bands: pd.DataFrame) -> None:
    """Raise StudyError for materials that would be simulated under two names, or open ones that are none."""
    if "simulated" not in config["sources"]:
        return
    offered = offered_components(bands)
    taken: dict[str, str] = {}
    for path, names in (
        ("components", config["components"]),
        ("simulator.open_components", config["simulator"]["open_components"]),
    ):
        for name in names:
            if name not in offered and path != "components":  # another source may have that component
                raise StudyError(
                    f"config: {path}: bands.csv has no material {name!r}; {repair(name, offered, 'it has')}"
                )
            for material in materials_of(name):
                if material in taken:
                    other = "" if taken[material] == name else f" as {taken[material]!r}"
                    raise StudyError(
                        f"config: {path}: {name!r} is simulated already{other}, from the bands of {material}; "
                        "take one of them out"
                    )
                taken[material] = name


def check_materials(config: dict[str, Any], bands: pd.DataFrame) -> None:
    """Raise StudyError for a material that the band table lacks, or that models should call."""
    known = sorted({*bands["polymer"], *MATERIALS})
    called = {material: name for name in config["components"] for material in materials_of(name)}
    entries = [("mixtures.hard_negatives", entry) for entry in config["mixtures"]["hard_negatives"]]
    entries += [
        (f"{section}.nuisance.interferents", entry)
        for section in ("mixtures", "simulator")
        for entry in config.get(section, {}).get("nuisance", {}).get("interferents", [])
    ]
    for path, entry in entries:
        name = entry["material"]
        if name not in known:
            raise StudyError(f"config: {path}: bands.csv has no material {name!r}; {repair(name, known, 'it has')}")
        for material in materials_of(name):
            if material in called:
                raise StudyError(
                    f"config: {path}: {name!r} is the component {called[material]!r}, which models should call; "
                    "take one of them out"
                )


def repair(name: str, known: Collection[str], otherwise: str) -> str:
    """Say what a misspelt name may have meant, else what there is."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"{otherwise} {', '.join(sorted(known))}"


def check_numbers(config: dict[str, Any]) -> None:
    """Raise StudyError for numbers that are each allowed but impossible together."""
    bins = config["mixtures"]["share_bins"]
    for number, (low, high) in enumerate(bins):
        if low >= high:
            raise StudyError(f"config: mixtures.share_bins: [{low}, {high}] is empty; write the lower share first")
        if number and low < bins[number - 1][1]:
            raise StudyError(
                f"config: mixtures.share_bins: [{low}, {high}] overlaps or precedes {bins[number - 1]}; "
                "write the bins in ascending order"
            )
    mixtures, number = config["mixtures"], len(config["components"])
    for key, asked in (
        ("ternary_per_minor_and_bin", mixtures["ternary_per_minor_and_bin"]),
        ("training_shares.ternary", mixtures["training_shares"]["ternary"]),
    ):
        if asked and number < 3:
            raise StudyError(
                f"config: mixtures.{key} is {asked:g}, but components has {number}, too few for ternary mixtures; "
                "set it to 0"
            )
    if mixtures["ternary_per_minor_and_bin"] and bins[0][0] >= 1 / 3:
        raise StudyError(
            f"config: mixtures.share_bins: the smallest of three shares is at most a third, so no bin from "
            f"{bins[0][0]:g} on can be reached; add a lower bin or set mixtures.ternary_per_minor_and_bin to 0"
        )
    window = config["preprocessing"]
    points = (window["high_cm1"] - window["low_cm1"]) / window["step_cm1"]
    if points < 50:
        raise StudyError(
            f"config: preprocessing: {window['low_cm1']:g} to {window['high_cm1']:g} cm-1 in steps of "
            f"{window['step_cm1']:g} cm-1 gives {max(points, 0):.0f} points; at least 50 are needed"
        )
    if window["co2_window_cm1"][0] >= window["co2_window_cm1"][1]:
        raise StudyError("config: preprocessing.co2_window_cm1 is empty; write the lower wavenumber first")
    for name in config["compared"]:
        if name not in config["protocols"]:
            raise StudyError(f"config: compared has {name!r}, which protocols does not describe; add it there")
    for protocol, names in config["compared_models"].items():
        if config["reference_model"] in config["models"] and config["reference_model"] not in names:
            raise StudyError(
                f"config: compared_models.{protocol} lacks reference_model, {config['reference_model']!r}, which every "
                "other model is held against; add it"
            )
    if config["reference_model"] not in config["models"]:
        raise StudyError(
            f"config: reference_model is {config['reference_model']!r}, which is not among the compared models; "
            f"{repair(config['reference_model'], config['models'], 'it has')}"
        )
    for name in config["null_tests"]["models"]:
        if name not in config["models"]:
            raise StudyError(
                f"config: null_tests.models has {name!r}, which is not among the compared models; "
                f"{repair(name, config['models'], 'it has')}"
            )
    if "specimen" not in config["compared"]:
        raise StudyError("config: compared lacks 'specimen', whose figures are drawn; add it")
    for fold in config["protocols"]["specimen"]["tested_folds"]:
        if fold >= config["split"]["folds"]:
            raise StudyError(
                f"config: protocols.specimen.tested_folds has {fold}, but {config['split']['folds']} folds are counted "
                f"from 0; the last is {config['split']['folds'] - 1}"
            )
    for name in config["compared"]:
        compared_folds(config, name)
    for entry in config["mixtures"]["hard_negatives"]:
        if entry["high"] < entry["low"]:
            raise StudyError(f"config: mixtures.hard_negatives: {entry['material']}: high lies below low; raise it")
    for section in ("mixtures", "simulator"):
        if section in config:
            check_nuisance(config[section]["nuisance"], f"{section}.nuisance")
    shares = sum(config["mixtures"]["training_shares"].values())
    if shares > 1:
        raise StudyError(f"config: mixtures.training_shares add up to {shares:g}, more than 1; lower one")


def check_nuisance(nuisance: dict[str, Any], path: str) -> None:
    """Raise StudyError for sizes of nuisances that are each allowed but impossible together."""
    for name in ("noise", "vapour", "baseline", "residue"):
        if nuisance[f"{name}_p95"] < nuisance[f"{name}_median"]:
            raise StudyError(f"config: {path}.{name}_p95 lies below {name}_median; raise it")
    if nuisance["co2_high"] < nuisance["co2_low"]:
        raise StudyError(f"config: {path}.co2_high lies below co2_low; raise it")
    for entry in nuisance["interferents"]:
        if entry["high"] < entry["low"]:
            raise StudyError(f"config: {path}.interferents: {entry['material']}: high lies below low; raise it")
