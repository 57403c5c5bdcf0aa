"""What every model costs: to fit, to keep, and to ask."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.model_names import MODEL_NAMES
from ftirmix.provenance import measured

COSTS_SCHEMA = pa.schema(
    [
        ("model", pa.string()),
        ("parameters", pa.int64()),
        ("multiply_adds", pa.int64()),
        ("training_seconds", pa.float64()),
        ("training_seconds_low", pa.float64()),
        ("training_seconds_high", pa.float64()),
        ("peak_memory_mb", pa.float64()),
        ("n_fits", pa.int32()),
        ("spectra_per_second", pa.float64()),
    ]
)


def fitting_costs(records: list[Path]) -> dict[str, float]:
    """Summarise the records that jobs of fitting one model left behind.

    Args:
        records: files of one JSON object per line, with s, from start to end in seconds, and max_rss in MB.

    Returns:
        Mean, lowest and highest duration of a job on its one core, its highest memory, and the number
        of jobs. The processor time that the records have as well is no measure of short jobs: it is
        what the last look at the job found, up to 30 s before its end.
    """
    last = [json.loads(path.read_text().splitlines()[-1]) for path in records]
    taken = [measured(record, "s") for record in last]
    return {
        "training_seconds": float(np.mean(taken)),
        "training_seconds_low": min(taken),
        "training_seconds_high": max(taken),
        "peak_memory_mb": max(measured(record, "max_rss") for record in last),
        "n_fits": len(records),
    }


def spectra_per_second(ask: Callable[[np.ndarray], object], absorbance: np.ndarray, repeats: int = 3) -> float:
    """Time a model's answers; the best of some repeats, after one that warms caches up.

    Args:
        ask: answers for spectra of shape (spectrum, wavenumber).
        absorbance: the spectra.
        repeats: number of timed calls.
    """
    ask(absorbance[:64])
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        ask(absorbance)
        taken.append(time.perf_counter() - started)
    return len(absorbance) / min(taken)


def costs_markdown(table: pd.DataFrame) -> str:
    """Write the table of costs in Markdown."""
    lines = [
        {
            "model": MODEL_NAMES[row["model"]],
            "parameters": "–" if pd.isna(row["parameters"]) else f"{row['parameters']:,.0f}",
            "multiply-adds per spectrum": "–" if pd.isna(row["multiply_adds"]) else f"{row['multiply_adds']:,.0f}",
            "core-seconds per fit": f"{row['training_seconds']:.0f} "
            f"({row['training_seconds_low']:.0f}–{row['training_seconds_high']:.0f})",
            "fits": row["n_fits"],
            "highest memory, MB": f"{row['peak_memory_mb']:.0f}",
            "spectra per second": f"{row['spectra_per_second']:,.0f}",
        }
        for _, row in table.iterrows()
    ]
    return (
        "# Costs\n\n"
        "Duration of one fit on one core: mean (lowest to highest) over all folds and seeds; of a network the final "
        "one, of a classical model all candidates of its list that were tried. Spectra per second: answers by one "
        "thread, without preprocessing. These figures follow the machine and what else ran on it; they are the only "
        "ones of a study that differ from run to run.\n\n"
        f"{pd.DataFrame(lines).to_markdown(index=False)}\n"
    )
