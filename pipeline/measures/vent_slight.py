"""Is it a vent at all? In a calm call a story, a fact or small talk may sound like a short complaint."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.measures.solving import SOLVING
from pipeline.measures.vent_ground import ACKNOWLEDGING, CLARIFYING
from pipeline.timeline import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.measures.vent import Vent
    from pipeline.measures.vent_ground import VentMoves
    from pipeline.timeline import Move

_SLIGHT_S = 10.0  # all vents of a call together: in 55 labelled calls 16 s or longer
_CONFIDENCE = 0.5
_AT_ONCE_S, _SURELY = 3.0, 0.85
_DEALS_WITH_IT = frozenset({CLARIFYING, *SOLVING})


def doubted(vents: tuple[Vent, ...], moves: VentMoves) -> tuple[Vent, ...]:
    """Return the vents, unsure where little is complained of and the agent does not take it for complaint.

    The agent does by showing to have heard it, at any time, by cutting in on it, or by asking or solving at
    once.

    Parameters
    ----------
    vents : tuple of Vent
        Of a call, in order.
    moves : VentMoves
        What the agent surely does is asked for only where little is complained of.
    """
    if not vents or math.fsum(vent.span.duration_s for vent in vents) >= _SLIGHT_S:
        return vents
    if any(vent.interruptions for vent in vents) or _takes_it_up(vents, moves.agent_sure):
        return vents
    return tuple(replace(vent, confidence=min(vent.confidence, _CONFIDENCE)) for vent in vents)


def _takes_it_up(vents: tuple[Vent, ...], said: Iterable[Move]) -> bool:
    at_once = SpanSet([Span(vent.span.start_s, vent.span.end_s + _AT_ONCE_S) for vent in vents])
    from_s = vents[0].span.start_s
    return any(
        move.span.start_s >= from_s
        if move.name in ACKNOWLEDGING
        else move.name in _DEALS_WITH_IT and move.confidence >= _SURELY and at_once.at(move.span.start_s)
        for move in said
    )
