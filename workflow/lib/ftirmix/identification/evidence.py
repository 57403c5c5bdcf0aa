"""What a page shows of a spectrum beyond its answer: the spectrum, its contributions, maps and nearest references."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.identification.sampling import EvenSample
from ftirmix.spectra import matrix_to_lists

# Maps are drawn at the resolution that they have: one position of the networks is four points of the grid.
POINTS_PER_POSITION = 4

EVIDENCE_SCHEMA = pa.schema(
    [
        # of the row of results in the same shard
        pa.field("row", pa.int64(), nullable=False),
        pa.field("absorbance", pa.list_(pa.float32()), nullable=False),
        pa.field("coefficients", pa.list_(pa.float32()), nullable=False),
        pa.field("nearest", pa.list_(pa.int32()), nullable=False),
        pa.field("nearest_quality", pa.list_(pa.float32()), nullable=False),
        # components that have a map, and the maps one behind the other
        pa.field("map_component", pa.list_(pa.int32()), nullable=False),
        pa.field("maps", pa.list_(pa.float32()), nullable=False),
    ]
)


@dataclass(frozen=True)
class Evidence:
    """Evidence of some spectra of a batch, see ``EVIDENCE_SCHEMA``."""

    rows: np.ndarray
    absorbance: np.ndarray
    coefficients: np.ndarray
    nearest: np.ndarray
    nearest_quality: np.ndarray
    maps: list[np.ndarray]
    map_components: list[np.ndarray]

    def table(self) -> pa.Table:
        """Lay the evidence out for Parquet."""
        return pa.Table.from_arrays(
            [
                pa.array(self.rows, pa.int64()),
                matrix_to_lists(self.absorbance),
                matrix_to_lists(self.coefficients),
                pa.array(self.nearest.tolist(), pa.list_(pa.int32())),
                matrix_to_lists(self.nearest_quality),
                pa.array([part.tolist() for part in self.map_components], pa.list_(pa.int32())),
                pa.array([part.ravel() for part in self.maps], pa.list_(pa.float32())),
            ],
            schema=EVIDENCE_SCHEMA,
        )


class EvidenceWriter:
    """Writes evidence of a sample part by part; where the sample was thinned meanwhile, only what is left of it stays.

    Args:
        path: Parquet file of ``EVIDENCE_SCHEMA``.
        sample: of the rows of results.
    """

    def __init__(self, path: Path, sample: EvenSample) -> None:
        self._path, self._sample, self._first = path, sample, sample.every
        self._writer = pq.ParquetWriter(path, EVIDENCE_SCHEMA, compression="zstd")

    def write(self, table: pa.Table) -> None:
        """Write the evidence of some rows."""
        self._writer.write_table(table)

    def __enter__(self) -> "EvidenceWriter":
        """Return itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the file, and thin what was written before the sample was."""
        self._writer.close()
        if self._sample.every == self._first or error[0] is not None:
            return
        whole = pq.read_table(self._path)
        left = whole.filter(whole.column("row").to_numpy() % self._sample.every == 0)
        pq.write_table(left, self._path, compression="zstd")


def position_wavenumbers(wavenumber: np.ndarray) -> np.ndarray:
    """Return the centre of every position of the maps, cm^-1."""
    positions = len(wavenumber) // POINTS_PER_POSITION
    return wavenumber[: positions * POINTS_PER_POSITION].reshape(positions, POINTS_PER_POSITION).mean(axis=1)
