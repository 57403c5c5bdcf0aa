"""Training mixtures as a file, for those who do not compose their own: streamed, never whole in memory."""

import logging
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from ftirmix.flat import ROWS_PER_GROUP, arrow_of
from ftirmix.flat_names import ratio_column
from ftirmix.stream import MixtureStream

logger = logging.getLogger(__name__)
REPORT_SECONDS = 10.0


def training_parts(stream: MixtureStream, count: int, seed: int) -> Iterator[pa.Table]:
    """Compose training mixtures part by part, as flat tables.

    Args:
        stream: of the training endmembers.
        count: number of mixtures.
        seed: the same seed gives the same mixtures.

    Yields:
        Flat tables of at most ``ROWS_PER_GROUP`` rows: spectrum, a mixing ratio per component, wavenumbers.
    """
    rng = np.random.default_rng(seed)
    components = stream.sampler.pool.components
    started = reported = time.monotonic()
    for first in range(0, count, ROWS_PER_GROUP):
        size = min(ROWS_PER_GROUP, count - first)
        absorbance, ratios = stream.batch(size, rng)
        names = pd.DataFrame({"spectrum": [f"training-{number:08d}" for number in range(first, first + size)]})
        shares = {ratio_column(name): ratios[:, index] for index, name in enumerate(components)}
        yield arrow_of(names.assign(**shares), absorbance, stream.axis.wavenumber)
        now = time.monotonic()
        if now - reported > REPORT_SECONDS or first + size == count:
            rate = (first + size) / (now - started)
            logger.info("%d of %d mixtures, %.0f per second", first + size, count, rate)
            reported = now
