"""Where errors come from: laboratories, and single spectra that a few errors too many are about.

When ten of a thousand test spectra carry a third of the errors, the labels and the design of the
test limit a figure more than the model does. No spectrum leaves a test for being listed here.
"""

import numpy as np
import pandas as pd

from ftirmix.comparison import MIXED, Contest, Trial, headline_of

HARD_COLUMNS = [
    "protocol", "task", "labels", "model", "spectrum", "component", "laboratory", "n_mixtures", "n_seeds", "error_rate",
    "false_positive_rate", "called_wrongly", "missed_as_minor", "share_of_errors",
]  # fmt: skip
WORST = 10


def hard_table(trials: dict[Contest, Trial]) -> pd.DataFrame:
    """Count errors by endmember, worst first.

    An error is a spectrum of the headline for which not exactly the right components were called;
    it is shared out equally among the endmembers of the mixture.

    Args:
        trials: as for :func:`ftirmix.comparison.compare_models`.

    Returns:
        Columns ``HARD_COLUMNS``; missed_as_minor is NaN where the endmember is never the minor.
    """
    tables = [spectra_of(trial).assign(**vars(contest)) for contest, trial in trials.items()]
    return pd.concat(tables, ignore_index=True)[HARD_COLUMNS]


def spectra_of(trial: Trial) -> pd.DataFrame:
    """Count the errors of one model by endmember, worst first."""
    uses = uses_of(trial)
    groups = uses.groupby("spectrum", sort=False)
    table = groups[["component", "laboratory"]].first()
    table["n_mixtures"] = groups.size()
    table["n_seeds"] = len(trial.called)
    table["error_rate"] = groups["error"].mean()
    table["false_positive_rate"] = groups["false_positive"].mean()
    table["called_wrongly"] = groups["called_wrongly"].agg(most_frequent)
    table["missed_as_minor"] = uses[uses["minor"]].groupby("spectrum")["missed"].mean()
    table["share_of_errors"] = groups["part"].sum() / max(uses["part"].sum(), 1e-12)
    return table.sort_values(["share_of_errors", "error_rate"], ascending=False, kind="stable").reset_index()


def uses_of(trial: Trial) -> pd.DataFrame:
    """List every use of an endmember in a mixture of the headline, with what became of the mixture."""
    mixtures, present, called = trial.mixtures, trial.present, trial.called
    in_headline = np.any([*headline_of(mixtures).values()], axis=0)
    names = np.array(trial.components)
    wrong = (called != present).any(axis=2).mean(axis=0)
    extra = called & ~present
    spoiled = extra.any(axis=2).mean(axis=0)
    most = extra.sum(axis=0)
    # A measured mixture has no endmembers: it is one spectrum of several components.
    parts = [
        (list(own), list(named)) if len(own) else ([mixture], ["+".join(named)])
        for own, named, mixture in zip(mixtures["endmembers"], mixtures["components"], mixtures["mixture"], strict=True)
    ]
    table = pd.DataFrame(
        {
            "spectrum": [own for own, _ in parts],
            "slot": [range(len(own)) for own, _ in parts],
            "component": [named for _, named in parts],
            "laboratory": mixtures["laboratory"],
            "mixed": mixtures["composition"].isin(MIXED),
            "error": wrong,
            "part": wrong / np.array([len(own) for own, _ in parts]),
            "false_positive": spoiled,
            "called_wrongly": np.where(most.any(axis=1), names[most.argmax(axis=1)], None),
            "missed": 1 - called[:, np.arange(len(mixtures)), trial.slots[:, 0]].mean(axis=0),
        }
    )[in_headline]
    table = table.explode(["spectrum", "slot", "component"], ignore_index=True)
    minor = table["mixed"] & (table["slot"] == 0) & ~table["component"].str.contains("+", regex=False)
    return table.assign(minor=minor)


def most_frequent(names: pd.Series) -> str | None:
    """Return the commonest name, None where there is none."""
    counts = names.value_counts()
    return None if counts.empty else str(counts.index[0])


def hard_markdown(table: pd.DataFrame, trials: dict[Contest, Trial], contest: Contest) -> str:
    """Say how far errors are the matter of a few spectra, and list the worst.

    Args:
        table: of :func:`hard_table`.
        trials: the same as for it.
        contest: whose errors are told.
    """
    own = table[(table[list(vars(contest))] == pd.Series(vars(contest))).all(axis=1)]
    trial = trials[contest]
    uses = uses_of(trial)
    worst = own.head(max(min(WORST, len(own) // 20), 1))
    exact = 1 - (trial.called != trial.present).any(axis=2).mean(axis=0)
    chosen = np.any([*headline_of(trial.mixtures).values()], axis=0)
    clean = chosen & ~trial.mixtures["endmembers"].map(lambda names: bool({*names} & {*worst["spectrum"]})).to_numpy()
    by_laboratory = uses.groupby("laboratory").agg(
        spectra=("spectrum", "nunique"), uses=("error", "size"), errors=("error", "mean"),
        false_positives=("false_positive", "mean"),
    )  # fmt: skip
    shown = worst[[
        "spectrum", "component", "n_mixtures", "error_rate", "false_positive_rate", "called_wrongly", "missed_as_minor",
        "share_of_errors",
    ]]  # fmt: skip
    return (
        "# Where errors come from\n\n"
        f"{contest.model}, {contest.protocol}, {contest.task}, {contest.labels}. An error: not exactly the right "
        "components called. Of a mixture's error each endmember bears an equal part.\n\n"
        f"{len(worst)} of {len(own)} endmembers bear {100 * worst['share_of_errors'].sum():.0f} % of the errors. Exact "
        f"match is {exact[chosen].mean():.3f} of {chosen.sum()} spectra, and {exact[clean].mean():.3f} of the "
        f"{clean.sum()} that hold none of them: how far labels and odd specimens, not the model, limit the figure. "
        "They stay in every test.\n\n"
        f"{shown.to_markdown(index=False, floatfmt='.2f')}\n\n"
        f"## By laboratory\n\n{by_laboratory.reset_index().to_markdown(index=False, floatfmt='.3f')}\n"
    )
