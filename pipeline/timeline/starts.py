"""Judge each start of speech: the event that it is, or none (docs/measures.md, section 2)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.timeline import onechannel, wording
from pipeline.timeline.ending import Ending, SaidAtEnd
from pipeline.timeline.events import EventType, FloorEvent, FloorSettings
from pipeline.timeline.roles import Role, plain_text
from pipeline.timeline.spans import Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.timeline.known import Key, Known
    from pipeline.timeline.stretches import Floor, Stretch
    from pipeline.timeline.words import Word

_EDGE_S = 0.04  # how exact an edge is: thresholds are soft over about this
_HOLDS_S = 0.2  # who speaks on alone for at least this holds the floor
_CUT_OFF = 0.5
_SURELY_CUT_OFF = 0.6  # asked of a very short overlap
_UNSURE = 0.55
_LEAK_S = 0.3  # words said by both within this are one voice on two lines
_DOUBT_WINDOW_S = 0.5
_DOUBT_SHARE = 0.25
_MOSTLY = 0.8
_NOWHERE = SpanSet()


def _soft(value: float, threshold: float, width: float = _EDGE_S) -> float:
    """Return how surely `value` exceeds `threshold`, 0 to 1."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, (value - threshold) / width))))


def _is_unheard(stretch: Stretch) -> bool:
    return any(unit.unheard for unit in stretch.ipus)


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
        self._known = known
        self.settings = settings
        self.timeline = floor.timeline
        self.language = floor.timeline.language
        self._one_channel = not floor.timeline.clues.overlap_reliable

    def start_of(self, mine: Stretch) -> FloorEvent | None:
        """Judge where one stretch of X starts."""
        theirs = self.floor.stretch_before(mine.role.opposite, mine.span.start_s)
        dual = self._dual_start(mine, theirs)
        if dual is not None:
            return dual
        if theirs is None or self._spoke_last(mine, theirs):
            return None
        shared = self._shared(mine, theirs)
        if shared is None:
            return None
        start_s = mine.span.start_s
        speaking = theirs.speech.at(start_s) if theirs.span.end_s > start_s else None
        over = speaking is not None or (
            self._one_channel and onechannel.started_over_speech(mine, theirs, shared, self.settings)
        )
        if over and shared.duration_s >= self.settings.overlap_min_s:
            event: FloorEvent | None = self._over_speech(mine, theirs, shared)
        elif self._one_channel and onechannel.without_pause(mine, theirs):
            event = self._in_seamless_change(mine, theirs, shared)
        else:
            event = self._in_pause(mine, theirs, shared, speaking)
        if event is None or not event.counts:
            return event
        return self._doubted(replace(event, question=self._asks(mine)), mine, theirs)

    def _shared(self, mine: Stretch, theirs: Stretch) -> SpanSet | None:
        """Return where both speak; ``None`` if both are one voice on two lines."""
        if theirs.span.end_s <= mine.span.start_s:
            return _NOWHERE
        key = (mine.key, theirs.key)
        if key not in self._known.shared:
            shared: SpanSet | None = mine.speech & theirs.speech
            if shared and wording.same_words(mine.words, theirs.words, _LEAK_S):
                shared = None
            self._known.shared[key] = shared
        return self._known.shared[key]

    def _spoke_last(self, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether X itself, not Y, spoke last before this start."""
        start_s = mine.span.start_s
        before = self.floor.stretch_before(mine.role, start_s)
        return before is not None and before.span.end_s >= max(
            theirs.span.start_s, min(theirs.span.end_s, start_s)
        )

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
        shared = mine.speech & theirs.speech if theirs else _NOWHERE
        later = shared.within(Span(second_s, second_s + 10)) if shared else _NOWHERE
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
        if before is not None and start_s - before.span.end_s <= limits.dual_start_s:
            ended_s = -math.inf
            for unit in before.ipus:
                their_s = unit.span.start_s
                near = abs(their_s - start_s) <= limits.dual_start_s
                if near and their_s - ended_s >= limits.restart_s:
                    return their_s
                ended_s = unit.span.end_s
        if following is not None and following.span.start_s - start_s <= limits.dual_start_s:
            return following.span.start_s
        return None

    def _silent_before(self, time_s: float) -> float:
        last_s = self.timeline.anybody.last_end(time_s)
        speaking = self.timeline.anybody.at(time_s)
        if speaking is not None and speaking.start_s < time_s:
            return 0.0
        if last_s is None:  # before the call's first word there was silence enough
            return max(time_s, self.settings.joint_silence_s)
        return time_s - last_s

    def _over_speech(self, mine: Stretch, theirs: Stretch, shared: SpanSet) -> FloorEvent:
        limits = self.settings
        start_s, shared_s = mine.span.start_s, shared.duration_s
        stops_s = theirs.span.end_s
        outlasts = mine.span.end_s >= stops_s + _HOLDS_S
        yields = outlasts and stops_s <= start_s + limits.yield_s
        why = {"shared_s": shared_s, "yields_after_s": stops_s - start_s, "goes_on_s": mine.span.duration_s}
        event = FloorEvent(
            EventType.OVERLAP_OTHER,
            Span(start_s, shared[-1].end_s),
            mine.role,
            theirs.role,
            overlap_s=shared_s,
            floor_taken=yields,
            why=why,
        )
        if self._nothing_said(mine):
            ends = EventType.TERMINAL_OVERLAP if yields and shared_s < limits.contest_s else None
            return replace(event, type=ends or EventType.OVERLAP_OTHER, confidence=0.7, floor_taken=False)
        if yields:
            return self._yielded(event, mine, theirs)
        return self._contested(event, mine, theirs, outlasts)

    def _in_seamless_change(self, mine: Stretch, theirs: Stretch, shared: SpanSet) -> FloorEvent | None:
        """Y was cut off if its words are open; else there is no more to it than what both are heard in."""
        start_s, stops_s = mine.span.start_s, theirs.span.end_s
        why = {"shared_s": shared.duration_s, "goes_on_s": mine.span.duration_s}
        event = FloorEvent(
            EventType.OVERLAP_OTHER,
            Span(start_s, shared[-1].end_s if shared else start_s + _EDGE_S),
            mine.role,
            theirs.role,
            overlap_s=shared.duration_s,
            floor_taken=mine.span.end_s >= stops_s + _HOLDS_S and stops_s <= start_s + self.settings.yield_s,
            why=why,
        )
        if event.floor_taken and not self._nothing_said(mine):
            ending = self._ending(mine, theirs, stops_s, shared_s=max(shared.duration_s, _EDGE_S))
            if ending.says_open and ending.cut_off >= _SURELY_CUT_OFF:
                why = {**why, "cut_off": ending.cut_off, **ending.why}
                return replace(event, type=EventType.INTERRUPTION, confidence=ending.cut_off, why=why)
        if not shared:
            return None
        little = shared.duration_s < self.settings.terminal_s
        return replace(event, type=EventType.TERMINAL_OVERLAP if little else event.type, confidence=0.7)

    def _nothing_said(self, mine: Stretch) -> bool:
        if not mine.said and self.language is None:
            return not _is_unheard(mine) and self._only_listens(mine, ())
        known = self._known.said.listens.get(mine.key)
        if known is None:
            known = not _is_unheard(mine) and self._only_listens(mine, mine.said)
            self._known.said.listens[mine.key] = known
        return known

    def _only_listens(self, mine: Stretch, words: Sequence[Word]) -> bool:
        """Tell whether nothing but signs of listening was said, or (with a recogniser) nothing but noise."""
        if not words and self.language is None:
            return mine.speech.duration_s <= self.timeline.settings.backchannel_max_s
        return wording.only_listening(words, self.language)

    def _yielded(self, event: FloorEvent, mine: Stretch, theirs: Stretch) -> FloorEvent:
        """Y stopped soon after X's start and X spoke on: cut off, long contested, or an ordinary change."""
        limits = self.settings
        ending = self._ending(mine, theirs, theirs.span.end_s, shared_s=event.overlap_s)
        leads_in = self._listens_until(mine, theirs.span.end_s)
        contested = 0.0 if leads_in else _soft(event.overlap_s, limits.contest_s)
        cut = ending.cut_off + (1 - ending.cut_off) * contested
        why = {**event.why, "cut_off": ending.cut_off, **ending.why}
        asked = _SURELY_CUT_OFF if event.overlap_s < limits.terminal_s else _CUT_OFF
        if cut >= asked:
            return replace(event, type=EventType.INTERRUPTION, confidence=cut, why=why)
        # what is not quite enough for a very short overlap is not sure to be ordinary either
        return replace(event, type=EventType.TERMINAL_OVERLAP, confidence=max(1 - cut, 0.5), why=why)

    def _contested(self, event: FloorEvent, mine: Stretch, theirs: Stretch, outlasts: bool) -> FloorEvent:
        """Y did not stop for X."""
        limits = self.settings
        long = _soft(event.overlap_s, limits.contest_s)
        goes_on = 1.0 if outlasts else _soft(mine.span.duration_s, limits.false_start_s)
        if min(long, goes_on) >= _CUT_OFF:
            return replace(event, type=EventType.INTERRUPTION, confidence=min(long, goes_on))
        if goes_on < _CUT_OFF and theirs.span.end_s > mine.span.end_s:
            return replace(event, type=EventType.FALSE_START, confidence=1 - goes_on)
        return replace(event, confidence=max(1 - long, 1 - goes_on))

    def _listens_until(self, mine: Stretch, time_s: float) -> bool:
        """Tell whether X's words up to `time_s` are only signs of listening that lead into X's turn."""
        if self.language is None:
            return False
        key = (mine.key, time_s)
        if key not in self._known.leads_in:
            begun = itertools.takewhile(lambda word: word.span.start_s < time_s, mine.words)
            early = [word for word in begun if word.span.middle_s < time_s]
            self._known.leads_in[key] = bool(early) and self.language.listening.cover(plain_text(early))
        return self._known.leads_in[key]

    def _in_pause(
        self, mine: Stretch, theirs: Stretch, shared: SpanSet, speaking: Span | None
    ) -> FloorEvent | None:
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
        if short and self._said_at_end(mine, theirs, stopped_s)[1].says_open(restarts=restarts):
            ending = self._ending(mine, theirs, stopped_s, restarts=restarts)
            if ending.cut_off >= _CUT_OFF and not self._exempt(mine):
                confidence = ending.cut_off * _soft(limits.mid_pause_s + _EDGE_S, pause_s)
                event = self._shared_start(EventType.PAUSE_INTERRUPTION, mine, theirs, shared, pause_s)
                why = {**event.why, "cut_off": ending.cut_off, **ending.why}
                return replace(event, span=mine.span, confidence=confidence, why=why)
        if not shared:
            return None
        little = shared.duration_s < limits.terminal_s
        kind = EventType.TERMINAL_OVERLAP if little else EventType.OVERLAP_OTHER
        return self._shared_start(kind, mine, theirs, shared, pause_s)

    def _shared_start(
        self, kind: EventType, mine: Stretch, theirs: Stretch, shared: SpanSet, pause_s: float
    ) -> FloorEvent:
        """Return the event of a start in a pause; it ends where both have last spoken, if they did."""
        start_s, end_s, shared_s = mine.span.start_s, theirs.span.end_s, shared.duration_s
        return FloorEvent(
            kind,
            Span(start_s, shared[-1].end_s) if shared else mine.span,
            mine.role,
            theirs.role,
            overlap_s=shared_s,
            floor_taken=mine.span.end_s > end_s and end_s <= start_s + self.settings.yield_s,
            confidence=0.7,
            why={"pause_s": pause_s, "shared_s": shared_s, "goes_on_s": mine.span.duration_s},
        )

    def _said_at_end(self, mine: Stretch, theirs: Stretch, end_s: float) -> tuple[Key, SaidAtEnd]:
        """Return what words tell of Y's ending at `end_s`, and what tells it from other endings."""
        following = self.floor.stretch_from(theirs.role, max(end_s, mine.span.start_s))
        units = theirs.begun_by(end_s)
        key = (mine.key, theirs.key, units, following.key if following else None)
        known = self._known.said.at_end.get(key)
        if known is None:
            known = self._known.said.at_end[key] = SaidAtEnd(
                theirs.said_in(units), mine.said, following.said if following else (), self.language
            )
        return key, known

    def _ending(
        self, mine: Stretch, theirs: Stretch, end_s: float, *, shared_s: float = 0.0, restarts: bool = False
    ) -> Ending:
        """Judge how Y ended at `end_s`."""
        key, said = self._said_at_end(mine, theirs, end_s)
        key = (key, end_s, shared_s, restarts)
        known = self._known.endings.get(key)
        if known is None:
            mixed = None
            if self._one_channel and shared_s > 0:
                words = [word for unit in theirs.ipus[: theirs.begun_by(end_s)] for word in unit.words]
                mixed = onechannel.as_recognised(words, mine.speech)
            known = said.ending(theirs.voice_at(end_s), shared_s, restarts=restarts, mixed=mixed)
            self._known.endings[key] = known
        return known

    def _said_in_turn(self, mine: Stretch) -> tuple[Word, ...]:
        """Return what X says from this start to the end of the turn."""
        turn = self.floor.turn_at(mine.role, mine.span.start_s)
        if turn is None:
            return mine.said
        return tuple([w for u in turn.ipus if u.span.start_s >= mine.span.start_s for w in u.said])

    def _asks(self, mine: Stretch) -> bool:
        key = mine.key
        if key not in self._known.asks:
            words = self._said_in_turn(mine)
            self._known.asks[key] = wording.only_a_question(words, self.language) or wording.only_an_apology(
                words, self.language
            )
        return self._known.asks[key]

    def _exempt(self, mine: Stretch) -> bool:
        words = self._said_in_turn(mine)
        return self._only_listens(mine, words) or self._asks(mine)

    def _mostly_disputed(self, event: FloorEvent, mine: Stretch, theirs: Stretch) -> bool:
        """Tell whether hardly any of the overlap is speech beyond dispute: then nobody is to blame."""
        mines, others = self._disputed(mine), self._disputed(theirs)
        if not mines and not others:
            return False
        disputed = mines | others
        shared = (self._shared(mine, theirs) or _NOWHERE).within(event.span)
        return (shared & disputed).duration_s >= _MOSTLY * shared.duration_s

    def _disputed(self, stretch: Stretch) -> SpanSet:
        """Return where it is disputed that this stretch is speech, words left out."""
        key = stretch.key
        if key not in self._known.disputed:
            doubts = SpanSet(
                self.timeline.clues.doubts.get(stretch.role, SpanSet()).overlapping(stretch.span)
            )
            self._known.disputed[key] = doubts - stretch.worded(doubts) if doubts else doubts
        return self._known.disputed[key]

    def _doubted(self, event: FloorEvent, mine: Stretch, theirs: Stretch) -> FloorEvent:
        """Lower the confidence where the hearing itself is in doubt, and name the doubt."""
        doubts: dict[str, float] = {}
        clues = self.timeline.clues
        disputed = not self._one_channel and self._mostly_disputed(event, mine, theirs)
        if event.type is EventType.INTERRUPTION and disputed:
            return replace(event, type=EventType.OVERLAP_OTHER, confidence=_UNSURE, question=False)
        onset = Span(event.span.start_s, event.span.start_s + _DOUBT_WINDOW_S)
        for unsure in filter(None, (self._disputed(mine), self._disputed(theirs))):
            for window in (onset, event.span):
                disputed_s = unsure.overlap_s(window)
                if disputed_s > _DOUBT_SHARE * window.duration_s:
                    doubts["disputed_s"] = max(disputed_s, doubts.get("disputed_s", 0.0))
        if self.language is None:
            doubts["no_language_pack"] = 1.0
        if clues.delay_s > 0 and event.overlap_s <= 2 * clues.delay_s:  # within a round trip
            doubts["delay_s"] = clues.delay_s
        if self._one_channel:  # an overlap may be lost, and who begins behind a pause be mistaken
            doubts["one_channel"] = 1.0
        before = self.floor.stretch_before(mine.role, mine.span.start_s)
        own_pause_s = mine.span.start_s - before.span.end_s if before else math.inf
        if (
            before
            and own_pause_s < self.timeline.settings.resume_s
            and theirs.span.start_s < before.span.end_s
        ):
            doubts["reclaims_after_s"] = own_pause_s
        if mine.span.start_s - theirs.span.start_s < self.settings.restart_s:
            doubts["just_begun_s"] = mine.span.start_s - theirs.span.start_s
        if not doubts:
            return event
        return replace(event, confidence=min(event.confidence, _UNSURE), why={**event.why, **doubts})
