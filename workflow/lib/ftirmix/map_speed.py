"""How fast attribution maps are made, beside two libraries that make them for images.

    uv run --group benchmark ftirmix-map-speed
    uv run ftirmix-map-speed --plot cost.svg     # how time and memory grow with the number of spectra

All three make Grad-CAM maps of all components of a batch, of the same CNN at the same layer, by the
same number of threads, taking turns. pytorch-grad-cam takes images only: for it the spectrum is
dressed as one of height one. The raw maps of all three are compared before anything is timed.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from ftirmix.attribution import CAM_METHODS, attribute_layers
from ftirmix.figures import save
from ftirmix.map_scaling import costs, scaling_figure
from ftirmix.models import build_seeded
from ftirmix.models.layers import SpectrumNetwork, with_derivative

SIZES = [256, 1024, 2048, 4096, 8192]
ROOT = Path(__file__).resolve().parents[3]
AGREEMENT = 1e-5  # of the highest value of all maps, which is small for a network that was not trained


class Logits(nn.Module):
    """A network that answers with its logits alone."""

    def __init__(self, network: SpectrumNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, absorbance: Tensor) -> Tensor:
        """Map (batch, wavenumber) to (batch, component)."""
        return self.network(absorbance)[0]


class Dressed(nn.Module):
    """A network of images of height one; ``target`` hands on what a layer gives as such an image."""

    def __init__(self, network: SpectrumNetwork, layer: str) -> None:
        super().__init__()
        self.network, self.layer, self.target = network, layer, nn.Identity()

    def forward(self, image: Tensor) -> Tensor:
        """Map (batch, 1, 1, wavenumber) to (batch, component)."""
        features = self.network.stem(with_derivative(image[:, 0, 0]))
        for name, block in self.network.layers.items():
            features = block(features)
            if name == self.layer:
                features = self.target(features.unsqueeze(2)).squeeze(2)
        return self.network.head(features)[0]


def makers(
    network: SpectrumNetwork, spectra: np.ndarray, layer: str, components: int
) -> dict[str, Callable[[], np.ndarray]]:
    """Return what makes the raw maps of all components, (spectrum, component, position), by name."""
    from captum.attr import LayerGradCam
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    method = {"grad_cam": CAM_METHODS["grad_cam"]}
    captum = LayerGradCam(Logits(network), network.layers[layer])
    dressed = Dressed(network, layer)

    class Raw(GradCAM):
        """Keeps the maps as they are before the library cuts, stretches and scales them."""

        def get_cam_image(self, *arguments: Any, **named: Any) -> np.ndarray:
            self.raw = super().get_cam_image(*arguments, **named)
            return self.raw

    dressed_maps = Raw(model=dressed, target_layers=[dressed.target])
    batch = torch.from_numpy(spectra)

    def by_captum() -> np.ndarray:
        maps = [captum.attribute(batch, target=number).detach().numpy()[:, 0] for number in range(components)]
        return np.stack(maps, axis=1)

    def by_images() -> np.ndarray:
        maps = []
        for number in range(components):
            dressed_maps(batch[:, None, None], [ClassifierOutputTarget(number)] * len(spectra))
            maps.append(dressed_maps.raw[:, 0])
        return np.stack(maps, axis=1)

    return {
        "ftirmix": lambda: attribute_layers(network, spectra, method, [layer], 4.0)[1]["grad_cam", layer],
        "captum": by_captum,
        "pytorch-grad-cam": by_images,
    }


def compare(maker: dict[str, Callable[[], np.ndarray]], turns: int) -> dict[str, list[float]]:
    """Check that all make the same maps, then time them turn by turn; seconds of processor time by name.

    Raises:
        ValueError: the maps differ.
    """
    first = maker["ftirmix"]()
    for name, make in maker.items():
        gap = float(np.abs(make() - first).max())
        if gap > AGREEMENT * float(np.abs(first).max()):
            raise ValueError(f"the maps of {name} differ by up to {gap:g}")
    taken: dict[str, list[float]] = {name: [] for name in maker}
    for _ in range(turns):
        for name, make in maker.items():
            started = time.process_time()
            make()
            taken[name].append(time.process_time() - started)
    return taken


def main() -> None:
    """Run the comparison and print it."""
    parser = argparse.ArgumentParser(description="Grad-CAM maps per second, beside captum and pytorch-grad-cam.")
    parser.add_argument("--threads", type=int, default=1, help="threads of all (default: 1, as in a study's jobs)")
    parser.add_argument("--batch", type=int, default=256, help="spectra (default: 256)")
    parser.add_argument("--layer", default="block3", help="layer of the CNN (default: block3, the last)")
    parser.add_argument("--turns", type=int, default=7, help="turns (default: 7)")
    parser.add_argument("--plot", type=Path, help="draw time and memory against the number of spectra instead")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    axis, components = config["preprocessing"], len(config["components"])
    grid = np.arange(axis["low_cm1"], axis["high_cm1"] + 1e-9, axis["step_cm1"])
    options = dict(config["models"]["cnn"]["candidates"][0])
    options.pop("learning_rate")
    if given.plot:
        measured = costs(SIZES, options, grid.tolist(), components, given.layer, "grad_cam")
        save(scaling_figure(measured, components), given.plot)
        for cost in measured:
            print(
                f"{cost.spectra:6,d} spectra   {cost.seconds:6.2f} s   {cost.memory_mb:6.0f} MB beside spectra and maps"
            )
        return
    network = build_seeded("cnn", grid.tolist(), components, options, 0).eval()
    spectra = np.random.default_rng(0).random((given.batch, len(grid)), dtype=np.float32)
    taken = compare(makers(network, spectra, given.layer, components), given.turns)
    own = np.array(taken["ftirmix"])
    for name, seconds in taken.items():
        ratios = np.array(seconds) / own
        print(
            f"{name:17s} {given.batch * components / np.median(seconds):9,.0f} maps/s   ftirmix makes "
            f"{np.median(ratios):5.1f} times as many ({ratios.min():.1f} to {ratios.max():.1f})"
        )
