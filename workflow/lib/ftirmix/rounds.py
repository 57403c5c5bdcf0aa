"""Which folds of which protocol a study has, and which of them it compares models on."""

from typing import Any

from ftirmix.errors import StudyError

ALL = "all"
NONE = "none"


def folds_of(protocols: dict[str, Any], name: str) -> list[int]:
    """List the folds of a protocol.

    Args:
        protocols: section ``protocols``.
        name: of the protocol.
    """
    choice = protocols[name]
    if name == "specimen":
        return list(choice["tested_folds"])
    if name == "laboratory":
        return list(range(len(choice["left_out"])))
    return list(range(choice["draws"])) if name == "random" else [0]


def compared_folds(config: dict[str, Any], name: str) -> list[int]:
    """List the folds of a protocol on which models are compared.

    Raises:
        StudyError: a fold or laboratory is named that the protocol does not have.
    """
    chosen, offered = config["compared"][name], folds_of(config["protocols"], name)
    if chosen == ALL:
        return offered
    names = config["protocols"][name]["left_out"] if name == "laboratory" else offered
    for fold in chosen:
        if fold not in names:
            raise StudyError(
                f"config: compared.{name} has {fold!r}, which protocols.{name} does not; it has "
                f"{', '.join(map(str, names))}"
            )
    return [offered[names.index(fold)] for fold in chosen]
