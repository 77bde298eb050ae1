"""The same work on many things, by several processes where that pays; results in the order of the things."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def spread(
    work: Callable[[Thing], Result],
    things: Sequence[Thing],
    *,
    at_once: int,
    processes: int,
) -> Iterator[Result]:
    """Yield what `work` gives for each thing, in their order, a bounded number ahead.

    Parameters
    ----------
    work : callable
        Takes a thing; both, and what it returns, can be sent to another process. What it raises ends all of
        it, once what is begun is done.
    things : sequence
    at_once : int
        How many things are one task.
    processes : int
        1: all is done here. So is what is left when a process was killed, for want of memory maybe.
    """
    pieces = deque(things[at : at + at_once] for at in range(0, len(things), at_once))
    if processes > 1 and len(pieces) > 1:
        with suppress(BrokenProcessPool):
            yield from _by_processes(work, pieces, min(processes, len(pieces)))
    while pieces:
        yield from _each(work, pieces.popleft())


def _by_processes(
    work: Callable[[Thing], Result], pieces: deque[Sequence[Thing]], processes: int
) -> Iterator[Result]:
    """Yield the results; a piece leaves the queue when they are here."""
    coming: deque[Future[list[Result]]] = deque()
    context = multiprocessing.get_context("spawn")  # a fork would share locks and open files
    pool = ProcessPoolExecutor(processes, context, _ignore_interrupt)
    try:
        while pieces:
            while len(coming) < min(2 * processes, len(pieces)):
                coming.append(pool.submit(_each, work, pieces[len(coming)]))
            found = coming.popleft().result()
            pieces.popleft()
            yield from found
    finally:
        pool.shutdown(cancel_futures=True)


def _each(work: Callable[[Thing], Result], things: Sequence[Thing]) -> list[Result]:
    return [work(thing) for thing in things]


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first decides
