"""What breaks a vent: the points against it, how sure each is, how it is told (docs/measures.md, part 5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pipeline.measures.vent import EndedBy, Vent
from pipeline.measures.vent_ground import EDGE_S
from pipeline.measures.verdict import Evidence, Outcome
from pipeline.timeline import UNSURE_BELOW, EventType, FloorEvent, Move, Role, Span, Timeline
from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipeline.measures.vent_verdict import VentBasis

UNSURE_CONFIDENCE = 0.5
_SOLVED_SURELY = 0.75  # of a solving act that alone would break a vent
_CUT_NEAR_S = 1.0  # a cut this near to a solving act is the same deed
_QUOTE_WORDS = 14


class Point(NamedTuple):
    """One thing that breaks a vent, or may; told when it is asked for, as most points only decide."""

    confidence: float
    tell: Callable[[], tuple[str, Evidence]]

    @property
    def reason(self) -> str:
        """What it is, in one sentence."""
        return self.tell()[0]

    @property
    def evidence(self) -> Evidence:
        """What can be played."""
        return self.tell()[1]


def decide(vents: Sequence[Vent], basis: VentBasis) -> tuple[Outcome, list[Point]]:
    """Decide over all vents: fail if any is surely broken, else unsure if any may be."""
    points = [point for vent in vents for point in _broken(vent, basis)]
    sure = [point for point in points if point.confidence >= UNSURE_BELOW]
    if sure:
        return Outcome.FAIL, sure
    if points:
        return Outcome.UNSURE, points
    return Outcome.PASS, []


def _broken(vent: Vent, basis: VentBasis) -> Iterator[Point]:
    """Yield what breaks this vent; a confidence below 0.6 means that it may."""
    allowed = basis.settings.interruptions_max
    if len(vent.interruptions) > allowed:
        surest = sorted([event.confidence for event in vent.interruptions], reverse=True)
        clearly = surest[allowed] >= UNSURE_BELOW
        for event in vent.interruptions:
            sure = clearly and event.is_sure
            confidence = event.confidence if sure else UNSURE_CONFIDENCE
            yield Point(confidence, partial(_cut_in, event, sure, basis))
    if vent.ended_by is EndedBy.HOLD:
        yield Point(UNSURE_CONFIDENCE, partial(_put_on_hold, vent))
    elif cut_off_for_good(vent, basis):
        yield Point(vent.ended_confidence, partial(_cut_off_for_good, vent))
    act = early_act(vent)
    if act is not None:
        sure = surely_early(act, vent)
        yield Point(act.confidence if sure else UNSURE_CONFIDENCE, partial(_solved_early, act, sure))
    for event in basis.nearly_counting:
        if vent.span.contains(event.span.start_s):
            yield Point(UNSURE_CONFIDENCE, partial(_perhaps_cut_off, event, basis))


def unless_broken(
    starts: Iterable[FloorEvent], passages: Sequence[Span], allowed: int
) -> list[FloorEvent] | None:
    """Return an agent's starts; ``None`` once those seen surely break a vent, whatever else it is made of.

    Parameters
    ----------
    starts : iterable of FloorEvent
    passages : sequence of Span
        Complaining of which each alone is enough for a vent.
    allowed : int
        So many interruptions break none.
    """
    found = []
    left = [allowed] * len(passages)
    for event in starts:
        found.append(event)
        if event.counts and event.is_sure:
            for k, span in enumerate(passages):
                if span.contains(event.span.start_s):
                    left[k] -= 1
                    if left[k] < 0:
                        return None
    return found


def cut_off_for_good(vent: Vent, basis: VentBasis) -> bool:
    """Tell whether the vent ended with a cut that would be allowed if the customer had come back."""
    cut = vent.ended_by in (EndedBy.INTERRUPTION, EndedBy.SOLUTION)
    return cut and len(vent.interruptions) <= basis.settings.interruptions_max


def early_act(vent: Vent) -> Move | None:
    """Return the solving act that comes before the vent's end, unless it takes over in an ordinary change."""
    lead_s, start = vent.lead_s, vent.solves_with
    if lead_s is None or lead_s >= 0:
        return None
    if start is None or start.type is not EventType.TERMINAL_OVERLAP:
        return vent.solution
    return vent.solution if start.span.end_s < vent.span.end_s - EDGE_S else None


def surely_early(act: Move, vent: Vent) -> bool:
    """Tell whether an act surely lies inside.

    One that began with a doubtful cut is as doubtful, and so is one that the agent was about to say already.
    """
    start = vent.solves_with
    if vent.solves_already:
        return False
    if start is not None and not start.is_sure and (start.counts or nearly_counts(start)):
        return False
    cut = any(
        event.is_sure and abs(event.span.start_s - act.span.start_s) < _CUT_NEAR_S
        for event in vent.interruptions
    )
    return act.confidence >= (UNSURE_BELOW if cut else _SOLVED_SURELY)


def nearly_counts(event: FloorEvent) -> bool:
    """Tell whether an overlap that is taken for an ordinary one may as well have been a cut-off."""
    ordinary = event.type in (EventType.TERMINAL_OVERLAP, EventType.OVERLAP_OTHER)
    return ordinary and event.by is Role.AGENT and event.floor_taken and not event.is_sure


def _cut_in(event: FloorEvent, sure: bool, basis: VentBasis) -> tuple[str, Evidence]:
    reason = f"The agent {'cut' if sure else 'may have cut'} in at {clock(event.span.start_s)}."
    return reason, _said_in(event, basis)


def _put_on_hold(vent: Vent) -> tuple[str, Evidence]:
    reason = "The customer was put on hold in the middle of the complaint, or right behind it."
    return reason, Evidence(vent.span, "put on hold after this")


def _cut_off_for_good(vent: Vent) -> tuple[str, Evidence]:
    return "The complaint was cut off for good.", Evidence(vent.span)


def _solved_early(act: Move, sure: bool) -> tuple[str, Evidence]:
    began = f"solve at {clock(act.span.start_s)}, before the customer had finished"
    return f"The agent {'began' if sure else 'may have begun'} to {began}.", Evidence(act.span, act.text)


def _perhaps_cut_off(event: FloorEvent, basis: VentBasis) -> tuple[str, Evidence]:
    reason = f"It can't be told whether the customer was cut off at {clock(event.span.start_s)}."
    return reason, _said_in(event, basis)


def _said_in(event: FloorEvent, basis: VentBasis) -> Evidence:
    return Evidence(event.span, quote(basis.timeline, Role.AGENT, event.span.start_s))


def quote(timeline: Timeline, role: Role, from_s: float) -> str:
    """Return the first words of a party's turn from a moment on."""
    turn = next((t for t in timeline.turns_of(role) if t.span.end_s > from_s), None)
    if turn is None:
        return ""
    words = [word.text for word in turn.words if word.end_s > from_s]
    return " ".join(words[:_QUOTE_WORDS]) + (" …" if len(words) > _QUOTE_WORDS else "")
