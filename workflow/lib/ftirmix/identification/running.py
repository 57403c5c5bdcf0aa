"""Identify the spectra of one shard: read, prepare, ask, write, batch by batch, so that memory does not grow."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ftirmix.compiled_baseline import worth_compiling
from ftirmix.files import whole_file
from ftirmix.identification.answers import (
    NEAREST,
    RESULT_SCHEMA,
    disagree,
    result_table,
    status_of,
    unclear_words,
    words,
)
from ftirmix.identification.calibration import Judged, judge
from ftirmix.identification.evidence import Evidence, EvidenceWriter
from ftirmix.identification.identifier import Identifier
from ftirmix.identification.mapping import maps_of
from ftirmix.identification.preparing import Preparer
from ftirmix.identification.sampling import EvenSample
from ftirmix.identification.searching import Searcher
from ftirmix.instrument import InstrumentSpectrum, Unreadable, absorbance_of, read_file
from ftirmix.instrument.parquet import MAGIC, is_parquet, read_parquet_grids, read_parquet_rows
from ftirmix.quality import MEASURES, QualityLimits, vapour_spectrum
from ftirmix.training import infer

logger = logging.getLogger(__name__)
BATCH = 1024
MAPPED_AT_ONCE = 128
REPORT_SECONDS = 10.0
# Probability from which the likeliest polymer of an unknown spectrum is named: fouled plastics are among them.
DOUBT = 0.5
# Of a spectrum that is no pixel of a map.
NOWHERE = (np.nan, np.nan)


@dataclass(frozen=True)
class Batch:
    """Spectra that were read, on the study's grid or not, and what could not be read.

    Attributes:
        file: of every spectrum.
        spectrum: its name inside the file.
        decision: how unit and axis were decided.
        refused: why it cannot be read, or does not cover the window; empty where it can.
        poor: whether what is refused was read but is of no use, rather than unreadable.
        measured: absorbance on the grid, NaN where refused, shape (spectrum, wavenumber).
        absolute: whether the absorbance has a scale.
        first_cm1: lowest wavenumber that was measured, NaN where refused.
        position: of the pixel on a map, across and down, NaN where there is none, shape (spectrum, 2).
    """

    file: list[str]
    spectrum: list[str]
    decision: list[str]
    refused: list[str]
    poor: list[bool]
    measured: np.ndarray
    absolute: np.ndarray
    first_cm1: np.ndarray
    position: np.ndarray


class ShardRunner:
    """Identifies spectra with one identifier.

    Args:
        identifier: network, calibration, references.
        bands: table of bands, for water vapour.
        limits: of quality.
    """

    def __init__(self, identifier: Identifier, bands: pd.DataFrame, limits: QualityLimits) -> None:
        self.identifier = identifier
        self.searcher = Searcher(identifier.library, identifier.components)
        grid = identifier.library.wavenumber
        self.preparer = Preparer(
            identifier.preprocessing, identifier.measured_from_cm1, limits, vapour_spectrum(bands, grid)
        )

    def run(self, root: Path, plan: pd.DataFrame, results: Path, evidence: Path, shown: int) -> dict[str, int]:
        """Identify a shard's spectra and write its two files whole or not at all.

        Args:
            root: of the files.
            plan: rows of the shard, see :func:`ftirmix.identification.shards.plan_shards`.
            results: Parquet file of ``RESULT_SCHEMA``.
            evidence: Parquet file of ``EVIDENCE_SCHEMA``.
            shown: spectra, evenly over the shard whatever their status, of which evidence is kept at most.

        Returns:
            Number of spectra by status.
        """
        expected = max(int(plan["about"].sum()), 1)
        self.preparer.compiled = worth_compiling(expected)
        # Of text files the number is a guess: too high a one would leave out what there was room for.
        counted = bool(plan["file"].str.lower().str.endswith(".parquet").all())
        sample = EvenSample(expected if counted else 1, shown)
        counts: dict[str, int] = {}
        done = 0
        started = reported = time.monotonic()
        with (
            whole_file(results) as result_path,
            whole_file(evidence) as evidence_path,
            pq.ParquetWriter(result_path, RESULT_SCHEMA, compression="zstd") as result_writer,
            EvidenceWriter(evidence_path, sample) as evidence_writer,
        ):
            for batch in self.batches(root, plan):
                table, judged_rows, material = self.answer(batch)
                result_writer.write_table(table)
                kept = sample.take(table.num_rows)
                if kept[judged_rows].any():
                    evidence_writer.write(self.evidence(material, judged_rows, kept[judged_rows], done))
                bare = np.setdiff1d(np.flatnonzero(kept), judged_rows)
                if len(bare):
                    evidence_writer.write(self.bare_evidence(unit_height(batch.measured[bare]), done + bare))
                for status, count in zip(*np.unique(table.column("status"), return_counts=True), strict=True):
                    counts[str(status)] = counts.get(str(status), 0) + int(count)
                done += table.num_rows
                now = time.monotonic()
                if now - reported >= REPORT_SECONDS:
                    logger.info(progress(done, expected, done / (now - started)))
                    reported = now
        logger.info("%d spectra, %.0f per second", done, done / max(time.monotonic() - started, 1e-9))
        return counts

    def batches(self, root: Path, plan: pd.DataFrame) -> Iterator[Batch]:
        """Read the shard's files in batches; files of few spectra share one."""
        waiting: list[InstrumentSpectrum | Unreadable] = []
        for row in plan.itertuples():
            name, first, stop = str(row.file), int(row.first), int(row.stop)
            if name.lower().endswith(".parquet") and begins_as_parquet(root / name):
                yield from self.parquet_batches(root / name, name, first, None if stop < 0 else stop)
                continue
            for spectrum in read_file(root, name):
                waiting.append(spectrum)
                if len(waiting) == BATCH:
                    yield self.gathered(waiting)
                    waiting = []
        if waiting:
            yield self.gathered(waiting)

    def parquet_batches(self, path: Path, name: str, first: int, stop: int | None) -> Iterator[Batch]:
        """Read rows of a Parquet file: as matrices where its spectra share an axis, else one by one."""
        rows = stop if stop is not None else rows_of(path)
        start = first
        for part in read_parquet_grids(path, first, stop):
            wavenumber, count = part.wavenumber, len(part.names)
            if self.preparer.outside(wavenumber) or not np.isfinite(part.absorbance).all():
                break
            yield Batch(
                [name] * count, part.names, [part.decision + self.preparer.lacking(wavenumber)] * count, [""] * count,
                [False] * count, self.preparer.on_grid(wavenumber, part.absorbance),
                np.full(count, has_scale(part.unit)), np.full(count, wavenumber[0]), part.position,
            )  # fmt: skip
            start += count
        if first < rows <= start:
            return
        spectra = read_parquet_rows(path, name, start, stop)
        while some := list(islice(spectra, BATCH)):
            yield self.gathered(some)

    def gathered(self, spectra: list[InstrumentSpectrum | Unreadable]) -> Batch:
        """Bring single spectra to the grid, those of one axis together."""
        grid = self.preparer.grid
        measured = np.full((len(spectra), len(grid)), np.nan)
        absolute, first = np.zeros(len(spectra), dtype=bool), np.full(len(spectra), np.nan)
        refused, poor, decision = [], [], []
        same_axis: dict[bytes, list[int]] = {}
        for place, spectrum in enumerate(spectra):
            if isinstance(spectrum, Unreadable):
                refused.append(spectrum.reason)
                poor.append(False)
                decision.append("")
                continue
            outside = self.preparer.outside(spectrum.wavenumber)
            refused.append(outside)
            poor.append(bool(outside))
            decision.append(spectrum.decision + ("" if outside else self.preparer.lacking(spectrum.wavenumber)))
            if not outside:
                first[place] = spectrum.wavenumber[0]
                absolute[place] = has_scale(spectrum.unit)
                same_axis.setdefault(spectrum.wavenumber.tobytes(), []).append(place)
        for places in same_axis.values():
            chosen = [spectra[place] for place in places]
            values = np.stack([absorbance_of(one) for one in chosen if isinstance(one, InstrumentSpectrum)])
            measured[places] = self.preparer.on_grid(np.frombuffer(wavenumber_key(chosen[0])), values)
        return Batch(
            [spectrum.file for spectrum in spectra], [spectrum.spectrum for spectrum in spectra], decision, refused,
            poor, measured, absolute, first,
            np.array([spectrum.position or NOWHERE for spectrum in spectra], dtype=float).reshape(-1, 2),
        )  # fmt: skip

    def answer(self, batch: Batch) -> tuple[pa.Table, np.ndarray, dict]:
        """Answer for a batch: its results, which of its rows were judged, and what evidence is made of."""
        count = len(batch.file)
        readable = np.flatnonzero([not reason for reason in batch.refused])
        reasons = list(batch.refused)
        status = ["poor_spectrum" if poor else "unreadable" for poor in batch.poor]
        columns: dict[str, list] = {
            "file": batch.file,
            "spectrum": batch.spectrum,
            "decision": batch.decision,
            "x": placed(batch.position[:, 0]),
            "y": placed(batch.position[:, 1]),
            **{name: [""] * count for name in ("answer", "nnls_answer", "library_answer")},
            "disagreement": [False] * count,
            **{
                name: [None] * count
                for name in (
                    "library_hit_quality", "probability", "present", "mixing_ratio", "mixing_ratio_low",
                    "mixing_ratio_high", "quality",
                )
            },
        }  # fmt: skip
        rows = np.empty(0, dtype=int)
        material: dict = {}
        if len(readable):
            prepared = self.preparer.prepare(
                batch.measured[readable], batch.absolute[readable], batch.first_cm1[readable]
            )
            measures = prepared.quality[list(MEASURES)].to_numpy(dtype=np.float32)
            for place, reason, values in zip(readable, prepared.reasons, measures, strict=True):
                reasons[place] = reason
                status[place] = "poor_spectrum" if reason else ""
                columns["quality"][place] = values
            good = np.array([not reason for reason in prepared.reasons])
            rows = readable[good]
            if len(rows):
                material = self.ask(prepared.absorbance[good], batch.first_cm1[rows])
                self.fill(columns, status, reasons, rows, material)
        return result_table({**columns, "status": status, "reason": reasons}), rows, material

    def ask(self, absorbance: np.ndarray, first_cm1: np.ndarray) -> dict:
        """Ask network, unmixing and library for prepared spectra."""
        logits, scores = infer(self.identifier.network, absorbance)
        coefficients, shares = self.searcher.unmix(absorbance, first_cm1)
        nearest, quality = self.searcher.search(absorbance, NEAREST)
        return {
            "absorbance": absorbance,
            "judged": judge(self.identifier.calibration, logits, scores, shares[:, -1]),
            "coefficients": coefficients,
            "shares": shares,
            "nearest": nearest,
            "nearest_quality": quality,
        }

    def fill(
        self, columns: dict[str, list], status: list[str], reasons: list[str], rows: np.ndarray, material: dict
    ) -> None:
        """Write the answers for judged rows into the columns of a batch."""
        components, library = self.identifier.components, self.identifier.library
        judged: Judged = material["judged"]
        shares = material["shares"]
        clear = self.identifier.unmixing_threshold
        unmixed = np.where(shares >= clear, shares, 0.0)
        best = material["nearest"][:, 0]
        hits = [library.component[row] for row in best]
        quality = material["nearest_quality"][:, 0]
        differs = disagree(components, judged.present, judged.ratio, shares, clear, hits, quality)
        statuses = status_of(judged)
        for number, row in enumerate(rows):
            status[row] = statuses[number]
            name = library.name[best[number]]
            columns["answer"][row] = words(components, judged.ratio[number])
            columns["nnls_answer"][row] = words(components, unmixed[number]) or unclear_words(
                components, shares[number]
            )
            columns["library_answer"][row] = name
            columns["library_hit_quality"][row] = float(quality[number])
            columns["disagreement"][row] = bool(differs[number])
            for field, values in (
                ("probability", judged.probability), ("present", judged.present), ("mixing_ratio", judged.ratio),
                ("mixing_ratio_low", judged.ratio_low), ("mixing_ratio_high", judged.ratio_high),
            ):  # fmt: skip
                columns[field][row] = values[number]
            if statuses[number] == "unknown":
                reasons[row] = unknown_reason(components, judged.probability[number])
            elif statuses[number] == "plastic_and_unknown":
                reasons[row] = "part of it looks like none of the polymers that the network knows"

    def bare_evidence(self, spectra: np.ndarray, rows: np.ndarray) -> pa.Table:
        """Gather what the page shows of spectra that were not judged: themselves, NaN where they could not be read."""
        count = len(spectra)
        return Evidence(
            rows=rows,
            absorbance=spectra,
            coefficients=np.zeros((count, len(self.identifier.library.name)), dtype=np.float32),
            nearest=np.full((count, NEAREST), -1),
            nearest_quality=np.full((count, NEAREST), np.nan, dtype=np.float32),
            maps=[np.empty((0, 0), dtype=np.float32)] * count,
            map_components=[np.empty(0, dtype=int)] * count,
        ).table()

    def evidence(self, material: dict, rows: np.ndarray, wanted: np.ndarray, offset: int) -> pa.Table:
        """Gather what the page shows of the wanted ones among judged rows."""
        judged = Judged(**{name: values[wanted] for name, values in vars(material["judged"]).items()})
        absorbance = material["absorbance"][wanted]
        maps, components = [], []
        for start in range(0, len(absorbance), MAPPED_AT_ONCE):
            part = slice(start, start + MAPPED_AT_ONCE)
            some = Judged(**{name: values[part] for name, values in vars(judged).items()})
            found, called = maps_of(self.identifier, absorbance[part], some)
            maps += found
            components += called
        return Evidence(
            rows=offset + rows[wanted],
            absorbance=absorbance,
            coefficients=material["coefficients"][wanted].astype(np.float32),
            nearest=material["nearest"][wanted],
            nearest_quality=material["nearest_quality"][wanted].astype(np.float32),
            maps=maps,
            map_components=components,
        ).table()


def progress(done: int, expected: int, rate: float) -> str:
    """Say how far a shard is; how many spectra a text file holds is a guess, which may be too low."""
    if done > expected:
        return f"{done:,} spectra, more than expected, {rate:,.0f} per second"
    return f"{done:,} of about {expected:,} spectra, {rate:,.0f} per second, {(expected - done) / rate:,.0f} s left"


def has_scale(unit: str) -> bool:
    """Tell whether absorbance from a unit has a scale, so that its height says how much light came through."""
    return unit != "scaled_absorbance"


def begins_as_parquet(path: Path) -> bool:
    """Tell whether a file is Parquet by its content; one that cannot be opened is left to who tells why."""
    try:
        with path.open("rb") as file:
            return is_parquet(file.read(len(MAGIC)))
    except OSError:
        return False


def placed(values: np.ndarray) -> list[float | None]:
    """Return positions with None where there is none, as a table holds them."""
    return [float(value) if np.isfinite(value) else None for value in values]


def unit_height(measured: np.ndarray) -> np.ndarray:
    """Scale spectra as they were measured to run from zero to one, for drawing; a constant one is zero."""
    low = measured.min(axis=1, keepdims=True)
    span = measured.max(axis=1, keepdims=True) - low
    return ((measured - low) / np.where(span > 0, span, 1.0)).astype(np.float32)


def unknown_reason(components: list[str], probability: np.ndarray) -> str:
    """Say why a spectrum is unknown, and which polymer it would be if it were one after all."""
    reason = "looks like none of the polymers that the network knows"
    likeliest = int(probability[:-1].argmax())
    if probability[likeliest] < DOUBT:
        return reason
    return f"{reason}; if it is one after all, then {components[likeliest]}"


def wavenumber_key(spectrum: InstrumentSpectrum | Unreadable) -> bytes:
    """Return the axis of a spectrum that was read, as bytes of float64."""
    assert isinstance(spectrum, InstrumentSpectrum)
    return spectrum.wavenumber.tobytes()


def rows_of(path: Path) -> int:
    """Return the number of rows of a Parquet file, 0 where it is none."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowInvalid, OSError):
        return 0
