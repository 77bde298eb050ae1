"""Where a run stands, added up from its events; drawn by the front door."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.batch import events
from pipeline.batch.summary import remaining_s

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Tally:
    """Counts and speed.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    """

    clock: Callable[[], float] = time.monotonic
    to_do: int = 0
    done: int = 0
    failed: int = 0
    workers: int = 0
    audio_s: float = 0.0
    audio_done_s: float = 0.0
    at_work: dict[str, tuple[str, str, float | None]] = field(default_factory=dict)
    """Per call id: name, stage, and how much of that stage is done (0 to 1), if that is known."""
    _began_s: float | None = None
    _done_at_s: float = 0.0

    def take(self, event: events.Event) -> None:
        """Add an event."""
        if isinstance(event, events.Started):
            self.to_do, self.audio_s, self.workers = event.to_do, event.audio_s, event.workers
            self._began_s = self._done_at_s = self.clock()
        elif isinstance(event, events.More):
            self.to_do += event.to_do
            self.audio_s += event.audio_s
        elif isinstance(event, events.CallStarted):
            self.at_work[event.call_id] = (event.name, "", None)
        elif isinstance(event, events.CallAt) and event.call_id in self.at_work:
            share = event.completed / event.total if event.total else None
            self.at_work[event.call_id] = (self.at_work[event.call_id][0], event.stage, share)
        elif isinstance(event, events.CallAgain):
            self.at_work.pop(event.call_id, None)
        elif isinstance(event, events.CallDone):
            self.at_work.pop(event.call_id, None)
            self.done += 1
            self.audio_done_s += event.figures.duration_s
            self._done_at_s = self.clock()
        elif isinstance(event, events.CallFailed):
            self.at_work.pop(event.call_id, None)
            self.failed += 1

    @property
    def began(self) -> bool:
        """Whether the work has begun."""
        return self._began_s is not None

    @property
    def _took_s(self) -> float:
        """Seconds until the last call was done: what is at work since counts for nothing yet."""
        return self._done_at_s - self._began_s if self._began_s is not None else 0.0

    @property
    def speed(self) -> float | None:
        """Seconds of audio per second; ``None`` before anything is done."""
        return self.audio_done_s / self._took_s if self._took_s > 0 and self.audio_done_s > 0 else None

    @property
    def left_s(self) -> float | None:
        """Seconds until all is done, at the speed so far; ``None`` before anything is done or if overdue."""
        audio_s = max(0.0, self.audio_s - self.audio_done_s)
        left_s = remaining_s(audio_s, self.audio_done_s, self._took_s)
        if left_s is None:
            return None
        left_s -= self.clock() - self._done_at_s
        return left_s if left_s > 0 else None
