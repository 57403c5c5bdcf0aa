"""A headless Chromium, and what opens a page in it and sees that nothing was complained of."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright import sync_api

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

Opener = Callable[..., "sync_api.Page"]


@pytest.fixture(scope="module")  # no longer: its event loop would be in the way of tests that start one
def browser() -> Iterator["sync_api.Browser"]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine; apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed; uv sync --group dev")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def show(browser: "sync_api.Browser", pages: dict[str, Path]) -> Iterator[Opener]:
    """Open a page and, in the end, see that nothing was complained of, asked of the network or run by a file's name."""
    contexts, complaints = [], []

    def opened(name: str = "usual", hash: str = "", viewport: dict = DESKTOP, **options: object) -> "sync_api.Page":
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on("request", lambda r: None if r.url.startswith(("file:", "blob:")) else complaints.append(r.url))
        page.goto(pages[name].as_uri() + hash)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


def fits(page: "sync_api.Page") -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
