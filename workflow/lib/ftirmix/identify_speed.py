"""How fast spectra are identified from a Parquet file, and in how much memory: ``ftirmix-identify-speed``."""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from matplotlib.figure import Figure

from ftirmix.bands import material_spectrum, read_bands
from ftirmix.figures import save
from ftirmix.identification.shards import plan_shards
from ftirmix.spectra import matrix_to_lists, with_grid

ROOT = Path(__file__).parents[3]
BANDS = ROOT / "workflow" / "sources" / "bands.csv"
MATERIALS = ("PE", "PP", "PS", "PET", "PVC", "PA", "PU", "Cellulose")
STEP_CM1 = 1.93  # of an instrument at 4 cm^-1 resolution
DISTINCT = 2048


def write_spectra(path: Path, count: int) -> None:
    """Write binary mixtures with baselines and noise, as measured; after ``DISTINCT`` of them they repeat."""
    rng = np.random.default_rng(0)
    axis = np.arange(600.0, 4000.0, STEP_CM1)
    pure = np.stack([material_spectrum(read_bands(BANDS), name, axis) for name in MATERIALS])
    pairs = rng.integers(0, len(pure), (DISTINCT, 2))
    share = rng.random((DISTINCT, 1))
    clean = share * pure[pairs[:, 0]] + (1 - share) * pure[pairs[:, 1]]
    values = 0.3 * clean + rng.random((DISTINCT, 1)) * 0.1 * np.exp(-axis / 1500)
    values += rng.normal(0, 2e-4, values.shape)
    column = matrix_to_lists(values)
    schema = pa.schema([pa.field("spectrum", pa.string()), pa.field("absorbance", pa.list_(pa.float32()))])
    schema = with_grid(pa.Table.from_pylist([], schema=schema), axis).schema
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, count, DISTINCT):
            size = min(DISTINCT, count - start)
            names = pa.array([f"s{number}" for number in range(start, start + size)])
            writer.write_table(pa.Table.from_arrays([names, column.slice(0, size)], schema=schema))


def identify(path: Path, identifier: Path, jobs: int, folder: Path) -> dict[str, float]:
    """Identify a file in as many processes as jobs, one thread each, in the shards that ``identify`` makes.

    Returns:
        Seconds, seconds of processor time of all processes together (which other work on the machine lengthens
        less), and GB of the largest process so far.
    """
    # As Snakemake tells every job how many threads it has.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    root, plan, _ = plan_shards(str(path), config["identify"]["spectra_per_job"])

    def run(shard: int) -> None:
        job = {
            "name": f"speed.{shard}", "identifier": str(identifier), "bands": str(BANDS), "root": str(root),
            "plan": plan[plan["shard"] == shard].to_dict("list"), "results": str(folder / f"{shard}.parquet"),
            "evidence": str(folder / f"{shard}.evidence.parquet"), "shown": 0, "threads": 1,
        }  # fmt: skip
        description = folder / f"{shard}.json"
        description.write_text(json.dumps(job))
        command = [sys.executable, "-m", "ftirmix.identification.run_shard", str(description)]
        subprocess.run(command, check=True, capture_output=True, env=environment)

    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(run, plan["shard"].unique().tolist()))
    seconds, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor_seconds": processor, "gigabytes": after.ru_maxrss / 1e6}


def draw(table: pd.DataFrame, jobs: int, path: Path) -> None:
    """Draw processor time and memory against the number of spectra."""
    figure = Figure(figsize=(7.5, 3.2))
    left, right = figure.subplots(1, 2)
    last = table.iloc[-1]
    linear = last["processor_seconds"] * table["spectra"] / last["spectra"]
    left.loglog(table["spectra"], linear, color="#999999", linestyle=":", label="proportional")
    left.loglog(table["spectra"], table["processor_seconds"], marker="o", label=f"{jobs} processes of one thread")
    left.set_ylabel("processor time of all processes, s")
    left.legend(frameon=False, fontsize=8)
    right.semilogx(table["spectra"], table["gigabytes"], marker="o", color="#D55E00")
    right.set_ylabel("memory of the largest process, GB")
    right.set_ylim(0, 1.6)
    for axes in (left, right):
        axes.set_xlabel("spectra")
        axes.grid(alpha=0.3)
    figure.tight_layout()
    save(figure, path)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spectra", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--identifier", type=Path, default=ROOT / "workflow" / "pretrained")
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    rows = []
    for count in sorted(given.spectra):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "spectra.parquet"
            write_spectra(path, count)
            measured = identify(path, given.identifier, given.jobs, Path(folder))
        rows.append({"spectra": count, **measured})
        print(
            f"{count} spectra: {measured['seconds']:.1f} s, {count / measured['seconds']:.0f} per second, "
            f"{1000 * measured['processor_seconds'] / count:.2f} ms of processor time each, "
            f"largest process {measured['gigabytes']:.2f} GB",
            flush=True,
        )
    if given.plot:
        draw(pd.DataFrame(rows), given.jobs, given.plot)


if __name__ == "__main__":
    main()
