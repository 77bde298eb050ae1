"""Did the agent let the customer say it all before solving? The verdict, and how sure it is.

It is decided over all vents, then decided again with everything within its doubt (docs/measures.md,
section 5): what turns it round makes it unsure, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.measures.vent_ground import COMPLAINT, VentGround, VentMoves
from pipeline.measures.vent_points import (
    UNSURE_CONFIDENCE,
    cut_off_for_good,
    decide,
    early_act,
    nearly_counts,
    quote,
    surely_early,
    unless_broken,
)
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
from pipeline.timeline.plain import clock, duration, times
from pipeline.timeline.shift import Shifter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pipeline.measures.vent import Vent, VentSettings
    from pipeline.measures.vent_points import Point

_BY = 0.2
_EDGES_DUAL_S, _EDGES_MONO_S = 0.05, 0.1
_AROUND_S = 20.0
_NEAR_S = 1.0
_SPOKEN_CONFIDENCE_MAX = 0.95
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
        return tuple(event for event in self.events if nearly_counts(event))

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
        found = search_vents(self.ground, self.events, noted, words_known=self.words_known)
        return found, notes

    @cached_property
    def ground(self) -> VentGround:
        """The call in which vents are looked for."""
        return VentGround(self.timeline, VentMoves(self.moves))

    def find(self, events: Sequence[FloorEvent], settings: VentSettings) -> tuple[Vent, ...]:
        """Find the vents with other events or settings, as far as a verdict hangs on them."""
        return search_vents(self.ground, events, settings, words_known=self.words_known, to_decide=True)


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
    if max(vent.confidence for vent in vents) < UNSURE_BELOW:
        return _slight(vents, basis)
    return _judged(vents, basis)


def _judged(vents: Sequence[Vent], basis: VentBasis) -> Verdict:
    """Judge vents of which there is no doubt that they are some."""
    outcome, points = decide(vents, basis)
    if outcome is Outcome.UNSURE:
        return _unsure(points[0].reason, tuple(point.evidence for point in points))
    flips = _flips(vents, outcome, basis)
    if flips:
        evidence = tuple(p.evidence for p in points) or _evidence_of(vents, basis)
        what = "it was broken" if outcome is Outcome.FAIL else "it was kept"
        reason = (
            f"Too close to say: {what} as measured, but not if {_named(flips[0])} were a little different."
        )
        return Verdict(Outcome.UNSURE, UNSURE_CONFIDENCE, reason, evidence, flips)
    if outcome is Outcome.FAIL:
        confidence = max(point.confidence for point in points)
        evidence = tuple(point.evidence for point in points)
        return Verdict(outcome, _capped(confidence, vents), _failed(vents, points, basis), evidence)
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
    return Verdict(Outcome.UNSURE, UNSURE_CONFIDENCE, reason, _evidence_of(vents, basis), flips)


def _slight(vents: Sequence[Vent], basis: VentBasis) -> Verdict:
    when = clock(vents[0].span.start_s)
    reason = (
        f"What the customer says from {when} on is brief, and the agent does not take it for a complaint: "
        "it may be one or not."
    )
    return _unsure(reason, _evidence_of(vents, basis))


def _vents_if_complaints_count_from(confidence: float, basis: VentBasis) -> tuple[Vent, ...]:
    """Find the vents where a sentence complains from this confidence on, in place of 0.6."""

    def counted(move: Move) -> Move:
        if move.name != COMPLAINT:
            return move
        if move.confidence >= confidence:
            return replace(move, state="yes", confidence=max(UNSURE_BELOW, move.confidence))
        return replace(move, state="unsure", confidence=min(UNSURE_CONFIDENCE, move.confidence))

    ground = VentGround(basis.timeline, VentMoves([counted(move) for move in basis.moves]))
    return search_vents(ground, basis.events, basis.settings, words_known=basis.words_known)


def _unsure(reason: str, evidence: tuple[Evidence, ...]) -> Verdict:
    return Verdict(Outcome.UNSURE, UNSURE_CONFIDENCE, reason, evidence)


def _general_doubt(basis: VentBasis) -> str:
    if not basis.roles_sure:
        return "It is not certain who of the two is the agent, so nobody is judged."
    if not basis.words_known:
        return "Without words it can't be told what was a complaint and what a solution."
    return ""


def _evidence_of(vents: Sequence[Vent], basis: VentBasis) -> tuple[Evidence, ...]:
    """Return where a kept vent can be heard, and the first solving act behind it."""
    found = []
    for vent in vents:
        found.append(Evidence(vent.span, quote(basis.timeline, Role.CUSTOMER, vent.span.start_s)))
        if vent.solution is not None and vent.solution.span not in [one.span for one in found]:
            found.append(Evidence(vent.solution.span, vent.solution.text))
    return tuple(found)


# -- how sure ---------------------------------------------------------------------------------------


def _flips(vents: Sequence[Vent], outcome: Outcome, basis: VentBasis) -> tuple[str, ...]:
    """Name what turns the answer round.

    A call fails by its surest broken vent alone: as long as that one stays broken, it does not matter what
    becomes of the others.
    """
    if outcome is Outcome.FAIL and len(vents) > 1:
        worst = max(vents, key=lambda vent: _broken_surely(vent, basis))
        of_worst = (
            [vent for vent in found if vent.span.overlaps(worst.span)]
            for _, found in _variants(basis, (worst,), broken=True)
        )
        if not any(_turns(found, outcome, basis) for found in of_worst):
            return ()
    variants = _variants(basis, vents, broken=outcome is Outcome.FAIL)
    return tuple(name for name, found in variants if _turns(found, outcome, basis))


def _broken_surely(vent: Vent, basis: VentBasis) -> float:
    return max((point.confidence for point in decide((vent,), basis)[1]), default=0.0)


def _turns(vents: Sequence[Vent], outcome: Outcome, basis: VentBasis) -> bool:
    """Tell whether these vents give the opposite answer."""
    found = decide(vents, basis)[0] if vents else Outcome.NOT_APPLICABLE
    return found is not outcome and found is not Outcome.UNSURE


def _variants(
    basis: VentBasis, vents: Sequence[Vent], *, broken: bool = False
) -> Iterator[tuple[str, tuple[Vent, ...]]]:
    """Yield the vents with each threshold a fifth lower and higher, and with one party's edges moved.

    Right where `vents` are, all or some of the call's. A threshold that no comparison tells apart from what
    it is gives the same vents, and is left out; with `broken`, so is what breaks one of `vents` at a glance.
    """
    broken_in = vents if broken else ()
    allowed = basis.settings.interruptions_max
    alone = _each_a_vent(basis.ground, basis.settings, broken_in)
    near = SpanSet(_around(vent.span, _NEAR_S) for vent in vents)
    others = [e for e in basis.events if e.by is not Role.AGENT or not near.at(e.span.start_s)]
    judged = basis.finder.judged_starts(basis.floor, Role.AGENT, near)
    as_measured = _matters(judged.events)
    factors = (1 - _BY, 1 + _BY)
    for name, factor, varied in judged.varied(factors):
        if varied is judged.events:
            continue
        starts = unless_broken(varied, alone, allowed)
        if starts is not None and _matters(starts) != as_measured:
            yield f"floor.{name} {factor - 1:+.0%}", basis.find([*others, *starts], basis.settings)
    for name, compared in basis.compared.items():
        value = getattr(basis.settings, name)
        for factor in factors:
            if told_apart(value, value * factor, compared):
                settings = replace(basis.settings, **{name: value * factor})
                own = _each_a_vent(basis.ground, settings, broken_in)
                if unless_broken(judged.events, own, allowed) is not None:
                    yield f"vent.{name} {factor - 1:+.0%}", basis.find(basis.events, settings)
    edges_s = _EDGES_DUAL_S if basis.timeline.clues.overlap_reliable else _EDGES_MONO_S
    last_s = max(vent.span.end_s for vent in vents)
    window = Span(max(0.0, vents[0].span.start_s - _AROUND_S), last_s + _AROUND_S)
    shifter = Shifter(basis.timeline, Role.AGENT, window)
    for by_s in (-edges_s, edges_s):
        timeline = shifter.shifted(by_s)
        ground = basis.ground.moved(timeline, by_s)
        moved = basis.finder.moved(timeline, Role.AGENT).each_start(basis.floor, Role.AGENT, near)
        starts = unless_broken(moved, _each_a_vent(ground, basis.settings, broken_in), allowed)
        if starts is not None:
            yield f"edges {by_s:+.2f} s", _moved(basis, ground, starts)


def _each_a_vent(ground: VentGround, settings: VentSettings, vents: Sequence[Vent]) -> list[Span]:
    """Return complaining within `vents` of which each turn's alone is enough for a vent."""
    if not vents:
        return []
    return [
        passage.span
        for passage in ground.passages(settings)
        if passage.span.duration_s >= settings.vent_min_s
        and any(passage.span.overlaps(vent.span) for vent in vents)
    ]


def _matters(starts: Sequence[FloorEvent]) -> list[tuple[object, ...]]:
    """Return what of these events a vent hangs on."""
    return [
        (e.type, e.span, e.floor_taken, e.is_sure)
        for e in starts
        if e.counts or e.type is EventType.TERMINAL_OVERLAP or nearly_counts(e)
    ]


def _moved(basis: VentBasis, ground: VentGround, starts: Sequence[FloorEvent]) -> tuple[Vent, ...]:
    """Find the vents with the agent heard later or earlier: the same as the customer moved the other way."""
    others = [e for e in basis.events if e.type is EventType.HOLD or e.by is Role.CUSTOMER]
    events = [*others, *starts]
    return search_vents(ground, events, basis.settings, words_known=basis.words_known, to_decide=True)


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
    cuts = len(first.interruptions)
    how = f"and was interrupted {times(cuts)}, as is allowed" if cuts else "without being interrupted"
    heard = f"The customer vented for {length} {how}"
    if first.lead_s is None:
        return f"{heard}; the agent never began to solve."
    if first.lead_s < _EDGES_DUAL_S:  # or before, in an ordinary change of turns
        return f"{heard}; the agent began to solve as they finished."
    return f"{heard}; the agent began to solve {duration(first.lead_s)} after they had finished."


def _failed(vents: Sequence[Vent], points: Sequence[Point], basis: VentBasis) -> str:
    cuts = [event for vent in vents for event in vent.interruptions if event.is_sure]
    early = [vent for vent in vents if (act := early_act(vent)) is not None and surely_early(act, vent)]
    told = []
    if cuts:
        first = clock(cuts[0].span.start_s)
        told.append(f"cut in {times(len(cuts))} while the customer complained, first at {first}")
    if any(vent.ended_confidence >= UNSURE_BELOW and cut_off_for_good(vent, basis) for vent in vents):
        told.append("cut the complaint off for good")
    if early and early[0].solution is not None:
        began = clock(early[0].solution.span.start_s)
        ahead = duration(-(early[0].lead_s or 0.0))
        told.append(f"began to solve at {began}, {ahead} before the customer had finished")
    if not told:
        return points[0].reason
    return f"The agent {', and '.join(told)}."
