"""A batch from beginning to end."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.batch import events
from pipeline.batch.books import Books
from pipeline.batch.driver import Driver, fetched_folder
from pipeline.batch.fetching import Fetcher
from pipeline.batch.journal import BOOKS, Journal
from pipeline.batch.lock import HOLDER, locked
from pipeline.batch.machine import Staff, choose_staff, this_machine
from pipeline.batch.options import LOCAL_MODELS
from pipeline.batch.planner import Planner
from pipeline.batch.sources import list_source
from pipeline.batch.supervisor import Pool
from pipeline.batch.tables import DUPLICATES, FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.batch.items import Listing
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.plan import Plan
    from pipeline.batch.stop import Stop
    from pipeline.batch.summary import Summary

    Tell = Callable[[events.Event], None]


@dataclass
class Run:
    """A folder of results that is held by this process: its books, its plans, its workers.

    Parameters
    ----------
    options : BatchOptions
    books : Books
    planner : Planner
    stop : Stop
    tell : callable
    """

    options: BatchOptions
    books: Books
    planner: Planner
    stop: Stop
    tell: Tell

    def step(self, name: str, completed: float, total: float | None) -> None:
        """Tell of a step before the first call."""
        self.tell(events.Step(name, completed, total))

    @contextmanager
    def workers(self, staff: Staff) -> Iterator[Driver]:
        """Start the workers; none is left afterwards, nor a call that is half done."""
        options = self.options
        with ExitStack() as stack:
            folder = fetched_folder(options.out)
            fetcher = stack.enter_context(Fetcher(folder, options.batch.fetch_ahead, self.stop.wake))
            pool = Pool(options.worker(staff.threads), staff, options.batch.worker_mb_factor)
            unfinished = stack.enter_context(_cleaning(self.books))
            stack.enter_context(pool)
            driver = Driver(options, self.books, pool, self.stop, fetcher)
            stack.callback(lambda: unfinished.extend(pool.busy))
            yield driver


@contextmanager
def _cleaning(books: Books) -> Iterator[list[object]]:
    """Take away what calls that were at work have left, after their workers have ended."""
    unfinished: list[object] = []
    try:
        yield unfinished
    finally:
        for job in unfinished:
            call_id = getattr(job, "call_id", "")  # while lengths are looked at, no call is at work
            books.clean_folder(call_id)


def run_batch(options: BatchOptions, tell: Tell, stop: Stop) -> Summary:
    """Analyse all recordings of a source that are not analysed yet.

    Parameters
    ----------
    options : BatchOptions
    tell : callable
        Receives the events.
    stop : Stop
        Asks the run to end.

    Returns
    -------
    Summary

    Raises
    ------
    UsageError
        If the source or the settings are wrong; nothing was run.
    MissingComponentError
        If a model or package is missing.
    OutputError
        If results can't be written, or another run has the folder. Calls that are done are kept.
    """
    listing = list_source(options.source, options.batch, options.out)
    for note in listing.notes:
        tell(events.Note(note))
    with held(options, tell, stop) as run:
        plan = run.planner.plan(listing.found, run.step, retry_failed=options.retry_failed)
        return _work(run, listing, plan)


def _work(run: Run, listing: Listing, plan: Plan) -> Summary:
    books, not_done = run.books, 0
    books.take(plan)
    clear_leftovers(run, plan)
    staff = hire(run.options, len(plan.jobs), run.tell) if plan.jobs else Staff(0, 0, 0)
    try:
        with run.stop.guard():
            if plan.jobs:
                with run.workers(staff) as driver:
                    audio_s = driver.add(plan.jobs)
                    run.tell(started(plan, staff, audio_s))
                    driver.work()
                    not_done = len(driver.active)
                    driver.link(books.pending_links())
            else:
                run.tell(started(plan, staff, 0.0))
                _link_only(run)
    finally:
        files = books.write_lists()
    summary = books.summary(len(listing.found), not_done, files, interrupted=run.stop.asked)
    run.tell(events.Ended(summary))
    return summary


@contextmanager
def held(options: BatchOptions, tell: Tell, stop: Stop) -> Iterator[Run]:
    """Hold a folder of results: lock, journal, database.

    Raises
    ------
    OutputError
        If another run has it, or it can't be written.
    """
    with locked(options.out), Journal(options.out) as journal:
        books = Books(options, journal, tell)
        try:
            books.open_database()
            planner = Planner(options, journal.entries)
            journal.run_started(
                {
                    "version": __version__,
                    "at": datetime.now(UTC).isoformat(timespec="seconds"),
                    "key": planner.run_key,
                }
            )
            if journal.unreadable:
                tell(
                    events.Note(
                        f"{journal.unreadable} lines of the journal can't be read; they are left out."
                    )
                )
            yield Run(options, books, planner, stop, tell)
        finally:
            books.close()


def hire(options: BatchOptions, calls: int, tell: Tell) -> Staff:
    """Fetch the models and choose how many workers there are.

    Raises
    ------
    MissingComponentError
        If a model can't be had.
    """
    from pipeline.batch.local import Needs, prepare

    needs = Needs()
    if options.models == LOCAL_MODELS:
        needs = prepare(
            options.settings,
            offline=options.offline,
            say=lambda message: tell(events.Note(message)),
            progress=lambda *step: tell(events.Step(*step)),
        )
    need_mb = options.batch.worker_mb or needs.worker_mb
    return choose_staff(this_machine(needs.gpus), need_mb, calls, options.batch.workers)


def _link_only(run: Run) -> None:
    """Link calls of one customer that an earlier run has left unlinked; without any no worker is started."""
    from pipeline.batch.local import Needs

    links, own = run.books.pending_links(), run.options.batch
    if links:
        staff = choose_staff(this_machine(), own.worker_mb or Needs().worker_mb, len(links), own.workers)
        with run.workers(staff) as driver:
            driver.link(links)


def started(plan: Plan, staff: Staff, audio_s: float) -> events.Started:
    """Return the event that tells what a plan holds."""
    return events.Started(
        to_do=len(plan.jobs),
        done=len(plan.done) + len(plan.moved),
        failed=len(plan.failed),
        duplicates=len(plan.duplicates),
        audio_s=audio_s,
        workers=staff.workers,
        threads=staff.threads,
        memory_mb=staff.bound_mb,
    )


def clear_leftovers(run: Run, plan: Plan) -> None:
    """Remove what a run that was killed has left, but for the stages of calls that are to be done again."""
    out = run.options.out
    shutil.rmtree(fetched_folder(out), ignore_errors=True)
    for name in (FAILURES, DUPLICATES, f"{BOOKS}/{HOLDER}"):
        for path in (out / name).parent.glob(f".{Path(name).name}.*.part"):
            path.unlink(missing_ok=True)
    wanted = {job.call_id for job in plan.jobs}
    for entry in list(run.books.journal.entries.values()):
        if entry.state == "started" and entry.call_id not in wanted:
            run.books.clean_folder(entry.call_id)
