"""Which device trains, and what follows where it does not work or its memory does not suffice. No GPU is needed."""

import logging

import pytest
import torch

from ftirmix import jobs
from ftirmix.fitting import on_first_that_holds
from ftirmix.training import random_states, restore_random_states, training_devices


@pytest.fixture
def with_cuda(monkeypatch):
    """Pretend that torch finds a CUDA device."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


def test_without_cuda_the_processor_trains(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert training_devices() == ["cpu"]


def test_a_cuda_device_that_works_comes_first(with_cuda, monkeypatch):
    asked = []
    monkeypatch.setattr(torch, "ones", lambda size, device: asked.append(device) or torch.zeros(size))
    assert training_devices() == ["cuda", "cpu"] and asked == ["cuda"]


def test_a_cuda_device_that_does_not_work_is_passed_by_and_named(with_cuda, monkeypatch, caplog):
    def broken(size, device):
        raise RuntimeError("CUDA error: no kernel image is available\nfor execution")

    monkeypatch.setattr(torch, "ones", broken)
    with caplog.at_level(logging.WARNING):
        assert training_devices() == ["cpu"]
    assert "does not work (CUDA error: no kernel image is available); trained on the processor" in caplog.text


def test_a_device_whose_memory_does_not_suffice_hands_over_to_the_processor(caplog):
    tried = []

    def fit_on(device):
        tried.append(device)
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB.")
        return "network"

    with caplog.at_level(logging.WARNING):
        assert on_first_that_holds(["cuda", "cpu"], fit_on) == "network"
    assert tried == ["cuda", "cpu"] and "the memory of the device cuda does not suffice" in caplog.text


@pytest.mark.parametrize("error", [ValueError("wrong"), torch.OutOfMemoryError("none left")])
def test_any_other_error_and_the_last_device_end_the_job(error):
    def fit_on(device):
        raise error

    with pytest.raises(type(error)):
        on_first_that_holds(["cpu"] if isinstance(error, torch.OutOfMemoryError) else ["cuda", "cpu"], fit_on)


def test_random_numbers_of_the_device_are_written_down_too(monkeypatch):
    device, kept = torch.device("cuda"), {}
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda which: torch.tensor([7], dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, which: kept.update(state=state, device=which))
    states = random_states(device)
    first = torch.rand(3)
    restore_random_states(states, device)
    assert torch.equal(torch.rand(3), first) and kept == {"state": states["cuda"], "device": device}
    assert set(random_states(torch.device("cpu"))) == {"rng"}


@pytest.mark.parametrize("available", [True, False])
def test_jobs_ask_for_the_same_bits_as_far_as_the_device_gives_them(available, tmp_path, monkeypatch):
    # CUDA has no such form of some operations: an error there would end every training.
    asked = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda mode, warn_only: asked.append((mode, warn_only)))
    monkeypatch.setattr(torch, "set_num_interop_threads", lambda threads: None)  # only once in a process
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    with jobs.job(str(tmp_path / "rule.log"), threads=1, torch=True):
        assert jobs.os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    assert asked == [(True, available)]
