"""Find the vents of a call: where they start, what goes on with them, what ends them.

The customer's complaining sentences are grouped by turn into passages; passages are joined while the agent
has not got the floor for good. See docs/measures.md, section 3.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.measures.vent import EndedBy, Vent, VentSettings
from pipeline.measures.vent_ground import (
    COMPLAINT,
    EDGE_S,
    HANDED_OVER,
    HOLD_REQUEST,
    Passage,
    VentGround,
    VentMoves,
    said_in,
)
from pipeline.measures.vent_slight import doubted
from pipeline.timeline import EventType, FloorEvent, Move, Role, Span, SpanSet, wording
from pipeline.timeline.ending import CUT_OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.timeline import Timeline, Turn

_SURELY = 0.9  # a single short sentence is a vent only if it is a complaint as surely as this
_NEW_MIN_S = 2.0  # a shorter complaint after a hand-over is a reply
_DIRECT_S = 3.0  # a turn that begins within this of an offer's end replies to it
_RESUMES_S = 5.0  # who was cut off and then speaks this long goes on with the matter
_HOLD_WITHIN_S = 10.0
_REPLY_MAX_S = 2.0
_AT_END_S = 1.0  # so near to a turn's end both have last spoken in the event that ended it
_TAKEN_UP, _TAKES_UP = "next_turn", 0.5  # evidence of a cut (`judge_ending`): the next turn goes on with it
_SPEECH_ALONE = 0.4  # confidence of a vent that was not heard in the words
_HOLD_UNSURE = 0.5


def find_vents(
    timeline: Timeline,
    moves: Sequence[Move],
    events: Sequence[FloorEvent],
    settings: VentSettings | None = None,
    *,
    words_known: bool = True,
) -> tuple[Vent, ...]:
    """Find all vents, in order.

    Parameters
    ----------
    timeline : Timeline
    moves : sequence of Move
        Sorted by start; what is unsure counts for nothing.
    events : sequence of FloorEvent
        Of this timeline (`find_events`); counting events by the agent and holds are used.
    settings : VentSettings, optional
    words_known : bool
        ``False``: there are no words, or no moves for their language. The first long turn of the customer
        is then taken for the vent, at low confidence.
    """
    ground = VentGround(timeline, VentMoves(moves))
    return search_vents(ground, events, settings or VentSettings(), words_known=words_known)


def search_vents(
    ground: VentGround,
    events: Sequence[FloorEvent],
    settings: VentSettings,
    *,
    words_known: bool = True,
    to_decide: bool = False,
) -> tuple[Vent, ...]:
    """Find all vents on ground that is laid out; see `find_vents`.

    `to_decide`: what is spoken inside is left out, as no verdict hangs on it.
    """
    search = _Search(ground, events, settings, to_decide=to_decide)
    if not words_known:
        return search.from_speech()
    return doubted(tuple(search.vent(group) for group in search.groups()), ground.moves)


def _spoken_s(moves: Iterable[Move]) -> float:
    return SpanSet([move.span for move in moves]).duration_s


def _had_finished(event: FloorEvent) -> bool:
    """Tell whether the other had come to an end, however long the overlap was."""
    return event.why.get("cut_off", 1.0) < CUT_OFF


def _takes_over(event: FloorEvent) -> bool:
    """Tell whether this begins a turn where the other had come to an end."""
    if event.type is EventType.TERMINAL_OVERLAP:
        return True
    return event.counts and event.floor_taken and _had_finished(event)


class _Search:
    """The vents of one call under one setting."""

    def __init__(
        self, ground: VentGround, events: Sequence[FloorEvent], settings: VentSettings, *, to_decide: bool
    ) -> None:
        self._to_decide = to_decide
        self.ground = ground
        self.timeline = ground.timeline
        self.settings = settings
        self.solving = ground.solving(settings)
        self.starts = [event for event in events if event.by is Role.AGENT and event.of is Role.CUSTOMER]
        self.cuts = [event for event in self.starts if event.counts]
        self.taken = [event for event in events if event.floor_taken and event.by is Role.CUSTOMER]
        self.changes = [event for event in self.starts if _takes_over(event)]
        self.holds = SpanSet(event.span for event in events if event.type is EventType.HOLD)
        self.agent_turns = ground.agent_turns
        self.customer_turns = ground.customer_turns

    # -- groups -----------------------------------------------------------------------------------

    def groups(self) -> list[list[Passage]]:
        """Return passages that are one vent together."""
        groups: list[list[Passage]] = []
        for passage in self.ground.passages(self.settings):
            joined = next((g for g in self._open(groups) if self._joins(g[-1], passage)), None)
            if joined is None:
                groups.append([passage])
            else:
                joined.append(passage)
        found: list[list[Passage]] = []
        for group in groups:
            if self._is_vent(group, first=not found):
                found.append(group)
        return found

    def _open(self, groups: Sequence[list[Passage]]) -> Sequence[list[Passage]]:
        """Return the groups that may go on: from the last that is a vent of its own."""
        for k in range(len(groups) - 1, 0, -1):
            if self._is_vent(groups[k], first=False):
                return groups[k:]
        return groups

    def _is_vent(self, group: Sequence[Passage], *, first: bool) -> bool:
        """Tell whether there is enough complaining: after a vent, or in reply to an offer, more is asked."""
        complained_s = math.fsum(passage.span.duration_s for passage in group)
        if complained_s >= self.settings.vent_min_s:
            return True
        if not first or self._is_objection(group):
            return False
        complaints = [move for passage in group for move in passage.complaints]
        surest = max(move.confidence for move in complaints)
        return len(complaints) > 1 or (surest >= _SURELY and complained_s >= _NEW_MIN_S)

    def _joins(self, last: Passage, following: Passage) -> bool:
        """Tell whether `following` goes on with the same vent."""
        answered = self.ground.agent_before(following.span.start_s)
        if answered is None or answered.span.start_s <= last.turn.span.start_s:
            return True
        taken_up = self._first_reply(last) is following.turn and self._was_unfinished(last, following)
        # while the agent has the floor who was cut off can't come back
        left_s = max(answered.span.end_s, last.span.end_s) if taken_up else last.span.end_s
        if self._without_holds_s(left_s, following.turn.span.start_s) > self.settings.vent_return_s:
            return False
        if taken_up:
            return True  # what was solved inside the unfinished speech closes nothing
        since_s = min(last.span.end_s, self._handed_over_s(last)) - EDGE_S
        if any(since_s <= act.span.start_s < following.span.start_s for act in self.solving):
            return False
        return self._is_new(following, answered)

    def _handed_over_s(self, passage: Passage) -> float:
        """Return where the agent takes over: before the turn's end if the customer had finished."""
        turn = passage.turn.span
        return min(
            (
                event.span.start_s
                for event in self.changes
                if turn.start_s < event.span.start_s < turn.end_s <= event.span.end_s + EDGE_S
            ),
            default=turn.end_s,
        )

    def _without_holds_s(self, from_s: float, until_s: float) -> float:
        if until_s <= from_s:
            return 0.0
        return until_s - from_s - self.holds.overlap_s(Span(from_s, until_s))

    def _away_s(self, last: Turn, following: Turn) -> float:
        """Return how long the customer might have come back: the agent silent, the line not on hold."""
        answered = self.ground.agent_before(following.span.start_s)
        left_s = last.span.end_s if answered is None else max(answered.span.end_s, last.span.end_s)
        return self._without_holds_s(left_s, following.span.start_s)

    def _was_unfinished(self, last: Passage, following: Passage) -> bool:
        """Tell whether the agent cut `last` off, or spoke behind an open sentence that then went on.

        An open sentence alone may be one that trails off: what follows must be more than a reply.
        """
        if self._cut_at_end(last) is not None:
            return True
        return (
            self.ground.left_open(last.turn) and _spoken_s(following.complaints) >= self.settings.vent_min_s
        )

    def _first_reply(self, last: Passage) -> Turn | None:
        return self.ground.customer_from(last.turn.span.end_s)

    def _is_new(self, passage: Passage, answered: Turn) -> bool:
        """Tell whether a turn after a hand-over brings new complaint rather than a reply to the agent."""
        complaints = [move for move in passage.complaints if move.name == COMPLAINT]
        if any(passage.turn.span.overlaps(move.span) for move in self.ground.moves.replying):
            return _spoken_s(complaints) >= self.settings.vent_min_s
        if wording.ends_asking(said_in(answered), self.timeline.language):  # the first sentence answers
            first_s = passage.turn.words[0].start_s if passage.turn.words else passage.turn.span.start_s
            complaints = [move for move in complaints if move.span.start_s > first_s + EDGE_S]
        return _spoken_s(complaints) >= _NEW_MIN_S

    def _cut_before(self, passage: Passage) -> float | None:
        """Return where the sentence begins that the agent cut off right before this passage's turn."""
        before = self.ground.customer_until(passage.turn.span.start_s)
        if before is None:
            return None
        cut = self._cut_at_end(Passage(before, before.span, ()))
        if cut is None or not cut.is_sure:
            return None
        if self._away_s(before, passage.turn) > self.settings.vent_return_s:
            return None
        sentence = wording.last_sentence(before.words)
        begun_s = max(sentence[0].span.start_s, before.span.start_s) if sentence else before.span.start_s
        taken_up = cut.why.get(_TAKEN_UP, 0.0) >= _TAKES_UP
        broken = Span(begun_s, before.span.end_s)
        return begun_s if self.ground.moves.may_complain_in(broken, taken_up=taken_up) else None

    def _cut_at_end(self, passage: Passage) -> FloorEvent | None:
        """Return the agent's counting event that ended the passage's turn before the customer had finished.

        Who had finished may have been interrupted all the same: the overlap was long.
        """
        start_s, end_s = passage.turn.span.start_s, passage.turn.span.end_s
        latest = (
            event
            for event in reversed(self.cuts)
            if start_s < event.span.start_s <= end_s + _AT_END_S
            if event.span.end_s >= end_s - _AT_END_S
            if event.floor_taken or event.type is EventType.PAUSE_INTERRUPTION
            if not _had_finished(event)
        )
        return next(latest, None)

    def _is_objection(self, group: Sequence[Passage]) -> bool:
        """Tell whether this only replies to what the agent has offered."""
        first = group[0]
        turn = self.ground.agent_before(first.span.start_s)
        if turn is None:
            return False
        offered = any(turn.span.contains(act.span.start_s) for act in self.solving)
        direct = first.turn.span.start_s - turn.span.end_s <= _DIRECT_S
        return offered and direct

    # -- one vent ---------------------------------------------------------------------------------

    def vent(self, group: Sequence[Passage]) -> Vent:
        """Measure one group of passages."""
        last = group[-1]
        cut_s = self._cut_before(group[0])
        start_s = group[0].span.start_s if cut_s is None else cut_s
        span = Span(start_s, max(passage.span.end_s for passage in group))
        resumed = self._resumed(last)
        if resumed is not None:  # by its length alone
            last = Passage(resumed, resumed.span, ())
            span = Span(span.start_s, resumed.span.end_s)
        complaints = tuple(move for passage in group for move in passage.complaints)
        ended_by, sure = self._ended(last)
        best = max(move.confidence for move in complaints)
        return self._measured(span, last, (ended_by, sure), complaints, best)

    def _measured(
        self,
        span: Span,
        last: Passage,
        ended: tuple[EndedBy, float],
        complaints: tuple[Move, ...],
        confidence: float,
    ) -> Vent:
        final = self._cut_at_end(last)
        inside = tuple(
            event for event in self.cuts if span.start_s <= event.span.start_s < span.end_s or event is final
        )
        speaking = self.ground.agent_cut_in_on(span.start_s)
        from_s = span.start_s
        if speaking is not None and self._gave_way(speaking, span.start_s):
            from_s, speaking = max(from_s, speaking.span.end_s), None
        act = next((act for act in self.solving if act.span.start_s >= from_s), None)
        spoken = undisturbed = SpanSet()
        if not self._to_decide:
            after_s = self.settings.after_event_s
            spoken = self.ground.spoken(span)
            undisturbed = spoken - SpanSet([Span(e.span.start_s, e.span.end_s + after_s) for e in inside])
        return Vent(
            span=span,
            spoken=spoken,
            undisturbed=undisturbed,
            ended_by=ended[0],
            ended_confidence=ended[1],
            interruptions=inside,
            complaints=complaints,
            solution=act,
            solves_with=self._start_of(act) if act is not None and act.span.start_s < span.end_s else None,
            solves_already=bool(act and speaking and act.span.start_s < speaking.span.end_s),
            confidence=confidence,
            why={"sentences": float(len(complaints)), "surest": confidence},
        )

    def _gave_way(self, speaking: Turn, start_s: float) -> bool:
        """Tell whether the agent soon stopped for the customer who came in with a vent."""
        end_s = speaking.span.end_s
        return any(
            speaking.span.start_s < event.span.start_s <= start_s + EDGE_S
            and abs(event.span.end_s - end_s) <= EDGE_S
            for event in self.taken
        )

    def _start_of(self, act: Move) -> FloorEvent | None:
        """Return the start over the customer that began what the agent says up to this act."""
        by_s = act.span.start_s + EDGE_S
        turn = self.ground.agent_before(by_s)
        if turn is None:
            return None
        from_s = turn.span.start_s - EDGE_S
        found = [event for event in self.starts if from_s <= event.span.start_s < by_s]
        return found[-1] if found else None

    def _resumed(self, last: Passage) -> Turn | None:
        """Return the turn in which the customer takes up again what the agent cut off, if it is no complaint.

        A complaint would be a passage of its own; here the words tell nothing, but the length does.
        """
        cut = self._cut_at_end(last)
        if cut is None:
            return None
        reply = self.ground.customer_after(cut.span.start_s)
        if reply is None:
            return None
        near = self._away_s(last.turn, reply) <= self.settings.vent_return_s
        other = any(move.span.overlaps(reply.span) for move in self.ground.moves.not_complaining)
        return reply if near and not other and reply.speech.duration_s >= _RESUMES_S else None

    def _ended(self, last: Passage) -> tuple[EndedBy, float]:
        cut = self._cut_at_end(last)
        if cut is not None:
            turn = next(
                (t for t in self.agent_turns if t.span.end_s > cut.span.start_s >= t.span.start_s - EDGE_S),
                None,
            )
            if turn is not None and any(turn.span.contains(act.span.start_s) for act in self.solving):
                return EndedBy.SOLUTION, cut.confidence
            return EndedBy.INTERRUPTION, cut.confidence
        if self._put_on_hold(last):
            return EndedBy.HOLD, _HOLD_UNSURE
        return EndedBy.CUSTOMER, 1.0

    def _put_on_hold(self, last: Passage) -> bool:
        """Tell whether the first thing that the agent said to it was to hold the line."""
        turn = self.ground.agent_from(last.span.end_s - EDGE_S)
        if turn is None:
            return False
        starts_s = next((h.start_s for h in self.holds if h.start_s >= turn.span.start_s), math.inf)
        if starts_s - turn.span.end_s > _HOLD_WITHIN_S:
            return False
        replies = [t for t in self.customer_turns if turn.span.end_s < t.span.start_s < starts_s]
        if sum(reply.speech.duration_s for reply in replies) > _REPLY_MAX_S:
            return False
        said = [move for move in self.ground.moves.agent_sure if turn.span.overlaps(move.span)]
        asked = next((m for m in said if m.name == HOLD_REQUEST), None)
        earlier = {m.name for m in said if asked is None or m.span.start_s < asked.span.start_s}
        return not earlier & HANDED_OVER

    # -- without words ----------------------------------------------------------------------------

    def from_speech(self) -> tuple[Vent, ...]:
        """Take the customer's first long turn after the agent's opening for the vent."""
        opened = self.agent_turns[:1]
        for turn in self.customer_turns:
            opens = not opened or turn.span.start_s < opened[0].span.start_s
            if turn.span.duration_s <= self.settings.vent_min_s:
                continue
            passage = Passage(turn, Span(0.0, turn.span.end_s) if opens and turn.i == 0 else turn.span, ())
            while (resumed := self._resumed(passage)) is not None:
                passage = Passage(resumed, Span(passage.span.start_s, resumed.span.end_s), ())
            start_s = max(passage.span.start_s, 0.0)
            ended = self._ended(passage)
            return (self._measured(Span(start_s, passage.span.end_s), passage, ended, (), _SPEECH_ALONE),)
        return ()
