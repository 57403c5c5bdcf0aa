"""The steps of a study and what each waits for, as a dry run of Snakemake lists them."""

import re
from dataclasses import dataclass
from pathlib import Path

HEADER = re.compile(r"^(?:local)?(?:rule|checkpoint) (\w+):$")
FIELD = re.compile(r"^ {4}(input|output|log|jobid|wildcards): (.*)$")
# Wildcards that name a model, of which a rule has one at most.
MODEL_WILDCARDS = ("network", "classical", "model")


@dataclass(frozen=True)
class Step:
    """One run of a rule.

    Attributes:
        number: by which Snakemake calls it.
        rule: its rule.
        model: the network or classical model that it is about, or empty.
        needs: numbers of the steps that it waits for.
        inputs: number of files that it reads.
        outputs: files that it makes.
        log: file in which it says what it does, or empty.
    """

    number: int
    rule: str
    model: str
    needs: frozenset[int]
    inputs: int
    outputs: tuple[Path, ...]
    log: str


def steps_of(listing: str) -> list[Step]:
    """Read what ``snakemake --dry-run`` prints; a step needs those whose outputs are its inputs.

    Args:
        listing: standard output, of as many steps as were planned.

    Returns:
        Steps in the order of their numbers, each once.
    """
    blocks = {int(fields["jobid"]): (rule, fields) for rule, fields in blocks_of(listing)}
    maker = {path: number for number, (_, fields) in blocks.items() for path in names(fields.get("output", ""))}
    steps = []
    for number, (rule, fields) in sorted(blocks.items()):
        wildcards = dict(pair.split("=", 1) for pair in names(fields.get("wildcards", "")))
        steps.append(
            Step(
                number=number,
                rule=rule,
                model=next((wildcards[name] for name in MODEL_WILDCARDS if name in wildcards), ""),
                needs=frozenset(maker[path] for path in names(fields.get("input", "")) if path in maker),
                inputs=len(names(fields.get("input", ""))),
                outputs=tuple(map(Path, names(fields.get("output", "")))),
                log=fields.get("log", ""),
            )
        )
    return steps


def blocks_of(listing: str) -> list[tuple[str, dict[str, str]]]:
    """Cut a listing into steps: rule, and the fields that are read here."""
    blocks: list[tuple[str, dict[str, str]]] = []
    for line in listing.splitlines():
        if header := HEADER.match(line):
            blocks.append((header[1], {}))
        elif blocks and (field := FIELD.match(line)):
            blocks[-1][1].setdefault(field[1], field[2])
    return [block for block in blocks if "jobid" in block[1]]


def names(text: str) -> list[str]:
    """Cut Snakemake's list of files, or of wildcards, into its entries."""
    return [name for name in text.split(", ") if name]
