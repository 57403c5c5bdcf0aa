"""What a dry run lists, as steps; steps as jobs of a cluster; what each takes."""

import pandas as pd
import pytest

from ftirmix.scale.durations import gigabytes_of, measured_steps, seconds_of, slowness
from ftirmix.scale.grouping import Job, chains_of, jobs_of, shared_jobs
from ftirmix.scale.steps import steps_of
from ftirmix.scale.workloads import IdentifyCosts, identification

LISTING = """\
Building DAG of jobs...

localrule all:
    input: results/s/page.html
    jobid: 0
    reason: Forced execution
    resources: tmpdir=<TBD>

rule train_network:
    input: results/s/mixtures.parquet, workflow/sources/bands.csv
    output: results/s/cnn/model.safetensors, results/s/cnn/history.csv
    log: results/logs/train_network/s.cnn.log
    jobid: 2
    benchmark: results/s/benchmarks/train_network.cnn.jsonl
    reason: Missing output files: results/s/cnn/model.safetensors
    wildcards: study=s, network=cnn, seed=0
    priority: 10
    resources: tmpdir=<TBD>, mem_mb=3000

rule mix_mixtures:
    output: results/s/mixtures.parquet
    jobid: 3
    resources: tmpdir=<TBD>

rule write_page:
    input: results/s/cnn/model.safetensors, results/s/mixtures.parquet
    output: results/s/page.html
    jobid: 1
    resources: tmpdir=<TBD>

Job stats:
job      count
-----  -------
all          1
"""


def test_steps_are_read_from_a_listing():
    every, page, train, mix = steps_of(LISTING)
    assert [step.number for step in (every, page, train, mix)] == [0, 1, 2, 3]
    assert (every.rule, every.needs) == ("all", {1})
    assert (page.rule, page.needs, page.model) == ("write_page", {2, 3}, "")
    assert (train.model, train.needs, train.inputs) == ("cnn", {3}, 2)
    assert train.log == "results/logs/train_network/s.cnn.log"
    assert [path.name for path in train.outputs] == ["model.safetensors", "history.csv"]
    assert mix.needs == frozenset()


def test_a_step_listed_twice_is_one():
    assert steps_of(LISTING + LISTING) == steps_of(LISTING)


GROUPS = {"train_network": "fit", "write_page": "fit"}


def test_steps_of_a_group_that_need_each_other_are_a_chain():
    assert chains_of(steps_of(LISTING), GROUPS) == {"fit": [[1, 2]], "": [[0], [3]]}


def test_chains_of_a_group_share_jobs_and_ungrouped_steps_do_not():
    steps = steps_of(LISTING)
    alone = {"train_network": "fit", "mix_mixtures": "mix", "write_page": "mix"}
    assert shared_jobs(steps, GROUPS, {}) == [[0], [1, 2], [3]]
    assert shared_jobs(steps, GROUPS, {"fit": 4}) == [[0], [1, 2], [3]]
    assert shared_jobs(steps, alone, {"mix": 2}) == [[0], [1, 3], [2]]
    assert shared_jobs(steps, {}, {}) == [[0], [1], [2], [3]]


def test_a_job_takes_its_steps_and_their_starts_and_needs_no_step_of_its_own():
    steps = steps_of(LISTING)
    seconds = {0: 0.0, 1: 5.0, 2: 30.0, 3: 7.0}
    submitted = {"train_network", "mix_mixtures", "write_page"}
    jobs = jobs_of(steps, seconds, [[0], [1, 2], [3]], submitted, job_seconds=6.0, step_seconds=4.0)
    assert jobs == [
        Job(0.0, frozenset({1}), local=True),  # it is not submitted, so it pays no start
        Job(5 + 30 + 6 + 2 * 4, frozenset({2})),
        Job(7 + 6 + 4, frozenset()),
    ]


def test_what_jobs_say_and_write_is_summarised_by_rule_and_model(tmp_path):
    steps = steps_of(LISTING)
    log = tmp_path / "results/logs/train_network/s.cnn.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "12:00:00 s.cnn: epoch 1\n12:00:34 s.cnn: done in 33.1 s; processor time 3.10 s to start, 31.00 s to work\n"
    )
    (tmp_path / "results/logs/mix_mixtures").mkdir()
    (tmp_path / "results/logs/mix_mixtures/s.log").write_text("12:00:00 s: not done yet\n")
    model = tmp_path / "results/s/cnn/model.safetensors"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"0" * 3_000_000)  # the other of its two files is gone: taken to be as large
    assert measured_steps(tmp_path, steps).to_dict("records") == [
        {
            "rule": "train_network", "model": "cnn", "steps": 1, "inputs": 2.0, "start": 3.1, "work": 31.0,
            "megabytes": 6.0,
        }
    ]  # fmt: skip


TABLE = pd.DataFrame(
    [
        ("train_network", "cnn", 4, 5, 3.0, 27.0, 1.5),
        ("fit_classical", "nnls", 2, 5, 4.0, 6.0, 0.5),
        ("judge_predictions", "cnn", 3, 4, 1.0, 3.0, 0.2),
        ("judge_predictions", "nnls", 1, 4, 1.0, 7.0, 0.4),
        ("compare_models", "", 1, 20, 2.0, 10.0, 0.1),
    ],
    columns=["rule", "model", "steps", "inputs", "start", "work", "megabytes"],
)
FITTED = {"cnn": 66.0, "towers": 99.0, "nnls": 8.0, "svm": 15.0}


def one_step(rule, model, inputs=1):
    files = ", ".join(f"f{place}" for place in range(inputs))
    return steps_of(f"rule {rule}:\n    input: {files}\n    jobid: 7\n    wildcards: model={model}, study=s\n")


@pytest.mark.parametrize(
    ("rule", "model", "seconds"),
    [
        ("train_network", "cnn", 66.0),  # as in the study that timed them
        ("train_network", "towers", 99.0),
        ("try_network", "towers", 49.5),  # half of the epochs
        ("fit_classical", "svm", 15.0),
        ("judge_predictions", "nnls", 8.0 * 2),  # this machine was twice as fast
        ("judge_predictions", "towers", 6.0 * 2),  # mean of both models
        ("choose_network", "cnn", 4.0 * 2),  # as judging
        ("all", "", 0.0),
    ],
)
def test_what_a_step_takes(rule, model, seconds):
    assert slowness(TABLE, FITTED) == 0.5
    assert seconds_of(one_step(rule, model), TABLE, FITTED) == {7: pytest.approx(seconds)}


def test_a_rule_that_was_not_measured_takes_the_median_of_all_but_fits():
    """Judging takes 1 + 5 s in the mean of both models, comparing 12 s: 9 s, on a machine twice as fast."""
    step = steps_of("rule draw_maps:\n    jobid: 7\n    log: results/logs/draw_maps/s.log\n")
    assert seconds_of(step, TABLE, FITTED) == {7: pytest.approx(2 * 9.0)}


def test_rules_that_read_all_fits_work_longer_on_more_of_them():
    assert seconds_of(one_step("compare_models", "", inputs=60), TABLE, FITTED) == {7: 2 * (2.0 + 3 * 10.0)}


def test_how_slow_a_machine_was_is_told_by_its_fits():
    """Four fits of 30 s and two of 10 s here; there they took 4 * 33 + 2 * 4."""
    assert slowness(TABLE, {"cnn": 33.0, "nnls": 4.0, "towers": 1.0}) == pytest.approx(140 / 140)


def test_what_is_written_does_not_follow_training():
    assert gigabytes_of(one_step("train_network", "towers"), TABLE) == pytest.approx(0.0015)
    assert gigabytes_of(one_step("judge_predictions", "nnls"), TABLE) == pytest.approx(0.0004)


def test_spectra_are_identified_in_shards_that_one_gather_waits_for():
    costs = IdentifyCosts(
        start=3.0, spectrum=0.001, plan=2.0, plan_shard=0.5, gather=1.0, gather_spectrum=0.0001, page=4.0,
        page_spectrum=0.00001, bytes_spectrum=100.0, bytes_page=1000.0,
    )  # fmt: skip
    plan, first, second, gather, page = identification(5_000, costs, per_shard=2_000, starts=10.0)
    assert plan == Job(2.0 + 2 * 0.5, frozenset(), local=True)
    assert first == second == Job(10 + 3 + 2.5, frozenset({0}))
    assert gather == Job(1.0 + 0.5, frozenset({1, 2}), local=True)
    assert page == Job(pytest.approx(4.05), frozenset({1, 2, 3}), local=True)
