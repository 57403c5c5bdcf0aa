"""Many comparisons at once: p-values from a bootstrap, and Holm's correction of a family of them."""

import numpy as np


def two_sided_p(replicates: np.ndarray, null: float = 0.0) -> float:
    """Return the two-sided p-value of a bootstrap distribution against a null value.

        p = min(1, 2 min(1 + #{t <= null}, 1 + #{t >= null}) / (B + 1))

    The ones keep p above zero: B replicates cannot show less than 2 / (B + 1). A replicate that
    is not a number speaks for either side, so it never makes a difference look surer.

    Args:
        replicates: the statistic in every replicate, shape (replicate,).
        null: its value where there is no difference.

    Returns:
        The p-value; NaN where no replicate is a number.

    References:
        Davison and Hinkley 1997, Bootstrap Methods and their Application, section 4.4.
    """
    unknown = np.isnan(replicates)
    if unknown.all():
        return float("nan")
    below = 1 + int(((replicates <= null) | unknown).sum())
    above = 1 + int(((replicates >= null) | unknown).sum())
    return min(1.0, 2 * min(below, above) / (len(replicates) + 1))


def holm(p: np.ndarray) -> np.ndarray:
    """Adjust p-values of one family so that the chance of any false finding is kept.

        p_(k) adjusted = max over j <= k of min(1, (m - j + 1) p_(j)),   p_(1) <= ... <= p_(m)

    Args:
        p: p-values, in any order, shape (hypothesis,); NaN stands for a comparison that could not
            be made, which is not counted in m.

    Returns:
        Adjusted p-values in the same order, NaN where they were.

    References:
        Holm 1979, A simple sequentially rejective multiple test procedure, Scand. J. Stat. 6, 65-70.
    """
    p = np.asarray(p, dtype=float)
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: int((~np.isnan(p)).sum())]  # NaN sorts last
    steps = len(order) - np.arange(len(order))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, steps * p[order]))
    return adjusted
