"""Reading results into rows, by several processes where there are many: most of a first sync's work."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.store.rows import RESULT, Rows, Stamp, StoredResult, make_rows, parse_result, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

_AT_ONCE = 25  # results of one task
_MANY = 500  # from here on it pays to start processes
_MOST = 3  # readers: more would wait for the one that writes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A result to read.

    Parameters
    ----------
    name : str
        Of its folder.
    sha256 : str or None
        Of the result that is stored; one with the same bytes gets no rows.
    """

    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """What came of it: rows, or why there are none; neither if it is what is stored already."""

    name: str
    stamp: Stamp | None = None
    rows: Rows | None = None
    error: InputError | None = None


def read_results(folder: Path, wanted: Sequence[Wanted], processes: int = 1) -> Iterator[Read]:
    """Yield the results in their order, a bounded number ahead.

    Parameters
    ----------
    folder : Path
        Folder of results.
    wanted : sequence of Wanted
    processes : int
        That may read at the same time; more than a few are of no use.
    """
    processes = min(processes, _MOST)
    pieces = deque(wanted[at : at + _AT_ONCE] for at in range(0, len(wanted), _AT_ONCE))
    if processes > 1 and len(wanted) >= _MANY:
        # one that was killed, for want of memory maybe: the rest is read here
        with suppress(BrokenProcessPool):
            yield from _by_processes(folder, pieces, processes)
    while pieces:
        yield from _read_piece(folder, pieces.popleft())


def _by_processes(folder: Path, pieces: deque[Sequence[Wanted]], processes: int) -> Iterator[Read]:
    """Yield what is read; a piece leaves the queue when it is here."""
    coming: deque[Future[list[Read]]] = deque()
    context = multiprocessing.get_context("spawn")  # a fork would share the database's connection
    with ProcessPoolExecutor(processes, context, _ignore_interrupt) as pool:
        try:
            while pieces:
                while len(coming) < min(2 * processes, len(pieces)):
                    coming.append(pool.submit(_read_piece, folder, pieces[len(coming)]))
                read = coming.popleft().result()
                pieces.popleft()
                yield from read
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _ignore_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes: the first decides


def _read_piece(folder: Path, wanted: Sequence[Wanted]) -> list[Read]:
    return [_read(folder, one) for one in wanted]


def _read(folder: Path, wanted: Wanted) -> Read:
    path = folder / wanted.name / RESULT
    try:
        content, stamp = read_bytes(path)
        if wanted.sha256 == stamp.sha256:
            return Read(wanted.name, stamp)
        rows = make_rows(StoredResult(wanted.name, parse_result(path, content), stamp), path)
        return Read(wanted.name, stamp, rows)
    except InputError as error:  # this result is no good; the others go on
        return Read(wanted.name, error=error)
