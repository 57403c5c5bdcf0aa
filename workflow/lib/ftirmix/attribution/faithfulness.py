"""What a network answers when just the positions that a map points at change: the counterfactual, not zero."""

import numpy as np
from torch import nn

from ftirmix.attribution.scores import highest_positions
from ftirmix.training import infer


def exchanged(
    network: nn.Module,
    absorbance: np.ndarray,
    without: np.ndarray,
    maps: np.ndarray,
    area: np.ndarray,
    components: np.ndarray,
) -> dict[str, np.ndarray]:
    """Exchange the highest positions of each map between a mixture and the same mixture without the component.

        removal   = z(x) - z(x with the T highest positions taken from x_without)
        insertion = z(x_without with the T highest positions taken from x) - z(x_without)
        drop      = z(x) - z(x_without),   z the component's logit

    Setting positions to zero would show the network spectra that no mixture has; here every value
    that it sees is one of two real ones. removal / drop and insertion / drop say how much of the
    component's whole effect lies where the map points.

    Args:
        network: returns (logits, ...).
        absorbance: x, shape (row, wavenumber).
        without: x_without, same shape.
        maps: same shape.
        area: number of positions T that are exchanged, shape (row,).
        components: logit of each row, shape (row,).

    Returns:
        removal, insertion and drop, each of shape (row,), in logit units.

    References:
        After Petsiuk et al. 2018, RISE, section 4.2. arXiv:1806.07421; with counterfactuals for deletion.
    """
    rows = np.arange(len(absorbance))
    top = highest_positions(maps, area)
    views = {
        "whole": absorbance,
        "without": without,
        "removed": np.where(top, without, absorbance),
        "inserted": np.where(top, absorbance, without),
    }
    logit = {name: infer(network, view.astype(np.float32))[0][rows, components] for name, view in views.items()}
    return {
        "removal": logit["whole"] - logit["removed"],
        "insertion": logit["inserted"] - logit["without"],
        "drop": logit["whole"] - logit["without"],
    }
