"""Worker processes, each with a pipe of its own: one that dies, grows or hangs costs its own call only.

Not a pool of the standard library: ``ProcessPoolExecutor`` (and loky's) is broken as a whole when one of its
processes is killed, and a queue that several processes share stays locked if one is killed while it holds the
lock. Processes are spawned, so that threads and CUDA are safe.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from pipeline.batch.messages import Analyzed, At, Given, Linked, Measured, Ready, Refused, WorkerSpec
from pipeline.batch.worker import serve
from pipeline.errors import HearoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

    from pipeline.batch.machine import Staff

_CHECK_S = 1.0  # how often limits are looked at
_STILLBORN = 3  # workers that died before they were ready, in a row: something is wrong with the installation
_ENDING_S = 5.0
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# One thread for numpy's own arithmetic: its last digits depend on the number, and results must not.
_THREADS = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}


@dataclass(frozen=True)
class Outcome:
    """What became of a task.

    Parameters
    ----------
    tag : object
        As it was given.
    reply : Analyzed, Measured, Linked, Refused or None
        ``None``: the worker was lost with it.
    lost : str
        Then why: ``died``, ``late`` or ``grown``.
    detail : float
        Exit code, time limit in seconds, or memory in MB.
    """

    tag: Any
    reply: Analyzed | Measured | Linked | Refused | None
    lost: str = ""
    detail: float = 0.0


@dataclass(frozen=True)
class Report:
    """A worker tells where it is."""

    tag: Any
    at: At


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    slot: int
    ready: bool = False
    given: Given | None = None
    since: float = 0.0
    first_mb: float | None = None


def resident_mb(pid: int) -> float:
    """Return a process's resident memory; 0 if it has gone."""
    import psutil

    try:
        return float(psutil.Process(pid).memory_info().rss) / 2**20
    except psutil.Error:
        return 0.0


@dataclass
class Watch:
    """Where a pool looks at the world; replaced in tests.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    memory_mb : callable
        Resident memory of a process by its id; 0 if it has gone.
    """

    clock: Callable[[], float] = time.monotonic
    memory_mb: Callable[[int], float] = resident_mb


class Pool:
    """The workers; a context manager that leaves none behind.

    Parameters
    ----------
    spec : WorkerSpec
    staff : Staff
    memory_factor : float
        A worker above so many times its need is ended within its call.
    watch : Watch, optional
    """

    def __init__(
        self, spec: WorkerSpec, staff: Staff, memory_factor: float = 3.0, watch: Watch | None = None
    ) -> None:
        self._spec = spec
        self._staff = staff
        self._most_mb = staff.need_mb * memory_factor
        self._watch = watch or Watch()
        self._workers: list[_Worker] = []
        self._stillborn = 0
        self._checked_at = self._watch.clock()
        self.replaced = 0
        """Workers that were replaced, for whatever reason."""

    def __enter__(self) -> Pool:
        for slot in range(self._staff.workers):
            self._workers.append(self._start(slot))
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.pipe.close()  # idle or not, they end with their pipe
        until = self._watch.clock() + _ENDING_S
        for worker in self._workers:
            worker.process.join(max(0.0, until - self._watch.clock()))
            _end(worker)
        self._workers = []

    @property
    def free(self) -> int:
        """How many tasks can be given now."""
        return sum(worker.ready and worker.given is None for worker in self._workers)

    @property
    def busy(self) -> list[Any]:
        """Tags of the tasks at work."""
        return [worker.given.tag for worker in self._workers if worker.given is not None]

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers."""
        return [worker.process.pid or 0 for worker in self._workers]

    def give(self, given: Given) -> None:
        """Give a task to a free worker.

        Raises
        ------
        ValueError
            If there is none.
        """
        worker = next((one for one in self._workers if one.ready and one.given is None), None)
        if worker is None:
            raise ValueError("no worker is free")
        worker.given, worker.since = given, self._watch.clock()
        try:
            worker.pipe.send(given.task)
        except OSError:  # it has just died: noticed at the next wait, with its task
            worker.ready = False

    def wait(self, timeout_s: float, also: Sequence[Connection] = ()) -> list[Outcome | Report]:
        """Wait until something happens, at most so long; replace workers where needed.

        Parameters
        ----------
        timeout_s : float
        also : sequence of Connection
            Whose being readable ends the wait, too.

        Raises
        ------
        HearoutError
            If workers die again and again before they can do anything.
        """
        sources: dict[Any, _Worker] = {}
        for worker in self._workers:
            sources[worker.pipe] = worker
            sources[worker.process.sentinel] = worker
        ready = wait([*sources, *also], max(0.0, min(timeout_s, _CHECK_S)))
        found: list[Outcome | Report] = []
        heard = [sources[one] for one in ready if one in sources]
        for worker in [one for one in self._workers if one in heard]:
            found += self._hear(worker, ends=worker.process.sentinel in ready)
        if self._watch.clock() - self._checked_at >= _CHECK_S:
            self._checked_at = self._watch.clock()
            found += self._check()
        return found

    def _hear(self, worker: _Worker, *, ends: bool) -> list[Outcome | Report]:
        """Take all that a worker has said; it may be about to end after it."""
        found: list[Outcome | Report] = []
        try:
            while worker.pipe.poll():
                message = worker.pipe.recv()
                if isinstance(message, Ready):
                    worker.ready, self._stillborn = True, 0
                elif worker.given is None:
                    continue
                elif isinstance(message, At):
                    found.append(Report(worker.given.tag, message))
                else:
                    found.append(Outcome(worker.given.tag, message))
                    worker.given = None
                    if self._must_go(worker, message):
                        self._replace(worker)
                        return found
        except (EOFError, OSError):  # its end of the pipe is gone
            worker.process.join(_ENDING_S)
            found += self._lose(worker, "died", worker.process.exitcode or 0)
            return found
        if ends:
            worker.process.join(_ENDING_S)  # it lets go of its pipes before it is gone
            found += self._lose(worker, "died", worker.process.exitcode or 0)
        return found

    def _must_go(self, worker: _Worker, message: Analyzed | Measured | Linked | Refused) -> bool:
        """Tell whether a worker has grown since its first call, or is in a state that nobody knows."""
        if isinstance(message, Refused):
            return message.kind == "internal"
        if isinstance(message, Measured | Linked):
            return False
        if worker.first_mb is None:
            worker.first_mb = message.memory_mb
        return message.memory_mb > worker.first_mb + self._staff.need_mb

    def _check(self) -> list[Outcome | Report]:
        found: list[Outcome | Report] = []
        now = self._watch.clock()
        for worker in list(self._workers):
            if worker.given is None:
                continue
            if now - worker.since > worker.given.limit_s:
                found += self._lose(worker, "late", worker.given.limit_s)
            elif (used := self._watch.memory_mb(worker.process.pid or 0)) > self._most_mb:
                found += self._lose(worker, "grown", used)
        return found

    def _lose(self, worker: _Worker, why: str, detail: float) -> list[Outcome | Report]:
        given, was_ready = worker.given, worker.ready
        if not was_ready and given is None:
            self._stillborn += 1
            if self._stillborn >= _STILLBORN:
                raise HearoutError(
                    "The worker processes end before they can do anything.",
                    "See what `hearout analyze` says of one of the recordings.",
                )
        self._replace(worker)
        return [Outcome(given.tag, None, why, detail)] if given is not None else []

    def _replace(self, worker: _Worker) -> None:
        _end(worker)
        self.replaced += 1
        self._workers[self._workers.index(worker)] = self._start(worker.slot)

    def _start(self, slot: int) -> _Worker:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there, self._spec), daemon=True, name=f"hearout-{slot}")
        with _environment(self._variables(slot)), _signals_blocked():
            process.start()
        there.close()
        return _Worker(process, here, slot)

    def _variables(self, slot: int) -> dict[str, str]:
        variables = {**_THREADS, "OMP_NUM_THREADS": str(self._staff.threads)}
        if self._staff.gpus:
            variables["CUDA_VISIBLE_DEVICES"] = self._staff.gpus[slot % len(self._staff.gpus)]
        return variables


def _end(worker: _Worker) -> None:
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join()
    worker.pipe.close()
    worker.process.close()


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    """Set what libraries read when they are loaded, for a process that is started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Start a process in which Ctrl-C is not heard, not even while it imports; here it is heard after."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
