"""A shard from files to answers, with good and bad files, a process that dies, and memory that does not grow."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ftirmix.bands import material_spectrum, read_bands
from ftirmix.errors import StudyError
from ftirmix.identification import gathering, parts, supervising
from ftirmix.identification.answers import RESULT_SCHEMA, result_table
from ftirmix.identification.calibration import RATIO_EDGES, Calibration
from ftirmix.identification.evidence import EVIDENCE_SCHEMA
from ftirmix.identification.foreign import FOREIGN
from ftirmix.identification.gathering import gather, never_read
from ftirmix.identification.identifier import Identifier, load_identifier, save_identifier
from ftirmix.identification.library import Library, load_library
from ftirmix.identification.page import page_data, read_shown
from ftirmix.identification.running import ShardRunner, progress, unknown_reason
from ftirmix.identification.sampling import EvenSample
from ftirmix.identification.searching import Searcher
from ftirmix.identification.shards import listing_fingerprint, plan_shards, read_plan, spectra_per_shard
from ftirmix.instrument import parquet as parquet_module
from ftirmix.models import build_seeded, describe
from ftirmix.preprocessing import wavenumber_grid
from ftirmix.quality import QualityLimits
from ftirmix.settings import PreprocessingSettings
from ftirmix.spectra import GRID_SCHEMA, matrix_to_lists, write_on_grid
from ftirmix.stream import cut_low_end
from ftirmix.tables import write_csv

SOURCES = Path(__file__).parents[2] / "workflow" / "sources"
BANDS = read_bands(SOURCES / "bands.csv")
PREPROCESSING = {
    "low_cm1": 680.0, "high_cm1": 3168.0, "step_cm1": 4.0, "tolerance_cm1": 8.0, "co2_window_cm1": (2280.0, 2400.0),
    "baseline": "arpls", "baseline_lam": 1e5,
}  # fmt: skip
SETTINGS = PreprocessingSettings(**PREPROCESSING)
GRID = wavenumber_grid(SETTINGS)
COMPONENTS = ["PE", "PA", FOREIGN]
OPTIONS = {"channels": [8, 8, 8], "kernel": 3, "stride": 4, "reduced": 4, "hidden": 16, "dropout": 0.0}


@pytest.fixture(scope="module")
def identifier() -> Identifier:
    """An identifier whose network was never trained: what it answers is of no interest here."""
    names = ["PE", "PA", "cellulose"]
    library = Library(
        GRID,
        np.stack([material_spectrum(BANDS, name, GRID) for name in names]).astype(np.float32),
        ["PE", "PA", FOREIGN],
        names,
    )
    bins = len(RATIO_EDGES) - 1
    calibration = Calibration(
        tuple(COMPONENTS),
        (1.0,) * 3,
        (0.0,) * 3,
        (-9.0, 9.0, 9.0),
        (),
        (),
        (),
        5.0,
        RATIO_EDGES,
        (-0.1,) * bins,
        (0.1,) * bins,
        0.9,
    )
    network = build_seeded("cnn", GRID.tolist(), 3, OPTIONS, 0).eval()
    about = {"architecture": "cnn", "laboratories": ["L"], "training_spectra": 2, "foreign_spectra": 1}
    return Identifier(calibration, library, 0.1, SETTINGS, 900.0, about, network)


@pytest.fixture(scope="module")
def runner(identifier: Identifier) -> ShardRunner:
    return ShardRunner(identifier, BANDS, QualityLimits())


def measured(axis: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 0.4 * material_spectrum(BANDS, ("PE", "PA")[seed % 2], axis) + rng.normal(0, 2e-4, len(axis))


def folder_of(path: Path) -> Path:
    """Write a folder of good, poor and bad files."""
    folder = path / "spectra"
    (folder / "again").mkdir(parents=True)
    axis = np.arange(650.0, 3400.0, 2.0)

    def write(name: str, x: np.ndarray, y: np.ndarray) -> None:
        np.savetxt(folder / name, np.column_stack([x, y]), delimiter=",")

    write("good.csv", axis, measured(axis, 0))
    write("again/good.csv", axis[::-1], measured(axis, 1)[::-1])
    write("short.csv", axis[200:], measured(axis, 0)[200:])  # from 1050 cm-1 on
    write("flat.csv", axis, np.full(len(axis), 0.2))
    write("three.csv", axis[:3], axis[:3])
    (folder / "empty.csv").write_text("")
    (folder / "page.csv").write_text("<!DOCTYPE html><html><body>Session expired</body></html>")
    (folder / "cut.spa").write_bytes(b"Spectral Data File\r\n" + bytes(40))
    (folder / "link.csv").symlink_to("/etc/hostname")
    return folder


def run(runner: ShardRunner, where: Path, out: Path, shown: int = 100) -> tuple[pd.DataFrame, pa.Table, dict]:
    root, plan, _ = plan_shards(str(where), 1000)
    counts = runner.run(root, plan, out / "0.results.parquet", out / "0.evidence.parquet", shown)
    results = pq.read_table(out / "0.results.parquet")
    assert results.schema.equals(RESULT_SCHEMA)
    return results.to_pandas(), pq.read_table(out / "0.evidence.parquet"), counts


def test_good_and_bad_files_give_exactly_the_expected_rows(runner: ShardRunner, tmp_path: Path) -> None:
    results, evidence, counts = run(runner, folder_of(tmp_path), tmp_path)
    rows = results.set_index("file")
    assert rows["status"].to_dict() == {
        "again/good.csv": "identified", "good.csv": "identified", "short.csv": "poor_spectrum",
        "flat.csv": "poor_spectrum", "three.csv": "unreadable", "empty.csv": "unreadable", "page.csv": "unreadable",
        "cut.spa": "unreadable",
    }  # fmt: skip
    for name, words in {
        "short.csv": "900 to 3168", "page.csv": "HTML", "empty.csv": "empty", "three.csv": "10", "cut.spa": "truncated",
    }.items():  # fmt: skip
        assert words in rows.loc[name, "reason"], rows.loc[name, "reason"]
    assert rows.loc[["good.csv", "again/good.csv"], "answer"].tolist() == ["PE", "PE"]
    assert rows.loc["good.csv", "library_answer"] == "PE"
    assert rows.loc["again/good.csv", "library_answer"] == "PA"
    assert rows.loc["again/good.csv", "disagreement"] and not rows.loc["good.csv", "disagreement"]
    assert rows.loc["good.csv", "nnls_answer"] == "PE"
    assert counts == {"identified": 2, "poor_spectrum": 2, "unreadable": 4}
    assert evidence.schema.equals(EVIDENCE_SCHEMA)
    # The flat one is drawn as it was measured, but nobody has anything to say of it.
    drawn = evidence.select(["row", "maps"]).to_pydict()
    shown = {results["file"][row]: len(maps) for row, maps in zip(drawn["row"], drawn["maps"], strict=True)}
    assert {file: count for file, count in shown.items() if count} == {"again/good.csv": 155, "good.csv": 155}
    assert set(shown) == set(results["file"])
    lines = dict(zip(results["file"][drawn["row"]], evidence.column("absorbance").to_pylist(), strict=True))
    assert {file for file, line in lines.items() if np.isfinite(line).all()} == {
        "again/good.csv",
        "good.csv",
        "flat.csv",
    }


def test_the_answer_does_not_depend_on_who_else_is_in_the_folder(runner: ShardRunner, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    together = run(runner, folder, tmp_path)[0].set_index("file")
    (tmp_path / "alone").mkdir()
    alone = run(runner, folder / "good.csv", tmp_path / "alone")[0].set_index("file")
    for column in ("probability", "mixing_ratio"):
        assert alone.loc["good.csv", column] == pytest.approx(together.loc["good.csv", column], abs=1e-5)


def grid_file(path: Path, count: int) -> Path:
    values = np.stack([measured(GRID, seed % 7) for seed in range(count)])
    names = [f"s{number}" for number in range(count)]
    table = pd.DataFrame(
        {
            "spectrum": names,
            "source": "s",
            "laboratory": "l",
            "specimen": None,
            "label": "",
            "component": "",
            "condition": "",
        }
    )
    write_on_grid(path, GRID_SCHEMA, table, values, GRID)
    return path


def test_parquet_is_read_in_row_ranges_and_streams(runner: ShardRunner, tmp_path: Path) -> None:
    path = grid_file(tmp_path / "many.parquet", 2500)
    root, plan, _ = plan_shards(str(path), 800)
    assert plan[["shard", "first", "stop"]].values.tolist() == [[0, 0, 834], [1, 834, 1668], [2, 1668, 2500]]
    whole = run(runner, path, tmp_path, shown=50)
    assert whole[0]["spectrum"].tolist() == [f"s{number}" for number in range(2500)]
    assert whole[1].num_rows == 50
    part = runner.run(
        root, plan[plan["shard"] == 2], tmp_path / "2.results.parquet", tmp_path / "2.evidence.parquet", 5
    )
    assert sum(part.values()) == 832
    assert pq.read_table(tmp_path / "2.results.parquet").to_pandas()["spectrum"].tolist()[0] == "s1668"


@pytest.mark.parametrize("first", [False, True])
def test_what_is_shown_is_chosen_evenly_whatever_the_status(
    runner: ShardRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    # A map whose one half is noise: neither half may crowd out the other.
    path = grid_file(tmp_path / "map.parquet", 200)
    table = pq.read_table(path)
    values = np.stack(table.column("absorbance").to_numpy()).copy()
    values[slice(0, 100) if first else slice(100, 200)] = np.random.default_rng(0).normal(0, 1, (100, len(GRID)))
    noisy = table.set_column(
        table.schema.get_field_index("absorbance"), table.schema.field("absorbance"), matrix_to_lists(values)
    )
    pq.write_table(noisy, path, row_group_size=30)
    monkeypatch.setattr(parquet_module, "BATCH_ROWS", 30)
    results, evidence, counts = run(runner, path, tmp_path, shown=20)
    assert counts == {"identified": 100, "poor_spectrum": 100}
    assert sorted(evidence.column("row").to_pylist()) == list(range(0, 200, 10))


def test_more_spectra_than_expected_are_shown_evenly_as_well(runner: ShardRunner, tmp_path: Path) -> None:
    root, plan, _ = plan_shards(str(grid_file(tmp_path / "many.parquet", 2500)), 3000)
    runner.run(root, plan.assign(about=100), tmp_path / "r.parquet", tmp_path / "e.parquet", 50)
    assert pq.read_table(tmp_path / "e.parquet").column("row").to_pylist() == list(range(0, 2500, 64))


def test_progress_does_not_count_down_from_a_guess_that_was_too_low() -> None:
    assert progress(1024, 4096, 512.0) == "1,024 of about 4,096 spectra, 512 per second, 6 s left"
    assert progress(9000, 1348, 1000.0) == "9,000 spectra, more than expected, 1,000 per second"


def test_a_guess_that_was_too_high_leaves_nothing_out(runner: ShardRunner, tmp_path: Path) -> None:
    root, plan, _ = plan_shards(str(folder_of(tmp_path)), 1000)
    runner.run(root, plan.assign(about=5000), tmp_path / "r.parquet", tmp_path / "e.parquet", 8)
    assert sorted(pq.read_table(tmp_path / "e.parquet").column("row").to_pylist()) == list(range(8))


def test_rows_are_kept_evenly_and_never_too_many() -> None:
    for expected, count, most in ((100, 100, 100), (100, 1000, 30), (1000, 10, 5), (7, 7, 3)):
        sample, kept = EvenSample(expected, most), []
        for start in range(0, count, 4):
            size = min(4, count - start)
            kept += (start + np.flatnonzero(sample.take(size))).tolist()
        left = [row for row in kept if row % sample.every == 0]
        assert left == list(range(0, count, sample.every)) and len(left) <= most
    assert not EvenSample(10, 0).take(10).any()


def test_parquet_is_judged_and_told_as_the_same_spectra_in_text_are(runner: ShardRunner, tmp_path: Path) -> None:
    axis = np.arange(650.0, 3400.0, 2.0)
    values = np.stack([measured(axis, 0), 20 * measured(axis, 0)])  # the other one lets no light through
    for folder in ("text", "table"):
        (tmp_path / folder).mkdir()
    wide = pd.DataFrame(values, columns=[f"{value:g}" for value in axis]).assign(spectrum=["thin", "thick"])
    wide.to_parquet(tmp_path / "table" / "a.parquet")
    text = np.column_stack([axis, *values])
    np.savetxt(tmp_path / "text" / "a.csv", text, delimiter=",", header="wavenumber,thin,thick", comments="")
    found = [run(runner, tmp_path / folder, tmp_path)[0] for folder in ("text", "table")]
    for column in ("status", "reason", "decision"):
        assert found[0][column].tolist() == found[1][column].tolist()
    assert found[0]["status"].tolist() == ["identified", "poor_spectrum"]
    assert "highest absorbance" in found[0]["reason"][1]


def test_what_is_called_parquet_and_is_none_is_read_by_its_content(runner: ShardRunner, tmp_path: Path) -> None:
    axis = np.arange(650.0, 3400.0, 2.0)
    np.savetxt(tmp_path / "a.parquet", np.column_stack([axis, measured(axis, 0)]), delimiter=",")
    assert run(runner, tmp_path / "a.parquet", tmp_path)[0]["status"].tolist() == ["identified"]


def test_many_spectra_are_answered_alike_with_their_baselines_compiled(
    runner: ShardRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = grid_file(tmp_path / "some.parquet", 30)
    slowly = run(runner, path, tmp_path)[0]
    asked: list[int] = []
    monkeypatch.setattr("ftirmix.identification.running.worth_compiling", lambda count: asked.append(count) or True)
    monkeypatch.setattr("ftirmix.baseline.solve", None)  # numpy has no part in it
    quickly = run(runner, path, tmp_path)[0]
    assert asked == [30]
    assert quickly["answer"].tolist() == slowly["answer"].tolist()
    assert np.stack(quickly["probability"]) == pytest.approx(np.stack(slowly["probability"]), abs=1e-5)


def test_parquet_with_holes_is_answered_spectrum_by_spectrum(runner: ShardRunner, tmp_path: Path) -> None:
    path = grid_file(tmp_path / "holes.parquet", 6)
    table = pq.read_table(path)
    rows = table.column("absorbance").to_pylist()
    rows[2][100] = float("nan")
    table = table.set_column(
        table.schema.get_field_index("absorbance"), "absorbance", pa.array(rows, pa.list_(pa.float32()))
    )
    pq.write_table(table, path)
    statuses = run(runner, path, tmp_path)[0]["status"].tolist()
    assert len(statuses) == 6
    assert statuses.count("identified") >= 5


def test_an_unknown_spectrum_names_the_polymer_it_might_be() -> None:
    assert unknown_reason(COMPONENTS, np.array([0.1, 0.7, 0.9])).endswith("if it is one after all, then PA")
    assert "after all" not in unknown_reason(COMPONENTS, np.array([0.1, 0.2, 0.9]))


def test_a_new_file_changes_the_fingerprint_and_nothing_else_does(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    before = listing_fingerprint(str(folder))
    assert listing_fingerprint(str(folder)) == before
    (folder / "new.csv").write_text("1,2\n")
    assert listing_fingerprint(str(folder)) != before


def test_a_file_that_is_written_again_changes_fingerprint_and_plan(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1,2\n")
    before = listing_fingerprint(str(tmp_path)), plan_shards(str(tmp_path), 10)[1]["state"].tolist()
    (tmp_path / "a.csv").write_text("1,25\n")
    assert listing_fingerprint(str(tmp_path)) != before[0]
    assert plan_shards(str(tmp_path), 10)[1]["state"].tolist() != before[1]


def test_small_files_share_a_shard(tmp_path: Path) -> None:
    for number in range(25):
        (tmp_path / f"{number}.csv").write_text("1,2\n")
    plan = plan_shards(str(tmp_path), 10)[1]
    assert plan["shard"].value_counts().sort_index().tolist() == [13, 12]
    write_csv(tmp_path / "plan.out", plan)
    assert read_plan(tmp_path / "plan.out").equals(plan)


def test_a_shard_that_dies_is_tried_again_and_then_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(supervising.sys, "executable", "/bin/false")
    job = {
        "results": str(tmp_path / "0.results.parquet"),
        "evidence": str(tmp_path / "0.evidence.parquet"),
        "plan": {"shard": [0, 0], "file": ["a.csv", "b.parquet"], "first": [0, 20], "stop": [-1, 30], "about": [1, 10]},
    }
    with pytest.raises(RuntimeError, match="tried once more"):
        supervising.supervise(job, last_try=False)
    assert not (tmp_path / "0.results.parquet").exists()
    supervising.supervise(job, last_try=True)
    results = pq.read_table(tmp_path / "0.results.parquet").to_pandas()
    assert results[["file", "spectrum", "status"]].values.tolist() == [
        ["a.csv", "", "unreadable"],
        ["b.parquet", "rows 21 to 30", "unreadable"],
    ]
    assert "exit code 1" in results["reason"][0]
    assert not list(tmp_path.glob("*.json"))


def test_a_shard_in_its_own_process_writes_the_same(
    runner: ShardRunner, identifier: Identifier, tmp_path: Path
) -> None:
    folder, saved = folder_of(tmp_path), tmp_path / "saved"
    description = describe("cnn", OPTIONS, COMPONENTS, GRID, 0)
    save_identifier(saved, identifier, description, PREPROCESSING)
    root, plan, _ = plan_shards(str(folder), 1000)
    job = {
        "identifier": str(saved), "bands": str(SOURCES / "bands.csv"), "root": str(root),
        "plan": plan.to_dict("list"), "results": str(tmp_path / "own.parquet"), "evidence": str(tmp_path / "e.parquet"),
        "shown": 10, "threads": 1,
    }  # fmt: skip
    supervising.supervise(job, last_try=False)
    here = run(runner, folder, tmp_path)[0]
    own = pq.read_table(tmp_path / "own.parquet").to_pandas()
    assert own[["file", "status", "answer", "reason"]].equals(here[["file", "status", "answer", "reason"]])


def test_identifier_on_disk_is_the_same_or_named(identifier: Identifier, tmp_path: Path) -> None:
    save_identifier(tmp_path, identifier, describe("cnn", OPTIONS, COMPONENTS, GRID, 0), PREPROCESSING)
    loaded = load_identifier(tmp_path)
    assert loaded.calibration == identifier.calibration
    assert loaded.library.name == identifier.library.name
    assert loaded.preprocessing == SETTINGS
    library = tmp_path / "library.safetensors"
    with pytest.raises(StudyError, match="belongs to another"):
        load_library(library, ["PE"], ["PE"])
    library.write_bytes(library.read_bytes()[:100])
    with pytest.raises(StudyError, match="not a readable library"):
        load_identifier(tmp_path)
    (tmp_path / "identifier.json").write_text(json.dumps({"calibration": {}}))
    with pytest.raises(StudyError, match="not a readable identifier"):
        load_identifier(tmp_path)


def test_unmixing_finds_what_was_mixed(identifier: Identifier) -> None:
    searcher = Searcher(identifier.library, COMPONENTS)
    mixed = 0.7 * identifier.library.absorbance[0] + 0.3 * identifier.library.absorbance[2]
    coefficients, shares = searcher.unmix(mixed[None])
    assert coefficients[0] == pytest.approx([0.7, 0, 0.3], abs=1e-6)
    assert shares[0] == pytest.approx([0.7, 0, 0.3], abs=1e-6)
    nearest, quality = searcher.search(identifier.library.absorbance[[1]], 2)
    assert nearest[0, 0] == 1
    assert quality[0, 0] == pytest.approx(1.0)
    assert searcher.search(-identifier.library.absorbance[[1]], 3)[1][0].min() == 0.0  # upside down is no hit


def test_unmixing_leaves_out_what_was_not_measured(identifier: Identifier) -> None:
    searcher = Searcher(identifier.library, COMPONENTS)
    mixed = 0.7 * identifier.library.absorbance[0] + 0.3 * identifier.library.absorbance[1]
    cut = cut_low_end(np.stack([mixed, mixed]), GRID, np.array([GRID[0], 900.0]))
    first = np.array([GRID[0] - 50, 900.0])
    coefficients, shares = searcher.unmix(cut, first)
    assert shares == pytest.approx(np.array([[0.7, 0.3, 0.0]] * 2), abs=1e-4)
    assert searcher.unmix(cut)[1][1] != pytest.approx([0.7, 0.3, 0.0], abs=1e-3)  # the repeated value is no band


def test_tables_and_page_of_a_folder(runner: ShardRunner, identifier: Identifier, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    run(runner, folder, tmp_path)
    left_out = tmp_path / "left_out.csv"
    write_csv(left_out, pd.DataFrame([("link.csv", "leads out of the folder")], columns=["file", "reason"]))
    outputs = {name: tmp_path / name for name in ("predictions_csv", "predictions_parquet", "particles_csv")}
    counts = gather([tmp_path / "0.results.parquet"], never_read(left_out), COMPONENTS, outputs)
    numbers = counts[counts["kind"].isin(["status", "component"])].set_index("name")["spectra"].to_dict()
    assert numbers == {
        "identified": 2, "plastic_and_unknown": 0, "unknown": 0, "poor_spectrum": 2, "unreadable": 5, "PE": 2, "PA": 0,
    } | {"unknown": 0}  # fmt: skip
    predictions = pd.read_csv(outputs["predictions_csv"])
    assert len(predictions) == 2 * 3 + 7
    assert predictions.groupby("file").size()["good.csv"] == 3
    assert predictions.set_index("file").loc["link.csv", "reason"] == "leads out of the folder"
    particles = pd.read_csv(outputs["particles_csv"])
    assert len(particles) == 9
    assert particles["quality_noise_share"].notna().sum() == 2  # a constant has no noise to speak of
    shown = read_shown([tmp_path / "0.results.parquet"], [tmp_path / "0.evidence.parquet"], never_read(left_out), 100)
    data = page_data("t", shown, 9, identifier, pd.read_csv(SOURCES / "assignments.csv"), {}, [])
    assert data.particles["file"].tolist()[-1] == "link.csv"
    assert np.isfinite(data.absorbance).all(axis=1).sum() == 3  # the poor one is drawn as well
    assert len(data.particles) == 9
    assert data.maps.shape == (2, 155)
    assert data.particles["file"].iloc[data.map_row[1]] == "good.csv"
    assert set(data.bands["component"]) <= set(data.components)


def test_tables_are_the_same_however_few_rows_are_held(
    runner: ShardRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(runner, folder_of(tmp_path), tmp_path)
    shards = [tmp_path / "0.results.parquet"] * 2
    write_csv(tmp_path / "left_out.csv", pd.DataFrame([("link.csv", "x")] * 3, columns=["file", "reason"]))
    left_out = never_read(tmp_path / "left_out.csv")
    names = ("predictions_csv", "predictions_parquet", "particles_csv")
    counts, texts, tables = [], [], []
    for rows in (50_000, 2):
        monkeypatch.setattr(gathering, "ROWS_AT_ONCE", rows)
        assert max(part.num_rows for part in gathering.parts_of(shards, left_out)) <= rows
        outputs = {name: tmp_path / str(rows) / name for name in names}
        counts.append(gather(shards, left_out, COMPONENTS, outputs))
        texts.append([outputs[name].read_bytes() for name in ("predictions_csv", "particles_csv")])
        tables.append(pd.read_parquet(outputs["predictions_parquet"]))
    assert counts[0].equals(counts[1]) and texts[0] == texts[1] and tables[0].equals(tables[1])
    with pytest.raises(StudyError, match="column 'quality' is missing"):
        pq.write_table(pq.read_table(shards[0]).drop_columns("quality"), shards[0])
        list(gathering.parts_of(shards, left_out))
    shards[0].write_bytes(b"PAR1")
    with pytest.raises(StudyError, match="its rule makes it anew"):
        list(gathering.parts_of(shards, left_out))


def test_joined_parts_are_the_tables_of_all_results(runner: ShardRunner, tmp_path: Path) -> None:
    run(runner, folder_of(tmp_path), tmp_path, shown=4)
    results, evidence = tmp_path / "0.results.parquet", tmp_path / "0.evidence.parquet"
    write_csv(tmp_path / "left_out.csv", pd.DataFrame([("=link.csv", "x")], columns=["file", "reason"]))
    left_out = never_read(tmp_path / "left_out.csv")
    whole = {name: tmp_path / "whole" / name for name in parts.TABLES}
    counts = gather([results, results], left_out, COMPONENTS, whole)
    names = (*parts.TABLES, "counts", "placed", "shown", "evidence")
    shards = [{name: tmp_path / shard / name for name in names} for shard in ("0", "1")]
    for outputs in shards:
        parts.write_part(results, evidence, COMPONENTS, 2, outputs)
    joined = {name: tmp_path / "joined" / name for name in parts.TABLES}
    files = {name: [outputs[name] for outputs in shards] for name in names}
    again = parts.join_parts(files, left_out, COMPONENTS, joined)
    assert again.to_csv() == counts.astype({"main": "Int64"}).to_csv()
    for name in ("predictions_csv", "particles_csv"):
        assert joined[name].read_bytes() == whole[name].read_bytes()
    assert pq.read_table(joined["predictions_parquet"]).schema.equals(
        pq.read_table(whole["predictions_parquet"]).schema
    )
    assert pd.read_parquet(joined["predictions_parquet"]).equals(pd.read_parquet(whole["predictions_parquet"]))
    every = read_shown([results] * 2, [evidence] * 2, left_out, 4)
    shown = read_shown(files["shown"], files["evidence"], left_out, 4)
    assert shown.results.num_rows < 2 * pq.read_metadata(results).num_rows
    assert shown.results.to_pandas().equals(every.results.to_pandas())
    # What was never read comes last, as far as there is room.
    assert "=link.csv" not in shown.results.column("file").to_pylist()
    assert "=link.csv" in read_shown(files["shown"], files["evidence"], left_out, 9).results.column("file").to_pylist()
    assert shown.evidence.to_pandas().astype(str).equals(every.evidence.to_pandas().astype(str))


def test_counts_beyond_a_million_are_whole(runner: ShardRunner, tmp_path: Path) -> None:
    run(runner, folder_of(tmp_path), tmp_path)
    names = (*parts.TABLES, "counts", "placed", "shown", "evidence")
    outputs = {name: tmp_path / "0" / name for name in names}
    parts.write_part(tmp_path / "0.results.parquet", tmp_path / "0.evidence.parquet", COMPONENTS, 2, outputs)
    counts = pd.read_csv(outputs["counts"])
    counts.loc[counts["kind"] == "component", ["spectra", "main"]] = 654_321
    counts.to_csv(outputs["counts"], index=False)
    left_out = result_table({"file": [], "spectrum": [], "status": []})
    joined = {name: tmp_path / "joined" / name for name in parts.TABLES}
    table = parts.join_parts({name: [outputs[name]] * 2 for name in names}, left_out, COMPONENTS, joined)
    write_csv(tmp_path / "counts.csv", table)
    assert "component,PE,1308642,1308642\n" in (tmp_path / "counts.csv").read_text()


@pytest.mark.parametrize(
    ("total", "each", "shards"),
    [
        (1_500, 2_000, 1),
        (4_064, 2_032, 2),
        (10_000, 2_500, 4),  # enough for the cores of a small machine
        (100_000, 25_000, 4),
        (1_000_000, 25_000, 40),  # each is worth its start
        (100_000_000, 100_000, 1_000),  # and no more than are planned and joined in minutes
    ],
)
def test_shards_are_enough_for_the_cores_and_worth_their_start(total: int, each: int, shards: int) -> None:
    assert spectra_per_shard(total, 2_000) == each and -(-total // each) == shards
    assert spectra_per_shard(total, 30_000) >= 30_000  # what the user asked for
