"""Which answer each pixel of a map has: images of map files, from the positions that the readers found."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ftirmix.files import whole_file
from ftirmix.identification.answers import RESULT_SCHEMA
from ftirmix.tables import read_parquet, write_parquet

COLUMNS = ("file", "x", "y", "status", "answer", "mixing_ratio")
# Behind the components, the unknown one last, an image has these two; and pixels without a spectrum.
POOR, UNREADABLE = "poor_spectrum", "unreadable"
NOTHING = 255
# Positions on a grid are uneven by less than this share of a step.
UNEVEN = 0.25
# An image is made only if this share of its pixels was measured: scattered points are no map.
LEAST_FILLED = 0.25
# What a page holds: three bytes for each.
MOST_OF_ONE, MOST_OF_ALL = 512 * 512, 8 * 512 * 512
MOST_TEXTS = 65_535

IMAGE_SCHEMA = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        *(pa.field(name, pa.int64(), nullable=False) for name in ("lines", "samples", "every")),
        *(pa.field(name, pa.float64(), nullable=False) for name in ("x", "y", "step_x", "step_y")),
        pa.field("counts", pa.list_(pa.int64()), nullable=False),
        # empty where the page has no room for it
        pa.field("code", pa.binary(), nullable=False),
        pa.field("answer", pa.binary(), nullable=False),
        pa.field("texts", pa.list_(pa.string()), nullable=False),
    ]
)


@dataclass(frozen=True)
class PixelImage:
    """The answers of one map file, pixel by pixel.

    Attributes:
        file: as in the tables.
        code: place of the largest part in ``legend_of``, ``NOTHING`` where no spectrum is, uint8, shape (line, sample).
        answer: place of the answer in words in ``texts``, uint16, same shape.
        texts: different answers; the first is empty.
        origin: position of the first sample and line, as the file states it.
        step: between samples and between lines, in the same unit.
        counts: pixels of each code of the whole map, shape (code,).
        every: of how many pixels across and down one is kept.
        size: lines and samples of the whole map.
    """

    file: str
    code: np.ndarray
    answer: np.ndarray
    texts: list[str]
    origin: tuple[float, float]
    step: tuple[float, float]
    counts: np.ndarray
    every: int
    size: tuple[int, int]

    def place_of(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return at which place in the flat image positions lie, -1 where outside or NaN, shape (position,)."""
        lines, samples = self.code.shape
        sample, line = (
            np.rint((values - start) / step) for values, start, step in zip((x, y), self.origin, self.step, strict=True)
        )
        sample, line = sample // self.every, line // self.every
        inside = (sample >= 0) & (sample < samples) & (line >= 0) & (line < lines)  # NaN is not
        return np.where(inside, np.where(inside, line, 0) * samples + np.where(inside, sample, 0), -1).astype(int)


def legend_of(components: list[str]) -> list[str]:
    """Name the codes of an image: the components, the unknown one last, poor and unreadable spectra."""
    return [*components, POOR, UNREADABLE]


def images_of(shards: Iterable[Path], components: int) -> Iterator[PixelImage]:
    """Make the images of all map files, one after the other: a file's spectra follow each other in the shards.

    Args:
        shards: files of :func:`write_placed`, in order.
        components: how many there are, the unknown one included.
    """
    file = ""
    parts: list[pa.Table] = []
    for table in placed_parts(shards):
        for name, part in by_file(table):
            if name != file and parts:
                yield from whole_image(file, parts, components)
                parts = []
            file = name
            parts.append(part)
    if parts:
        yield from whole_image(file, parts, components)


def placed_parts(shards: Iterable[Path]) -> Iterator[pa.Table]:
    """Read what has a position, a row group at a time."""
    for shard in shards:
        with pq.ParquetFile(shard) as opened:
            for group in range(opened.num_row_groups):
                table = opened.read_row_group(group, columns=list(COLUMNS))
                table = table.filter(pc.and_(pc.is_valid(table.column("x")), pc.is_valid(table.column("y"))))
                if table.num_rows:
                    yield table


def write_placed(results: Path, path: Path) -> None:
    """Write what images are made of: the answers of a shard's spectra that have a position."""
    schema = pa.schema([RESULT_SCHEMA.field(name) for name in COLUMNS])
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for table in placed_parts([results]):
            writer.write_table(table.cast(schema))


def by_file(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut a table where the file changes."""
    files = table.column("file").to_numpy()
    cuts = [0, *(np.flatnonzero(files[1:] != files[:-1]) + 1), len(files)]
    for start, end in zip(cuts[:-1], cuts[1:], strict=True):
        yield str(files[start]), table.slice(start, end - start)


def whole_image(file: str, parts: list[pa.Table], components: int) -> Iterator[PixelImage]:
    """Yield the image of a file's pixels, or nothing if they are no map."""
    x, y = (np.concatenate([part.column(name).to_numpy() for part in parts]) for name in ("x", "y"))
    grid = grid_of(x, y)
    if grid is None:
        return
    sample, line, origin, step = grid
    size = int(line.max()) + 1, int(sample.max()) + 1
    codes = np.concatenate([codes_of(part, components) for part in parts])
    answers, texts = texts_of([part.column("answer") for part in parts])
    code, answer = np.full(size, NOTHING, dtype=np.uint8), np.zeros(size, dtype=np.uint16)
    code[line, sample], answer[line, sample] = codes, answers
    counts = np.bincount(code[code != NOTHING], minlength=components + 2)
    yield PixelImage(file, code, answer, texts, origin, step, counts, 1, size)


def codes_of(part: pa.Table, components: int) -> np.ndarray:
    """Return what each pixel is: its largest part, unknown, poor or unreadable, shape (pixel,)."""
    status = part.column("status").to_numpy()
    codes = np.full(part.num_rows, components + 1, dtype=np.uint8)
    codes[status == POOR] = components
    answered = np.array(part.column("mixing_ratio").is_valid())
    ratio = part.column("mixing_ratio").combine_chunks().flatten().to_numpy(zero_copy_only=False)
    codes[answered] = ratio.reshape(-1, components).argmax(axis=1)
    codes[status == "unknown"] = components - 1
    return codes


def texts_of(columns: list[pa.ChunkedArray]) -> tuple[np.ndarray, list[str]]:
    """Number the different answers from 1 on, 0 being none; of more than fit the rest is none."""
    joined = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    coded = joined.dictionary_encode().combine_chunks()
    known = coded.dictionary.to_pylist()
    places = {text: place for place, text in enumerate(dict.fromkeys(text for text in known if text), start=1)}
    number = np.array([places.get(text, 0) if places.get(text, 0) < MOST_TEXTS else 0 for text in known], dtype=int)
    return number[coded.indices.to_numpy()].astype(np.uint16), ["", *places][:MOST_TEXTS]


Grid = tuple[np.ndarray, np.ndarray, tuple[float, float], tuple[float, float]]


def grid_of(x: np.ndarray, y: np.ndarray) -> Grid | None:
    """Find the even grid that positions lie on.

    Returns:
        Sample and line of each position from zero, origin and step, each across and down; None if there are fewer
        than four positions, they lie on no even grid, or fill little of it.
    """
    if len(x) < 4:
        return None
    places, origins, steps = [], [], []
    for values in (x, y):
        step = step_of(values)
        place = np.rint((values - values.min()) / step)
        if np.abs(values - values.min() - place * step).max() > UNEVEN * step or place.max() > 1e6:
            return None
        places.append(place.astype(int))
        origins.append(float(values.min()))
        steps.append(step)
    if len(x) < LEAST_FILLED * float(places[0].max() + 1) * float(places[1].max() + 1):
        return None
    return places[0], places[1], (origins[0], origins[1]), (steps[0], steps[1])


def step_of(values: np.ndarray) -> float:
    """Return the step between neighbouring positions, some of which may be missing; 1 if there is only one."""
    gaps = np.diff(np.unique(values))
    gaps = gaps[gaps > 1e-3 * np.ptp(values) / max(1, len(gaps))]  # others are the last digits of one position
    if not len(gaps):
        return 1.0
    least = np.median(gaps[gaps <= (1 + UNEVEN) * gaps.min()])
    return float(gaps.sum() / np.rint(gaps / least).sum())  # positions are rounded, so one gap alone is not exact


def thinned(image: PixelImage, most: int) -> PixelImage:
    """Keep every second, third, ... pixel across and down, so that no more than ``most`` are left."""
    lines, samples = image.size
    every = 1
    while -(-lines // every) * -(-samples // every) > most:
        every += 1
    return replace(image, code=image.code[::every, ::every], answer=image.answer[::every, ::every], every=every)


def for_page(images: Iterable[PixelImage]) -> Iterator[PixelImage]:
    """Thin images for a page; those beyond its room keep their counts and no pixels."""
    left = MOST_OF_ALL
    for image in images:
        small = thinned(image, MOST_OF_ONE)
        if small.code.size > left:
            small = replace(small, code=small.code[:0], answer=small.answer[:0], texts=[""])
        left -= small.code.size
        yield small


def write_images(path: Path, images: list[PixelImage]) -> None:
    """Write images for the page to Parquet (``IMAGE_SCHEMA``)."""
    rows = [
        {
            "file": image.file, "lines": image.size[0], "samples": image.size[1], "every": image.every,
            "x": image.origin[0], "y": image.origin[1], "step_x": image.step[0], "step_y": image.step[1],
            "counts": image.counts.tolist(), "code": image.code.tobytes(), "answer": image.answer.tobytes(),
            "texts": image.texts,
        }
        for image in images
    ]  # fmt: skip
    write_parquet(path, pa.Table.from_pylist(rows, schema=IMAGE_SCHEMA))


def read_images(path: Path) -> list[PixelImage]:
    """Read what :func:`write_images` wrote."""
    found = []
    for row in read_parquet(path, IMAGE_SCHEMA).to_pylist():
        shape = (-1, -(-row["samples"] // row["every"]))
        found.append(
            PixelImage(
                row["file"],
                np.frombuffer(row["code"], np.uint8).reshape(shape),
                np.frombuffer(row["answer"], np.uint16).reshape(shape),
                row["texts"],
                (row["x"], row["y"]),
                (row["step_x"], row["step_y"]),
                np.array(row["counts"]),
                row["every"],
                (row["lines"], row["samples"]),
            )
        )
    return found
