"""From the pure rooms' values to the result file's model."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from pipeline.checklist import coach_note
from pipeline.report.schema import (
    SCHEMA_ID,
    Analysis,
    Call,
    ChecklistPart,
    CoachPart,
    Engine,
    Event,
    Evidence,
    ItemPart,
    MeasureDetail,
    MovePart,
    RoleInfo,
    Roles,
    Speech,
    TurnPart,
    VerdictPart,
    WarningPart,
    WordPart,
)
from pipeline.report.schema import Vent as VentPart
from pipeline.timeline import ROLE_UNSURE_BELOW, EventType, Role
from pipeline.timeline.plain import percent, rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from enum import StrEnum

    from pipeline.checklist import ChecklistResult, ItemResult
    from pipeline.measures import MeasureValue, Vent, Verdict
    from pipeline.measures.verdict import Evidence as Proof
    from pipeline.timeline import FloorEvent, Move, RoleDecision, Span, SpanSet, Timeline, Turn
    from pipeline.timeline.notes import Note

_DIGITS = 6  # decimals of ratios and other numbers that are no times
CHANNEL_NAMES = ("left", "right")


@dataclass(frozen=True)
class Findings:
    """All that is known of one call, before it is written.

    Parameters
    ----------
    call, engine : schema parts
    quality : mapping of role (or ``mix``) to its numbers
    roles : RoleDecision or None
        ``None`` when the parties are not told apart.
    timeline : Timeline
    moves : sequence of Move
        Sorted by start; what is unsure is left out of the result.
    events : sequence of FloorEvent
        Of all kinds, in order (`call_events`).
    vents : sequence of Vent
    measures : mapping of str to MeasureValue
    verdicts : mapping of str to Verdict
    checklists : sequence of ChecklistResult
    notes : sequence of Note
        Warnings, in the order of the stages.
    speakers : mapping of party to str
        Names of the speakers of a shared channel, such as A; empty where the parties have a channel each.
    """

    call: Call
    engine: Engine
    quality: Mapping[str, dict[str, Any]]
    roles: RoleDecision | None
    timeline: Timeline
    moves: Sequence[Move]
    events: Sequence[FloorEvent]
    vents: Sequence[Vent]
    measures: Mapping[str, MeasureValue]
    verdicts: Mapping[str, Verdict]
    checklists: Sequence[ChecklistResult] = ()
    notes: Sequence[Note] = field(default_factory=tuple)
    speakers: Mapping[int, str] = field(default_factory=dict)


def assemble(findings: Findings) -> Analysis:
    """Return the result; times are rounded to 1 ms here (those of words are whole milliseconds as stored)."""
    timeline = findings.timeline
    join_s = timeline.settings.speech_join_s
    speech = {role.value: _pairs(spans.bridged(join_s)) for role, spans in timeline.speech.items()}
    return Analysis(
        schema=SCHEMA_ID,
        call=findings.call,
        engine=findings.engine,
        quality=dict(findings.quality),
        roles=_roles(findings.roles, findings.speakers),
        speech=Speech(**speech),
        turns=_turns(timeline.turns, findings.moves),
        events=_events(findings.events, findings.vents),
        vent=_vent(findings.vents[0]) if findings.vents else None,
        measures={name: _number(measure.value) for name, measure in findings.measures.items()},
        measure_details={name: _detail(measure) for name, measure in findings.measures.items()},
        verdicts={name: verdict_part(verdict) for name, verdict in findings.verdicts.items()},
        checklists=[checklist_part(one) for one in findings.checklists],
        coach=_coach(findings.checklists) if any(timeline.speech.values()) else None,
        warnings=[
            *_role_warnings(findings.roles, findings.speakers),
            *(_warning(note) for note in findings.notes),
        ],
    )


def _events(events: Sequence[FloorEvent], vents: Sequence[Vent]) -> list[Event]:
    """Return the events as the result lists them; a vent's row says what ended it."""
    ended = {vent.span: vent.ended_by.value for vent in vents}
    rows = []
    for event in events:
        row = event.to_dict()
        if event.type is EventType.VENT:
            row |= {name: row["why"].get(name) for name in ("spoken_s", "interruptions", "lead_s")}
            row |= {"ended_by": ended[event.span]}
        rows.append(Event.from_row(row))
    return rows


def _coach(results: Sequence[ChecklistResult]) -> CoachPart | None:
    if not results:
        return None
    note = coach_note(results)
    return CoachPart(text=note.text, play=_pair(note.play) if note.play else None)


def _vent(vent: Vent) -> VentPart:
    why = (
        f"{len(vent.complaints)} complaining sentences" if vent.complaints else "taken from the speech alone"
    )
    cuts = len(vent.interruptions)
    why += f"; the agent cut in {cuts} times inside" if cuts else "; the agent never cut in inside"
    return VentPart(
        start_s=rounded(vent.span.start_s),
        end_s=rounded(vent.span.end_s),
        spoken_s=rounded(vent.spoken.duration_s),
        uninterrupted_share=_number(vent.uninterrupted_share),
        ended_by=_value(vent.ended_by),
        first_solution_s=None if vent.solution is None else rounded(vent.solution.span.start_s),
        lead_s=None if vent.lead_s is None else rounded(vent.lead_s),
        confidence=round(vent.confidence, 3),
        why=why,
    )


def verdict_part(verdict: Verdict) -> VerdictPart:
    """Return a verdict as the result holds it."""
    return VerdictPart(
        verdict=_value(verdict.outcome),
        confidence=round(verdict.confidence, 3),
        reason=verdict.reason,
        evidence=_evidence(verdict.evidence),
        would_flip=list(verdict.would_flip),
    )


def checklist_part(result: ChecklistResult) -> ChecklistPart:
    """Return a checklist's result as the result holds it."""
    low, high = result.score_range
    return ChecklistPart(
        name=result.name,
        title=result.title,
        score=None if result.score is None else rounded(result.score),
        score_range=(rounded(low), rounded(high)),
        verdict=_value(result.outcome),
        items=[_item(one) for one in result.items],
    )


def _item(result: ItemResult) -> ItemPart:
    line, found = result.item, result.finding
    return ItemPart(
        id=line.id,
        title=line.title,
        verdict=_value(found.outcome),
        confidence=rounded(found.confidence),
        reason=found.reason,
        evidence=_evidence(found.evidence),
        measured=None if found.measured is None else rounded(found.measured),
        target=None if found.target is None else rounded(found.target),
        items=[_item(one) for one in result.items],
    )


def _evidence(proof: Sequence[Proof]) -> list[Evidence]:
    return [Evidence((rounded(span.start_s), rounded(span.end_s)), text) for span, text in proof]


def _value(of: StrEnum) -> Any:
    """Return the text of a named value, one of those that the schema lists."""
    return str(of)


@lru_cache(maxsize=16_384)  # those of words are stored with four digits, so that there are no more
def _sure(confidence: float) -> float:
    return round(confidence, 3)


def _number(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)  # some are counts


def _pair(span: Span) -> tuple[float, float]:
    return rounded(span.start_s), rounded(span.end_s)


def _pairs(spans: Iterable[Span] | SpanSet) -> list[tuple[float, float]]:
    return [
        (start_s, end_s)
        for span in spans
        if (start_s := rounded(span.start_s)) < (end_s := rounded(span.end_s))
    ]


def _roles(decision: RoleDecision | None, speakers: Mapping[int, str]) -> Roles:
    if decision is None:
        nobody = RoleInfo(confidence=0.0, why="both parties are on one channel and are not told apart")
        return Roles(agent=nobody, customer=nobody)
    why = "; ".join(decision.why)
    confidence = round(decision.confidence, 3)
    return Roles(
        agent=RoleInfo(**_place(decision.agent, speakers), confidence=confidence, why=why),
        customer=RoleInfo(**_place(decision.customer, speakers), confidence=confidence, why=why),
    )


def _place(party: int, speakers: Mapping[int, str]) -> dict[str, Any]:
    return {"speaker": speakers[party]} if speakers else {"channel": CHANNEL_NAMES[party]}


def _role_warnings(decision: RoleDecision | None, speakers: Mapping[int, str]) -> list[WarningPart]:
    if decision is not None and decision.confidence >= ROLE_UNSURE_BELOW:
        return []
    if decision is None:
        message = "Agent and customer are not told apart; nothing is said about either."
    else:
        where, option = (
            (f"speaker {speakers[decision.agent]}", "--agent-speaker")
            if speakers
            else (f"on the {CHANNEL_NAMES[decision.agent]} channel", "--agent-channel")
        )
        message = (
            f"It is not certain that the agent is {where} ({percent(decision.confidence)}); "
            f"give {option} to settle it."
        )
    return [WarningPart(code="role_unsure", message=message)]


def _turns(turns: Sequence[Turn], moves: Sequence[Move]) -> list[TurnPart]:
    """Return the turns, each with the moves of its sentences."""
    parts = [_turn(turn) for turn in turns]
    own = {role: [turn for turn in turns if turn.role is role] for role in Role}
    starts = {role: [turn.span.start_s for turn in said] for role, said in own.items()}
    ends = {role: list(accumulate([turn.span.end_s for turn in said], max)) for role, said in own.items()}
    for move in moves:
        if not move.is_sure:
            continue
        first = bisect_right(ends[move.role], move.span.start_s)
        last = bisect_left(starts[move.role], move.span.end_s)
        held = own[move.role][first:last]
        if len(held) > 1:
            held = [max(held, key=lambda turn: turn.span.overlap_s(move.span))]
        for turn in held:
            parts[turn.i].moves.append(_move(move))
    return parts


def _move(move: Move) -> MovePart:
    return MovePart(move.name, _sure(move.confidence), _pair(move.span), move.text)


def _turn(turn: Turn) -> TurnPart:
    return TurnPart(
        i=turn.i,
        role=_value(turn.role),
        start_s=rounded(turn.span.start_s),
        end_s=rounded(turn.span.end_s),
        text=turn.text,
        words=[WordPart(word.text, word.start_s, word.end_s, _sure(word.confidence)) for word in turn.words],
        kind=_value(turn.kind),
    )


def _detail(measure: MeasureValue) -> MeasureDetail:
    return MeasureDetail(
        parts={name: round(float(value), _DIGITS) for name, value in measure.parts.items()},
        spans=_pairs(measure.spans),
        reason=measure.reason or None,
    )


def _warning(note: Note) -> WarningPart:
    return WarningPart(code=note.code, message=note.message, span=_pair(note.span) if note.span else None)
