"""The same call as if one party had been heard a little earlier or later: what hangs on exact edges?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING

from pipeline.timeline.joining import build_turns
from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.timeline import Timeline
from pipeline.timeline.turns import (
    Ipu,
    set_judged,
    set_role,
    set_span,
    set_unheard,
    set_voice,
)
from pipeline.timeline.words import filled_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.timeline.move import Move
    from pipeline.timeline.words import Word

_START = attrgetter("span.start_s")


def shifted(timeline: Timeline, role: Role, by_s: float, within: Span) -> Timeline:
    """Return a stretch of the call with all edges and words of `role` moved.

    Only how the parties lie to each other matters to an event, so that moving one of them later is moving
    the other earlier.

    Parameters
    ----------
    timeline : Timeline
    role : Role
    by_s : float
        Seconds; negative is earlier.
    within : Span
        What is left of the call; units that reach out of it are kept whole.
    """
    return Shifter(timeline, role, within).shifted(by_s)


class Shifter:
    """Moves a party in a stretch of a call once and again; see `shifted`."""

    def __init__(self, timeline: Timeline, role: Role, within: Span) -> None:
        self._timeline = timeline
        self._role = role
        units: dict[Role, list[Ipu]] = {one: [] for one in Role}
        for turn in timeline.turns:
            if within.start_s <= turn.span.start_s and turn.span.end_s <= within.end_s:
                units[turn.role] += turn.ipus
            elif turn.span.overlaps(within):
                units[turn.role] += [unit for unit in turn.ipus if unit.span.overlaps(within)]
        for own in units.values():
            own.sort(key=_START)
        self._units = units
        self._speech = {one: SpanSet(timeline.speech[one].overlapping(within)) for one in Role}
        self._doubts, self._faint = (
            {one: SpanSet(own.overlapping(within)) if one is role else own for one, own in spans.items()}
            for spans in (timeline.clues.doubts, timeline.clues.faint)
        )

    def shifted(self, by_s: float) -> Timeline:
        """Return the stretch of the call with the party moved by `by_s` seconds."""
        timeline, role = self._timeline, self._role
        moved = [_moved(unit, by_s) for unit in self._units[role] if unit.span.end_s + by_s > 0]
        return Timeline(
            timeline.duration_s + max(0.0, by_s),
            _MovedSpans(self._speech, role, by_s),
            build_turns({**self._units, role: moved}, timeline.language, timeline.settings),
            timeline.settings,
            timeline.language,
            replace(
                timeline.clues,
                doubts=_MovedSpans(self._doubts, role, by_s),
                faint=_MovedSpans(self._faint, role, by_s) if self._faint else self._faint,
            ),
        )


class _MovedSpans(Mapping[Role, SpanSet]):
    """Spans by party, those of one of them moved once they are asked for."""

    def __init__(self, spans: Mapping[Role, SpanSet], role: Role, by_s: float) -> None:
        self._spans, self._role, self._by_s = spans, role, by_s
        self._moved: SpanSet | None = None

    def __getitem__(self, role: Role) -> SpanSet:
        if role is not self._role:
            return self._spans[role]
        if self._moved is None:
            self._moved = _moved_set(self._spans[role], self._by_s)
        return self._moved

    def __iter__(self) -> Iterator[Role]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def moved_span(span: Span, by_s: float) -> Span:
    """Return `span` moved, cut off at 0 s."""
    start_s = span.start_s + by_s
    return Span(start_s if start_s > 0 else 0.0, span.end_s + by_s)


def moved_moves(moves: Iterable[Move], by_s: float) -> list[Move]:
    """Return moves with the agent's `by_s` seconds later; what ends before 0 s is left out."""
    return [
        move.at(moved_span(move.span, by_s)) if move.role is Role.AGENT else move
        for move in moves
        if move.span.end_s + by_s > 0
    ]


def _moved_set(spans: Iterable[Span], by_s: float) -> SpanSet:
    return SpanSet([moved_span(span, by_s) for span in spans if span.end_s + by_s > 0])


def _moved(unit: Ipu, by_s: float) -> Ipu:
    early = unit.words and unit.words[0].start_s + by_s < 0
    if early and any(word.end_s + by_s <= 0 for word in unit.words):
        return _CutIpu(
            unit.role, moved_span(unit.span, by_s), _moved_words(unit.words, by_s), unit.voice, unit.unheard
        )
    return _MovedIpu(unit, by_s)


def _moved_words(words: Iterable[Word], by_s: float) -> tuple[Word, ...]:
    left = [word for word in words if word.end_s + by_s > 0]
    starts_s = [word.start_s + by_s for word in left]
    return filled_words(
        [word.text for word in left],
        [start_s if start_s > 0 else 0.0 for start_s in starts_s],  # as of a moved span
        [word.end_s + by_s for word in left],
        [word.confidence for word in left],
    )


def timed(units: Iterable[Ipu]) -> Iterator[tuple[Word, float, float]]:
    """Yield each word of units, for what it says, with its start and end in seconds; none is moved for it."""
    for unit in units:
        words, by_s = (unit._unmoved.words, unit._by_s) if isinstance(unit, _MovedIpu) else (unit.words, 0.0)
        for word in words:
            start_s = word.start_s + by_s
            yield word, start_s if start_s > 0 else 0.0, word.end_s + by_s


class _CutIpu(Ipu):
    """A unit that has lost words before the start of the call: it says something else now."""

    __slots__ = ()

    @property
    def heard_at_s(self) -> float:
        return -1.0 - self.span.start_s


class _MovedIpu(Ipu):
    """A unit that says the same earlier or later: its words are moved once somebody looks at their times."""

    __slots__ = ("_by_s", "_moved", "_unmoved")
    _by_s: float
    _moved: tuple[Word, ...] | None
    _unmoved: Ipu

    def __init__(self, unit: Ipu, by_s: float) -> None:  # by hand, as of a span
        set_role(self, unit.role)
        set_span(self, moved_span(unit.span, by_s))
        set_voice(self, unit.voice)
        set_unheard(self, unit.unheard)
        set_judged(self, unit._judged)
        _set_unmoved(self, unit)
        _set_by(self, by_s)
        _set_moved(self, None)

    @property
    def heard_at_s(self) -> float:
        return self._unmoved.heard_at_s

    @property
    def said(self) -> tuple[Word, ...]:
        return self._unmoved.said

    @property
    def words(self) -> tuple[Word, ...]:
        moved = self._moved
        if moved is None:
            moved = _moved_words(self._unmoved.words, self._by_s)
            _set_moved(self, moved)
        return moved

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ipu):
            return NotImplemented
        mine = self.role, self.span, self.words, self.voice
        return mine == (other.role, other.span, other.words, other.voice)

    __hash__ = Ipu.__hash__


_set_by, _set_moved, _set_unmoved = (
    _MovedIpu.__dict__[name].__set__ for name in ("_by_s", "_moved", "_unmoved")
)
