"""Check the candidates of every model: that each can be built in the study, and that all models have equally many."""

from typing import Any

from ftirmix.errors import StudyError
from ftirmix.model_names import NETWORK_NAMES

FEWEST_POSITIONS = 8  # along the spectrum, that are left to a network by its stride


def check_networks(config: dict[str, Any]) -> None:
    """Raise StudyError for the first candidate of a network that :func:`check_network` finds fault with."""
    axis = config["preprocessing"]
    points = (axis["high_cm1"] - axis["low_cm1"]) / axis["step_cm1"]
    for name in NETWORK_NAMES:
        for number, options in enumerate(config["models"].get(name, {}).get("candidates", [])):
            check_network(config, name, options, f"models.{name}.candidates.{number}", points)


def check_network(config: dict[str, Any], name: str, options: dict[str, Any], path: str, points: float) -> None:
    """Raise StudyError for a network that cannot be built, or lacks a layer to attribute from."""
    for key in {"kernel", "kernels"} & set(options):
        kernels = options[key] if isinstance(options[key], list) else [options[key]]
        if any(kernel % 2 == 0 for kernel in kernels):
            raise StudyError(f"config: {path}.{key} is {options[key]}; kernels must be odd to have a centre")
    # Recurrent and encoder layers count as blocks, and so do the two attentions of ResM2A-CNN together.
    blocks = len(options["channels"]) + options.get("depth", 0) + (name == "resm2a_cnn")
    for layer in config["attribution"]["layers"]:
        if int(layer.removeprefix("block")) > blocks:
            raise StudyError(
                f"config: attribution.layers has {layer!r}, but {path} makes {blocks} blocks; the last is block{blocks}"
            )
    last = options["channels"][-1]
    parts = 2 if name == "bilstm" else options.get("heads", 1)
    if last % parts:
        named = "two directions" if name == "bilstm" else f"{parts} heads"
        raise StudyError(f"config: {path}.channels ends with {last}, which {named} cannot share; make it a multiple")
    if options.get("inputs") == "split" and len(options["kernels"]) != 2:
        raise StudyError(
            f"config: {path}.inputs is 'split', absorbance to one branch and its derivative to the other, but kernels "
            f"has {len(options['kernels'])}; give two"
        )
    if options.get("region_count", 1) > points // options["stride"]:
        raise StudyError(
            f"config: {path}.region_count is {options['region_count']}, more than there are positions "
            f"({points // options['stride']:.0f}); lower it"
        )
    if points < FEWEST_POSITIONS * options["stride"]:
        raise StudyError(
            f"config: {path}.stride is {options['stride']}, too wide for {points:.0f} points: at least "
            f"{FEWEST_POSITIONS} positions must be left; lower it"
        )


def check_candidates(config: dict[str, Any]) -> None:
    """Raise StudyError for models that would not be tuned with equal effort, and for candidates that cannot be."""
    lists = {name: model["candidates"] for name, model in config["models"].items() if "candidates" in model}
    tried = max(config["tuning"]["candidates"].values())
    for name, candidates in lists.items():
        first, expected = next(iter(lists.items()))
        if len(candidates) != len(expected):
            raise StudyError(
                f"config: models.{name}.candidates has {len(candidates)} entries and models.{first}.candidates "
                f"{len(expected)}; every model is tuned with the same effort, so make the lists equally long"
            )
        if tried > len(candidates):
            raise StudyError(
                f"config: tuning.candidates is {tried}, but models.{name}.candidates has {len(candidates)}; "
                "lower it or add candidates to every model"
            )
        for number, options in enumerate(candidates):
            check_options(config, options, f"models.{name}.candidates.{number}")


def check_options(config: dict[str, Any], options: dict[str, Any], path: str) -> None:
    """Raise StudyError for options of a candidate that do not fit the study."""
    window = options.get("derivative_window", 3)
    if window % 2 == 0:
        raise StudyError(f"config: {path}.derivative_window is {window}; it must be odd to have a centre")
    axis = config["preprocessing"]
    points = int((axis["high_cm1"] - axis["low_cm1"]) / axis["step_cm1"])
    mixtures = config["classical"]["training_mixtures"]
    for key, most, of in (
        ("latent_variables", min(points, mixtures), "wavenumbers and training mixtures"),
        ("directions", min(points, mixtures), "wavenumbers and training mixtures"),
        ("neighbours", mixtures, "training mixtures"),
    ):
        if options.get(key, 1) > most:
            raise StudyError(f"config: {path}.{key} is {options[key]}, more than the study has {of} ({most}); lower it")
