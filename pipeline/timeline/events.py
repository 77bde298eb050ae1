"""Floor events: who cut in on whom, who only listened, who fell silent (definitions: docs/measures.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pipeline.timeline.bounds import check_numbers
from pipeline.timeline.plain import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pipeline.timeline.roles import Role
    from pipeline.timeline.spans import Span

UNSURE_BELOW = 0.6  # what rests on an event of lower confidence is unsure


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """Thresholds of events, in seconds.

    Parameters
    ----------
    dual_start_s : float
        Both starting within this, after a joint silence, is nobody's fault.
    joint_silence_s : float
        How long nobody has spoken before that.
    terminal_s : float
        Shared speech shorter than this is an ordinary change of turns unless there is evidence of a cut-off.
    contest_s : float
        Shared speech this long is an interruption, whoever wins, if the one who came in goes on.
    overlap_min_s : float
        Shared speech shorter than this counts as none.
    yield_s : float
        Who was speaking gives way within this, or does not.
    false_start_s : float
        Who came in and stops within this has not interrupted.
    mid_pause_s : float
        A pause shorter than this may lie within a sentence.
    restart_s : float
        Who speaks on within this after the other's start had not given the floor away.
    """

    dual_start_s: float = 0.25
    joint_silence_s: float = 0.3
    terminal_s: float = 0.2
    contest_s: float = 0.5
    overlap_min_s: float = 0.1
    yield_s: float = 1.0
    false_start_s: float = 0.7
    mid_pause_s: float = 0.7
    restart_s: float = 0.5

    def __post_init__(self) -> None:
        check_numbers(self)


class EventType(StrEnum):
    """What happened."""

    BACKCHANNEL = "backchannel"
    DUAL_START = "dual_start"
    TERMINAL_OVERLAP = "terminal_overlap"
    INTERRUPTION = "interruption"
    FALSE_START = "false_start"
    PAUSE_INTERRUPTION = "pause_interruption"
    OVERLAP_OTHER = "overlap_other"
    SILENCE = "silence"
    HOLD = "hold"
    TRANSFER = "transfer"
    VENT = "vent"
    FIRST_SOLUTION = "first_solution"

    @property
    def counts(self) -> bool:
        """Whether it counts against the one who did it."""
        return self in _COUNTING


_COUNTING = (EventType.INTERRUPTION, EventType.PAUSE_INTERRUPTION)


@dataclass(frozen=True, slots=True)
class FloorEvent:
    """One event.

    Parameters
    ----------
    type : EventType
    span : Span
        From the onset to the end of shared speech; of a pause interruption and of a backchannel to the end of
        what was said.
    by, of : Role or None
        Who came in, and on whom; who vents, solves, transfers; ``None`` for silence and holds.
    overlap_s : float
        Shared speech, seconds.
    floor_taken : bool
        The other stopped within ``yield_s`` and `by` spoke on.
    question : bool
        What `by` said is only a question, or one sentence of apology.
    confidence : float
        0 to 1.
    why : mapping of str to float
        The numbers that decided: seconds, log-odds of the evidence (see `judge_ending`), 1 for what holds.
        Never what was said.
    """

    type: EventType
    span: Span
    by: Role | None = None
    of: Role | None = None
    overlap_s: float = 0.0
    floor_taken: bool = False
    question: bool = False
    confidence: float = 1.0
    why: Mapping[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Whether it counts against `by`."""
        return self.type.counts

    @property
    def is_sure(self) -> bool:
        """Whether what rests on it may be certain."""
        return self.confidence >= UNSURE_BELOW

    def to_dict(self) -> dict[str, Any]:
        """Return the event as the result file holds it; numbers rounded to three decimals.

        What only makes sense between two parties is left out of the others, as of silences and vents.
        """
        by, of = self.by, self.of
        row: dict[str, Any] = {
            "type": str(self.type),
            "start_s": rounded(self.span.start_s),
            "end_s": rounded(self.span.end_s),
            "by": None if by is None else str(by),
            "of": None if of is None else str(of),
        }
        if by is not None and of is not None:
            row["overlap_s"] = rounded(self.overlap_s)
            row["floor_taken"] = self.floor_taken
            row["question"] = self.question
        row["confidence"] = rounded(self.confidence)
        row["why"] = {name: round(value, 3) for name, value in self.why.items()}  # most have more decimals
        return row


def in_order(events: Iterable[FloorEvent]) -> tuple[FloorEvent, ...]:
    """Return events by start; by end, type and party where several start at once."""
    return tuple(sorted(events, key=lambda e: (e.span.start_s, e.span.end_s, e.type, e.by or "")))
