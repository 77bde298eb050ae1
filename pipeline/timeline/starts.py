"""Judge each start of speech: the event that it is, or none (docs/measures.md, section 2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.timeline import onechannel, wording
from pipeline.timeline.doubts import Doubts
from pipeline.timeline.draft import Draft
from pipeline.timeline.ending import CUT_OFF
from pipeline.timeline.events import EventType, FloorEvent, FloorSettings
from pipeline.timeline.known import NOWHERE, said_in_turn
from pipeline.timeline.roles import Role
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from pipeline.timeline.ending import Ending
    from pipeline.timeline.known import Known
    from pipeline.timeline.stretches import Floor, Stretch

_EDGE_S = 0.04  # how exact an edge is: thresholds are soft over about this
_HOLDS_S = 0.2  # who speaks on alone for at least this holds the floor
_ROUNDING = 1e-9  # what a difference of times may be off by, and more
_REACHED = 0.5  # what `_soft` says at a threshold itself
_SURELY_CUT_OFF = 0.6  # asked of a very short overlap
_HARDLY_SURE = 0.7


def _soft(value: float, threshold: float, width: float = _EDGE_S) -> float:
    """Return how surely `value` exceeds `threshold`, 0 to 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, (value - threshold) / width))))


class StartJudge:
    """Gives each start of a stretch its type.

    Parameters
    ----------
    floor : Floor
    settings : FloorSettings
    known : Known
        Of this timeline; may be shared between judges.
    """

    def __init__(self, floor: Floor, settings: FloorSettings, known: Known) -> None:
        self.floor = floor
        self.known = known
        self.settings = settings
        self.timeline = floor.timeline
        self._one_channel = known.one_channel
        self._doubts = Doubts(floor, settings, known)

    def start_of(self, mine: Stretch) -> FloorEvent | None:
        """Judge where one stretch of X starts."""
        theirs = self.floor.stretch_before(mine.role.opposite, mine.span.start_s)
        dual = self._dual_start(mine, theirs)
        if dual is not None:
            return dual
        if theirs is None or self._spoke_last(mine, theirs):
            return None
        shared = self.known.shared(mine, theirs)
        if shared is None:
            return None
        made = self._judged(mine, theirs, shared)
        if made is None:
            return None
        if made.type.counts:
            made.question = self._asks(mine)
            self._doubts.lower(made, mine, theirs)
        return FloorEvent(
            made.type,
            made.span,
            mine.role,
            theirs.role,
            made.overlap_s,
            made.floor_taken,
            made.question,
            made.confidence,
            made.why,
        )

    def _judged(self, mine: Stretch, theirs: Stretch, shared: SpanSet) -> Draft | None:
        start_s = mine.span.start_s
        speaking = theirs.speech.at(start_s) if theirs.span.end_s > start_s else None
        over = speaking is not None or (
            self._one_channel and onechannel.started_over_speech(mine, theirs, shared, self.settings)
        )
        if over and shared.duration_s >= self.settings.overlap_min_s:
            return self._over_speech(mine, theirs, shared)
        if self._one_channel and onechannel.without_pause(mine, theirs):
            return self._in_seamless_change(mine, theirs, shared)
        return self._in_pause(mine, theirs, shared, speaking)

    def _spoke_last(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether X itself, not Y, spoke last before this start."""
        start_s = mine.span.start_s
        before = self.floor.stretch_before(mine.role, start_s)
        return before is not None and before.span.end_s >= max(
            theirs.span.start_s, min(theirs.span.end_s, start_s)
        )

    # -- both start ---------------------------------------------------------------------------------

    def _dual_start(self, mine: Stretch, before: Stretch | None) -> FloorEvent | None:
        """X and Y start nearly together after a joint silence; `by` is the later one.

        `before`: what Y says that began before X's start.
        """
        limits, other = self.settings, mine.role.opposite
        start_s = mine.span.start_s
        theirs_s = self._their_start_near(start_s, before, self.floor.stretch_from(other, start_s))
        if theirs_s is None:
            return None
        first_s, second_s = sorted((start_s, theirs_s))
        silent_s = self._silent_before(first_s)
        if silent_s < limits.joint_silence_s:
            return None
        theirs = self.floor.stretch_before(other, theirs_s + _EDGE_S / 100)
        if theirs is not None and self._talks_over(mine, theirs, theirs_s):
            return None
        shared = mine.speech & theirs.speech if theirs else NOWHERE
        later = shared.within(Span(second_s, second_s + 10)) if shared else NOWHERE
        first = later[0] if later else None
        end_s = first.end_s if first else second_s + _EDGE_S
        by = (
            mine.role if start_s > theirs_s or (start_s == theirs_s and mine.role is Role.CUSTOMER) else other
        )
        return FloorEvent(
            EventType.DUAL_START,
            Span(second_s, min(end_s, self.timeline.duration_s)),
            by,
            by.opposite,
            overlap_s=first.duration_s if first else 0.0,
            confidence=_soft(limits.dual_start_s + _EDGE_S, second_s - first_s),
            why={"apart_s": second_s - first_s, "joint_silence_s": silent_s},
        )

    def _their_start_near(
        self, start_s: float, before: Stretch | None, following: Stretch | None
    ) -> float | None:
        """Return where Y starts at nearly the same time: within `before`, or where `following` starts.

        Who goes on after a shorter own pause than ``restart_s`` does not start.
        """
        limits = self.settings
        near_s = limits.dual_start_s
        if before is not None and start_s - before.span.end_s <= near_s:
            found_s, last = None, len(before.ipus) - 1
            for k in range(last, -1, -1):
                their_s = before.ipus[k].span.start_s
                if abs(their_s - start_s) <= near_s:
                    ended_s = before.ipus[k - 1].span.end_s if k else -math.inf
                    if their_s - ended_s >= limits.restart_s:
                        found_s = their_s
                elif their_s < start_s:
                    break  # those before lie further off
            if found_s is not None:
                return found_s
        if following is not None and following.span.start_s - start_s <= near_s:
            return following.span.start_s
        return None

    def _talks_over(self, mine: Stretch, theirs: Stretch, theirs_s: float) -> bool:
        """Tell whether the first to start went on with a running turn and neither gives way for ``yield_s``.

        To start then was an accident; to speak on is none.
        """
        first_s, second_s = sorted((mine.span.start_s, theirs_s))
        if min(mine.span.end_s, theirs.span.end_s) <= second_s + self.settings.yield_s:
            return False
        first = mine if mine.span.start_s < theirs_s else theirs
        turn = self.floor.turn_at(first.role, first_s)
        return turn is not None and turn.span.start_s < first_s < second_s

    def _silent_before(self, time_s: float) -> float:
        last_s = self.timeline.anybody.last_end(time_s)
        speaking = self.timeline.anybody.at(time_s)
        if speaking is not None and speaking.start_s < time_s:
            return 0.0
        if last_s is None:  # before the call's first word there was silence enough
            return max(time_s, self.settings.joint_silence_s)
        return time_s - last_s

    # -- over speech --------------------------------------------------------------------------------

    def _over_speech(self, mine: Stretch, theirs: Stretch, shared: SpanSet) -> Draft:
        limits = self.settings
        start_s, shared_s = mine.span.start_s, shared.duration_s
        stops_s = theirs.span.end_s
        outlasts = mine.span.end_s >= stops_s + _HOLDS_S
        yields = outlasts and stops_s <= start_s + limits.yield_s
        why = {"shared_s": shared_s, "yields_after_s": stops_s - start_s, "goes_on_s": mine.span.duration_s}
        made = Draft(Span(start_s, shared[-1].end_s), shared_s, why, floor_taken=yields)
        if self.known.nothing_said(mine):
            made.floor_taken = False
            ends = yields and shared_s < limits.contest_s
            return made.judged(EventType.TERMINAL_OVERLAP if ends else made.type, _HARDLY_SURE)
        made = self._yielded(made, mine, theirs) if yields else self._contested(made, mine, theirs, outlasts)
        if not made.type.counts or not self._had_said_it(mine, theirs):
            return made
        made.why["trails_away"] = 1.0
        return made.judged(EventType.TERMINAL_OVERLAP if yields else EventType.OVERLAP_OTHER, _HARDLY_SURE)

    def _had_said_it(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether Y, from X's start on, only listens, laughs or takes leave, and that is all it is."""
        if not self.known.trails_away(mine, theirs):
            return False
        following = self._following(mine, theirs, theirs.span.end_s)
        said = self.known.said_at_end(mine, theirs, theirs.span.end_s, following)
        return not said.open_sentence and not said.says_unfinished

    def _in_seamless_change(self, mine: Stretch, theirs: Stretch, shared: SpanSet) -> Draft | None:
        """Y was cut off if its words are open; else there is no more to it than what both are heard in."""
        start_s, stops_s, shared_s = mine.span.start_s, theirs.span.end_s, shared.duration_s
        made = Draft(
            Span(start_s, shared[-1].end_s if shared else start_s + _EDGE_S),
            shared_s,
            {"shared_s": shared_s, "goes_on_s": mine.span.duration_s},
            floor_taken=mine.span.end_s >= stops_s + _HOLDS_S and stops_s <= start_s + self.settings.yield_s,
        )
        if made.floor_taken and not self.known.nothing_said(mine):
            ending = self._ending(mine, theirs, stops_s, shared_s=max(shared_s, _EDGE_S))
            if ending.says_open and ending.cut_off >= _SURELY_CUT_OFF:
                made.rests_on(ending)
                return made.judged(EventType.INTERRUPTION, ending.cut_off)
        if not shared:
            return None
        little = shared_s < self.settings.terminal_s
        return made.judged(EventType.TERMINAL_OVERLAP if little else made.type, _HARDLY_SURE)

    def _yielded(self, made: Draft, mine: Stretch, theirs: Stretch) -> Draft:
        """Y stopped soon after X's start and X spoke on: cut off, long contested, or an ordinary change."""
        limits, shared_s = self.settings, made.overlap_s
        ending = self._ending(mine, theirs, theirs.span.end_s, shared_s=shared_s)
        made.rests_on(ending)
        leads_in = self.known.listens_until(mine, theirs.span.end_s)
        contested = 0.0 if leads_in else _soft(shared_s, limits.contest_s)
        cut = ending.cut_off + (1 - ending.cut_off) * contested
        if contested >= _REACHED:
            return made.judged(EventType.INTERRUPTION, cut)
        # below that the length makes no cut of what was likelier finished; it only makes that less sure
        asked = _SURELY_CUT_OFF if shared_s < limits.terminal_s else CUT_OFF
        if ending.cut_off >= asked:
            return made.judged(EventType.INTERRUPTION, ending.cut_off)
        # what is not quite enough for a very short overlap is not sure to be ordinary either
        return made.judged(EventType.TERMINAL_OVERLAP, max(1 - cut, 0.5))

    def _contested(self, made: Draft, mine: Stretch, theirs: Stretch, outlasts: bool) -> Draft:
        """Y did not stop for X."""
        limits = self.settings
        long = _soft(made.overlap_s, limits.contest_s)
        goes_on = 1.0 if outlasts else _soft(mine.span.duration_s, limits.false_start_s)
        soon = goes_on <= _REACHED + _ROUNDING  # who stops at the threshold has stopped within it
        if long >= _REACHED and not soon:
            if self._leaves_floor(mine, theirs) and self.known.only_reacts(mine.said):
                made.why["reacts"] = 1.0
                return made.judged(made.type, _HARDLY_SURE)
            return made.judged(EventType.INTERRUPTION, min(long, goes_on))
        if soon and theirs.span.end_s > mine.span.end_s:
            return made.judged(EventType.FALSE_START, 1 - goes_on)
        return made.judged(made.type, max(1 - long, 1 - goes_on))

    def _leaves_floor(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether X speaks as briefly as a listener, and Y goes on behind it."""
        limits = self.timeline.settings
        brief = mine.speech.duration_s <= limits.backchannel_max_s
        return brief and theirs.span.end_s >= mine.span.end_s + limits.resume_s

    # -- in a pause ---------------------------------------------------------------------------------

    def _in_pause(
        self, mine: Stretch, theirs: Stretch, shared: SpanSet, speaking: Span | None
    ) -> Draft | None:
        """X starts where Y is silent or shares next to nothing; `speaking`: what Y says at the start."""
        limits = self.settings
        start_s = mine.span.start_s
        over = theirs.span.end_s <= start_s
        stopped_s = theirs.span.end_s if over else theirs.speech.last_end(start_s)
        if speaking is not None:
            stopped_s = speaking.end_s
        if stopped_s is None:
            return None
        pause_s = max(0.0, start_s - stopped_s)
        short = pause_s < limits.mid_pause_s
        if not short and not shared:
            return None
        restarts = not over and theirs.speech.next_start(max(start_s, stopped_s)) is not None
        if restarts and mine.span.end_s < theirs.span.end_s and mine.span.duration_s <= limits.false_start_s:
            return (
                self._shared_start(EventType.FALSE_START, mine, theirs, shared, pause_s) if shared else None
            )
        if short and self._says_open(mine, theirs, stopped_s, restarts=restarts):
            ending = self._ending(mine, theirs, stopped_s, restarts=restarts)
            if ending.cut_off >= CUT_OFF and not self._exempt(mine, theirs):
                made = self._shared_start(EventType.PAUSE_INTERRUPTION, mine, theirs, shared, pause_s)
                made.span = mine.span
                made.confidence = ending.cut_off * _soft(limits.mid_pause_s + _EDGE_S, pause_s)
                made.rests_on(ending)
                return made
        if not shared:
            return None
        little = shared.duration_s < limits.terminal_s
        kind = EventType.TERMINAL_OVERLAP if little else EventType.OVERLAP_OTHER
        return self._shared_start(kind, mine, theirs, shared, pause_s)

    def _shared_start(
        self, kind: EventType, mine: Stretch, theirs: Stretch, shared: SpanSet, pause_s: float
    ) -> Draft:
        """Return the event of a start in a pause; it ends where both have last spoken, if they did."""
        start_s, end_s, shared_s = mine.span.start_s, theirs.span.end_s, shared.duration_s
        made = Draft(
            Span(start_s, shared[-1].end_s) if shared else mine.span,
            shared_s,
            {"pause_s": pause_s, "shared_s": shared_s, "goes_on_s": mine.span.duration_s},
            floor_taken=mine.span.end_s > end_s and end_s <= start_s + self.settings.yield_s,
        )
        return made.judged(kind, _HARDLY_SURE)

    # -- what it rests on ---------------------------------------------------------------------------

    def _following(self, mine: Stretch, theirs: Stretch, end_s: float) -> Stretch | None:
        """Return what Y says next, once X has started and Y ended at `end_s`."""
        return self.floor.stretch_from(theirs.role, max(end_s, mine.span.start_s))

    def _says_open(self, mine: Stretch, theirs: Stretch, end_s: float, *, restarts: bool) -> bool:
        following = self._following(mine, theirs, end_s)
        return self.known.said_at_end(mine, theirs, end_s, following).says_open(restarts=restarts)

    def _ending(
        self, mine: Stretch, theirs: Stretch, end_s: float, *, shared_s: float = 0.0, restarts: bool = False
    ) -> Ending:
        following = self._following(mine, theirs, end_s)
        return self.known.ending(mine, theirs, end_s, following, shared_s=shared_s, restarts=restarts)

    def _asks(self, mine: Stretch) -> bool:
        return self.known.asks(mine, self.floor.turn_at(mine.role, mine.span.start_s))

    def _exempt(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether X's turn, in a pause of Y's, is there to help Y on."""
        words = said_in_turn(mine, self.floor.turn_at(mine.role, mine.span.start_s))
        if self.known.only_listens(mine, words) or self._asks(mine) or self.known.only_reacts(words):
            return True
        if mine.speech.duration_s > self.timeline.settings.backchannel_max_s:
            return False
        before = theirs.said_in(theirs.begun_by(mine.span.start_s))
        following = self.floor.said_next(theirs, mine.span.start_s)
        return wording.says_the_same(words, before, following, self.known.language)
