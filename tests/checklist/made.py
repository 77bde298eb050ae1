"""Calls made of lines, for the tests of checklists."""

from __future__ import annotations

from scenes import end_of, lines, moves_of, speech_of, words_of

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
from pipeline.timeline import Role, Span, TurnSettings, build_timeline


def facts(*said, vents=(), ended_by=EndedBy.CUSTOMER, sure=0.9, measures=None, **keys):
    """Measured facts of a call made of lines; `vents` holds ``(start_s, end_s)``."""
    moves = moves_of(said)
    timeline = build_timeline(end_of(said), speech_of(said), words_of(said), None, TurnSettings())
    found = tuple(vent(timeline, moves, Span(*pair), ended_by, sure) for pair in vents)
    heard = Evidence(Span(*vents[0])) if vents else None
    verdict = (
        Verdict(Outcome.PASS, 0.9, "The customer was heard to the end.", (heard,))
        if heard
        else Verdict(Outcome.NOT_APPLICABLE, 0.9, "Nothing is complained of in this call.")
    )
    told = {"vent_before_solving": verdict, "talk_ratio": verdict, **keys.pop("verdicts", {})}
    return CallFacts(timeline, moves, (), found, measures or {}, told, **keys)


def vent(timeline, moves, span, ended_by, confidence):
    acts = [act for act in solving_acts(moves, VentSettings()) if act.span.start_s >= span.start_s]
    spoken = timeline.speech[Role.CUSTOMER].within(span)
    return Vent(
        span, spoken, spoken, ended_by, 0.9, solution=acts[0] if acts else None, confidence=confidence
    )


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


GOOD = lines("""
A 0-2 greeting: Good morning, this is Ann.
C 3-20 complaint: Nobody came, twice, and then I was charged for it.
A 21-24 empathy + reflect_back: Two days lost, and then a bill. I'd be furious.
A 28-31 apology_specific + uses_customer_name: I'm sorry, Mr Hall. We missed both.
C 32-33 customer_thanks: Thank you.
A 34-36 clarifying_question: Is the heating off altogether?
C 37-38: Since Monday, yes.
A 39-44 solution_offer + options: Tonight at six, or tomorrow at eight?
C 45-46 agreement: Tonight.
A 47-50 follow_up + satisfaction_check: I'll ring you at ten. Are you happy now?
C 51-52: I am.
A 53-56 thanks_to_customer: Thank you for telling us about it.
A 60-61 closing: Goodbye.
""")
BAD = lines("""
A 0-2 greeting: Yes?
C 3-20 complaint: Nobody came, twice, and then I was charged for it.
A 21-24 blame_defensive 0.7: You should have called us before, sir.
A 28-31 solution_offer: There is a form on our site.
C 32-33 anger: So that is it.
A 34-36 take_it_or_leave_it + apology_bare: That's the only thing I can do. Sorry.
A 60-61 closing: Goodbye.
""")
CALM = lines("""
A 0-2 greeting: Good morning, this is Ann.
C 3-8 request: I'd like to book a table.
A 9-12 options + solution_offer: Friday at six, or Saturday at seven?
C 13-14 agreement: Friday.
A 15-16 closing: Goodbye.
""")
VENT = ((3, 20),)
