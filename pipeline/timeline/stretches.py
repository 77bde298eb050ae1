"""Stretches: one party's speech for the floor, as one effort to speak, own pauses bridged.

A party that pauses for a moment and goes on has not started anew, even if the other began to speak in the
pause: only where a stretch starts can somebody have cut in.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline.roles import Role
from pipeline.timeline.shift import timed
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.turns import Ipu, Turn, TurnKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.timeline import Timeline
    from pipeline.timeline.voice import VoiceFeatures
    from pipeline.timeline.words import Word

_MARKS = (".", ",", "!", "?", "…", ";", ":", "–", "—")
_WORD_TIMES_S = 0.2  # how exact recognised words' times are


StretchKey = tuple[str, float, float]


class Stretch:
    """Units of one party's turns, at least one; signs of listening are left out.

    Parameters
    ----------
    role : Role
    ipus : tuple of Ipu

    Attributes
    ----------
    span : Span
        From the first sound to the last, seconds.
    said : tuple of Word
        All words, for what they say alone.
    """

    def __init__(self, role: Role, ipus: tuple[Ipu, ...]) -> None:
        self.role = role
        self.ipus = ipus
        only = len(ipus) == 1
        self.span = ipus[0].span if only else Span(ipus[0].span.start_s, ipus[-1].span.end_s)
        self.said = ipus[0].said if only else tuple([word for unit in ipus for word in unit.said])
        self._key: StretchKey | None = None

    @property
    def key(self) -> StretchKey:
        """What tells it from all others of a call, however its party is moved."""
        if self._key is None:
            self._key = self.role.value, self.ipus[0].heard_at_s, self.ipus[-1].heard_at_s
        return self._key

    @cached_property
    def speech(self) -> SpanSet:
        """The units' spans."""
        return SpanSet([unit.span for unit in self.ipus])

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words, in order."""
        if len(self.ipus) == 1:
            return self.ipus[0].words
        return tuple([word for unit in self.ipus for word in unit.words])

    def worded(self, doubts: SpanSet) -> SpanSet:
        """Return where words were recognised at doubts: there somebody did speak, give or take a bit."""
        found = []
        left = iter(doubts)
        doubt = next(left, None)
        for _, said_s, ended_s in timed(self.ipus):
            start_s = said_s - _WORD_TIMES_S
            while doubt is not None and doubt.end_s <= start_s:
                doubt = next(left, None)
            if doubt is None:
                break
            end_s = ended_s + _WORD_TIMES_S
            if doubt.start_s < end_s:
                found.append(Span(max(0.0, start_s), end_s))
        return SpanSet(found)

    def said_from(self, time_s: float) -> list[Word]:
        """Return what is said after `time_s`, from the last mark or pause before on, for what it says."""
        said: list[Word] = []
        found = False
        for unit in self.ipus:
            if not found:
                said.clear()
            for word, _, end_s in timed((unit,)):
                found = found or end_s > time_s
                said.append(word)
                if not found and word.text.endswith(_MARKS):
                    said.clear()
        return said if found else []

    def begun_by(self, time_s: float) -> int:
        """Return how many units start before `time_s`."""
        count = len(self.ipus)
        while count and self.ipus[count - 1].span.start_s >= time_s:
            count -= 1
        return count

    def said_in(self, units: int) -> tuple[Word, ...]:
        """Return the words of the first so many units, for what they say alone."""
        said = self.said
        behind = sum([len(unit.said) for unit in self.ipus[units:]])
        return said[: len(said) - behind]

    def voice_at(self, end_s: float) -> VoiceFeatures | None:
        """Return the voice at the end of the unit that ends at `end_s`."""
        return next((unit.voice for unit in reversed(self.ipus) if unit.span.end_s == end_s), None)


def says_within(units: Sequence[Ipu], span: Span) -> bool:
    """Tell whether a word of these units lies in `span`, give or take what words' times are off by."""
    from_s, until_s = span.start_s - _WORD_TIMES_S, span.end_s + _WORD_TIMES_S
    return any(start_s < until_s and end_s > from_s for _, start_s, end_s in timed(units))


class Units:
    """Both parties' units in turns, and how long the other spoke in each pause between them.

    Parameters
    ----------
    timeline : Timeline
    like : Units, optional
        Of the same call before a party was moved: what the other says is not put together anew.
    """

    def __init__(self, timeline: Timeline, like: Units | None = None) -> None:
        self.timeline = timeline
        self.turns = {role: timeline.turns_of(role, TurnKind.TURN) for role in (Role.AGENT, Role.CUSTOMER)}
        self._units = {role: [unit for turn in own for unit in turn.ipus] for role, own in self.turns.items()}
        resume_s = timeline.settings.resume_s
        self._others_s = {
            role: _others_s(own, self._units[role.opposite], resume_s) for role, own in self._units.items()
        }
        self._made: dict[tuple[int, int], Stretch] = {} if like is None else like._made

    @property
    def others_s(self) -> list[float]:
        """How long the other spoke in each pause, seconds: what `restart_s` is compared with."""
        return [*itertools.chain.from_iterable(self._others_s.values())]

    def edges(self, role: Role, restart_s: float) -> list[int]:
        """Return which units a party's stretches begin with, and how many units there are.

        A stretch goes on while the other spoke for at most `restart_s` in a pause.
        """
        others_s = self._others_s[role]
        edges = [k for k, other_s in enumerate(others_s) if other_s > restart_s]
        edges.append(len(others_s))
        return edges

    def starts(self, role: Role, edges: Sequence[int]) -> list[float]:
        """Return where the stretches start that begin with these units, seconds."""
        units = self._units[role]
        return [units[k].span.start_s for k in edges[:-1]]

    def stretch(self, role: Role, first: int, behind: int) -> Stretch:
        """Return the stretch of these units."""
        ipus = tuple(self._units[role][first:behind])
        key = (id(ipus[0]), len(ipus))  # of a unit that is kept in the stretch
        made = self._made.get(key)
        if made is None or made.ipus != ipus:
            made = self._made[key] = Stretch(role, ipus)
        return made


class Floor:
    """Both parties' stretches and turns, found by time.

    Parameters
    ----------
    units : Units
    restart_s : float
        Who speaks on within this after the other's start had not given the floor away.
    """

    def __init__(self, units: Units, restart_s: float) -> None:
        self.timeline = units.timeline
        self._units = units
        self._edges = {role: units.edges(role, restart_s) for role in units.turns}
        self._starts = {role: units.starts(role, edges) for role, edges in self._edges.items()}
        self._made: dict[Role, list[Stretch | None]] = {
            role: [None] * len(starts) for role, starts in self._starts.items()
        }
        self._turns = units.turns
        self._turn_starts = {role: [t.span.start_s for t in own] for role, own in self._turns.items()}

    def stretches(self, role: Role, within: SpanSet | None = None) -> list[Stretch]:
        """Return a party's stretches, in order; only those that start inside `within`, if it is given."""
        starts = self._starts[role]
        return [self._at(role, k) for k in range(len(starts)) if within is None or within.at(starts[k])]

    def _at(self, role: Role, index: int) -> Stretch:
        made = self._made[role][index]
        if made is None:
            edges = self._edges[role]
            made = self._made[role][index] = self._units.stretch(role, edges[index], edges[index + 1])
        return made

    def stretch_before(self, role: Role, time_s: float) -> Stretch | None:
        """Return the latest stretch of `role` that starts before `time_s`."""
        index = bisect_left(self._starts[role], time_s) - 1
        return self._at(role, index) if index >= 0 else None

    def stretch_from(self, role: Role, time_s: float) -> Stretch | None:
        """Return the first stretch of `role` that starts at or after `time_s`."""
        index = bisect_left(self._starts[role], time_s)
        return self._at(role, index) if index < len(self._starts[role]) else None

    def said_next(self, stretch: Stretch, time_s: float) -> tuple[Word, ...]:
        """Return what a party says from `time_s` on: in the rest of its `stretch`, or else in the next."""
        rest = stretch.ipus[stretch.begun_by(time_s) :]
        if rest:
            return tuple([word for unit in rest for word in unit.said])
        following = self.stretch_from(stretch.role, time_s)
        return following.said if following is not None else ()

    def turn_at(self, role: Role, time_s: float) -> Turn | None:
        """Return the turn of `role` that holds `time_s`."""
        index = bisect_right(self._turn_starts[role], time_s) - 1
        turn = self._turns[role][index] if index >= 0 else None
        return turn if turn and turn.span.contains(time_s) else None


def _others_s(mine: Sequence[Ipu], theirs: Sequence[Ipu], resume_s: float) -> list[float]:
    """Return for each unit how long the other spoke in the pause before it.

    Infinite, so that a stretch never goes on: before the first unit, after a pause of `resume_s`, and where
    the other started and ended in the pause.
    """
    starts = [unit.span.start_s for unit in theirs]
    ends = [unit.span.end_s for unit in theirs]
    found: list[float] = []
    last_s = -math.inf
    for unit in mine:
        start_s = unit.span.start_s
        if start_s - last_s >= resume_s:
            found.append(math.inf)
        elif start_s <= last_s:
            found.append(-math.inf)
        else:
            first = bisect_left(starts, last_s)
            said_s = 0.0
            if first and ends[first - 1] > last_s:  # begun before the pause
                said_s = (ends[first - 1] if ends[first - 1] < start_s else start_s) - last_s
            if first < len(starts) and starts[first] < start_s:  # begun in it
                said_s += math.inf if ends[first] <= start_s else start_s - starts[first]
            found.append(said_s)
        last_s = unit.span.end_s
    return found
