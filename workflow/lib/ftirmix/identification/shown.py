"""What of a shard's results is shown on the page: rows with evidence, or some of a shard that failed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ftirmix.identification.evidence import EVIDENCE_SCHEMA
from ftirmix.identification.sampling import EvenSample


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
    """Keep the rows that have evidence; of a shard that failed no row has any, and some are kept as they are.

    Args:
        results: of one shard.
        evidence: of the same.
        unjudged: how many rows of a shard that failed to keep at most.
    """
    with_evidence = evidence.column("row").to_numpy()
    rows = np.sort(with_evidence)
    if not len(rows):
        rows = np.flatnonzero(EvenSample(results.num_rows, unjudged).take(results.num_rows))
    place = pa.array(np.searchsorted(rows, with_evidence), pa.int64())
    return Shown(results.take(rows), evidence.set_column(0, EVIDENCE_SCHEMA.field("row"), place))
