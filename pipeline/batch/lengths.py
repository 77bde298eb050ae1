"""How long recordings are, before anybody listens: asked of the workers.

The driver itself opens no recording: a file that hangs or crashes the decoder must not take the driver along.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from pipeline.batch import events
from pipeline.batch.errands import run_errands
from pipeline.batch.messages import Given, Measure, Measured
from pipeline.batch.plan import FALLBACK_BYTES_PER_S, guessed_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.batch.plan import Job
    from pipeline.batch.stop import Stop
    from pipeline.batch.supervisor import Outcome, Pool, Report

_AT_ONCE = 32  # recordings of one task
_LIMIT_S = 60.0
_LOW_BYTES_PER_S = 32_000  # a file may be longer than it says, but hardly than this many bytes a second


class Lengths:
    """Lengths of recordings in seconds, as they say themselves.

    Parameters
    ----------
    pool : Pool
    stop : Stop
    tell : callable
        Receives the events.
    """

    def __init__(self, pool: Pool, stop: Stop, tell: Callable[[events.Event], None]) -> None:
        self._pool = pool
        self._stop = stop
        self._tell = tell
        self.known: dict[str, float] = {}
        """By place; those that could not be told are missing."""

    def measure(self, jobs: Iterable[Job], others: Callable[[Outcome | Report], None]) -> None:
        """Look how long recordings are.

        Parameters
        ----------
        jobs : iterable of Job
            Remote ones are passed over.
        others : callable
            Takes what workers say meanwhile of other things.
        """
        local = [job for job in jobs if not job.found.is_remote and job.found.size]
        pieces = [tuple(local[at : at + _AT_ONCE]) for at in range(0, len(local), _AT_ONCE)]
        looked = count(1)

        def take(outcome: Outcome) -> None:
            self._keep(outcome)
            self._tell(events.Step("looking at lengths", next(looked), len(pieces)))

        errands = [Given(Measure(tuple(job.found.place for job in one)), one, _LIMIT_S) for one in pieces]
        run_errands(self._pool, self._stop, errands, take, others)

    def _keep(self, outcome: Outcome) -> None:
        if not isinstance(outcome.reply, Measured):
            return  # one of them hangs or crashes the decoder: it will fail by itself
        for job, length_s in zip(outcome.tag, outcome.reply.lengths, strict=True):
            if length_s:
                self.known[job.place] = length_s

    def of(self, job: Job) -> float:
        """Return a call's length, a guess by its size where it isn't known."""
        return self.known.get(job.place) or guessed_s(job.found)

    def at_most(self, job: Job, longest_s: float) -> float:
        """Return how long a call may be at most, however wrong its file's head is."""
        known_s, size = self.known.get(job.place), job.found.size or 0
        by_size_s = size / (_LOW_BYTES_PER_S if known_s else FALLBACK_BYTES_PER_S / 8)
        return min(longest_s, max(known_s or 0.0, by_size_s))
