"""Which spectra of a stream of unknown length are shown: every n-th, however many come."""

import numpy as np


class EvenSample:
    """Keeps every n-th row of a stream, and doubles n when it has kept too many.

    Args:
        expected: about how many rows come.
        most: rows that may be kept.

    Attributes:
        every: n; grows as rows come.
    """

    def __init__(self, expected: int, most: int) -> None:
        self.every = max(1, -(-expected // max(most, 1)))
        self._most = most
        self._next = 0

    def take(self, count: int) -> np.ndarray:
        """Tell which of the next rows are kept, bool, shape (count,); earlier ones are held against ``every``."""
        rows = np.arange(self._next, self._next + count)
        self._next += count
        while self._most and -(-self._next // self.every) > self._most:
            self.every *= 2
        return (rows % self.every == 0) if self._most else np.zeros(count, dtype=bool)
