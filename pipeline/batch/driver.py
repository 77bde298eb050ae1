"""The driver: gives calls to workers, longest first, and notes what comes back."""

from __future__ import annotations

import heapq
import signal
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.batch import events
from pipeline.batch.errands import run_errands
from pipeline.batch.journal import BOOKS
from pipeline.batch.lengths import Lengths
from pipeline.batch.messages import Analyze, Analyzed, Given, LinkCall, Linked, Refused
from pipeline.batch.plan import Job, duplicate, in_order
from pipeline.batch.supervisor import Outcome, Pool, Report
from pipeline.errors import HearoutError, MissingComponentError, OutputError, UsageError
from pipeline.stages.run import CallSource

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.batch.books import Books
    from pipeline.batch.fetching import Fetcher
    from pipeline.batch.links import Link
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.stop import Stop

FETCHED = "fetched"
_LINK_LIMIT_S = 60.0
_RUN_WIDE: dict[str, type[HearoutError]] = {
    "missing": MissingComponentError,
    "output": OutputError,
    "usage": UsageError,
}


class Driver:
    """Works through jobs.

    Parameters
    ----------
    options : BatchOptions
    books : Books
    pool : Pool
    stop : Stop
    fetcher : Fetcher
        Brings remote recordings here, ahead of their turn.
    """

    def __init__(self, options: BatchOptions, books: Books, pool: Pool, stop: Stop, fetcher: Fetcher) -> None:
        self._options = options
        self._books = books
        self._pool = pool
        self._stop = stop
        self._fetcher = fetcher
        self._lengths = Lengths(pool, stop, books.tell)
        self._queue: list[tuple[float, int, Job]] = []
        self._numbers = count()
        self._crashes: dict[str, int] = {}
        self._content: dict[tuple[str, str], str] = {}

    # --- the queue

    def add(self, jobs: Sequence[Job]) -> float:
        """Take jobs into the queue, longest first; return their length in seconds.

        Raises
        ------
        HearoutError
            If workers can't be started.
        """
        self._lengths.measure(jobs, self._take_any)
        for job in in_order(jobs, self._lengths.known):
            self._push(job)
        return sum(self._lengths.of(job) for job in jobs)

    def _push(self, job: Job) -> None:
        heapq.heappush(self._queue, (-self._lengths.of(job), next(self._numbers), job))

    @property
    def waiting(self) -> list[Job]:
        """Jobs that nobody has yet."""
        return [job for _, _, job in self._queue]

    @property
    def active(self) -> list[Job]:
        """Jobs that are waiting or at work."""
        return [*self.waiting, *(tag for tag in self._pool.busy if isinstance(tag, Job))]

    # --- the work

    def work(self) -> None:
        """Work until nothing is left, or the run is to end.

        Raises
        ------
        OutputError, MissingComponentError, UsageError
            What concerns all calls.
        """
        while self.active and not self._stop.asked:
            self.step(1.0)

    def link(self, links: Sequence[Link]) -> None:
        """Score calls again whose customers called later; see `work` for what it raises."""
        done = count(1)

        def take(outcome: Outcome) -> None:
            self._take_link(outcome)
            self._books.tell(events.Step("linking calls of one customer", next(done), len(links)))

        errands = [Given(LinkCall(one.call_id, one.later), one, _LINK_LIMIT_S) for one in links]
        run_errands(self._pool, self._stop, errands, take, self._take_any)

    def _take_link(self, outcome: Outcome) -> None:
        reply, link = outcome.reply, outcome.tag
        if isinstance(reply, Linked):
            self._books.linked(link)
            return
        why = "Its worker was lost."
        if isinstance(reply, Refused):
            if reply.kind in _RUN_WIDE:
                raise _RUN_WIDE[reply.kind](reply.message, reply.remedy)
            why = reply.message
        self._books.tell(events.Note(f"{link.call_id} was not linked with its customer's other calls. {why}"))

    def step(self, timeout_s: float) -> None:
        """Give out what can be given, then wait for one thing to happen; see `work` for what it raises."""
        while self._pool.free and not self._stop.asked:
            job = self._next()
            if job is None:
                break
            self._give(job)
        self._fetcher.ahead(self.waiting_in_order)
        self._listen(timeout_s)
        self._books.tell(events.Tick())

    def _listen(self, timeout_s: float) -> None:
        """Wait for workers, and note what they say."""
        for heard in self._pool.wait(timeout_s, [self._stop.reader]):
            self._take_any(heard)
        self._stop.drain()

    def _take_any(self, heard: Outcome | Report) -> None:
        if isinstance(heard, Report):
            at = heard.at
            self._books.tell(events.CallAt(heard.tag.call_id, at.stage, at.completed, at.total))
        elif isinstance(heard.tag, Job):  # not the rest of a look at lengths that was ended
            self._take(heard)

    def waiting_in_order(self, most: int) -> list[Job]:
        """Return the jobs whose turn is next."""
        return [job for _, _, job in heapq.nsmallest(most, self._queue)]

    def _next(self) -> Job | None:
        """Return the next job whose recording is here."""
        skipped: list[tuple[float, int, Job]] = []
        found: Job | None = None
        while self._queue and found is None and len(skipped) <= self._options.batch.fetch_ahead:
            item = heapq.heappop(self._queue)
            if item[2].found.is_remote and not self._fetcher.has(item[2]):
                skipped.append(item)
            else:
                found = item[2]
        for item in skipped:
            heapq.heappush(self._queue, item)
        return found

    def _give(self, job: Job) -> None:
        path = Path(job.found.place)
        if job.found.is_remote:
            fetched = self._fetcher.take(job)
            if isinstance(fetched, HearoutError):
                if type(fetched) in _RUN_WIDE.values():
                    raise fetched
                self._books.failed(job, "fetch", fetched.message, fetched.remedy)
                return
            path, sha256 = fetched
            same = self._content.setdefault((sha256, job.found.facts.agent_channel or ""), job.call_id)
            if same != job.call_id:
                self._fetcher.drop(job)
                self._books.note_duplicate(duplicate(job.found, same, sha256))
                return
        facts = job.found.facts
        source = CallSource(
            path,
            job.call_id,
            recorded_at=facts.recorded_at,
            agent=facts.agent,
            customer=facts.customer,
            metadata=dict(facts.metadata),
        )
        self._books.started(job)
        channel: Any = facts.agent_channel
        longest_s = self._lengths.at_most(job, self._options.settings.audio.max_duration_s)
        limit_s = self._options.batch.time_limit_s(longest_s)
        self._pool.give(Given(Analyze(source, channel), job, limit_s))

    def _take(self, outcome: Outcome) -> None:
        job: Job = outcome.tag
        self._books.replaced = self._pool.replaced
        reply = outcome.reply
        if isinstance(reply, Analyzed):
            self._books.done(job, reply)
        elif isinstance(reply, Refused):
            if reply.kind in _RUN_WIDE:
                self._books.clean(job)
                raise _RUN_WIDE[reply.kind](reply.message, reply.remedy)
            self._books.failed(job, reply.kind, reply.message, reply.remedy)
        elif outcome.lost == "died" and self._may_try_again(job):
            self._books.tell(events.CallAgain(job.call_id, job.found.name, _death(outcome.detail)))
            self._push(job)
            return
        else:
            self._books.failed(job, *_lost(job, outcome))
        if job.found.is_remote:
            self._fetcher.drop(job)

    def _may_try_again(self, job: Job) -> bool:
        self._crashes[job.place] = self._crashes.get(job.place, 0) + 1
        return self._crashes[job.place] <= self._options.batch.crashes_allowed


def _lost(job: Job, outcome: Outcome) -> tuple[str, str, str]:
    """Return kind, sentence and remedy for a call whose worker was lost."""
    name = job.found.name
    if outcome.lost == "late":
        return (
            "time_limit",
            f"{name} took longer than the {outcome.detail:.0f} s that a call of its length may take.",
            "Listen whether it is in order; raise time_limit_factor in the settings, then --retry-failed.",
        )
    if outcome.lost == "grown":
        return (
            "memory",
            f"{name} needed more memory than a worker may have ({outcome.detail:.0f} MB).",
            "Raise worker_mb in the settings, then --retry-failed.",
        )
    return (
        "crash",
        f"{name} ended its worker process again and again: {_death(outcome.detail)}.",
        "Listen whether it is in order; with less memory free use fewer --workers, then --retry-failed.",
    )


def _death(exit_code: float) -> str:
    """Return how a process ended, in words."""
    number = int(exit_code)
    if number >= 0:
        return f"exit code {number}"
    try:
        name = signal.Signals(-number).name
    except ValueError:
        name = f"signal {-number}"
    return f"killed by {name}, often for want of memory" if name == "SIGKILL" else f"killed by {name}"


def fetched_folder(out: Path) -> Path:
    """Return where remote recordings lie while they are analysed."""
    return out / BOOKS / FETCHED
