"""The benchmark of the test study, and that scoring its own predictions gives its own table."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from ftirmix.scoring import main, read_benchmark
from tests.workflow.conftest import run_snakemake

FOLDER = "results/test/benchmark"


@pytest.fixture(scope="module")
def benchmark(study):
    training = f"{FOLDER}/specimen/fold0/training.parquet"
    made = run_snakemake(study, "benchmark", training)
    assert made.returncode == 0, made.stdout[-3000:]
    return study / FOLDER


def test_every_file_has_its_sum_and_the_data_card_says_which_version_it_is(benchmark):
    lines = (benchmark / "SHA256SUMS").read_text().splitlines()
    names = {line.split("  ")[1] for line in lines}
    expected = {str(path.relative_to(benchmark)) for path in benchmark.rglob("*.parquet")}
    assert names == {name for name in expected if not name.endswith("training.parquet")}
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((benchmark / name).read_bytes()).hexdigest() == digest
    card = (benchmark / "README.md").read_text()
    assert "NOT version 1" in card and "680 to 3984 cm⁻¹" in card and "simulated" in card
    assert "{" not in card  # nothing of the template left open


def test_counts_name_the_most_used_endmember_of_every_set(benchmark):
    counts = pd.read_csv(benchmark / "counts.csv")
    assert set(counts["protocol"]) == {"specimen", "laboratory", "random"}
    assert counts["highest_endmember_share"].between(0, 0.2).all()
    assert (
        counts.filter(["pure", "binary", "ternary", "same_polymer", "hard_negative"]).sum(axis=1) == counts["spectra"]
    ).all()


def test_training_endmembers_share_no_specimen_with_the_tests(benchmark):
    endmembers = pd.read_parquet(benchmark / "endmembers.parquet")
    trained = set(endmembers["specimen"][endmembers["specimen_fold0"] == "train"])
    tested = pd.read_parquet(benchmark / "specimen/fold0/test.parquet")["specimens"].str.split(";").explode()
    assert trained and not trained & set(tested)
    assert len(pd.read_parquet(benchmark / "specimen/fold0/training.parquet")) == 3000


def submission(study, folder: str, seeds: list[int]) -> pd.DataFrame:
    """Turn the study's own answers of the network into the form that anybody hands in.

    Logits are brought to 0 to 1 by a straight line: thresholds lie half way between two answers,
    which a sigmoid would move.
    """
    frames = []
    for seed in seeds:
        frame = pd.read_parquet(study / f"results/test/{folder}/cnn/seed{seed}/predictions.parquet")
        frame["probability"] = frame["score"] / 1000 + 0.5
        frames.append(frame.rename(columns={"mixture": "spectrum"}).drop(columns="score").assign(seed=seed))
    return pd.concat(frames)


def test_scoring_the_study_s_own_answers_gives_its_own_table(study, benchmark, tmp_path, capsys):
    given = pd.concat([submission(study, f"{name}/fold0", [0, 1]) for name in ("specimen", "laboratory")])
    given.to_csv(tmp_path / "cnn.csv", index=False)
    assert main([str(tmp_path / "cnn.csv"), "--benchmark", str(benchmark)]) == 0
    assert "laboratory: all folds" in capsys.readouterr().out
    scored = pd.read_csv(tmp_path / "cnn.scores.csv")
    own = pd.read_csv(study / "results/test/comparison/models.csv").query("model == 'cnn' and metric != 'parameters'")
    keys = ["protocol", "task", "labels", "composition", "fold", "metric", "component", "share_low", "share_high"]
    both = own.merge(scored, on=keys, suffixes=("_own", "_scored"))
    assert len(both) == len(own[own["protocol"] != "random"]) > 100
    assert np.allclose(both["value_own"], both["value_scored"], atol=1e-5, equal_nan=True)
    assert (both["n_mixtures_own"] == both["n_mixtures_scored"]).all()
    assert (both["n_specimens_own"] == both["n_specimens_scored"]).all()


def test_the_benchmark_knows_its_components(benchmark):
    components, sets = read_benchmark(benchmark)
    assert components == ["PE", "PS", "PET", "PA"]
    assert ("random", 0, "test") in sets and len(sets["random", 0, "test"].table) == 120
