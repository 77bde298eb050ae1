"""New recordings as they land in a folder.

The folder is looked at again and again: file-change events do not cross network drives (NFS, SMB), and that
is where recorders put their files.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pipeline.batch import events
from pipeline.batch.plan import Plan
from pipeline.batch.run import clear_leftovers, held, hire, started
from pipeline.batch.sources import list_source
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.batch.driver import Driver
    from pipeline.batch.items import Found
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.run import Run
    from pipeline.batch.stop import Stop
    from pipeline.batch.summary import Summary

    Tell = Callable[[events.Event], None]

_MANY = 1_000_000  # calls: as many workers as the machine takes


class Settling:
    """Tells which files have stopped changing.

    Parameters
    ----------
    settle_s : float
        How long size and time of change must have stayed the same.
    """

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._seen: dict[str, tuple[str, float]] = {}

    def settled(self, found: Iterable[Found], now_s: float) -> list[Found]:
        """Return the files that are as they were for long enough; forget those that have gone."""
        seen, quiet = {}, []
        for one in found:
            revision, since_s = self._seen.get(one.place, ("", now_s))
            if revision != one.revision:
                since_s = now_s
            seen[one.place] = one.revision, since_s
            if now_s - since_s >= self._settle_s:
                quiet.append(one)
        self._seen = seen
        return quiet


def watch(
    options: BatchOptions, tell: Tell, stop: Stop, clock: Callable[[], float] = time.monotonic
) -> Summary:
    """Analyse recordings as they come into a folder, until asked to end.

    Parameters
    ----------
    options : BatchOptions
        Its source is a folder.
    tell : callable
        Receives the events.
    stop : Stop
    clock : callable
        Seconds, monotonic.

    Raises
    ------
    UsageError
        If there is no such folder.
    MissingComponentError, OutputError
        See `run_batch`.
    """
    list_source(options.source, options.batch, options.out, may_be_empty=True)  # is it there at all
    with held(options, tell, stop) as run:
        clear_leftovers(run, Plan())
        staff = hire(options, _MANY, tell)
        watcher = _Watcher(run, clock)
        try:
            with stop.guard(), run.workers(staff) as driver:
                tell(started(Plan(), staff, 0.0))
                while not stop.asked:
                    watcher.look_if_due(driver)
                    driver.step(watcher.pause_s())
                    if not driver.active:
                        driver.link(run.books.pending_links())
                not_done = len(driver.active)
        finally:
            files = run.books.write_lists()
        summary = run.books.summary(watcher.count, not_done, files, interrupted=False)
        tell(events.Ended(summary))
        return summary


class _Watcher:
    """Looks at the folder when it is time, and gives what is new to the driver."""

    def __init__(self, run: Run, clock: Callable[[], float]) -> None:
        self._run = run
        self._clock = clock
        self._settling = Settling(run.options.batch.settle_s)
        self._next_s = clock()
        self._before: list[Found] = []
        self._told: set[str] = set()
        self._retry = run.options.retry_failed
        self.count = 0

    def pause_s(self) -> float:
        """Return how long until the next look."""
        return max(0.0, self._next_s - self._clock())

    def look_if_due(self, driver: Driver) -> None:
        """Look at the folder if it is time."""
        if self._clock() < self._next_s:
            return
        self._next_s = self._clock() + self._run.options.batch.poll_s
        options = self._run.options
        try:
            listing = list_source(options.source, options.batch, options.out, may_be_empty=True)
        except UsageError as error:  # a drive that is not there just now
            self._tell_once(error.message)
            return
        for note in listing.notes:
            self._tell_once(note)
        self.count = len(listing.found)
        quiet = self._settling.settled(listing.found, self._clock())
        if quiet != self._before:
            self._before = quiet if self._take(quiet, driver) else []
        self._run.books.write_lists_if_changed()

    def _take(self, quiet: list[Found], driver: Driver) -> bool:
        """Give out what is new; tell whether all could be looked at: those at work may change again."""
        active = driver.active
        at_work = {job.found.place for job in active}
        others = [one for one in quiet if one.place not in at_work]
        plan = self._run.planner.plan(
            others,
            lambda *_: None,
            [job.call_id for job in active],
            retry_failed=self._retry,
        )
        self._retry = False
        self._run.books.take(plan)
        if plan.jobs:
            audio_s = driver.add(plan.jobs)
            self._run.tell(events.More(len(plan.jobs), audio_s))
        return len(others) == len(quiet)

    def _tell_once(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self._run.tell(events.Note(message))
