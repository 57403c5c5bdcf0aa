"""What attribution maps cost as spectra grow more: processor time, and memory beside spectra and maps themselves."""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

MEGABYTE = 2**20


class Cost(NamedTuple):
    """What the maps of all components of some spectra cost.

    Attributes:
        spectra: how many.
        seconds: of processor time.
        memory_mb: the highest above what the process held before, less the maps that it returned.
    """

    spectra: int
    seconds: float
    memory_mb: float


def cost_of(spectra: int, options: dict, wavenumber: list[float], components: int, layer: str, cam: str) -> Cost:
    """Make the maps of random spectra once and say what it took; in a process of its own, whose peak is its own."""
    import torch

    from ftirmix.attribution import CAM_METHODS, attribute_layers
    from ftirmix.models import build_seeded

    torch.set_num_threads(1)
    network = build_seeded("cnn", wavenumber, components, options, 0).eval()
    absorbance = np.random.default_rng(0).random((spectra, len(wavenumber)), dtype=np.float32)
    method, step = {cam: CAM_METHODS[cam]}, wavenumber[1] - wavenumber[0]
    attribute_layers(network, absorbance[:8], method, [layer], step)  # libraries allocate on their first use
    before, started = peak_bytes(), time.process_time()
    logits, maps = attribute_layers(network, absorbance, method, [layer], step)
    seconds = time.process_time() - started
    returned = logits.nbytes + sum(values.nbytes for values in maps.values())
    return Cost(spectra, seconds, (peak_bytes() - before - returned) / MEGABYTE)


def peak_bytes() -> int:
    """Return the most memory that this process ever held."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def costs(sizes: list[int], *arguments: object) -> list[Cost]:
    """Measure several numbers of spectra, each in a fresh process, one after the other; see :func:`cost_of`."""
    found = []
    for size in sizes:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(cost_of, size, *arguments).result())  # type: ignore[arg-type]
    return found


def scaling_figure(measured: list[Cost], components: int) -> Figure:
    """Draw processor time and memory against the number of spectra, with the line through the largest."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    spectra = np.array([cost.spectra for cost in measured])
    largest = measured[-1]
    time_axes.plot(spectra, spectra * largest.seconds / largest.spectra, color="0.7", label="proportional")
    time_axes.plot(spectra, [cost.seconds for cost in measured], "o", color="C0", label="measured")
    time_axes.set_ylabel("processor time, s")
    time_axes.legend(frameon=False)
    memory_axes.plot(spectra, [max(cost.memory_mb, 0.0) for cost in measured], "o-", color="C0")
    memory_axes.set_ylabel("memory beside spectra and maps, MB")
    for axes in (time_axes, memory_axes):
        axes.set_xlabel(f"spectra (maps of {components} components each)")
        axes.set_xlim(0)
        axes.set_ylim(0)
        axes.spines[["top", "right"]].set_visible(False)
    return figure
