"""The short tables in Markdown: what a reader looks for first."""

import numpy as np
import pandas as pd

from ftirmix.random_task import TASK

# Of predictions that come as probabilities: called where they reach one half.
HALF = "presence_half"

METRIC_NAMES = {
    "exact_match": "exact match",
    "false_positive_rate": "false positives",
    "minor_recall": "minor recall",
    "mixing_ratio_mae": "mixing-ratio error",
}


def with_interval(row: pd.Series, value: str, digits: int = 3) -> str:
    """Write a figure with its interval, e.g. ``0.812 (0.770-0.850)``, or a dash where undefined."""
    if pd.isna(row[value]):
        return "–"
    return f"{row[value]:.{digits}f} ({row['low']:.{digits}f}–{row['high']:.{digits}f})"


def where(row: pd.Series) -> str:
    """Say on which mixtures a figure was measured."""
    names = {
        "pure": "pure spectra",
        "hard_negative": "hard negatives",
        "all": "everything, minor share 5 % and more",
    }
    if row["composition"] in names:
        return names[row["composition"]]
    if pd.isna(row["share_low"]):
        return f"{row['composition']}, measured, shares unknown"
    return f"{row['composition']}, minor share {100 * row['share_low']:g}–{100 * row['share_high']:g} %"


PROTOCOL_NAMES = {
    "specimen": "Unseen specimens of seen laboratories",
    "laboratory": "An unseen laboratory",
    "measured": "Measured mixtures of unseen animals",
    "random": "One laboratory split at random, the papers' task: it leaks, the same endmembers train and test",
}
LABEL_NAMES = {
    "curated": "without test spectra whose label is in doubt",
    "as_given": "with all test spectra, labels as given",
}


def models_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the comparison of models: one line per figure, one column per model."""
    return (
        f"# Comparison of models\n\n{averaged_over(table, level)} "
        "No model was trained on spectra whose label is in doubt. All figures follow below.\n"
        f"{protocol_tables(table)}"
    )


def averaged_over(table: pd.DataFrame, level: float) -> str:
    """Say what the figures are means of, and what their intervals are."""
    seeds = ", ".join(f"{model} {int(rows['n_seeds'].max())}" for model, rows in table.groupby("model"))
    return (
        f"Mean over seeds ({seeds}) with the {100 * level:g} % interval of a bootstrap over specimens and seeds. "
        "Shares are shares of peak height, not mass per cent."
    )


def protocol_tables(table: pd.DataFrame) -> str:
    """Write the headline figures in Markdown, a section per protocol, operating point and form of the labels."""
    chosen = table[table["metric"].isin(METRIC_NAMES) & (table["fold"] == "all") & (table["component"] == "all")]
    chosen = chosen[~((chosen["composition"] == "all") & chosen["metric"].eq("mixing_ratio_mae"))]
    text = ""
    for protocol in (name for name in PROTOCOL_NAMES if (chosen["protocol"] == name).any()):
        of_protocol = chosen[chosen["protocol"] == protocol]
        text += f"\n## {PROTOCOL_NAMES[protocol]}\n"
        groups = of_protocol.groupby(["task", "labels"])
        for task, labels in sorted(groups.groups, key=lambda key: (bound_of(key[0]), list(LABEL_NAMES).index(key[1]))):
            rows = groups.get_group((task, labels))
            text += f"\n### {task_title(task)}, {LABEL_NAMES[labels]}\n\n{task_table(rows)}\n"
    return text


def bound_of(task: str) -> float:
    """Return the bound on false positives of a task, in per cent; infinite where there is none."""
    return np.inf if task in (TASK, HALF) else float(task.removeprefix("presence_fp"))


def task_title(task: str) -> str:
    """Say at which operating point a task is judged."""
    if task == HALF:
        return "Called from a probability of 0.5 on"
    if task == TASK:
        return "One softmax class per pure polymer and mixture; the best class answers"
    return f"At most {bound_of(task):g} % false positives on validation specimens"


def heading(protocol: str, task: str, labels: str) -> str:
    """Write the heading of a table: who was tested, at which operating point, on which labels."""
    return f"## {PROTOCOL_NAMES[protocol]}\n\n{task_title(task)}, {LABEL_NAMES[labels]}."


def task_table(chosen: pd.DataFrame) -> str:
    """Write the figures of one task as a Markdown table."""
    lines = []
    keys = ["metric", "composition", "share_low", "share_high"]
    for _, rows in chosen.groupby(keys, sort=False, dropna=False):
        first = rows.iloc[0]
        line: dict[str, str | int] = {"figure": METRIC_NAMES[first["metric"]], "measured on": where(first)}
        line |= {row["model"]: with_interval(row, "value") for _, row in rows.iterrows()}
        line |= {"mixtures": int(first["n_mixtures"]), "specimens": int(first["n_specimens"])}
        lines.append(line)
    return pd.DataFrame(lines).to_markdown(index=False)


def neglect_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise neglect over all minor components at the last layer, by share and outcome."""
    chosen = table[(table["component"] == "all") & (table["partner"] == "all")]
    number = chosen["layer"].str.removeprefix("block").astype(int)
    chosen = chosen[number == number.max()]
    lines = []
    for _, row in chosen.iterrows():
        lines.append(
            {
                "protocol": row["protocol"],
                "model": row["model"],
                "map": f"{row['cam']}, {row['layer']}",
                "minor share, %": f"{100 * row['share_low']:g}–{100 * row['share_high']:g}",
                "minor component": {"all": "all", "hit": "found", "miss": "missed"}[row["outcome"]],
                "neglect index": with_interval(row, "neglect_index", 2),
                "maps without positive part as 0": f"{row['index_with_zeros']:.2f}",
                "median of single indices": f"{row['median_index']:.2f}",
                "own-band attribution": f"{row['own_band_attribution']:.2f}",
                "logit drop": f"{row['logit_drop']:.1f}",
                "mixtures": row["n_mixtures"],
                "specimens": row["n_specimens"],
                "without own band": row["n_no_own_band"],
                "without positive part, %": f"{100 * row['no_positive_mixture']:.0f}",
                "pure ones without, %": f"{100 * row['no_positive_pure']:.0f}",
            }
        )
    return (
        "# Neglect of the minor component\n\n"
        "Neglect index: 0 where the network looks where it looks for the pure polymer, 1 where it looks elsewhere; "
        "a ratio of means, so that single mixtures with hardly any attribution do not decide it. Two checks stand "
        "beside it: the same with 0 for mixtures whose map has no positive part, which the index leaves out and which "
        "grow more frequent as the share falls; and the median over single mixtures and seeds. "
        f"{100 * level:g} % intervals over specimens and seeds. Logit drop: fall of the component's logit when it is "
        "taken out of the mixture. All figures, also per component, pair and earlier layer, follow below.\n\n"
        + pd.DataFrame(lines).to_markdown(index=False)
        + "\n"
    )


NULL_NAMES = {
    "same_polymer": "two specimens of one polymer against one",
    "redrawn": "one draw of nuisances against another, same composition",
    "shuffled_labels": "a component there or not, trained on labels of other mixtures",
    "true_labels": "a component there or not, trained on the true labels",
    "repeated_answer": "same components named after another draw of nuisances",
}
SCORE_NAMES = {
    "highest_absent": "highest score of an absent component",
    "own": "score of the component itself",
    "called_set": "components called",
}


def nulls_markdown(table: pd.DataFrame, level: float) -> str:
    """Summarise the null tests: areas under the ROC curve, then how far answers repeat themselves."""
    chosen = table[(table["component"] == "all")]
    lines = [
        {
            "test": NULL_NAMES[row["null_test"]],
            "share of the second, %": "" if pd.isna(row["share_low"]) else share_text(row),
            "told by": SCORE_NAMES[row["score"]],
            "model": row["model"],
            "area under the ROC curve": with_interval(row, "value"),
            "at chance": {True: "yes", False: "NO"}[row["at_chance"]],
            "mixtures": row["n_mixtures"],
            "specimens": row["n_specimens"],
            "fits": row["n_seeds"],
        }
        for _, row in chosen[chosen["null_test"] != "repeated_answer"].iterrows()
    ]
    repeated = [
        {
            "minor share, %": "everything" if pd.isna(row["share_low"]) else share_text(row),
            "model": row["model"],
            "same answer": with_interval(row, "value"),
            "mixtures": row["n_mixtures"],
            "specimens": row["n_specimens"],
        }
        for _, row in chosen[chosen["null_test"] == "repeated_answer"].iterrows()
    ]
    return (
        "# Null tests\n\n"
        "Where nothing can be known a model must be at chance: an area of 0.5 within its "
        f"{100 * level:g} % interval (bootstrap over specimens and fits). Else the data give something away, and every "
        "other figure is in doubt. Trained on the true labels the same test must not be at chance, which shows that it "
        "can fail. Areas are means over components; single ones are in the CSV file.\n\n"
        "Two specimens of one polymer: a few per cent of a second specimen must not show, up to 10 % everything is to "
        "be at chance. An equal mixture is an average, and an average resembles its polymer more than one specimen "
        "does. How much more is told by the lines `resemblance`: the cosine of first derivatives with the mean of "
        "other pure spectra, which nothing has learned. A model far above that line would know more than chemistry.\n\n"
        f"{pd.DataFrame(lines).to_markdown(index=False)}\n\n"
        "## How often the answer repeats itself\n\n"
        "The same specimens at the same ratios, measured again: noise, baseline, humidity, shift and resolution are "
        "drawn anew. Share of mixtures for which exactly the same components are named.\n\n"
        f"{pd.DataFrame(repeated).to_markdown(index=False)}\n"
    )


def share_text(row: pd.Series) -> str:
    """Write a share bin in per cent, e.g. ``5–10``."""
    return f"{100 * row['share_low']:g}–{100 * row['share_high']:g}"
