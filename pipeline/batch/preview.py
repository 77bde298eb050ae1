"""What a batch would do, and how long that would take; nothing is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from pipeline.batch import events
from pipeline.batch.journal import read_journal
from pipeline.batch.lengths import Lengths
from pipeline.batch.machine import choose_staff, this_machine
from pipeline.batch.plan import in_order
from pipeline.batch.planner import Planner
from pipeline.batch.sources import list_source
from pipeline.batch.supervisor import Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.batch.journal import Entry
    from pipeline.batch.options import BatchOptions
    from pipeline.batch.plan import Job, Plan
    from pipeline.batch.stop import Stop

    Tell = Callable[[events.Event], None]

GUESSED_SPEED = 6.0
"""Seconds of audio per second and worker: Whisper base on one core, until a call has been analysed."""

_NEED_MB = 1250


@dataclass(frozen=True)
class Preview:
    """What would be done.

    Parameters
    ----------
    plan : Plan
    jobs : tuple of (Job, float)
        In the order of their turns, each with its length in seconds.
    workers : int
    speed : float
        Of one worker, in seconds of audio per second.
    measured_on : int
        Calls in the journal that the speed comes from; 0: it is a guess.
    """

    plan: Plan
    jobs: tuple[tuple[Job, float], ...]
    workers: int
    speed: float
    measured_on: int

    @property
    def audio_s(self) -> float:
        """Length of what is to do."""
        return sum(length_s for _, length_s in self.jobs)

    @property
    def estimate_s(self) -> float:
        """How long it would take; no less than the longest call alone."""
        if not self.jobs:
            return 0.0
        longest_s = max(length_s for _, length_s in self.jobs)
        return max(self.audio_s / self.workers, longest_s) / self.speed

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "to_do": [
                {
                    "file": job.found.name,
                    "call_id": job.call_id,
                    "duration_s": round(length_s, 3),
                    **{name: value for name, value in job.found.facts.to_dict().items() if name != "call_id"},
                }
                for job, length_s in self.jobs
            ],
            "done": len(self.plan.done) + len(self.plan.moved),
            "failed_before": [entry.name for entry in self.plan.failed],
            "duplicates": [
                {"file": twin.found.name, "same_as_call": twin.call_id} for twin in self.plan.duplicates
            ],
            "audio_s": round(self.audio_s, 3),
            "workers": self.workers,
            "estimate_s": round(self.estimate_s),
            "estimate_measured_on_calls": self.measured_on,
        }


def preview(options: BatchOptions, tell: Tell, stop: Stop) -> Preview:
    """Plan a batch without doing it.

    Raises
    ------
    UsageError
        If the source or the settings are wrong.
    """
    options = replace(options, offline=True)
    listing = list_source(options.source, options.batch, options.out)
    for note in listing.notes:
        tell(events.Note(note))
    entries = read_journal(options.out)

    def step(name: str, completed: float, total: float | None) -> None:
        tell(events.Step(name, completed, total))

    plan = Planner(options, entries).plan(listing.found, step, retry_failed=options.retry_failed)
    need_mb = options.batch.worker_mb or _NEED_MB
    staff = choose_staff(this_machine(), need_mb, len(plan.jobs), options.batch.workers)
    speed, measured_on = known_speed(entries.values())
    jobs: tuple[tuple[Job, float], ...] = ()
    if plan.jobs:
        with stop.guard(), Pool(options.worker(), staff) as pool:
            lengths = Lengths(pool, stop, tell)
            lengths.measure(plan.jobs, lambda _: None)
        jobs = tuple((job, lengths.of(job)) for job in in_order(plan.jobs, lengths.known))
    if stop.asked:
        raise KeyboardInterrupt
    return Preview(plan, jobs, staff.workers, speed, measured_on)


def known_speed(entries: Iterable[Entry]) -> tuple[float, int]:
    """Return the speed of one worker, median over the calls of a journal, and over how many."""
    speeds = [entry.figures.duration_s / entry.busy_s for entry in entries if entry.busy_s > 0]
    return (median(speeds), len(speeds)) if speeds else (GUESSED_SPEED, 0)
