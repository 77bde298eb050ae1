"""Find the floor events of a call: each start of speech gets the first type that fits (docs/measures.md)."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.timeline import wording
from pipeline.timeline.events import EventType, FloorEvent, FloorSettings, in_order
from pipeline.timeline.known import Known
from pipeline.timeline.noted import apart, noting, told_apart
from pipeline.timeline.roles import Role, plain_text
from pipeline.timeline.starts import StartJudge
from pipeline.timeline.stretches import Floor, Units
from pipeline.timeline.turns import TurnKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pipeline.timeline.spans import Span, SpanSet
    from pipeline.timeline.stretches import Stretch
    from pipeline.timeline.timeline import Timeline


_THRESHOLDS = tuple(field.name for field in fields(FloorSettings))


def find_events(timeline: Timeline, settings: FloorSettings | None = None) -> tuple[FloorEvent, ...]:
    """Find all events between agent and customer, sorted by start.

    Parameters
    ----------
    timeline : Timeline
    settings : FloorSettings, optional

    Returns
    -------
    tuple of FloorEvent
        All inside the call. Speech of `Role.OTHER` makes none.
    """
    return EventFinder(timeline).events(settings or FloorSettings())


class EventFinder:
    """Finds one timeline's events under one setting after another; what they share is worked out once.

    Parameters
    ----------
    timeline : Timeline
    """

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self._floors: dict[float, Floor] = {}
        self._known = Known(timeline)
        self._like: Units | None = None

    def moved(self, timeline: Timeline, role: Role) -> EventFinder:
        """Return the finder for the same call with a party moved: what was said is not judged anew."""
        finder = EventFinder(timeline)
        finder._known = Known(timeline, like=(self._known, role))
        finder._like = self._units
        return finder

    @cached_property
    def _units(self) -> Units:
        return Units(self.timeline, self._like)

    def events(self, settings: FloorSettings) -> tuple[FloorEvent, ...]:
        """Return all events, sorted by start."""
        found = [*_backchannels(self.timeline), *_silences(self.timeline)]
        seen: set[tuple[float, float]] = set()  # a dual start is met from both sides
        for role in (Role.AGENT, Role.CUSTOMER):
            for event in self.starts(settings, role):
                if event.type is EventType.DUAL_START:
                    key = (event.span.start_s, event.span.end_s)
                    if key in seen:
                        continue
                    seen.add(key)
                found.append(event)
        return in_order(found)

    def starts(self, settings: FloorSettings, role: Role, within: SpanSet | None = None) -> list[FloorEvent]:
        """Return what `role`'s starts of speech are; only those inside `within`, if it is given."""
        return [*self.each_start(settings, role, within)]

    def each_start(
        self, settings: FloorSettings, role: Role, within: SpanSet | None = None
    ) -> Iterator[FloorEvent]:
        """Yield what `starts` gives; each is judged when it is asked for."""
        floor = self._floor(settings.restart_s)
        judge = StartJudge(floor, settings, self._known)
        for stretch in floor.stretches(role, within):
            event = judge.start_of(stretch)
            if event is not None:
                yield event

    def judged_starts(
        self, settings: FloorSettings, role: Role, within: SpanSet | None = None
    ) -> JudgedStarts:
        """Return what `starts` gives, ready to be judged again under other thresholds."""
        floor = self._floor(settings.restart_s)
        noted, notes = noting(settings, _THRESHOLDS)
        judge = StartJudge(floor, noted, self._known)
        starts: list[tuple[Stretch, FloorEvent | None]] = []
        compared: dict[str, list[tuple[float, int]]] = {name: [] for name in _THRESHOLDS}
        for k, stretch in enumerate(floor.stretches(role, within)):
            starts.append((stretch, judge.start_of(stretch)))
            for name, own in notes.items():
                if own:
                    compared[name] += [(value, k) for value in own]
                    own.clear()
        return JudgedStarts(self, settings, role, within, starts, compared)

    def _again(self, judged: JudgedStarts, name: str, value_s: float) -> Iterable[FloorEvent]:
        was_s = getattr(judged.settings, name)
        if name == "restart_s" and told_apart(was_s, value_s, self._units.others_s):
            varied = replace(judged.settings, restart_s=value_s)
            return self.each_start(varied, judged.role, judged.within)  # the stretches themselves may differ
        low_s, high_s = apart(was_s, value_s)
        differs = {k for compared_s, k in judged.compared[name] if low_s <= compared_s <= high_s}
        if not differs:
            return judged.events
        varied = replace(judged.settings, **{name: value_s})
        judge = StartJudge(self._floor(judged.settings.restart_s), varied, self._known)
        found = (
            judge.start_of(stretch) if k in differs else event
            for k, (stretch, event) in enumerate(judged.starts)
        )
        return (event for event in found if event is not None)

    def _floor(self, restart_s: float) -> Floor:
        floor = self._floors.get(restart_s)
        if floor is None:
            floor = self._floors[restart_s] = Floor(self._units, restart_s)
        return floor


@dataclass(frozen=True)
class JudgedStarts:
    """A party's starts of speech under one setting, and what each of them was decided by.

    Parameters
    ----------
    finder : EventFinder
    settings : FloorSettings
    role : Role
    within : SpanSet or None
    starts : sequence of (Stretch, FloorEvent or None)
        Where they are, and what they are.
    compared : mapping of str to sequence of (float, int)
        What each threshold was compared with, and in judging which of the starts.
    """

    finder: EventFinder
    settings: FloorSettings
    role: Role
    within: SpanSet | None
    starts: Sequence[tuple[Stretch, FloorEvent | None]]
    compared: Mapping[str, Sequence[tuple[float, int]]]

    @cached_property
    def events(self) -> list[FloorEvent]:
        """As `EventFinder.starts` gives them."""
        return [event for _, event in self.starts if event is not None]

    def varied(self, by: Sequence[float]) -> Iterator[tuple[str, float, Iterable[FloorEvent]]]:
        """Yield the events with one threshold at a time changed: its name, the factor, the events.

        A start is judged again only where a comparison may come out differently, and when it is asked for.
        Where none may, the very list `events` is given.

        Parameters
        ----------
        by : sequence of float
            Factors.
        """
        for name in _THRESHOLDS:
            for factor in by:
                value_s = getattr(self.settings, name) * factor
                yield name, factor, self.finder._again(self, name, value_s)


def _backchannels(timeline: Timeline) -> Iterator[FloorEvent]:
    """Every run that the turns left out of the floor is one event: one rule decides both."""
    for turn in timeline.turns:
        if turn.kind is not TurnKind.BACKCHANNEL:
            continue
        of = turn.role.opposite
        shared_s = math.fsum(timeline.speech[of].overlap_s(span) for span in turn.speech)
        why = {"spoken_s": turn.speech.duration_s, "words": float(len(turn.words))}
        known = timeline.language is not None and bool(turn.words)
        yield FloorEvent(
            EventType.BACKCHANNEL,
            turn.span,
            turn.role,
            of,
            shared_s,
            confidence=0.9 if known else 0.6,
            why=why,
        )


def _silences(timeline: Timeline) -> Iterator[FloorEvent]:
    """Silences, and those that are holds: long, announced by the agent, or filled with music or tones."""
    settings = timeline.settings
    for span in timeline.silences:
        filled_s = timeline.clues.filled.overlap_s(span)
        announced = _announced(timeline, span)
        why = {"seconds": span.duration_s, "filled_s": filled_s, "announced": float(announced)}
        is_hold = span.duration_s >= settings.hold_min_s or announced or filled_s >= span.duration_s / 2
        yield FloorEvent(EventType.HOLD if is_hold else EventType.SILENCE, span, why=why)


def _announced(timeline: Timeline, silence: Span) -> bool:
    language = timeline.language
    if language is None:
        return False
    before = next(
        (t for t in reversed(timeline.turns_of(Role.AGENT)) if t.span.end_s <= silence.start_s), None
    )
    if before is None or silence.start_s - before.span.end_s > timeline.settings.silence_min_s:
        return False
    last = wording.sentences(before.words)[-2:]
    return any(language.hold_requests.within(plain_text(part)) for part in last)
