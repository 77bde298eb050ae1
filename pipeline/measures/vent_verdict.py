"""Did the agent let the customer say it all before solving? The verdict, and how sure it is.

It is decided over all vents, then decided again with everything within its doubt (docs/measures.md,
section 5): what turns it round makes it unsure, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pipeline.measures.vent import EndedBy, Vent, VentSettings
from pipeline.measures.vent_ground import COMPLAINT, VentGround, VentMoves
from pipeline.measures.vent_search import search_vents
from pipeline.measures.verdict import Evidence, Outcome, Verdict
from pipeline.timeline import (
    UNSURE_BELOW,
    EventFinder,
    EventType,
    FloorEvent,
    FloorSettings,
    Move,
    Role,
    Span,
    SpanSet,
    Timeline,
)
from pipeline.timeline.noted import noting, told_apart
from pipeline.timeline.plain import clock, duration
from pipeline.timeline.shift import Shifter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_BY = 0.2
_EDGES_DUAL_S, _EDGES_MONO_S = 0.05, 0.1
_AROUND_S = 20.0
_NEAR_S = 1.0
_SOLVED_SURELY = 0.75  # of a solving act that alone would break a vent
_QUOTE_WORDS = 14
_SPOKEN_CONFIDENCE_MAX = 0.95
_UNSURE_CONFIDENCE = 0.5
_CLEARLY = 0.9  # a vent with a complaint as sure as this stays one


@dataclass(frozen=True)
class VentBasis:
    """What the verdict on the vents is drawn from.

    Parameters
    ----------
    timeline : Timeline
    moves : tuple of Move
        Sorted by start.
    floor : FloorSettings
    settings : VentSettings
    words_known : bool
        Whether moves could be looked for.
    roles_sure : bool
        Whether it is certain who is the agent.
    """

    timeline: Timeline
    moves: tuple[Move, ...]
    floor: FloorSettings
    settings: VentSettings
    words_known: bool = True
    roles_sure: bool = True

    @cached_property
    def finder(self) -> EventFinder:
        """The timeline's events under any settings."""
        return EventFinder(self.timeline)

    @cached_property
    def events(self) -> tuple[FloorEvent, ...]:
        """The events under `floor`."""
        return self.finder.events(self.floor)

    @cached_property
    def nearly_counting(self) -> tuple[FloorEvent, ...]:
        """The events that may as well have counted."""
        return tuple(event for event in self.events if _nearly_counts(event))

    @cached_property
    def vents(self) -> tuple[Vent, ...]:
        """The vents under `settings`."""
        return self._searched[0]

    @cached_property
    def compared(self) -> Mapping[str, Sequence[float]]:
        """What thresholds of `settings` were compared with when the vents were found."""
        return {**self._searched[1], "explanation_min_s": self.ground.explained_s}

    @cached_property
    def _searched(self) -> tuple[tuple[Vent, ...], dict[str, list[float]]]:
        noted, notes = noting(self.settings, ("vent_min_s", "vent_return_s"))
        return self.find(self.events, noted), notes

    @cached_property
    def ground(self) -> VentGround:
        """The call in which vents are looked for."""
        return VentGround(self.timeline, VentMoves(self.moves))

    def find(self, events: Sequence[FloorEvent], settings: VentSettings) -> tuple[Vent, ...]:
        """Find the vents with other events or settings."""
        return search_vents(self.ground, events, settings, words_known=self.words_known)


@dataclass(frozen=True)
class _Point:
    """One thing that breaks a vent, or may."""

    show: Callable[[], Evidence]
    confidence: float
    reason: str

    @property
    def evidence(self) -> Evidence:
        """What can be played; made when it is asked for, as most points only decide."""
        return self.show()


def vent_verdict(basis: VentBasis) -> Verdict:
    """Judge whether the customer was heard to the end before the agent solved.

    ``pass``: every vent was brought to its end by the customer, at most ``interruptions_max`` interruptions
    by the agent lie inside, and no solving act comes before its end. ``fail``: one of these is clearly
    broken. ``unsure``: what decides has a low confidence, the customer was put on hold, or the answer turns
    round within the doubt. ``not_applicable``: nothing is complained of.
    """
    vents = basis.vents
    if not vents:
        return _nothing_heard(basis)
    doubt = _general_doubt(basis)
    if doubt:
        return _unsure(doubt, _evidence_of(vents, basis))
    clearly = any(vent.confidence >= _CLEARLY for vent in vents)
    if not clearly and not _vents_if_complaints_count_from(UNSURE_BELOW * (1 + _BY), basis):
        return _perhaps_no_complaint(vents, _BY, basis)
    return _judged(vents, basis)


def _judged(vents: Sequence[Vent], basis: VentBasis) -> Verdict:
    """Judge vents of which there is no doubt that they are some."""
    outcome, points = _decide(vents, basis)
    if outcome is Outcome.UNSURE:
        return _unsure(points[0].reason, tuple(point.evidence for point in points))
    flips = tuple(name for name, found in _variants(basis) if _turns(found, outcome, basis))
    if flips:
        evidence = tuple(p.evidence for p in points) or _evidence_of(vents, basis)
        what = "it was broken" if outcome is Outcome.FAIL else "it was kept"
        reason = (
            f"Too close to say: {what} as measured, but not if {_named(flips[0])} were a little different."
        )
        return Verdict(Outcome.UNSURE, _UNSURE_CONFIDENCE, reason, evidence, flips)
    if outcome is Outcome.FAIL:
        confidence = max(point.confidence for point in points)
        evidence = tuple(point.evidence for point in points)
        return Verdict(outcome, _capped(confidence, vents), _failed(vents, points), evidence)
    surest = min(min(vent.confidence, vent.ended_confidence) for vent in vents)
    return Verdict(outcome, _capped(surest, vents), _passed(vents), _evidence_of(vents, basis))


def _capped(confidence: float, vents: Sequence[Vent]) -> float:
    return min(confidence, _SPOKEN_CONFIDENCE_MAX, max(vent.confidence for vent in vents))


def _nothing_heard(basis: VentBasis) -> Verdict:
    if not basis.timeline.turns_of(Role.CUSTOMER):
        return Verdict(Outcome.NOT_APPLICABLE, 1.0, "The customer says nothing in this call.")
    if not basis.words_known:
        return _unsure("Without words it can't be told whether the customer complains.", ())
    likely = _vents_if_complaints_count_from(UNSURE_BELOW * (1 - _BY), basis)
    if likely:
        return _perhaps_no_complaint(likely, -_BY, basis)
    hints = [
        move
        for move in basis.moves
        if move.role is Role.CUSTOMER and move.name == "complaint" and move.is_sure
    ]
    if not hints:
        return Verdict(Outcome.NOT_APPLICABLE, 0.9, "The customer complains of nothing in this call.")
    most = max(hints, key=lambda move: move.confidence)
    reason = (
        f"The customer complains of nothing at length; one sentence at {clock(most.span.start_s)} may be a "
        "complaint."
    )
    return Verdict(Outcome.NOT_APPLICABLE, 0.6, reason, (Evidence(most.span, most.text),))


def _perhaps_no_complaint(vents: Sequence[Vent], by: float, basis: VentBasis) -> Verdict:
    reason = f"What the customer says from {clock(vents[0].span.start_s)} on may be a complaint or not."
    flips = (f"moves.{COMPLAINT} {by:+.0%}",)
    return Verdict(Outcome.UNSURE, _UNSURE_CONFIDENCE, reason, _evidence_of(vents, basis), flips)


def _vents_if_complaints_count_from(confidence: float, basis: VentBasis) -> tuple[Vent, ...]:
    """Find the vents where a sentence complains from this confidence on, in place of 0.6."""

    def counted(move: Move) -> Move:
        if move.name != COMPLAINT:
            return move
        if move.confidence >= confidence:
            return replace(move, state="yes", confidence=max(UNSURE_BELOW, move.confidence))
        return replace(move, state="unsure", confidence=min(_UNSURE_CONFIDENCE, move.confidence))

    ground = VentGround(basis.timeline, VentMoves([counted(move) for move in basis.moves]))
    return search_vents(ground, basis.events, basis.settings, words_known=basis.words_known)


def _unsure(reason: str, evidence: tuple[Evidence, ...]) -> Verdict:
    return Verdict(Outcome.UNSURE, _UNSURE_CONFIDENCE, reason, evidence)


def _general_doubt(basis: VentBasis) -> str:
    if not basis.roles_sure:
        return "It is not certain who of the two is the agent, so nobody is judged."
    if not basis.words_known:
        return "Without words it can't be told what was a complaint and what a solution."
    return ""


# -- deciding ---------------------------------------------------------------------------------------


def _decide(vents: Sequence[Vent], basis: VentBasis) -> tuple[Outcome, list[_Point]]:
    """Decide over all vents: fail if any is surely broken, else unsure if any may be."""
    points = [point for vent in vents for point in _broken(vent, basis)]
    sure = [point for point in points if point.confidence >= UNSURE_BELOW]
    if sure:
        return Outcome.FAIL, sure
    if points:
        return Outcome.UNSURE, points
    return Outcome.PASS, []


def _broken(vent: Vent, basis: VentBasis) -> Iterator[_Point]:
    """Yield what breaks this vent; a confidence below 0.6 means that it may."""
    allowed = basis.settings.interruptions_max
    if len(vent.interruptions) > allowed:
        surest = sorted((event.confidence for event in vent.interruptions), reverse=True)
        clearly = surest[allowed] >= UNSURE_BELOW
        for event in vent.interruptions:
            where = clock(event.span.start_s)
            sure = clearly and event.is_sure
            confidence = event.confidence if sure else _UNSURE_CONFIDENCE
            reason = f"The agent {'cut' if sure else 'may have cut'} in at {where}."
            yield _Point(partial(_cut_in, event, basis), confidence, reason)
    if vent.ended_by is EndedBy.HOLD:
        reason = "The customer was put on hold in the middle of the complaint, or right behind it."
        yield _Point(partial(Evidence, vent.span, "put on hold after this"), _UNSURE_CONFIDENCE, reason)
    elif vent.ended_by is not EndedBy.CUSTOMER and not vent.interruptions:
        yield _Point(
            partial(Evidence, vent.span), vent.ended_confidence, "The complaint was cut off for good."
        )
    lead_s = vent.lead_s
    if vent.solution is not None and lead_s is not None and lead_s < 0:
        act = vent.solution
        cut = any(abs(event.span.start_s - act.span.start_s) < 1.0 for event in vent.interruptions)
        sure = act.confidence >= (UNSURE_BELOW if cut else _SOLVED_SURELY)
        confidence = act.confidence if sure else _UNSURE_CONFIDENCE
        began = f"solve at {clock(act.span.start_s)}, before the customer had finished"
        reason = f"The agent {'began' if sure else 'may have begun'} to {began}."
        yield _Point(partial(Evidence, act.span, act.text), confidence, reason)
    for event in basis.nearly_counting:
        if vent.span.contains(event.span.start_s):
            reason = f"It can't be told whether the customer was cut off at {clock(event.span.start_s)}."
            yield _Point(partial(_cut_in, event, basis), _UNSURE_CONFIDENCE, reason)


def _nearly_counts(event: FloorEvent) -> bool:
    """Tell whether an overlap that is taken for an ordinary one may as well have been a cut-off."""
    ordinary = event.type in (EventType.TERMINAL_OVERLAP, EventType.OVERLAP_OTHER)
    return ordinary and event.by is Role.AGENT and event.floor_taken and not event.is_sure


def _cut_in(event: FloorEvent, basis: VentBasis) -> Evidence:
    return Evidence(event.span, _quote(basis.timeline, Role.AGENT, event.span.start_s))


def _quote(timeline: Timeline, role: Role, from_s: float) -> str:
    turn = next((t for t in timeline.turns_of(role) if t.span.end_s > from_s), None)
    if turn is None:
        return ""
    words = [word.text for word in turn.words if word.span.end_s > from_s]
    return " ".join(words[:_QUOTE_WORDS]) + (" …" if len(words) > _QUOTE_WORDS else "")


def _evidence_of(vents: Sequence[Vent], basis: VentBasis) -> tuple[Evidence, ...]:
    """Return where a kept vent can be heard, and the first solving act behind it."""
    found = []
    for vent in vents:
        found.append(Evidence(vent.span, _quote(basis.timeline, Role.CUSTOMER, vent.span.start_s)))
        if vent.solution is not None and vent.solution.span not in [one.span for one in found]:
            found.append(Evidence(vent.solution.span, vent.solution.text))
    return tuple(found)


# -- how sure ---------------------------------------------------------------------------------------


def _turns(vents: Sequence[Vent], outcome: Outcome, basis: VentBasis) -> bool:
    """Tell whether these vents give the opposite answer."""
    found = _decide(vents, basis)[0] if vents else Outcome.NOT_APPLICABLE
    return found is not outcome and found is not Outcome.UNSURE


def _variants(basis: VentBasis) -> Iterator[tuple[str, tuple[Vent, ...]]]:
    """Yield the vents with each threshold a fifth lower and higher, and with one party's edges moved.

    A threshold that no comparison tells apart from what it is gives the same vents, and is left out.
    """
    near = SpanSet(_around(vent.span, _NEAR_S) for vent in basis.vents)
    others = [e for e in basis.events if e.by is not Role.AGENT or not near.at(e.span.start_s)]
    judged = basis.finder.judged_starts(basis.floor, Role.AGENT, near)
    as_measured = _matters(judged.events)
    factors = (1 - _BY, 1 + _BY)
    for name, factor, starts in judged.varied(factors):
        if starts is not judged.events and _matters(starts) != as_measured:
            yield f"floor.{name} {factor - 1:+.0%}", basis.find([*others, *starts], basis.settings)
    for name, compared in basis.compared.items():
        value = getattr(basis.settings, name)
        for factor in factors:
            if told_apart(value, value * factor, compared):
                settings = replace(basis.settings, **{name: value * factor})
                yield f"vent.{name} {factor - 1:+.0%}", basis.find(basis.events, settings)
    edges_s = _EDGES_DUAL_S if basis.timeline.clues.overlap_reliable else _EDGES_MONO_S
    last_s = max(vent.span.end_s for vent in basis.vents)
    window = Span(max(0.0, basis.vents[0].span.start_s - _AROUND_S), last_s + _AROUND_S)
    shifter = Shifter(basis.timeline, Role.AGENT, window)
    for by_s in (-edges_s, edges_s):
        yield f"edges {by_s:+.2f} s", _moved(basis, shifter, by_s, near)


def _matters(starts: Sequence[FloorEvent]) -> list[tuple[object, ...]]:
    """Return what of these events a vent hangs on."""
    return [(e.type, e.span, e.floor_taken, e.is_sure) for e in starts if e.counts or _nearly_counts(e)]


def _moved(basis: VentBasis, shifter: Shifter, by_s: float, near: SpanSet) -> tuple[Vent, ...]:
    """Find the vents with the agent heard that much later: the same as the customer that much earlier."""
    timeline = shifter.shifted(by_s)
    starts = basis.finder.moved(timeline, Role.AGENT).starts(basis.floor, Role.AGENT, near)
    holds = [event for event in basis.events if event.type is EventType.HOLD]
    ground = basis.ground.moved(timeline, by_s)
    return search_vents(ground, [*holds, *starts], basis.settings, words_known=basis.words_known)


def _around(span: Span, by_s: float) -> Span:
    return Span(max(0.0, span.start_s - by_s), span.end_s + by_s)


def _named(flip: str) -> str:
    name = flip.split(maxsplit=1)[0]
    return "the edges of speech" if name == "edges" else f"the threshold {name}"


# -- in plain words ---------------------------------------------------------------------------------


def _passed(vents: Sequence[Vent]) -> str:
    first = vents[0]
    length = duration(first.span.duration_s)
    if len(vents) > 1:
        return (
            f"The customer complained {len(vents)} times and was heard to the end each time before solving."
        )
    heard = f"The customer vented for {length} without being interrupted"
    if first.lead_s is None:
        return f"{heard}; the agent never began to solve."
    return f"{heard}; the agent began to solve {duration(first.lead_s)} after they had finished."


def _failed(vents: Sequence[Vent], points: Sequence[_Point]) -> str:
    cuts = [event for vent in vents for event in vent.interruptions if event.is_sure]
    early = [vent for vent in vents if vent.lead_s is not None and vent.lead_s < 0]
    told = []
    if cuts:
        times = {1: "once", 2: "twice"}.get(len(cuts), f"{len(cuts)} times")
        told.append(f"cut in {times} while the customer complained, first at {clock(cuts[0].span.start_s)}")
    if early and early[0].solution is not None:
        began = clock(early[0].solution.span.start_s)
        ahead = duration(-(early[0].lead_s or 0.0))
        told.append(f"began to solve at {began}, {ahead} before the customer had finished")
    if not told:
        return points[0].reason
    return f"The agent {', and '.join(told)}."
