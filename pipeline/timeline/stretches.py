"""Stretches: one party's speech for the floor, as one effort to speak, own pauses bridged.

A party that pauses for a moment and goes on has not started anew, even if the other began to speak in the
pause: only where a stretch starts can somebody have cut in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.turns import Ipu, Turn, TurnKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.timeline import Timeline
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

_WORD_TIMES_S = 0.2  # how exact recognised words' times are


@dataclass(frozen=True)
class Stretch:
    """Units of one party's turns, at least one; signs of listening are left out.

    Parameters
    ----------
    role : Role
    ipus : tuple of Ipu
    """

    role: Role
    ipus: tuple[Ipu, ...]

    @cached_property
    def span(self) -> Span:
        """From the first sound to the last, seconds."""
        return Span(self.ipus[0].span.start_s, self.ipus[-1].span.end_s)

    @cached_property
    def key(self) -> tuple[str, float, float]:
        """What tells it from all others of a call; quicker to look up than its spans."""
        return self.role.value, self.span.start_s, self.span.end_s

    @cached_property
    def speech(self) -> SpanSet:
        """The units' spans."""
        return SpanSet(unit.span for unit in self.ipus)

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words, in order."""
        return tuple(word for unit in self.ipus for word in unit.words)

    def worded(self, within: Span) -> SpanSet:
        """Return where words were recognised near `within`: there somebody did speak, give or take a bit."""
        from_s, until_s = within.start_s - _WORD_TIMES_S, within.end_s + _WORD_TIMES_S
        return SpanSet(
            Span(max(0.0, word.span.start_s - _WORD_TIMES_S), word.span.end_s + _WORD_TIMES_S)
            for word in self.words
            if word.span.end_s >= from_s and word.span.start_s <= until_s
        )

    def starts(self, pause_s: float) -> tuple[Ipu, ...]:
        """Return the first unit and those behind an own pause of at least `pause_s`."""
        behind = zip(self.ipus, self.ipus[1:], strict=False)
        return (
            self.ipus[0],
            *(b for a, b in behind if b.span.start_s - a.span.end_s >= pause_s),
        )

    def until(self, time_s: float) -> tuple[Word, ...]:
        """Return the words of the units that start before `time_s`."""
        return tuple(word for unit in self.ipus if unit.span.start_s < time_s for word in unit.words)

    def voice_at(self, end_s: float) -> VoiceFeatures | None:
        """Return the voice at the end of the unit that ends at `end_s`."""
        return next((unit.voice for unit in reversed(self.ipus) if unit.span.end_s == end_s), None)


class Floor:
    """Both parties' stretches and turns, found by time.

    Parameters
    ----------
    timeline : Timeline
    restart_s : float
        Who speaks on within this after the other's start had not given the floor away.
    """

    def __init__(self, timeline: Timeline, restart_s: float) -> None:
        self.timeline = timeline
        self.restart_s = restart_s
        units = {
            role: [unit for turn in timeline.turns_of(role) for unit in turn.ipus]
            for role in (Role.AGENT, Role.CUSTOMER)
        }
        resume_s = timeline.settings.resume_s
        self.stretches = {
            role: _stretches(own, units[role.opposite], resume_s, restart_s) for role, own in units.items()
        }
        self._starts = {role: [s.span.start_s for s in own] for role, own in self.stretches.items()}
        self._turns = {role: timeline.turns_of(role, TurnKind.TURN) for role in units}
        self._turn_starts = {role: [t.span.start_s for t in own] for role, own in self._turns.items()}

    def stretch_before(self, role: Role, time_s: float) -> Stretch | None:
        """Return the latest stretch of `role` that starts before `time_s`."""
        index = bisect_left(self._starts[role], time_s) - 1
        return self.stretches[role][index] if index >= 0 else None

    def stretch_from(self, role: Role, time_s: float) -> Stretch | None:
        """Return the first stretch of `role` that starts at or after `time_s`."""
        index = bisect_left(self._starts[role], time_s)
        return self.stretches[role][index] if index < len(self._starts[role]) else None

    def turn_at(self, role: Role, time_s: float) -> Turn | None:
        """Return the turn of `role` that holds `time_s`."""
        index = bisect_right(self._turn_starts[role], time_s) - 1
        turn = self._turns[role][index] if index >= 0 else None
        return turn if turn and turn.span.contains(time_s) else None


def _stretches(
    mine: Sequence[Ipu], theirs: Sequence[Ipu], resume_s: float, restart_s: float
) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    run: list[Ipu] = []
    starts = [unit.span.start_s for unit in theirs]
    for unit in mine:
        if run and not _goes_on(run[-1], unit, theirs, starts, (resume_s, restart_s)):
            found.append(Stretch(run[0].role, tuple(run)))
            run = []
        run.append(unit)
    if run:
        found.append(Stretch(run[0].role, tuple(run)))
    return tuple(found)


def _goes_on(
    last: Ipu, unit: Ipu, theirs: Sequence[Ipu], starts: Sequence[float], limits: tuple[float, float]
) -> bool:
    """Tell whether `unit` continues `last`: soon after it, and the other had no turn in between.

    The other had one who spoke for more than `restart_s` of the pause, or started and ended in it.
    """
    resume_s, restart_s = limits
    gap_start, gap_end = last.span.end_s, unit.span.start_s
    if gap_end - gap_start >= resume_s:
        return False
    if gap_end <= gap_start:
        return True
    said_s = 0.0
    for other in theirs[max(0, bisect_left(starts, gap_start) - 1) : bisect_left(starts, gap_end)]:
        start_s, end_s = other.span.start_s, other.span.end_s
        if gap_start <= start_s and end_s <= gap_end:
            return False
        said_s += max(0.0, min(end_s, gap_end) - max(start_s, gap_start))
    return said_s <= restart_s
