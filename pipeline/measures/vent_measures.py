"""Measures that rest on the vent and on moves (docs/measures.md, section 4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pipeline.measures.talk import reported_speech
from pipeline.measures.value import MeasureValue
from pipeline.timeline import EventType, Role, Span, SpanSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.measures.vent import Vent
    from pipeline.measures.vent_verdict import VentBasis
    from pipeline.timeline import Move, Timeline

_NO_VENT = "nothing is complained of in this call"
_NO_WORDS = "without words what is said can't be told"
_NOT_SEPARATED = "agent and customer are not told apart in this recording"
_NO_SOLUTION = "the agent never begins to solve"
_OF_VENT = (
    "vent_s",
    "vent_spoken_s",
    "vent_uninterrupted_share",
    "time_to_first_solution_s",
    "solution_lead_s",
    "interruptions_by_agent_in_vent",
    "backchannels_by_agent_in_vent",
    "talk_ratio_agent_before_vent",
    "talk_ratio_agent_in_vent",
    "talk_ratio_agent_after_vent",
)
VENT_MEASURES = (*_OF_VENT, "first_solution_s", "clarifying_questions_before_solution")


def vent_measures(basis: VentBasis | None) -> Mapping[str, MeasureValue]:
    """Return the measures of the first vent, of the first solution and of clarifying questions.

    Parameters
    ----------
    basis : VentBasis or None
        ``None``: the parties are not told apart.
    """
    if basis is None:
        return {name: MeasureValue.undefined(_NOT_SEPARATED) for name in VENT_MEASURES}
    found = {**_solution(basis), **_clarifying(basis)}
    if not basis.vents:
        reason = _NO_VENT if basis.words_known else _NO_WORDS
        return {**{name: MeasureValue.undefined(reason) for name in _OF_VENT}, **found}
    return {**_of_vent(basis), **found}


def _of_vent(basis: VentBasis) -> dict[str, MeasureValue]:
    """Measure the first vent; what is counted is counted in all of them."""
    vent = basis.vents[0]
    spoken_s = vent.spoken.duration_s
    share = MeasureValue.ratio(
        ("undisturbed_s", vent.undisturbed.duration_s), ("spoken_s", spoken_s), "nothing is spoken inside"
    )
    extent = SpanSet(one.span for one in basis.vents)
    cuts = [event for one in basis.vents for event in one.interruptions]
    inside = [e for e in basis.events if e.by is Role.AGENT and extent.at(e.span.start_s)]
    listening = [
        e for e in inside if e.type is EventType.BACKCHANNEL and (e.why.get("words") or not basis.words_known)
    ]
    act = vent.solution
    none = MeasureValue.undefined(_NO_SOLUTION)
    until_s = 0.0 if act is None else act.span.start_s - vent.span.start_s
    return {
        "vent_s": MeasureValue(vent.span.duration_s, {"seconds": vent.span.duration_s}, (vent.span,)),
        "vent_spoken_s": MeasureValue.total(vent.spoken),
        "vent_uninterrupted_share": _with_spans(share, vent.undisturbed),
        "time_to_first_solution_s": none if act is None else _seconds(until_s, act),
        "solution_lead_s": none if act is None else _seconds(vent.lead_s or 0.0, act),
        "interruptions_by_agent_in_vent": MeasureValue(
            len(cuts),
            {"count": float(len(cuts)), "unsure": float(sum(not event.is_sure for event in cuts))},
            tuple(event.span for event in cuts),
        ),
        "backchannels_by_agent_in_vent": MeasureValue(
            len(listening), {"count": float(len(listening))}, tuple(event.span for event in listening)
        ),
        **_ratios(vent, basis.timeline),
    }


def _with_spans(measure: MeasureValue, spans: SpanSet) -> MeasureValue:
    if measure.value is None:
        return measure
    return MeasureValue(measure.value, measure.parts, tuple(spans))


def _seconds(value_s: float, act: Move) -> MeasureValue:
    return MeasureValue(value_s, {"seconds": value_s}, (act.span,))


def _ratios(vent: Vent, timeline: Timeline) -> dict[str, MeasureValue]:
    """``agent / (agent + customer)`` of the speech before, in and after the first vent."""
    end_s = timeline.duration_s
    parts = {"before": (0.0, vent.span.start_s), "in": (vent.span.start_s, vent.span.end_s)}
    parts["after"] = (min(vent.span.end_s, end_s), end_s)
    found = {}
    for name, (from_s, to_s) in parts.items():
        within = Span(from_s, to_s) if to_s > from_s else None
        agent, customer = (
            reported_speech(timeline, role).within(within) if within else SpanSet()
            for role in (Role.AGENT, Role.CUSTOMER)
        )
        ratio = MeasureValue.ratio(
            ("agent_s", agent.duration_s),
            ("both_s", agent.duration_s + customer.duration_s),
            f"nobody speaks {name} the vent",
        )
        found[f"talk_ratio_agent_{name}_vent"] = _with_spans(ratio, agent)
    return found


def _solution(basis: VentBasis) -> dict[str, MeasureValue]:
    if not basis.words_known:
        return {"first_solution_s": MeasureValue.undefined(_NO_WORDS)}
    acts = basis.ground.solving(basis.settings)
    if not acts:
        return {"first_solution_s": MeasureValue.undefined(_NO_SOLUTION)}
    return {"first_solution_s": _seconds(acts[0].span.start_s, acts[0])}


def _clarifying(basis: VentBasis) -> dict[str, MeasureValue]:
    """The agent's clarifying questions before the first solving act behind the vent's start."""
    name = "clarifying_questions_before_solution"
    if not basis.words_known:
        return {name: MeasureValue.undefined(_NO_WORDS)}
    acts = basis.ground.solving(basis.settings)
    act = basis.vents[0].solution if basis.vents else next(iter(acts), None)
    until_s = act.span.start_s if act is not None else math.inf
    asked = [
        move.span
        for move in basis.moves
        if move.name == "clarifying_question" and move.is_sure and move.span.start_s < until_s
    ]
    return {name: MeasureValue(len(asked), {"count": float(len(asked))}, tuple(asked))}
