"""The page of a study: the sentences say what the tables say, and nothing is fetched from elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ftirmix.study_page import Item, Section, in_short, study_html, tables_html
from ftirmix.study_sections import sections_of

TEMPLATE = Path(__file__).parents[2] / "workflow" / "report" / "study.html.j2"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="20" height="10"/></svg>'


def models_table() -> pd.DataFrame:
    common = {"protocol": "specimen", "labels": "curated", "task": "presence_fp3", "fold": "all", "component": "all"}
    rows = [
        {"model": "cnn", "metric": "exact_match", "composition": "all", "value": 0.83, "low": 0.8, "high": 0.85},
        {"model": "svm", "metric": "exact_match", "composition": "all", "value": 0.9, "low": 0.88, "high": 0.92},
        {"model": "svm", "metric": "false_positive_rate", "composition": "all", "value": 0.03, "low": 0.02}
        | {"high": 0.05},
        {"model": "svm", "metric": "minor_recall", "composition": "binary", "value": 0.49, "low": 0.43, "high": 0.54}
        | {"share_low": 0.05, "share_high": 0.1},
    ]  # fmt: skip
    return pd.DataFrame([{**common, "n_mixtures": 500, "n_specimens": 80, "n_seeds": 3, **row} for row in rows])


def limits_table() -> pd.DataFrame:
    common = {"protocol": "specimen", "labels": "curated", "task": "presence_fp3", "model": "svm", "partner": "all"}
    rows = [
        {"component": "all", "detection_limit": 0.22, "low": 0.19, "high": 0.25},
        {"component": "PE", "detection_limit": np.inf, "low": 0.4, "high": np.inf},
        {"component": "PS", "detection_limit": 0.087, "low": 0.07, "high": 0.11},
    ]
    return pd.DataFrame([{**common, **row} for row in rows])


def test_the_headline_is_the_best_models_and_the_references():
    lines = in_short(models_table(), limits_table(), "presence_fp3", "cnn")
    assert lines[0].startswith("SVM names exactly") and "90 % (88–92 %) of 500 spectra of 80 specimens" in lines[0]
    assert lines[1].startswith("CNN") and "83 % (80–85 %)" in lines[1]
    assert "3 % (2–5 %)" in lines[2] and "at 5 to 10 % it finds 49 % (43–54 %)" in lines[3]
    assert "from 22 (19–25) % on; PS from 8.7 %, PE from >50 %" in lines[4]


@pytest.fixture
def page(tmp_path):
    (tmp_path / "figure.svg").write_text(SVG)
    (tmp_path / "table.md").write_text(
        "# Title\n\nA <b>bold</b> claim.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## All figures\n\nno\n"
    )
    section = Section("limits", "Limits & more", "Text.", [
        Item(tmp_path / "figure.svg", "A figure"), Item(tmp_path / "table.md", "A table", open=True),
    ])  # fmt: skip
    text = study_html("The <study>", ["First."], [section], {"Choices": "a: 1\nb: 2\n"}, TEMPLATE)
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    return tmp_path / "report.html"


def test_the_page_is_whole_escaped_and_offline(page):
    text = page.read_text(encoding="utf-8")
    assert "The &lt;study&gt;" in text and "Limits &amp; more" in text and "<td>1</td>" in text
    assert "&lt;b&gt;bold" in text and "All figures" not in text
    assert not re.search(r'(src|href)="(?!data:|#)', text) and "@import" not in text and "<script" not in text


@pytest.mark.parametrize("maps", [True, False])
def test_the_picture_of_maps_is_shown_where_there_is_one(maps):
    sections = sections_of(Path("study"), 0.03, networks=True, maps=maps, classes=False, tuned=False, ablated=False)
    shown = [item.path.name for section in sections for item in section.items]
    assert ("maps.svg" in shown) == maps and "examples.svg" in shown


def test_long_lists_stay_in_the_csv_file(page):
    html = tables_html(page.parent / "table.md")
    assert "<table>" in html and "Title" not in html and "no</p>" not in html


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_opens_it_without_a_complaint(page):
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"]
    opened = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in opened.stderr and 'id="limits"' in opened.stdout and "<summary>A table" in opened.stdout
