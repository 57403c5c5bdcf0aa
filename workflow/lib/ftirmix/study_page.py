"""One offline page of a whole study: what was found, how sure it is, and what it rests on."""

import base64
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from ftirmix.detection import limit_text
from ftirmix.detection_pages import range_text
from ftirmix.model_names import MODEL_NAMES

# What the pages of tables call their long second half, which the CSV files hold.
REST = "\n## All figures"


@dataclass(frozen=True)
class Item:
    """A figure or a page of tables, with its caption.

    Attributes:
        path: SVG or Markdown file.
        caption: what it shows, for a chemist.
        open: whether a page of tables is shown unfolded.
    """

    path: Path
    caption: str
    open: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        key: anchor.
        title: heading.
        text: what to know before reading.
        items: figures and tables.
    """

    key: str
    title: str
    text: str
    items: list[Item] = field(default_factory=list)


def in_short(models: pd.DataFrame, limits: pd.DataFrame, task: str, reference: str) -> list[str]:
    """Say the headline in sentences, each with its interval and n.

    Args:
        models: table of models.
        limits: table of detection limits.
        task: operating point of the headline.
        reference: the model that others are held against.
    """
    rows = models[(models["protocol"] == "specimen") & (models["labels"] == "curated") & (models["task"] == task)]
    rows = rows[(rows["component"] == "all") & (rows["fold"] == "all")]
    exact = rows[(rows["metric"] == "exact_match") & (rows["composition"] == "all")].set_index("model")
    best = str(exact["value"].idxmax())
    lines = [
        f"{MODEL_NAMES[model]} names exactly the components that are there in {percent(exact.loc[model])} of "
        f"{exact.loc[model, 'n_mixtures']:.0f} spectra of {exact.loc[model, 'n_specimens']:.0f} specimens that it had "
        "not seen."
        for model in dict.fromkeys([best, reference])
    ]
    wrong = rows[(rows["metric"] == "false_positive_rate") & (rows["composition"] == "all")].set_index("model")
    lines.append(f"{MODEL_NAMES[best]} calls a component that is not there in {percent(wrong.loc[best])} of them.")
    recall = rows[(rows["metric"] == "minor_recall") & (rows["composition"] == "binary") & (rows["model"] == best)]
    for _, row in recall.sort_values("share_low").iterrows():
        lines.append(
            f"Of minor components at {100 * row['share_low']:g} to {100 * row['share_high']:g} % it finds "
            f"{percent(row)} ({row['n_mixtures']:.0f} binary mixtures, {row['n_specimens']:.0f} specimens)."
        )
    own = limits[(limits["protocol"] == "specimen") & (limits["labels"] == "curated") & (limits["task"] == task)]
    own = own[(own["model"] == best) & (own["partner"] == "all")].set_index("component")
    if "all" in own.index:
        single = own.drop(index="all").sort_values("detection_limit")
        easiest, hardest = single.iloc[0], single.iloc[-1]
        lines.append(
            f"A minor component is found with 95 % probability from {range_text(own.loc['all'])} % on; "
            f"{easiest.name} from {limit_text(easiest['detection_limit'])} %, "
            f"{hardest.name} from {limit_text(hardest['detection_limit'])} %."
        )
    return lines


def percent(row: pd.Series) -> str:
    """Write a share with its interval in per cent, e.g. ``83 % (80–85 %)``."""
    return f"{100 * row['value']:.0f} % ({100 * row['low']:.0f}–{100 * row['high']:.0f} %)"


def embedded(path: Path) -> str:
    """Return a figure as a data address, so that the page is one file."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def tables_html(path: Path) -> str:
    """Turn a page of tables into HTML, without its title and without the long list that the CSV file holds."""
    text = path.read_text(encoding="utf-8").split(REST)[0]
    _, _, body = text.partition("\n")  # the title is the section's already
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    return html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")


def study_html(title: str, short: list[str], sections: list[Section], facts: dict[str, str], template: Path) -> str:
    """Write the page.

    Args:
        title: of the study.
        short: sentences of :func:`in_short`.
        sections: in order.
        facts: what the study rests on, name to text.
        template: Jinja template.
    """
    environment = Environment(
        loader=FileSystemLoader(template.parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template(template.name).render(
        title=title, short=short, sections=sections, facts=facts, embedded=embedded, tables_html=tables_html
    )
