"""The baseline that sizes of bands are measured from."""

import numpy as np

# A slope, a bend and the slow rise of a carbon-filled specimen; more would follow broad bands.
BASELINE_DEGREE = 4
BASELINE_ROUNDS = 10


def robust_baseline(scaled: np.ndarray) -> np.ndarray:
    """Fit the polynomial of least absolute deviations: bands, up or down, hardly pull it.

    Found by reweighted least squares, weight 1 / |deviation|, on means of three points.

    Args:
        scaled: shape (spectrum, wavenumber), range one.

    Returns:
        Same shape.

    References:
        Schlossmacher 1973, J. Am. Stat. Assoc. 68, 857 (least absolute deviations by reweighting).
    """
    points, terms = scaled.shape[1], BASELINE_DEGREE + 1
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, points), BASELINE_DEGREE)
    whole = points - points % 3
    coarse = scaled[:, :whole].reshape(len(scaled), -1, 3).mean(axis=2)
    coarse_basis = basis[:whole].reshape(-1, 3, terms).mean(axis=1)
    products = (coarse_basis[:, :, None] * coarse_basis[:, None, :]).reshape(-1, terms**2)
    weight = np.ones_like(coarse)
    for _ in range(BASELINE_ROUNDS):
        normal = (weight @ products).reshape(-1, terms, terms)
        moment = (weight * coarse) @ coarse_basis
        coefficients = np.linalg.solve(normal, moment[:, :, None])[:, :, 0]
        # A thousandth of the range is near enough: a point on the curve must not get all the weight.
        weight = 1 / np.maximum(np.abs(coarse - coefficients @ coarse_basis.T), 1e-3)
    return coefficients @ basis.T
