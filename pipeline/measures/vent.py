"""Vents: from the customer's first complaining sentence to the hand-over (docs/measures.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pipeline.timeline.bounds import check_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.timeline import FloorEvent, Move, Span, SpanSet


class EndedBy(StrEnum):
    """What brought a vent to its end."""

    CUSTOMER = "customer"
    INTERRUPTION = "interruption"
    SOLUTION = "solution"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class VentSettings:
    """Thresholds of vents.

    Parameters
    ----------
    vent_min_s : float
        Without usable words, the customer's first turn longer than this is taken for the vent; also how much
        complaining a direct reply to an offer must hold to be a vent of its own rather than an objection.
    vent_return_s : float
        A new complaint within this of the last one, holds left out, belongs to the same vent, unless the
        agent has made a solving act since the hand-over.
    explanation_min_s : float
        An explanation longer than this is a solving act.
    after_event_s : float
        This long after an interruption the customer does not yet speak undisturbed.
    interruptions_max : int
        So many interruptions by the agent inside are allowed.
    """

    vent_min_s: float = 6.0
    vent_return_s: float = 15.0
    explanation_min_s: float = 5.0
    after_event_s: float = 2.0
    interruptions_max: int = 0

    def __post_init__(self) -> None:
        check_numbers(self)


@dataclass(frozen=True)
class Vent:
    """One vent.

    Parameters
    ----------
    span : Span
        From the first complaining sentence to the end of the last complaining speech, seconds.
    spoken : SpanSet
        The customer's speech inside.
    undisturbed : SpanSet
        That part of it which lies outside counting events by the agent and the time after each.
    ended_by : EndedBy
    ended_confidence : float
        How sure `ended_by` is, 0 to 1.
    interruptions : tuple of FloorEvent
        Counting events by the agent inside.
    complaints : tuple of Move
        The complaining sentences; empty where the vent was taken from the speech alone.
    solution : Move or None
        The agent's first solving act after the vent's start. What the agent was saying as the customer cut in
        is none if it gave way.
    solves_with : FloorEvent or None
        The start of speech over the customer with which the agent came to that act.
    solves_already : bool
        The agent was speaking as the customer cut in with the vent, and came to that act in the same turn.
    confidence : float
        How sure it is that this is a vent at all, 0 to 1.
    why : mapping of str to float
        Numbers behind the confidences.
    """

    span: Span
    spoken: SpanSet
    undisturbed: SpanSet
    ended_by: EndedBy
    ended_confidence: float
    interruptions: tuple[FloorEvent, ...] = ()
    complaints: tuple[Move, ...] = ()
    solution: Move | None = None
    solves_with: FloorEvent | None = None
    solves_already: bool = False
    confidence: float = 1.0
    why: Mapping[str, float] = field(default_factory=dict)

    @property
    def lead_s(self) -> float | None:
        """First solving act - end of the vent; negative: too soon; ``None``: the agent never solves."""
        return None if self.solution is None else self.solution.span.start_s - self.span.end_s

    @property
    def uninterrupted_share(self) -> float | None:
        """``undisturbed / spoken``; ``None`` if nothing is spoken inside."""
        spoken_s = self.spoken.duration_s
        return self.undisturbed.duration_s / spoken_s if spoken_s else None
