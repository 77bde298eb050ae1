"""The same call as if one party had been heard a little earlier or later: what hangs on exact edges?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet
from pipeline.timeline.timeline import Timeline
from pipeline.timeline.turns import Ipu, build_turns
from pipeline.timeline.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable


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
    units: dict[Role, list[Ipu]] = {one: [] for one in Role}
    for turn in timeline.turns:
        if turn.span.overlaps(within):
            units[turn.role] += [unit for unit in turn.ipus if unit.span.overlaps(within)]
    for own in units.values():
        own.sort(key=lambda unit: (unit.span.start_s, unit.span.end_s))
    units[role] = [_moved(unit, by_s) for unit in units[role] if unit.span.end_s + by_s > 0]
    speech = {one: SpanSet(timeline.speech[one].overlapping(within)) for one in Role}
    speech[role] = _moved_set(timeline.speech[role].overlapping(within), by_s)
    doubts = dict(timeline.clues.doubts)
    if role in doubts:
        doubts[role] = _moved_set(doubts[role].overlapping(within), by_s)
    return Timeline(
        timeline.duration_s + max(0.0, by_s),
        speech,
        build_turns(units, timeline.language, timeline.settings),
        timeline.settings,
        timeline.language,
        replace(timeline.clues, doubts=doubts),
    )


def moved_span(span: Span, by_s: float) -> Span:
    """Return `span` moved, cut off at 0 s."""
    start_s = span.start_s + by_s
    return Span(start_s if start_s > 0 else 0.0, span.end_s + by_s)


def _moved_set(spans: Iterable[Span], by_s: float) -> SpanSet:
    return SpanSet([moved_span(span, by_s) for span in spans if span.end_s + by_s > 0])


def _moved(unit: Ipu, by_s: float) -> Ipu:
    if by_s < 0 and any(word.span.end_s + by_s <= 0 for word in unit.words):
        return Ipu(
            unit.role, moved_span(unit.span, by_s), _moved_words(unit.words, by_s), unit.voice, unit.unheard
        )
    return _MovedIpu(unit, by_s)


def _moved_words(words: Iterable[Word], by_s: float) -> tuple[Word, ...]:
    return tuple(
        [
            Word(word.text, moved_span(word.span, by_s), word.confidence)
            for word in words
            if word.span.end_s + by_s > 0
        ]
    )


class _MovedIpu(Ipu):
    """A unit that says the same earlier or later: its words are moved once somebody looks at their times."""

    __slots__ = ("_by_s", "_moved", "_unmoved")
    _by_s: float
    _moved: tuple[Word, ...] | None
    _unmoved: tuple[Word, ...]

    def __init__(self, unit: Ipu, by_s: float) -> None:
        for name, value in (
            ("role", unit.role),
            ("span", moved_span(unit.span, by_s)),
            ("voice", unit.voice),
            ("unheard", unit.unheard),
            ("_judged", unit._judged),
            ("_unmoved", unit.words),
            ("_by_s", by_s),
            ("_moved", None),
        ):
            object.__setattr__(self, name, value)

    @property
    def words(self) -> tuple[Word, ...]:
        moved = self._moved
        if moved is None:
            moved = _moved_words(self._unmoved, self._by_s)
            object.__setattr__(self, "_moved", moved)
        return moved

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ipu):
            return NotImplemented
        mine = self.role, self.span, self.words, self.voice
        return mine == (other.role, other.span, other.words, other.voice)

    __hash__ = Ipu.__hash__
