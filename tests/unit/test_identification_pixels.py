"""Images of map files: each pixel its answer, from tables of results whose truth is known."""

import re
from pathlib import Path

import matplotlib.image
import numpy as np
import pyarrow.parquet as pq
import pytest

from ftirmix.identification import pixel_figure
from ftirmix.identification.answers import result_table
from ftirmix.identification.pixel_figure import MARGINS, colours_of, draw_pixels, magnification
from ftirmix.identification.pixels import (
    NOTHING,
    PixelImage,
    for_page,
    grid_of,
    images_of,
    legend_of,
    read_images,
    texts_of,
    thinned,
    write_images,
)  # fmt: skip
from ftirmix.page_images import NO_PIXEL, pixels_of

COMPONENTS = ["PE", "PS", "unknown"]
LEGEND = legend_of(COMPONENTS)
CSS = Path(__file__).parents[2] / "workflow" / "report" / "identification.css"
# What a map of 3 lines and 4 samples holds: PE at the left, PS at the right, then each of the other outcomes.
TRUTH = np.array([[0, 0, 1, 1], [0, 0, 1, 3], [0, 2, 4, NOTHING]])
STATUS = {0: "identified", 1: "plastic_and_unknown", 2: "unknown", 3: "poor_spectrum", 4: "unreadable"}
RATIO = {0: [0.9, 0.1, 0.0], 1: [0.1, 0.6, 0.3], 2: [0.0, 0.0, 1.0], 3: None, 4: None}
WORDS = {0: "PE with about 10 % PS", 1: "PS with about 10 % PE", 2: "unknown", 3: "", 4: ""}


def results(file: str, truth: np.ndarray = TRUTH, origin=(0.0, 0.0), step=(1.0, 1.0)):
    line, sample = np.nonzero(truth != NOTHING)
    codes = truth[line, sample].tolist()
    return {
        "file": [file] * len(codes),
        "spectrum": [f"x{x}_y{y}" for x, y in zip(sample, line, strict=True)],
        "x": (origin[0] + step[0] * sample).tolist(),
        "y": (origin[1] + step[1] * line).tolist(),
        "status": [STATUS[code] for code in codes],
        "answer": [WORDS[code] for code in codes],
        "mixing_ratio": [RATIO[code] for code in codes],
    }


def stored(path: Path, *tables: dict, rows: int = 1024) -> Path:
    joined = {name: sum((table[name] for table in tables), []) for name in tables[0]}
    pq.write_table(result_table(joined), path, row_group_size=rows)
    return path


def no_map(file: str) -> dict:
    table = results(file)
    return table | {"x": [None] * len(table["file"]), "y": [None] * len(table["file"])}


def test_every_pixel_has_its_answer_though_shards_and_row_groups_cut_the_map(tmp_path):
    first = stored(tmp_path / "0", no_map("a.csv"), {name: part[:4] for name, part in results("m.hdr").items()}, rows=3)
    second = stored(tmp_path / "1", {name: part[4:] for name, part in results("m.hdr").items()}, results("n.hdr"))
    images = list(images_of([first, second], len(COMPONENTS)))
    assert [image.file for image in images] == ["m.hdr", "n.hdr"]
    for image in images:
        assert image.code.tolist() == TRUTH.tolist()
        assert image.counts.tolist() == [5, 3, 1, 1, 1]
        assert image.texts[image.answer[0, 0]] == "PE with about 10 % PS" and image.answer[1, 3] == 0


def test_positions_in_micrometres_are_rounded_and_some_are_missing():
    line, sample = (grid.ravel() for grid in np.indices((7, 400)))
    measured = (sample % 50 > 3) & ~((line == 2) & (sample > 100))
    line, sample = line[measured], sample[measured]
    found = grid_of(np.round(1250.5 + 20 / 3 * sample, 2), np.round(-300 + 1e-7 * sample + 5 * line, 6))
    assert found[0].tolist() == (sample - 4).tolist() and found[1].tolist() == line.tolist()
    np.testing.assert_allclose(found[3], (20 / 3, 5), rtol=1e-4)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0, 1, 0], [0, 0, 1]),  # three points
        ([0, 1, 2.4, 3.7, 9.1, 11.6], [0, 3, 1, 7.2, 5, 4]),  # particles on a filter
        ([0, 100, 0, 100, 1], [0, 0, 100, 100, 1]),  # far too empty
    ],
)
def test_points_that_are_no_map_have_no_image(x, y):
    assert grid_of(np.array(x, float), np.array(y, float)) is None


def test_a_line_of_pixels_is_a_map():
    sample, line, _, step = grid_of(np.array([5.0, 7, 9, 11]), np.zeros(4))
    assert sample.tolist() == [0, 1, 2, 3] and line.tolist() == [0] * 4 and step == (2, 1)


def test_a_large_map_is_thinned_for_the_page_and_keeps_its_counts(tmp_path):
    truth = np.zeros((700, 600), dtype=int)
    truth[:, 300:] = 1
    [image] = images_of([stored(tmp_path / "0", results("m.hdr", truth))], len(COMPONENTS))
    small = thinned(image, 512 * 512)
    assert small.every == 2 and small.code.shape == (350, 300)
    assert (small.code[:, :150] == 0).all() and (small.code[:, 150:] == 1).all()
    assert small.counts.tolist() == [210_000, 210_000, 0, 0, 0] and small.size == (700, 600)
    assert small.place_of(np.array([599.0]), np.array([0.0])).tolist() == [299]


def test_a_page_holds_no_more_pixels_than_it_has_room_for():
    code = np.zeros((512, 512), np.uint8)
    image = PixelImage("m", code, code.astype(np.uint16), [""], (0, 0), (1, 1), np.zeros(5, int), 1, (512, 512))
    sizes = [small.code.size for small in for_page([image] * 10)]
    assert sizes == [512 * 512] * 8 + [0] * 2


def test_images_are_read_as_they_were_written(tmp_path):
    images = list(images_of([stored(tmp_path / "0", results("a/m.hdr", origin=(3.0, 4.0), step=(0.5, 2.0)))], 3))
    write_images(tmp_path / "pixels", images)
    [found], [image] = read_images(tmp_path / "pixels"), images
    for name, value in vars(image).items():
        np.testing.assert_array_equal(getattr(found, name), value)
    write_images(tmp_path / "pixels", [])
    assert read_images(tmp_path / "pixels") == []


def test_spectra_find_their_pixels(tmp_path):
    [image] = images_of([stored(tmp_path / "0", results("m.hdr", origin=(10.0, 0.0), step=(5.0, 1.0)))], 3)
    file = np.array(["m.hdr", "m.hdr", "other.csv", "m.hdr"])
    x, y = np.array([10.0, 25.0, 10.0, np.nan]), np.array([0.0, 1.0, 0.0, np.nan])
    assert pixels_of([image], file, x, y).tolist() == [[0, 0], [0, 7], [NO_PIXEL] * 2, [NO_PIXEL] * 2]


def test_more_answers_than_numbers_leave_the_rest_without_words(monkeypatch):
    monkeypatch.setattr("ftirmix.identification.pixels.MOST_TEXTS", 3)
    column = result_table({"file": ["f"] * 4, "spectrum": [""] * 4, "status": [""] * 4, "answer": list("abca")})
    numbers, texts = texts_of([column.column("answer")])
    assert texts == ["", "a", "b"] and numbers.tolist() == [1, 2, 0, 1]


def test_the_picture_has_a_square_of_its_colour_for_every_pixel(tmp_path):
    [image] = images_of([stored(tmp_path / "0", results("m.hdr"))], len(COMPONENTS))
    draw_pixels(image, LEGEND, tmp_path / "deep" / "m.hdr.png")
    picture = matplotlib.image.imread(tmp_path / "deep" / "m.hdr.png")
    factor = magnification(3, 4)
    left, top = MARGINS[:2]
    for line, row in enumerate(TRUTH):
        for sample, code in enumerate(row):
            square = picture[top + line * factor + 8 : top + line * factor + 24, left + sample * factor + 8 :][:, :16]
            colour = colours_of(LEGEND)[code] if code != NOTHING else "#ffffff"
            expected = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
            np.testing.assert_allclose(square[..., :3], np.broadcast_to(expected, square[..., :3].shape), atol=0.01)


def test_pictures_and_the_page_have_the_same_colours():
    words = re.search(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL)[1]
    page = dict(re.findall(r"--([\w]+): (#[0-9a-f]{6})", words))
    polymers = [page[f"c{place}"] for place in range(9)]
    assert list(pixel_figure.COMPONENTS) == polymers
    assert tuple(page[name] for name in ("unknown", "poor", "unreadable")) == (
        pixel_figure.UNKNOWN,
        pixel_figure.POOR,
        pixel_figure.UNREADABLE,
    )


# Linear RGB as seen without one of the three cones; Machado et al. 2009, IEEE Trans. Vis. Comput. Graph. 15, 1291.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
# Difference of CIE Lab 1976 from which areas side by side are told apart with ease; one of 2.3 is just seen.
TOLD_APART = 12.0


def lab(colours: list[str], blindness: str) -> np.ndarray:
    values = np.array([[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in colours])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(BLINDNESS[blindness]).T, 0, 1)
    xyz = seen @ np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]).T
    ratio = xyz / np.array([0.9505, 1.0, 1.089])
    curve = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    x, y, z = curve.T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_told_apart_by_the_colour_blind(blindness, scheme):
    blocks = re.findall(r":root \{(.*?)\}", CSS.read_text(), re.DOTALL)
    page = dict(re.findall(r"--([\w]+): (#[0-9a-f]{6})", blocks[scheme == "dark"]))
    names = [*(f"c{place}" for place in range(7)), "unknown", "poor", "unreadable"]
    seen = lab([page[name] for name in names], blindness)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(len(names), 1)]
    assert apart.min() >= TOLD_APART
