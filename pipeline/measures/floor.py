"""Interrupting, listening, asking, holding: the measures that rest on floor events (docs/measures.md)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.measures.talk import reported_speech
from pipeline.measures.value import MeasureValue
from pipeline.timeline import EventType, FloorEvent, Role, Span, SpanSet, Timeline
from pipeline.timeline.wording import is_question, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NOT_SEPARATED = "agent and customer are not told apart in this recording"
_NO_WORDS = "no recognised words of the {role}"
_PARTY_MEASURES = (
    "interruptions_by_agent",
    "interruptions_by_customer",
    "interruptions_by_agent_per_min",
    "pause_interruptions_by_agent",
    "floor_taken_by_agent",
    "backchannels_by_agent",
    "longest_uninterrupted_customer_s",
    "questions_by_agent",
)


def floor_measures(timeline: Timeline, events: Sequence[FloorEvent]) -> Mapping[str, MeasureValue]:
    """Return the measures of section 4 that rest on floor events and questions.

    Parameters
    ----------
    timeline : Timeline
    events : sequence of FloorEvent
        Of this timeline (`find_events`).

    Returns
    -------
    mapping of str to MeasureValue
        Names and units as published. Each count has the part ``count`` and, where it counts events that
        count against somebody, ``unsure``: how many of them have a low confidence.
    """
    holds = [event for event in events if event.type is EventType.HOLD]
    hold_s = math.fsum(event.span.duration_s for event in holds)
    hold = {"hold_s": MeasureValue(hold_s, {"seconds": hold_s}, tuple(event.span for event in holds))}
    if timeline.speech[Role.OTHER] and not (timeline.speech[Role.AGENT] or timeline.speech[Role.CUSTOMER]):
        return {**{name: MeasureValue.undefined(_NOT_SEPARATED) for name in _PARTY_MEASURES}, **hold}
    by_agent = [event for event in events if event.counts and event.by is Role.AGENT]
    by_customer = [event for event in events if event.counts and event.by is Role.CUSTOMER]
    in_pause = [event for event in by_agent if event.type is EventType.PAUSE_INTERRUPTION]
    return {
        "interruptions_by_agent": _count(by_agent),
        "interruptions_by_customer": _count(by_customer),
        "interruptions_by_agent_per_min": _per_minute(timeline, by_agent),
        "pause_interruptions_by_agent": _count(in_pause),
        "floor_taken_by_agent": _count(event for event in by_agent if event.floor_taken),
        "backchannels_by_agent": _listening(timeline, events, Role.AGENT),
        "longest_uninterrupted_customer_s": _longest_uninterrupted(timeline, by_agent),
        "questions_by_agent": _questions(timeline, Role.AGENT),
        **hold,
    }


def _count(events: Iterable[FloorEvent]) -> MeasureValue:
    """``Σ 1`` over the events; their spans are where they can be heard."""
    found = list(events)
    unsure = sum(not event.is_sure for event in found)
    parts = {"count": float(len(found)), "unsure": float(unsure)}
    return MeasureValue(len(found), parts, tuple(event.span for event in found))


def _listening(timeline: Timeline, events: Sequence[FloorEvent], role: Role) -> MeasureValue:
    """Backchannels in which a word was recognised; ``wordless`` ones may be a breath or a click.

    Without any recognised words of this party all of them count.
    """
    found = [event for event in events if event.type is EventType.BACKCHANNEL and event.by is role]
    if any(turn.words for turn in timeline.turns if turn.role is role):
        worded = [event for event in found if event.why.get("words")]
    else:
        worded = found
    parts = {"count": float(len(worded)), "wordless": float(len(found) - len(worded))}
    return MeasureValue(len(worded), parts, tuple(event.span for event in worded))


def _per_minute(timeline: Timeline, by_agent: Sequence[FloorEvent]) -> MeasureValue:
    """``interruptions by the agent / minutes of the customer's speech``."""
    minutes = reported_speech(timeline, Role.CUSTOMER).duration_s / 60
    rate = MeasureValue.ratio(
        ("interruptions", float(len(by_agent))), ("minutes", minutes), "the customer never speaks"
    )
    if rate.value is None:
        return rate
    return MeasureValue(rate.value, rate.parts, tuple(event.span for event in by_agent))


def _longest_uninterrupted(timeline: Timeline, by_agent: Sequence[FloorEvent]) -> MeasureValue:
    """The longest part of a customer's turn that no counting event of the agent touches.

    A turn is divided where an event starts; it goes on where the event ends. Pauses inside belong to it.
    """
    parts: list[Span] = []
    cuts = SpanSet([event.span for event in by_agent])
    for turn in timeline.turns_of(Role.CUSTOMER):
        start_s = turn.span.start_s
        for cut in cuts.overlapping(turn.span):
            if cut.start_s > start_s:
                parts.append(Span(start_s, cut.start_s))
            start_s = max(start_s, cut.end_s)
        if turn.span.end_s > start_s:
            parts.append(Span(start_s, turn.span.end_s))
    longest = max(parts, key=lambda span: span.duration_s, default=None)
    if longest is None:
        return MeasureValue.undefined("the customer has no turn")
    return MeasureValue(longest.duration_s, {"seconds": longest.duration_s}, (longest,))


def _questions(timeline: Timeline, role: Role) -> MeasureValue:
    """Sentences that end with a question mark or begin like a question (language pack), within turns."""
    turns = timeline.turns_of(role)
    if timeline.speech[role] and not any(turn.words for turn in timeline.turns if turn.role is role):
        return MeasureValue.undefined(_NO_WORDS.format(role=role))
    asked = [
        Span(part[0].start_s, max(word.end_s for word in part))
        for turn in turns
        for part in sentences(turn.words)
        if is_question(part, timeline.language)
    ]
    inside = tuple(span for span in (_inside(timeline, span) for span in asked) if span is not None)
    return MeasureValue(len(asked), {"count": float(len(asked))}, inside)


def _inside(timeline: Timeline, span: Span) -> Span | None:
    return timeline.extent.intersection(span) if timeline.extent else None
