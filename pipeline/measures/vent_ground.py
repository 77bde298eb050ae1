"""A call laid out for the search of vents: turns and moves by time, worked out once for many settings."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.measures.solving import EXPLANATION, SOLVING, Solving
from pipeline.timeline import UNSURE_BELOW, EndingClues, Move, Role, Span, SpanSet, TurnKind, judge_ending
from pipeline.timeline.ending import leaves_open
from pipeline.timeline.shift import moved_moves

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.measures.vent import VentSettings
    from pipeline.timeline import Timeline, Turn, Word

EDGE_S = 0.3  # how well a sentence's edges are known
COMPLAINT, ANGER = "complaint", "anger"
NOT_COMPLAINING = frozenset({"question", "request", "agreement", "customer_thanks"})
HOLD_REQUEST, CLARIFYING = "hold_request", "clarifying_question"
HANDED_OVER = frozenset({"empathy", "apology_specific", "apology_bare", "reflect_back", "transfer", *SOLVING})
ACKNOWLEDGING = frozenset(
    {
        "empathy",
        "empathy_formulaic",
        "apology_specific",
        "apology_bare",
        "reflect_back",
        "reassurance",
        "blame_defensive",
        "dismissive",
    }
)  # how an agent shows to have heard a complaint, well or badly
_REPLYING = frozenset({"agreement", "customer_thanks"})
_COMPLAINING = frozenset({COMPLAINT, ANGER})
_USED = NOT_COMPLAINING | _COMPLAINING | HANDED_OVER | ACKNOWLEDGING | {HOLD_REQUEST, CLARIFYING, EXPLANATION}
_MAY_COMPLAIN = 0.5  # of an unsure complaint beside a sure one
_ANGRY = 0.85  # anger alone, without complaint in the same sentence


@dataclass(frozen=True)
class Passage:
    """One turn's complaining.

    Parameters
    ----------
    turn : Turn
    span : Span
    complaints : tuple of Move
    """

    turn: Turn
    span: Span
    complaints: tuple[Move, ...]


class VentMoves:
    """The moves that vents hang on, sorted out once for many grounds.

    Parameters
    ----------
    moves : iterable of Move
        Sorted by start.

    Attributes
    ----------
    solving : Solving
    replying, not_complaining : list of Move
        Who agrees or thanks; what of the customer is no complaint, sure or not.
    held : list of Move
        Of the customer: complaints, those that may be some, and what surely is none.
    """

    def __init__(self, moves: Iterable[Move]) -> None:
        self._agent_sure: list[Move] = []
        self._by_s = 0.0
        self.replying: list[Move] = []
        self.not_complaining: list[Move] = []
        self.held: list[Move] = []
        of_agent = []
        for move in moves:
            name = move.name
            if name not in _USED:
                continue
            sure = move.is_sure
            if sure and name in _REPLYING:
                self.replying.append(move)
            if move.role is Role.AGENT:
                of_agent.append(move)
                if sure:
                    self._agent_sure.append(move)
            elif move.role is Role.CUSTOMER:
                if name in NOT_COMPLAINING:
                    self.not_complaining.append(move)
                    if sure:
                        self.held.append(move)
                elif sure or may_complain(move):
                    self.held.append(move)
        self.solving = Solving(of_agent)

    @cached_property
    def agent_sure(self) -> list[Move]:
        """What the agent surely does; asked for where the line is put on hold, or little is complained of."""
        return moved_moves(self._agent_sure, self._by_s)

    def may_complain_in(self, broken: Span, *, taken_up: bool) -> bool:
        """Tell whether a sentence that was cut off may be complaint: by itself or by being taken up again."""
        if any(move.is_sure and move.span.overlaps(broken) for move in self.not_complaining):
            return False
        return taken_up or any(may_complain(move) and move.span.overlaps(broken) for move in self.held)

    def moved(self, by_s: float) -> VentMoves:
        """Return them with the agent heard `by_s` seconds later."""
        made = VentMoves(())
        made._agent_sure, made._by_s = self._agent_sure, self._by_s + by_s
        made.replying = moved_moves(self.replying, by_s)
        made.not_complaining = moved_moves(self.not_complaining, by_s)
        made.held = moved_moves(self.held, by_s)
        made.solving = self.solving.moved(by_s)
        return made


class VentGround:
    """A call in which vents are looked for, under one setting after another.

    Parameters
    ----------
    timeline : Timeline
    moves : VentMoves
    """

    def __init__(self, timeline: Timeline, moves: VentMoves) -> None:
        self.timeline = timeline
        self.moves = moves
        self.agent_turns = timeline.turns_of(Role.AGENT, TurnKind.TURN)
        self.customer_turns = timeline.turns_of(Role.CUSTOMER, TurnKind.TURN)
        self.agent_starts = [turn.span.start_s for turn in self.agent_turns]
        self.customer_starts = [turn.span.start_s for turn in self.customer_turns]
        self.customer_ends = [turn.span.end_s for turn in self.customer_turns]
        self._complaining = self._complaining_turns(moves.held)
        self._acts: dict[float, tuple[Move, ...]] = {}
        self._passages: dict[float, list[Passage]] = {}
        self._left_open: dict[tuple[_Heard | None, ...], bool] = {}

    def _complaining_turns(self, held: Iterable[Move]) -> list[tuple[Turn, list[Move], tuple[Move, ...]]]:
        """Return each customer's turn with a complaint in it, what else tells of it, and the complaints."""
        found: dict[int, tuple[Turn, list[Move]]] = {}
        turn: Turn | None = None
        own: list[Move] = []
        for move in held:
            if turn is None or move.span.start_s < turn.span.start_s or move.span.end_s > turn.span.end_s:
                turn = self._turn_of(move)
                if turn is None:
                    continue
                own = found.setdefault(turn.i, (turn, []))[1]
            own.append(move)
        complaining = [
            (turn, own, tuple([move for move in own if complains(move)]))
            for _, (turn, own) in sorted(found.items())
        ]
        return [one for one in complaining if one[2]]

    def moved(self, timeline: Timeline, by_s: float) -> VentGround:
        """Return the same ground with the agent heard `by_s` later; `timeline` is moved already."""
        ground = VentGround(timeline, self.moves.moved(by_s))
        ground._left_open = self._left_open  # it hangs on what is said alone
        return ground

    def passages(self, settings: VentSettings) -> list[Passage]:
        """Return each turn's complaining, in order."""
        lead_s = settings.vent_min_s
        found = self._passages.get(lead_s)
        if found is None:
            found = self._passages[lead_s] = [
                Passage(turn, _extent(turn, own, complaints, lead_s), complaints)
                for turn, own, complaints in self._complaining
            ]
        return found

    def solving(self, settings: VentSettings) -> tuple[Move, ...]:
        """Return the agent's solving acts; see `solving_acts`."""
        found = self._acts.get(settings.explanation_min_s)
        if found is None:
            found = self._acts[settings.explanation_min_s] = self.moves.solving.acts(settings)
        return found

    @property
    def explained_s(self) -> list[float]:
        """How long each explanation is, seconds: what `explanation_min_s` is compared with."""
        return self.moves.solving.explained_s

    def spoken(self, span: Span) -> SpanSet:
        """Return the customer's speech in a stretch."""
        return self.timeline.speech[Role.CUSTOMER].within(span)

    def agent_before(self, time_s: float) -> Turn | None:
        """Return the agent's last turn that starts before `time_s`."""
        index = bisect_left(self.agent_starts, time_s) - 1
        return self.agent_turns[index] if index >= 0 else None

    def agent_from(self, time_s: float) -> Turn | None:
        """Return the agent's first turn that starts at or after `time_s`."""
        index = bisect_left(self.agent_starts, time_s)
        return self.agent_turns[index] if index < len(self.agent_turns) else None

    def agent_cut_in_on(self, start_s: float) -> Turn | None:
        """Return the agent's turn that runs as the customer begins to speak, and still at `start_s`."""
        index = bisect_left(self.customer_starts, start_s + EDGE_S) - 1
        speaking = self.agent_before(self.customer_starts[index]) if index >= 0 else None
        return speaking if speaking is not None and speaking.span.end_s > start_s else None

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
        taken, following = self.agent_from(turn.span.end_s), self.customer_from(turn.span.end_s)
        key = tuple([_heard(one) for one in (turn, taken, following)])
        known = self._left_open.get(key)
        if known is None:
            words, language = said_in(turn), self.timeline.language
            known = leaves_open(words, language)
            if known:
                clues = EndingClues(words, turn.ipus[-1].voice, said_in(taken), said_in(following))
                known = judge_ending(clues, language).cut_off >= UNSURE_BELOW
            self._left_open[key] = known
        return known

    def _turn_of(self, move: Move) -> Turn | None:
        """Return the customer's turn that holds most of a sentence; the earlier of two that hold the same."""
        last = bisect_left(self.customer_starts, move.span.end_s) - 1
        if last < 0:
            return None
        here = self.customer_turns[last]
        if last > 0 and move.span.start_s < here.span.start_s:  # else none before it holds any of it
            before = self.customer_turns[last - 1]
            if before.span.overlap_s(move.span) >= here.span.overlap_s(move.span):
                here = before
        return here if here.span.overlaps(move.span) else None


_Heard = tuple[float, float, int]


def _heard(turn: Turn | None) -> _Heard | None:
    """Return what tells a turn from the party's others, however the party is moved."""
    return (turn.ipus[0].heard_at_s, turn.ipus[-1].heard_at_s, len(turn.ipus)) if turn else None


def said_in(turn: Turn | None) -> tuple[Word, ...]:
    """Return a turn's words, for what they say alone; none without a turn."""
    if turn is None:
        return ()
    if len(turn.ipus) == 1:
        return turn.ipus[0].said
    return tuple([word for unit in turn.ipus for word in unit.said])


def may_complain(move: Move) -> bool:
    """Tell whether a sentence is a complaint, or may be one."""
    return move.name in (COMPLAINT, ANGER) and move.confidence >= _MAY_COMPLAIN


def complains(move: Move) -> bool:
    """Tell whether a sentence surely is a complaint."""
    return move.is_sure and (move.name == COMPLAINT or (move.name == ANGER and move.confidence >= _ANGRY))


def _extent(turn: Turn, own: Sequence[Move], complaints: Sequence[Move], lead_s: float) -> Span:
    """From the first complaining sentence to the turn's end, or to where it turns to something else."""
    start_s = complaints[0].span.start_s
    for move in reversed(own):  # what may be complaint and leads into it belongs to it
        if may_complain(move) and 0 <= start_s - move.span.start_s <= lead_s:
            start_s = move.span.start_s
    start_s = max(turn.span.start_s, start_s)
    last_s = max(move.span.end_s for move in complaints)
    after = [
        move.span.start_s
        for move in own
        if move.is_sure and move.name in NOT_COMPLAINING and move.span.start_s >= last_s - EDGE_S
    ]
    end_s = turn.span.end_s
    if after:
        spoken_s = turn.speech.last_end(min(after))
        end_s = max(min(last_s, turn.span.end_s), spoken_s or 0.0)
    return Span(start_s, max(end_s, start_s + 1e-3))
