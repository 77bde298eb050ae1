from __future__ import annotations

import pytest

from pipeline.batch.messages import At
from pipeline.batch.run import run_batch
from pipeline.batch.stop import Stop
from pipeline.batch.supervisor import Outcome, Report
from pipeline.batch.worker import Worker


class InlinePool:
    """A pool without processes: a task is done when somebody waits. For what does not hang on processes."""

    replaced = 0

    def __init__(self, spec, staff, memory_factor=3.0):
        self._given = []
        self._said = []
        self._workers = staff.workers
        self._worker = Worker(self._said.append, spec)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._given.clear()

    @property
    def free(self):
        return self._workers - len(self._given)

    @property
    def busy(self):
        return [given.tag for given in self._given]

    def give(self, given):
        assert self.free
        self._given.append(given)

    def wait(self, timeout_s, also=()):
        if not self._given:
            for one in also:
                one.poll(min(timeout_s, 0.02))  # for what threads fetch
            return []
        given = self._given[0]
        reply = self._worker.answer(given.task)
        said = [Report(given.tag, message) for message in self._said if isinstance(message, At)]
        self._said.clear()
        self._given.pop(0)
        return [*said, Outcome(given.tag, reply)]


@pytest.fixture
def heard():
    """Collect the events of a run."""
    return []


@pytest.fixture
def run_processes(heard):
    """Run a batch with worker processes; its events are in `heard`."""

    def go(options):
        stop = Stop()
        try:
            return run_batch(options, heard.append, stop)
        finally:
            stop.close()

    return go


@pytest.fixture
def inline(monkeypatch):
    """Let batches work without processes."""
    monkeypatch.setattr("pipeline.batch.run.Pool", InlinePool)
    monkeypatch.setattr("pipeline.batch.preview.Pool", InlinePool)


@pytest.fixture
def run(inline, run_processes):
    """Run a batch without processes; its events are in `heard`."""
    return run_processes
