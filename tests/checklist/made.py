"""Calls made of lines, for the tests of checklists."""

from __future__ import annotations

from pipeline.checklist import LoadedChecklist
from pipeline.checklist.load import shipped_phrases
from pipeline.checklist.model import Check, Checklist
from pipeline.measures import (
    CallFacts,
    EndedBy,
    Evidence,
    MeasureValue,
    Outcome,
    Vent,
    VentSettings,
    Verdict,
    solving_acts,
)
from pipeline.timeline import Move, Role, Span, SpanSet, TurnSettings, Word, build_timeline


def line(role, start_s, end_s, text, *moves):
    """A line of a call; a move is ``name`` or ``name:0.7``, with ``?`` before it where it is unsure."""
    return Role(role), Span(start_s, end_s), text, moves


def facts(*lines, vents=(), ended_by=EndedBy.CUSTOMER, sure=0.9, measures=None, **keys):
    """Measured facts of a call made of lines; `vents` holds ``(start_s, end_s)``."""
    duration_s = max((span.end_s for _, span, _, _ in lines), default=10.0) + 1.0
    speech = {role: SpanSet(span for who, span, _, _ in lines if who is role) for role in Role}
    words = {
        role: [w for who, span, text, _ in lines if who is role for w in laid(text, span)] for role in Role
    }
    timeline = build_timeline(duration_s, speech, words, None, TurnSettings())
    moves = sorted(
        (made(name, who, span, text) for who, span, text, names in lines for name in names),
        key=lambda move: (move.span, move.name),
    )
    found = tuple(vent(timeline, moves, Span(*pair), ended_by, sure) for pair in vents)
    heard = Evidence(Span(*vents[0])) if vents else None
    verdict = (
        Verdict(Outcome.PASS, 0.9, "The customer was heard to the end.", (heard,))
        if heard
        else Verdict(Outcome.NOT_APPLICABLE, 0.9, "Nothing is complained of in this call.")
    )
    told = {"vent_before_solving": verdict, "talk_ratio": verdict, **keys.pop("verdicts", {})}
    return CallFacts(timeline, tuple(moves), (), found, measures or {}, told, **keys)


def made(name, role, span, text):
    """A move as `line` spells it."""
    state = "unsure" if name.startswith("?") else "yes"
    name, _, confidence = name.removeprefix("?").partition(":")
    return Move(name, role, float(confidence or (0.9 if state == "yes" else 0.5)), span, text, state)


def vent(timeline, moves, span, ended_by, confidence):
    acts = [act for act in solving_acts(moves, VentSettings()) if act.span.start_s >= span.start_s]
    spoken = timeline.speech[Role.CUSTOMER].within(span)
    return Vent(
        span, spoken, spoken, ended_by, 0.9, solution=acts[0] if acts else None, confidence=confidence
    )


def laid(text, span):
    parts = text.split()
    step_s = span.duration_s / max(len(parts), 1)
    return [
        Word(part, Span(span.start_s + k * step_s, span.start_s + (k + 1) * step_s), 0.9)
        for k, part in enumerate(parts)
    ]


def count(value, *spans, unsure=0):
    """A counted measure."""
    return MeasureValue(
        value, {"count": float(value), "unsure": float(unsure)}, tuple(Span(*s) for s in spans)
    )


def check(**keys):
    """A check as its file would spell it."""
    return Check.model_validate(keys)


def checklist(*items, **keys):
    """A loaded checklist of these lines."""
    form = {"name": "made", "title": "Made", "source": "the tests", "items": list(items), **keys}
    return LoadedChecklist(Checklist.model_validate(form), None, shipped_phrases("en"))


def item(name, check_, **keys):
    """A main line."""
    return {"id": name, "title": name.capitalize(), "check": check_, **keys}


GOOD = (
    line("agent", 0, 2, "Good morning, this is Ann.", "greeting"),
    line("customer", 3, 20, "Nobody came, twice, and then I was charged for it.", "complaint"),
    line("agent", 21, 24, "Two days lost, and then a bill. I'd be furious.", "empathy", "reflect_back"),
    line("agent", 28, 31, "I'm sorry, Mr Hall. We missed both.", "apology_specific", "uses_customer_name"),
    line("customer", 32, 33, "Thank you.", "customer_thanks"),
    line("agent", 34, 36, "Is the heating off altogether?", "clarifying_question"),
    line("customer", 37, 38, "Since Monday, yes."),
    line("agent", 39, 44, "Tonight at six, or tomorrow at eight?", "solution_offer", "options"),
    line("customer", 45, 46, "Tonight.", "agreement"),
    line("agent", 47, 50, "I'll ring you at ten. Are you happy now?", "follow_up", "satisfaction_check"),
    line("customer", 51, 52, "I am."),
    line("agent", 53, 56, "Thank you for telling us about it.", "thanks_to_customer"),
    line("agent", 60, 61, "Goodbye.", "closing"),
)  # fmt: skip
BAD = (
    line("agent", 0, 2, "Yes?", "greeting"),
    line("customer", 3, 20, "Nobody came, twice, and then I was charged for it.", "complaint"),
    line("agent", 21, 24, "You should have called us before, sir.", "blame_defensive:0.7"),
    line("agent", 28, 31, "There is a form on our site.", "solution_offer"),
    line("customer", 32, 33, "So that is it.", "anger"),
    line("agent", 34, 36, "That's the only thing I can do. Sorry.", "take_it_or_leave_it", "apology_bare"),
    line("agent", 60, 61, "Goodbye.", "closing"),
)  # fmt: skip
CALM = (
    line("agent", 0, 2, "Good morning, this is Ann.", "greeting"),
    line("customer", 3, 8, "I'd like to book a table.", "request"),
    line("agent", 9, 12, "Friday at six, or Saturday at seven?", "options", "solution_offer"),
    line("customer", 13, 14, "Friday.", "agreement"),
    line("agent", 15, 16, "Goodbye.", "closing"),
)
VENT = ((3, 20),)
