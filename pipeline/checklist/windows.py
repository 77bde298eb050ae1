"""Where in a call a check looks: named windows, each with the part of it that is in doubt. Pure.

A window's edges rest on the vent and on solving acts. Where the act that closes it is not certain, or comes
inside the complaint, the window goes on in doubt to the next one: what lies only there is unsure.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from pipeline.checklist.heard import unheard_of
from pipeline.checklist.patterns import WrittenText
from pipeline.timeline import Role, Span, SpanSet, TurnKind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.checklist.finding import Finding
    from pipeline.checklist.model import WindowName
    from pipeline.checklist.view import OtherCall
    from pipeline.measures.facts import CallFacts
    from pipeline.measures.vent import Vent
    from pipeline.timeline import Move, Turn

SURE_EDGE = 0.75  # a solving act of lower confidence may not be one
EDGE_S = 0.5  # how well a sentence's edges are known
STRETCH_S = 30.0  # a window up to this long is played as a whole
STRETCHES = 3
AROUND_S = 1.0
CLOSING_S = 60.0
CLOSING_SHARE = 0.25
NO_COMPLAINT = "Nothing is complained of in this call."


Rank = tuple[float, float, bool, float]
"""Start, end, whether it is unsure, confidence below zero."""
_RANK = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the call.

    Parameters
    ----------
    span : Span
        Seconds. Before the agent has solved anything it ends with that turn: what is said in the same breath
        as the first solving act still counts.
    words : str
        As it follows "No empathy ...".
    doubtful : Span or None
        A longer stretch around it that may also belong to it.
    """

    span: Span
    words: str
    doubtful: Span | None = None

    def first(self, seconds: float) -> Window:
        """Return its first part."""
        end_s = min(self.span.end_s, self.span.start_s + seconds)
        return Window(Span(self.span.start_s, end_s), f"within {seconds:g} s {self.words}", None)


class Windows:
    """The windows of one call, found once, and what checks have come to.

    Parameters
    ----------
    facts : CallFacts
    later_calls : tuple of OtherCall or None
        The customer's later calls; ``None``: not known.

    Attributes
    ----------
    findings : dict
        By check and context; see `Check.key`, `Context.key`.
    mentioned : dict
        Whether one of these patterns is found in this text.
    """

    def __init__(self, facts: CallFacts, later_calls: tuple[OtherCall, ...] | None = None) -> None:
        self.facts = facts
        self.later_calls = later_calls
        self.findings: dict[tuple[str, str], Finding] = {}
        self.mentioned: dict[tuple[tuple[str, ...], str], bool] = {}
        self._turn_spans: dict[Role, SpanSet] = {}
        self._written: dict[str, WrittenText] = {}
        self._around: dict[tuple[Role, float, float], str] = {}
        self._known: dict[tuple[str, float | None], Window | None] = {}
        self._stretches: dict[tuple[Span, Role], tuple[Span, ...]] = {}
        self._ranked: dict[tuple[tuple[str, ...], str | None], list[tuple[Rank, Move]]] = {}

    def get(self, name: WindowName, first_s: float | None = None) -> Window | None:
        """Return the window, or its first part; ``None`` where the call has none, as it takes a complaint."""
        key = (name, first_s)
        if key not in self._known:
            make: Callable[[], Window | None] = getattr(self, f"_{name}")
            window = make() if first_s is None else self.get(name)
            self._known[key] = window.first(first_s) if window and first_s else window
        return self._known[key]

    # -- what windows are made of -----------------------------------------------------------------

    def named(self, names: tuple[str, ...], by: str | None = None) -> list[Move]:
        """Return the moves of these names, by start, the surest first."""
        return [move for _, move in self.ranked(names, by)]

    def ranked(self, names: tuple[str, ...], by: str | None = None) -> Sequence[tuple[Rank, Move]]:
        """Return the moves of these names as `named` does, each with what it is put in order by."""
        found = self._ranked.get((names, by))
        if found is None:
            index = self._moves_by_name
            found = [one for name in names for one in index.get(name, ())]
            if len(names) > 1:
                found.sort(key=_RANK)
            if by is not None:
                role = Role(by)
                found = [one for one in found if one[1].role is role]
            self._ranked[names, by] = found
        return found

    @cached_property
    def _moves_by_name(self) -> dict[str, list[tuple[Rank, Move]]]:
        found: dict[str, list[tuple[Rank, Move]]] = {}
        ranked = [
            ((one.span.start_s, one.span.end_s, not one.is_sure, -one.confidence), one)
            for one in self.facts.moves
        ]  # by sentence, the surest first
        ranked.sort(key=_RANK)
        for one in ranked:
            found.setdefault(one[1].name, []).append(one)
        return found

    def written(self, text: str) -> WrittenText:
        """Return a sentence or turn, ready to look for phrases."""
        found = self._written.get(text)
        if found is None:
            found = self._written[text] = WrittenText(text)
        return found

    def text_around(self, move: Move) -> str:
        """Return the text of the party's turn that a sentence stands in; empty where there is none."""
        key = (move.role, move.span.start_s, move.span.end_s)
        found = self._around.get(key)
        if found is None:
            turn = self.turn_at(move.role, move.span)
            found = self._around[key] = turn.text if turn else ""
        return found

    def turn_at(self, role: Role, span: Span) -> Turn | None:
        """Return the first of a party's turns, or runs of backchannels, that shares time with `span`."""
        turns, ends = self._turns_by_end[role]
        index = bisect_right(ends, span.start_s)  # the first that ends behind its start
        return turns[index] if index < len(turns) and turns[index].span.start_s < span.end_s else None

    @cached_property
    def _turns_by_end(self) -> dict[Role, tuple[list[Turn], list[float]]]:
        """Each party's turns, and where the last one of so many ends."""
        found: dict[Role, list[Turn]] = {role: [] for role in Role}
        for turn in self.facts.timeline.turns:
            found[turn.role].append(turn)
        return {
            role: (own, [*accumulate([one.span.end_s for one in own], max)]) for role, own in found.items()
        }

    @cached_property
    def unheard(self) -> tuple[Role, ...]:
        """Who of agent and customer is not heard at all."""
        return unheard_of(self.facts.timeline)

    @cached_property
    def vent(self) -> Vent | None:
        """The first complaint."""
        return self.facts.vents[0] if self.facts.vents else None

    def stretches(self, window: Window, role: Role) -> tuple[Span, ...]:
        """Return what to play where nothing was found: the window if it is short, else who spoke in it."""
        key = (window.span, role)
        found = self._stretches.get(key)
        if found is None:
            found = self._stretches[key] = self._to_play(window.span, role)
        return found

    def _to_play(self, span: Span, role: Role) -> tuple[Span, ...]:
        inside = self.turn_spans(role).overlapping(span)
        if inside and span.duration_s > STRETCH_S:
            longest = sorted(inside, key=lambda one: -one.duration_s)[:STRETCHES]
            return tuple(sorted(longest))
        if inside:
            start_s = max(span.start_s, inside[0].start_s)
            end_s = max(inside[-1].end_s, start_s + EDGE_S)
            return (Span(start_s, min(end_s, max(span.end_s, inside[0].end_s))),)
        if span.duration_s < EDGE_S:
            return (Span(max(0.0, span.start_s - AROUND_S), span.end_s + AROUND_S),)
        return (span,)

    def turn_spans(self, role: Role) -> SpanSet:
        """Return where a party's turns are, backchannels left out."""
        found = self._turn_spans.get(role)
        if found is None:
            turns = self.facts.timeline.turns_of(role, TurnKind.TURN)
            found = self._turn_spans[role] = SpanSet([turn.span for turn in turns])
        return found

    @cached_property
    def agent_turns(self) -> tuple[Turn, ...]:
        """The agent's turns."""
        return self.facts.timeline.turns_of(Role.AGENT, TurnKind.TURN)

    @cached_property
    def end_s(self) -> float:
        """End of the call."""
        return self.facts.timeline.duration_s

    @cached_property
    def first_solution(self) -> Move | None:
        """The agent's first solving act, from the complaint on where there is one."""
        if self.vent is not None:
            return self.vent.solution
        return self.facts.solving[0] if self.facts.solving else None

    @cached_property
    def closing_move(self) -> Move | None:
        """The sentence with which the agent begins to close, late in the call."""
        late_s = self._closing_starts()
        found = [
            move
            for move in self.facts.moves
            if move.name == "closing" and move.role is Role.AGENT and move.is_sure
            if move.span.start_s >= late_s
        ]
        return found[0] if found else None

    def turn_end(self, at_s: float) -> float:
        """Return the end of the agent's turn at a moment; the moment itself if there is none."""
        ends = [turn.span.end_s for turn in self.agent_turns if turn.span.contains(at_s)]
        return max(ends, default=at_s)

    def _closing_starts(self) -> float:
        return max(0.0, self.end_s - max(CLOSING_S, CLOSING_SHARE * self.end_s))

    def _span(self, start_s: float, end_s: float) -> Span | None:
        end_s = min(end_s, self.end_s)
        return Span(start_s, end_s) if end_s > start_s else None

    # -- the windows ------------------------------------------------------------------------------

    def _whole_call(self) -> Window | None:
        span = self._span(0.0, self.end_s)
        return Window(span, "in the call") if span else None

    def _vent(self) -> Window | None:
        return Window(self.vent.span, "during the complaint") if self.vent else None

    def _from_vent(self) -> Window | None:
        """From the complaint's start to the end of the call; without a complaint the whole call."""
        start_s = self.vent.span.start_s if self.vent else 0.0
        span = self._span(start_s, self.end_s)
        return Window(span, "from the complaint on" if self.vent else "in the call") if span else None

    def _before_solving(self) -> Window | None:
        """From the complaint's (or the call's) start to the end of the turn of the first solving act."""
        start_s = self.vent.span.start_s if self.vent else 0.0
        first = self.first_solution
        if first is None:
            span = self._span(start_s, self.end_s)
            return Window(span, "in the call, in which nothing is solved") if span else None
        span = self._span(start_s, max(first.span.end_s, self.turn_end(first.span.start_s)))
        doubtful = None
        if first.confidence < SURE_EDGE:
            doubtful = self._span(start_s, self._next_solving(first.span.end_s))
        return Window(span, "before or at the first solving act", doubtful) if span else None

    def _after_vent(self) -> Window | None:
        if self.vent is None:
            return None
        span = self._span(self.vent.span.end_s - EDGE_S, self.end_s)
        return Window(span, "after the complaint") if span else None

    def _after_vent_before_solving(self) -> Window | None:
        """From the complaint's end to the turn of the first solving act; a bare edge if that came sooner.

        Without a complaint: up to the first solving act. In doubt up to the first one after the complaint,
        and from the first time that the agent had the floor.
        """
        if self.vent is None:
            return self._before_solving()
        end_s = self.vent.span.end_s
        words = "after the complaint and before solving"
        first = self.vent.solution
        doubtful = self._span(self.vent.span.start_s, self._next_solving(end_s - EDGE_S))
        if first is not None and first.span.start_s < end_s - EDGE_S:
            at_s = min(first.span.start_s, self.end_s - 1e-3)
            return Window(Span(at_s, at_s + 1e-3), words, doubtful)
        until_s = self.end_s if first is None else max(first.span.end_s, self.turn_end(first.span.start_s))
        if first is None or first.confidence >= SURE_EDGE:
            doubtful = self._span(self.vent.span.start_s, until_s)
        span = self._span(end_s - EDGE_S, until_s)
        return Window(span, words, doubtful) if span else None

    def _next_solving(self, after_s: float) -> float:
        following = [act for act in self.facts.solving if act.span.start_s >= after_s]
        if not following:
            return self.end_s
        return max(following[0].span.end_s, self.turn_end(following[0].span.start_s))

    def _after_solving(self) -> Window | None:
        if self.first_solution is None:
            return None
        span = self._span(self.first_solution.span.start_s, self.end_s)
        return Window(span, "once solving had begun") if span else None

    def _before_closing(self) -> Window | None:
        """From the complaint's start (or the call's) to the closing sentence."""
        start_s = self.vent.span.start_s if self.vent else 0.0
        end_s = self.closing_move.span.start_s if self.closing_move else self.end_s
        span = self._span(start_s, end_s)
        whole = self._span(start_s, self.end_s)
        return Window(span or whole, "before the closing", whole) if span or whole else None  # type: ignore[arg-type]

    def _closing(self) -> Window | None:
        """The last minute or the last quarter, whichever is longer."""
        span = self._span(self._closing_starts(), self.end_s)
        return Window(span, "in the closing") if span else None

    def _later_vents(self) -> Window | None:
        """From the second complaint's start to the end of the call."""
        if len(self.facts.vents) < 2:
            return None
        span = self._span(self.facts.vents[1].span.start_s, self.end_s)
        return Window(span, "from the second complaint on") if span else None
