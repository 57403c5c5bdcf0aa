"""What of a shard's results is shown on the page: rows with evidence, and some that were not judged."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ftirmix.identification.evidence import EVIDENCE_SCHEMA


@dataclass(frozen=True)
class Shown:
    """What of a shard is shown: rows of results, and the evidence of those that have any.

    Attributes:
        results: of ``RESULT_SCHEMA``.
        evidence: of ``EVIDENCE_SCHEMA``, ``row`` counted within ``results``.
    """

    results: pa.Table
    evidence: pa.Table


def shown_of(results: pa.Table, evidence: pa.Table, unjudged: int) -> Shown:
    """Keep the rows that have evidence, and some that were not judged.

    Args:
        results: of one shard.
        evidence: of the same.
        unjudged: how many poor or unreadable spectra to keep at most.
    """
    with_evidence = evidence.column("row").to_numpy()
    unanswered = np.flatnonzero(~np.array(results.column("probability").is_valid()))
    bare = np.setdiff1d(unanswered, with_evidence)[:unjudged]
    rows = np.sort(np.concatenate([with_evidence, bare]))
    place = pa.array(np.searchsorted(rows, with_evidence), pa.int64())
    return Shown(results.take(rows), evidence.set_column(0, EVIDENCE_SCHEMA.field("row"), place))
