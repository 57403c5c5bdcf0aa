"""Whether a network looked at a component's own bands, against exact ground truth."""

import numpy as np

# A band is a component's own where it makes up this share of all absolute contributions ...
OWN_SHARE = 0.8
# ... and rises to this share of the component's highest contribution.
OWN_HEIGHT = 0.1


def own_bands(contributions: np.ndarray, resolution_points: int) -> np.ndarray:
    """Find the positions that one component explains nearly alone, at equal mixing ratio.

        D_i = {nu : c_i >= 0.8 sum_j |c_j| and c_i >= 0.1 max c_i}, dilated by half the map's resolution

    Args:
        contributions: of the components at equal mixing ratio, shape (mixture, slot, wavenumber).
        resolution_points: grid points per position of the attribution map.

    Returns:
        Mask, shape (mixture, slot, wavenumber); all False where a component has no own band.
    """
    total = np.abs(contributions).sum(axis=1, keepdims=True)
    highest = contributions.max(axis=2, keepdims=True)
    mask = (contributions >= OWN_SHARE * total) & (contributions >= OWN_HEIGHT * highest) & (highest > 0)
    dilated = mask.copy()
    for distance in range(1, resolution_points // 2 + 1):
        dilated[..., distance:] |= mask[..., :-distance]
        dilated[..., :-distance] |= mask[..., distance:]
    return dilated


def own_band_attribution(attribution: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return the share of a map's positive part that lies on a component's own bands.

        e_i = sum over D_i of L_i+ / sum over nu of L_i+

    Args:
        attribution: maps of the component's own logit, shape (mixture, wavenumber).
        bands: mask of own bands, same shape.

    Returns:
        shape (mixture,); NaN where the map has no positive part or the component no own band.
    """
    positive = np.maximum(attribution.astype(float), 0.0)
    total = positive.sum(axis=1)
    share = np.full(len(positive), np.nan)
    defined = (total > 0) & bands.any(axis=1)
    share[defined] = (positive * bands).sum(axis=1)[defined] / total[defined]
    return share


def neglect_index(mixed: np.ndarray, pure: np.ndarray) -> np.ndarray:
    """Compare where the network looks in a mixture with where it looks in the pure spectrum.

        n_i(r) = 1 - e_i(r) / e_i(pure)

    0: it looks where it looks for the pure polymer; 1: it looks elsewhere; below 0: it looks at
    the own bands even more.

    Args:
        mixed: own-band attribution in the mixture, shape (mixture,).
        pure: own-band attribution of the same endmember alone, on the same bands, same shape.

    Returns:
        shape (mixture,); NaN where either is undefined or the pure one is zero.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        index = 1.0 - mixed / pure
    return np.where(np.isfinite(index) & (pure > 0), index, np.nan)


def minor_part(values: np.ndarray, bands: np.ndarray) -> np.ndarray:
    """Return which part of what lies on the own bands of both components lies on the minor's.

        V_m / (V_m + V_M),   V_i = sum over D_i of v_i

    Args:
        values: attribution (its positive part, the same map for both) or contribution, shape
            (mixture, 2, wavenumber), the minor first.
        bands: mask of own bands, same shape.

    Returns:
        shape (mixture,); NaN where either component has no own band or nothing lies on them.
    """
    on_bands = (np.maximum(values, 0.0) * bands).sum(axis=2, dtype=float)  # (mixture, 2)
    total = on_bands.sum(axis=1)
    part = np.full(len(total), np.nan)
    defined = (total > 0) & bands.any(axis=2).min(axis=1)
    part[defined] = on_bands[defined, 0] / total[defined]
    return part
