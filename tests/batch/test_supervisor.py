from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from batch.fakes import MODELS, TROUBLE, record

from pipeline.batch.machine import Machine, Staff, choose_staff, cores, visible_gpus
from pipeline.batch.messages import Analyze, Analyzed, Given, Measure, Measured, Refused, WorkerSpec
from pipeline.batch.supervisor import Outcome, Pool, Watch
from pipeline.errors import HearoutError
from pipeline.settings import Settings
from pipeline.stages.run import CallSource


def spec(out, models=MODELS):
    return WorkerSpec(models, Settings(), out)


def outcome_of(pool):
    """Wait for the next outcome; every wait ends by itself after a second."""
    for _ in range(60):
        for heard in pool.wait(1.0):
            if isinstance(heard, Outcome):
                return heard
    raise AssertionError("nothing came")


def wait_until_free(pool):
    for _ in range(60):
        if pool.free:
            return
        pool.wait(1.0)
    raise AssertionError("no worker is ready")


class World:
    """A clock and memories that a test sets."""

    def __init__(self):
        self.now_s = 0.0
        self.used_mb = 100.0

    def watch(self):
        return Watch(lambda: self.now_s, lambda _: self.used_mb)


def test_a_worker_measures_and_analyses_and_others_see_nothing_of_a_killed_one(tmp_path):
    call = record(tmp_path / "a.wav", 2.0)
    (tmp_path / "bad.wav").write_text("no audio")
    with Pool(spec(tmp_path / "out"), Staff(1, 1, 2000)) as pool:
        wait_until_free(pool)
        paths = (str(call), str(tmp_path / "bad.wav"), str(tmp_path / "none.wav"))
        pool.give(Given(Measure(paths), "lengths", 60.0))
        assert pool.busy == ["lengths"]
        assert outcome_of(pool) == Outcome("lengths", Measured((2.0, None, None)))
        pool.give(Given(Analyze(CallSource(call, "a")), "call", 60.0))
        done = outcome_of(pool)
        assert isinstance(done.reply, Analyzed)
        assert done.reply.figures.duration_s == 2.0
        assert 0 < done.reply.memory_mb <= done.reply.peak_mb * 1.05  # pages are counted differently
        pool.give(Given(Analyze(CallSource(tmp_path / "bad.wav", "bad")), "bad", 60.0))
        refused = outcome_of(pool).reply
        assert isinstance(refused, Refused)
        assert refused.kind == "input"
        (pid,) = pool.pids
        os.kill(pid, signal.SIGKILL)
        pool.give(Given(Measure(paths), "again", 60.0))
        assert outcome_of(pool) == Outcome("again", None, "died", -9)
        assert pool.pids != [pid]
        assert pool.replaced == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_that_takes_too_long_or_grows_too_much_is_replaced(tmp_path, monkeypatch):
    monkeypatch.setenv("HEAROUT_TEST_TROUBLE", str(tmp_path / "trouble"))
    (tmp_path / "trouble").mkdir()
    (tmp_path / "trouble" / "hang").touch()
    call = record(tmp_path / "a.wav", 9.0)
    world = World()
    endless = Given(Analyze(CallSource(call, "a")), "call", 100.0)
    with Pool(spec(tmp_path / "out", TROUBLE), Staff(1, 1, 1000), 3.0, world.watch()) as pool:
        wait_until_free(pool)
        pool.give(endless)
        world.now_s = 99.0
        assert [h for h in pool.wait(0) if isinstance(h, Outcome)] == []
        world.now_s = 101.0
        assert outcome_of(pool) == Outcome("call", None, "late", 100.0)
        wait_until_free(pool)
        pool.give(endless)
        world.now_s, world.used_mb = 110.0, 3001.0
        assert outcome_of(pool) == Outcome("call", None, "grown", 3001.0)
        assert pool.replaced == 2


def test_workers_that_never_start_end_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.batch.supervisor.serve", os.abort)
    with (
        Pool(spec(tmp_path), Staff(1, 1, 1000)) as pool,
        pytest.raises(HearoutError, match="before they can do anything"),
    ):
        wait_until_free(pool)


def test_workers_do_not_hear_ctrl_c_and_the_environment_is_as_before(tmp_path, monkeypatch):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with Pool(spec(tmp_path), Staff(1, 2, 2000)) as pool:
        assert "OPENBLAS_NUM_THREADS" not in os.environ
        (pid,) = pool.pids
        os.kill(pid, signal.SIGINT)
        os.kill(pid, signal.SIGTERM)
        wait_until_free(pool)
        assert pool.pids == [pid]
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        assert b"OPENBLAS_NUM_THREADS=1" in variables
        assert b"OMP_NUM_THREADS=2" in variables
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


@pytest.mark.parametrize(
    ("machine", "calls", "wanted", "workers", "threads"),
    [
        (Machine(8, 64_000), 100, 0, 8, 1),
        (Machine(8, 64_000), 3, 0, 3, 2),
        (Machine(8, 5_000), 100, 0, 4, 2),  # 85 % of the memory, 1 GB each
        (Machine(2, 500), 100, 0, 1, 2),  # one at least
        (Machine(8, 5_000), 100, 12, 12, 1),
        (Machine(16, 64_000, ("0",)), 100, 0, 3, 5),
        (Machine(16, 64_000, ("0", "1", "2", "3", "4", "5", "6")), 100, 0, 16, 1),
    ],
)
def test_staff(machine, calls, wanted, workers, threads):
    staff = choose_staff(machine, 1000, calls, wanted)
    assert (staff.workers, staff.threads) == (workers, threads)
    assert staff.bound_mb == workers * 1000


def test_a_container_s_quota_counts(tmp_path):
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert cores(tmp_path) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cores(tmp_path) == len(os.sched_getaffinity(0))


def test_the_user_s_choice_of_gpus_counts(monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert visible_gpus(2) == ("0", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-7")
    assert visible_gpus(2) == ("3", "GPU-7")
    assert visible_gpus(0) == ()


def test_a_worker_that_has_grown_since_its_first_call_is_replaced_after_a_call(tmp_path):
    call = record(tmp_path / "a.wav", 2.0)
    shrink_mb = -1000  # it may not even stay as it is
    watch = Watch(memory_mb=lambda _: -1e9)
    with Pool(spec(tmp_path / "out"), Staff(1, 1, shrink_mb), 3.0, watch) as pool:
        wait_until_free(pool)
        (before,) = pool.pids
        pool.give(Given(Analyze(CallSource(call, "a")), "call", 60.0))
        assert isinstance(outcome_of(pool).reply, Analyzed)
        assert pool.pids != [before]
        assert pool.replaced == 1
        wait_until_free(pool)
