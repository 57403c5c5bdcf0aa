"""Images of map files on the page: what is painted, read by pointer and keys, and opened."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from ftirmix.identification.pixels import NOTHING, PixelImage
from ftirmix.identification_page import PageData, identification_html
from ftirmix.page_images import pixels_of
from tests.browser.conftest import PHONE, fits
from tests.unit.test_identification_page import COMPONENTS, TEMPLATE, page_data

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; uv sync --group dev")

# 4 lines of 6 samples: PE at the left, PS at the right, something unknown, a poor, an unreadable and no spectrum.
CODE = np.full((4, 6), 0, dtype=np.uint8)
CODE[:, 3:] = 2
CODE[0, 0], CODE[0, 1], CODE[0, 2], CODE[3, 5] = 7, 8, 9, NOTHING
TEXTS = ["", "PE with about 10 % PS", "PS"]
NAMES = [*COMPONENTS, "unknown"]
SHOWN = [(0, 0), (4, 0), (1, 2)]  # sample and line of the spectra in the table


def image(file: str, code: np.ndarray = CODE) -> PixelImage:
    answer = np.select([code == 0, code == 2], [1, 2], 0).astype(np.uint16)
    counts = np.bincount(code[code != NOTHING], minlength=len(NAMES) + 2)
    return PixelImage(file, code, answer, TEXTS, (0.0, 0.0), (1.0, 1.0), counts, 1, code.shape)


def mapped() -> PageData:
    data = page_data(len(SHOWN))
    particles = data.particles.assign(file="map.hdr", spectrum=[f"x{x}_y{y}" for x, y in SHOWN])
    images = [image("map.hdr"), image("deep/large.hdr", np.tile(CODE, (128, 85)))]
    x, y = np.array(SHOWN, dtype=float).T
    pixel = pixels_of(images, particles["file"].to_numpy(), x, y)
    return dataclasses.replace(data, components=NAMES, particles=particles, images=images, pixel=pixel)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("images")
    for name, data in {"usual": mapped(), "none": page_data(2)}.items():
        (folder / f"{name}.html").write_text(identification_html(data, TEMPLATE), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in ("usual", "none")}


def painted(page: "sync_api.Page", number: int = 0) -> np.ndarray:
    """Return what the canvas shows, shape (line, sample, 4)."""
    read = """canvas => {
        const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
        const context = copy.getContext("2d", { willReadFrequently: true });
        context.drawImage(canvas, 0, 0);
        return [copy.width, copy.height, ...context.getImageData(0, 0, copy.width, copy.height).data];
    }"""
    width, height, *values = page.locator(".image canvas").nth(number).evaluate(read)
    return np.array(values).reshape(height, width, 4)


def token(page: "sync_api.Page", name: str) -> list[int]:
    code = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
    return [int(code[place : place + 2], 16) for place in (1, 3, 5)]


def seen(page: "sync_api.Page") -> dict[str, float]:
    """Bring the first map into the window and return where it is."""
    page.locator(".image canvas").first.scroll_into_view_if_needed()
    return page.locator(".image canvas").first.bounding_box()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pixel_has_the_colour_of_its_answer_and_the_legend_counts_them(show, scheme):
    page = show(color_scheme=scheme)
    names = {0: "c0", 2: "c2", 7: "unknown", 8: "poor", 9: "unreadable"}
    shown = painted(page)
    for code, name in names.items():
        assert (shown[code == CODE] == [*token(page, name), 255]).all()
    assert (shown[3, 5] == 0).all()
    keys = page.locator(".image").first.locator(".legend button").all_inner_texts()
    assert keys == [
        "PE 9 (39.1 %)", "PS 11 (47.8 %)", "unknown 1 (4.3 %)", "poor spectrum 1 (4.3 %)", "unreadable 1 (4.3 %)",
    ]  # fmt: skip
    assert page.locator(".image figcaption").first.inner_text() == "map.hdr 6 × 4 pixels"


def test_the_pointer_reads_a_pixel_and_a_click_opens_its_spectrum(show):
    page = show()
    box = seen(page)
    pixel = box["width"] / 6
    assert pixel == 32 and box["height"] == 4 * 32  # magnified by a whole number
    readout = page.locator(".image .readout").first
    page.mouse.move(box["x"] + 4.5 * pixel, box["y"] + 0.5 * pixel)
    assert readout.inner_text().split("\n")[0].startswith("x 4, y 0") and "PS" in readout.inner_text()
    page.mouse.click(box["x"] + 4.5 * pixel, box["y"] + 0.5 * pixel)
    assert page.inner_text("#detail-title") == "map.hdr · x4_y0" and page.url.endswith("#row=1")
    box = seen(page)
    frame = page.locator(".image .at.opened").bounding_box()
    assert abs(frame["x"] - box["x"] - 4 * pixel) < 1 and abs(frame["y"] - box["y"]) < 1
    page.mouse.click(box["x"] + 0.5 * pixel, box["y"] + 3.5 * pixel)
    assert "PE with about 10 % PS" in readout.inner_text() and "not among those shown" in readout.inner_text()
    assert page.url.endswith("#row=1")
    page.mouse.move(box["x"] + 5.5 * pixel, box["y"] + 3.5 * pixel)
    assert "no spectrum" in readout.inner_text()


def test_an_opened_spectrum_is_marked_on_its_map(show):
    page = show(hash="#row=2")
    style = page.locator(".image .at.opened").get_attribute("style")
    assert "left: 16.66" in style and "top: 50%" in style
    page.click("#close")
    assert page.locator(".image .at.opened").count() == 0


def test_keys_move_over_a_map_and_open(show):
    page = show()
    page.locator(".image .pixels").first.focus()
    page.keyboard.press("ArrowLeft")  # begins in the middle
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    assert "x 4, y 0" in page.locator(".image .readout").first.inner_text()
    page.keyboard.press("Enter")
    assert page.inner_text("#detail-title") == "map.hdr · x4_y0"
    assert page.evaluate("document.activeElement.id") == "detail-title"  # from where the arrows move on


def test_a_name_of_the_legend_shows_where_it_is(show):
    page = show()
    key = page.locator(".image").first.locator(".legend button", has_text="PS")
    key.click()
    assert key.get_attribute("aria-pressed") == "true"
    opacity = painted(page)[..., 3]
    assert (opacity[CODE == 2] == 255).all() and (opacity[(CODE != 2) & (CODE != NOTHING)] < 60).all()
    key.click()
    assert (painted(page)[..., 3][CODE != NOTHING] == 255).all()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 360, "height": 740}])
def test_a_large_map_fits_a_phone(show, viewport):
    page = show(viewport=viewport, is_mobile=True, has_touch=True)
    assert fits(page)
    box = page.locator(".image canvas").nth(1).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"]
    assert abs(box["height"] / box["width"] - 512 / 510) < 0.02
    page.locator(".image canvas").first.tap(position={"x": 4.5 * 32, "y": 16})
    assert page.inner_text("#detail-title") == "map.hdr · x4_y0"


def test_paper_has_the_maps_with_their_legends(show):
    page = show(color_scheme="dark")
    page.set_viewport_size({"width": 720, "height": 1000})
    page.emulate_media(media="print")
    blue = [0, 114, 178, 255]  # not the colour of a dark screen
    for _ in range(50):
        if (painted(page)[2, 0] == blue).all():
            break
        page.wait_for_timeout(50)
    assert (painted(page)[2, 0] == blue).all()
    assert page.locator(".legend").first.is_visible() and fits(page)


def test_a_page_without_maps_has_no_section_of_them(show):
    page = show("none")
    assert page.is_hidden("#images") and page.locator("tr.row").count() == 2
