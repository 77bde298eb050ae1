"""A call laid out for the search of vents: turns and moves by time, worked out once for many settings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from pipeline.measures.solving import solving_acts
from pipeline.timeline import UNSURE_BELOW, EndingClues, Move, Role, Span, SpanSet, TurnKind, judge_ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.measures.vent import VentSettings
    from pipeline.timeline import Timeline, Turn

COMPLAINT, ANGER = "complaint", "anger"
NOT_COMPLAINING = frozenset({"question", "request", "agreement", "customer_thanks"})
_REPLYING = frozenset({"agreement", "customer_thanks"})
_MAY_COMPLAIN = 0.5  # of an unsure complaint beside a sure one


class VentGround:
    """A call in which vents are looked for, under one setting after another.

    Parameters
    ----------
    timeline : Timeline
    moves : sequence of Move
        Sorted by start.
    """

    def __init__(self, timeline: Timeline, moves: Sequence[Move]) -> None:
        self.timeline = timeline
        self.moves = moves
        self.agent_turns = timeline.turns_of(Role.AGENT, TurnKind.TURN)
        self.customer_turns = timeline.turns_of(Role.CUSTOMER, TurnKind.TURN)
        self.agent_starts = [turn.span.start_s for turn in self.agent_turns]
        self.customer_starts = [turn.span.start_s for turn in self.customer_turns]
        self.customer_ends = [turn.span.end_s for turn in self.customer_turns]
        self.held: dict[int, list[Move]] = {}
        for move in moves:
            if move.role is Role.CUSTOMER and (move.is_sure or may_complain(move)):
                turn = self._turn_of(move)
                if turn is not None:
                    self.held.setdefault(turn.i, []).append(move)
        self.agent_sure = [move for move in moves if move.role is Role.AGENT and move.is_sure]
        self.replying = [move for move in moves if move.is_sure and move.name in _REPLYING]
        self.not_complaining = [
            move for move in moves if move.role is Role.CUSTOMER and move.name in NOT_COMPLAINING
        ]
        self._solving: dict[float, tuple[Move, ...]] = {}
        self._spoken: dict[tuple[float, float], SpanSet] = {}
        self._left_open: dict[int, bool] = {}

    def solving(self, settings: VentSettings) -> tuple[Move, ...]:
        """Return the agent's solving acts; see `solving_acts`."""
        found = self._solving.get(settings.explanation_min_s)
        if found is None:
            found = self._solving[settings.explanation_min_s] = solving_acts(self.moves, settings)
        return found

    def spoken(self, span: Span) -> SpanSet:
        """Return the customer's speech in a stretch."""
        key = (span.start_s, span.end_s)
        if key not in self._spoken:
            self._spoken[key] = self.timeline.speech[Role.CUSTOMER].within(span)
        return self._spoken[key]

    def agent_before(self, time_s: float) -> Turn | None:
        """Return the agent's last turn that starts before `time_s`."""
        index = bisect_left(self.agent_starts, time_s) - 1
        return self.agent_turns[index] if index >= 0 else None

    def agent_from(self, time_s: float) -> Turn | None:
        """Return the agent's first turn that starts at or after `time_s`."""
        index = bisect_left(self.agent_starts, time_s)
        return self.agent_turns[index] if index < len(self.agent_turns) else None

    def customer_until(self, time_s: float) -> Turn | None:
        """Return the customer's last turn that ends at or before `time_s`."""
        index = bisect_right(self.customer_ends, time_s) - 1
        return self.customer_turns[index] if index >= 0 else None

    def customer_from(self, time_s: float) -> Turn | None:
        """Return the customer's first turn that starts at or after `time_s`."""
        index = bisect_left(self.customer_starts, time_s)
        return self.customer_turns[index] if index < len(self.customer_turns) else None

    def customer_after(self, time_s: float) -> Turn | None:
        """Return the customer's first turn that starts after `time_s`."""
        index = bisect_right(self.customer_starts, time_s)
        return self.customer_turns[index] if index < len(self.customer_turns) else None

    def left_open(self, turn: Turn) -> bool:
        """Tell whether a customer's turn breaks off in an open sentence, however long the pause behind it."""
        if turn.i not in self._left_open:
            taken = self.agent_from(turn.span.end_s)
            following = self.customer_from(turn.span.end_s)
            clues = EndingClues(
                words=turn.words,
                voice=turn.ipus[-1].voice,
                others_words=taken.words if taken else (),
                next_words=following.words if following else None,
            )
            ending = judge_ending(clues, self.timeline.language)
            self._left_open[turn.i] = ending.open_sentence and ending.cut_off >= UNSURE_BELOW
        return self._left_open[turn.i]

    def _turn_of(self, move: Move) -> Turn | None:
        turns = self.customer_turns
        near = bisect_left(self.customer_starts, move.span.end_s) - 1
        candidates = [turns[k] for k in (near - 1, near) if k >= 0]
        best = max(candidates, key=lambda turn: turn.span.overlap_s(move.span), default=None)
        return best if best and best.span.overlaps(move.span) else None


def may_complain(move: Move) -> bool:
    """Tell whether a sentence is a complaint, or may be one."""
    return move.name in (COMPLAINT, ANGER) and move.confidence >= _MAY_COMPLAIN
