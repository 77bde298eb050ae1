"""A worker process: models loaded once, one call after another, nothing shared with the others.

It ends when its driver does, whatever became of that: the pipe is read by a thread of its own, and the end of
the pipe is the end of the worker.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.batch.journal import Figures
from pipeline.batch.messages import Analyze, Analyzed, At, Linked, Measure, Measured, Ready, Refused
from pipeline.errors import (
    HearoutError,
    InputError,
    MissingComponentError,
    OutputError,
    UsageError,
    fault,
)
from pipeline.identity import printable_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from pipeline.batch.messages import LinkCall, Reply, Task, WorkerSpec
    from pipeline.report.schema import Analysis
    from pipeline.stages.models import Models

_EVERY_S = 0.5
_COPY_AGAIN = "Play it; copy it again from the recorder if it is damaged: a changed file is tried again."
_LEFTOVERS = (".*.part", "stages/.*.part")


def serve(connection: Connection, spec: WorkerSpec) -> None:
    """Do the tasks that come over the pipe, until it ends.

    Parameters
    ----------
    connection : Connection
    spec : WorkerSpec
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches all processes: the driver decides
    os.dup2(2, 1)  # stdout is the driver's alone
    tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(connection, tasks), daemon=True).start()
    worker = Worker(connection.send, spec)
    with suppress(OSError):  # the driver has gone
        connection.send(Ready())
        while True:
            connection.send(worker.answer(tasks.get()))


def _listen(connection: Connection, tasks: queue.SimpleQueue[Task]) -> None:
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)  # the driver has gone; what is half done is done again


class Worker:
    """Does tasks, with models that are made when first needed and kept.

    Parameters
    ----------
    say : callable
        Takes what is told while a task is done.
    spec : WorkerSpec
    """

    def __init__(self, say: Callable[[Reply], None], spec: WorkerSpec) -> None:
        self._say = say
        self._spec = spec
        self._models: Models | None = None
        self._said_at = 0.0

    def answer(self, task: Task) -> Reply:
        """Do a task; whatever goes wrong becomes an answer."""
        name = _name(task)
        try:
            if isinstance(task, Analyze):
                return self._analyze(task)
            return _measure(task) if isinstance(task, Measure) else self._link(task)
        except HearoutError as error:
            remedy = error.remedy or (_COPY_AGAIN if isinstance(error, InputError) else "")
            return Refused(_kind(error), error.message, remedy, memory_mb())
        except MemoryError:
            remedy = "Give it to a machine with more memory, or use fewer --workers."
            return Refused("internal", f"{name} needs more memory than there is.", remedy, memory_mb())
        except Exception as error:  # noqa: BLE001 - a fault of ours with one call must not stop the others
            message = f"{name} could not be analysed: {fault(error)}."
            return Refused("internal", message, "Please report this fault.", memory_mb())

    def _analyze(self, task: Analyze) -> Analyzed:
        from pipeline.stages.call import analyze_call

        if self._models is None:
            self._models = make_models(self._spec)
        _check_readable(task.source.path)
        folder = self._spec.out / task.source.call_id
        for pattern in _LEFTOVERS:  # of a worker that was killed while it wrote
            for path in folder.glob(pattern):
                path.unlink(missing_ok=True)
        began = time.perf_counter()
        outcome = analyze_call(
            task.source,
            self._spec.out,
            self._spec.settings,
            self._models,
            agent_channel=task.agent_channel,
            page_audio=self._spec.page_audio,
            progress=self._progress,
        )
        return Analyzed(
            outcome.analysis.call.sha256,
            figures_of(outcome.analysis),
            memory_mb(),
            peak_mb(),
            time.perf_counter() - began,
        )

    def _link(self, task: LinkCall) -> Linked:
        from pipeline.stages.link import link

        link(self._spec.out / task.call_id, [self._spec.out / other for other in task.later])
        return Linked()

    def _progress(self, stage: str, completed: float, total: float | None) -> None:
        now = time.monotonic()
        if now - self._said_at >= _EVERY_S:
            self._said_at = now
            self._say(At(stage, completed, total))


def _name(task: Task) -> str:
    if isinstance(task, Analyze):
        return printable_name(task.source.path.name)
    return "the recordings" if isinstance(task, Measure) else task.call_id


def _check_readable(path: Path) -> None:
    from pipeline.audio.container import check_file, shown_name

    check_file(path)
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{shown_name(path)} can't be read: {reason}.", "Check its rights.") from error


def make_models(spec: WorkerSpec) -> Models:
    """Return the models that the specification names.

    Raises
    ------
    UsageError
        If there is no such maker.
    """
    module, _, name = spec.models.partition(":")
    try:
        maker: Callable[..., Models] = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{spec.models} doesn't name what makes the models: {error}.") from error
    return maker(offline=spec.offline, threads=spec.threads)


def figures_of(analysis: Analysis) -> Figures:
    """Return what a summary needs of a result."""
    vent = analysis.verdicts.get("vent_before_solving")
    return Figures(
        duration_s=analysis.call.duration_s,
        talk_ratio_agent=analysis.measures.get("talk_ratio_agent"),
        interruptions_by_agent=analysis.measures.get("interruptions_by_agent"),
        vent_before_solving=vent.verdict if vent is not None else None,
    )


def _measure(task: Measure) -> Measured:
    return Measured(tuple(_length_s(Path(path)) for path in task.paths))


def _length_s(path: Path) -> float | None:
    """Return the length that a file states; ``None`` where it states none or is no good."""
    import av

    from pipeline.audio.container import check_file, stated_length

    av.logging.set_level(None)
    try:
        check_file(path)
        with path.open("rb") as file, av.open(file, options={"protocol_whitelist": "none"}) as container:
            stream = container.streams.best("audio")
            return stated_length(path, container, stream).duration_s or None if stream else None
    except Exception:  # noqa: BLE001 - what is wrong with a file is said when it is analysed
        return None


def _kind(error: HearoutError) -> Any:
    kinds = {
        InputError: "input",
        MissingComponentError: "missing",
        OutputError: "output",
        UsageError: "usage",
    }
    return next((name for kind, name in kinds.items() if isinstance(error, kind)), "internal")


def memory_mb() -> float:
    """Return this process's resident memory."""
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def peak_mb() -> float:
    """Return the most resident memory that this process ever had."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kibibytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
