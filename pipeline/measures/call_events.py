"""All events of a call in the order of the result: of the floor, vents, first solutions, transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.timeline import EventType, FloorEvent, Role
from pipeline.timeline.events import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.measures.vent import Vent
    from pipeline.timeline import Move

_NEAR_S = 5.0  # a transfer that is announced and then heard is one


def call_events(
    events: Sequence[FloorEvent], vents: Sequence[Vent], moves: Sequence[Move], solving: Sequence[Move]
) -> tuple[FloorEvent, ...]:
    """Put events of all kinds into one order; their place in it, from 1, is their number.

    Parameters
    ----------
    events : sequence of FloorEvent
        Of the floor, and transfers that were heard.
    vents : sequence of Vent
        Each is an event by the customer; so is the first solving act behind each, by the agent.
    moves : sequence of Move
        Announced transfers are taken from them.
    solving : sequence of Move
        The agent's solving acts, in order; the first one of the call is an event too.
    """
    heard = [event.span for event in events if event.type is EventType.TRANSFER]
    found = [*events, *(_vent(vent) for vent in vents), *_solutions(vents, solving)]
    for move in moves:
        known = any(abs(span.start_s - move.span.end_s) <= _NEAR_S for span in heard)
        if move.name == "transfer" and move.role is Role.AGENT and move.is_sure and not known:
            found.append(_said(EventType.TRANSFER, move))
    return in_order(found)


def _vent(vent: Vent) -> FloorEvent:
    why = {
        "seconds": vent.span.duration_s,
        "spoken_s": vent.spoken.duration_s,
        "interruptions": float(len(vent.interruptions)),
        "sentences": float(len(vent.complaints)),
    }
    if vent.lead_s is not None:
        why["lead_s"] = vent.lead_s
    return FloorEvent(EventType.VENT, vent.span, Role.CUSTOMER, confidence=vent.confidence, why=why)


def _solutions(vents: Iterable[Vent], solving: Sequence[Move]) -> list[FloorEvent]:
    acts = {act.span: act for act in solving[:1]}
    acts |= {vent.solution.span: vent.solution for vent in vents if vent.solution is not None}
    return [_said(EventType.FIRST_SOLUTION, act) for act in acts.values()]


def _said(kind: EventType, move: Move) -> FloorEvent:
    return FloorEvent(kind, move.span, move.role, confidence=move.confidence)
