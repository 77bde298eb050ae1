"""What happens in a call, in kinds that a reader of the page can show and hide. Pure.

Two things become moments: the result's events, with their numbers and why they are what they are, and the
moves, what a sentence does. Nothing is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pipeline.report import explain
from pipeline.report.headline import humanize, is_unsure
from pipeline.timeline import UNSURE_BELOW, EventType, FloorEvent, Role, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.report.schema import Analysis, Event, MovePart, TurnPart


@dataclass(frozen=True, slots=True)
class Kind:
    """One entry of the legend.

    Parameters
    ----------
    id, label : str
    events, moves : tuple of str
        Types and names that belong to it.
    shaded : bool
        It fills a stretch rather than marking a point.
    on : bool
        Whether it is shown before the reader chooses.
    """

    id: str
    label: str
    events: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()
    shaded: bool = False
    on: bool = True


KINDS = (
    Kind("vent", "Vent", ("vent",), shaded=True),
    Kind("cut_in", "Interruption", ("interruption",)),
    Kind("pause_cut", "Cut-off in a pause", ("pause_interruption",)),
    Kind("first_solution", "First solving act", ("first_solution",)),
    Kind("listening", "Sign of listening", ("backchannel",), ("reflect_back",)),
    Kind("empathy", "Empathy", (), ("empathy", "empathy_formulaic")),
    Kind("apology", "Apology", (), ("apology_specific", "apology_bare")),
    Kind("question", "Question", (), ("clarifying_question", "question", "satisfaction_check")),
    Kind(
        "solving",
        "Solving",
        (),
        ("solution_offer", "options", "refusal", "take_it_or_leave_it", "explanation_of_why"),
    ),
    Kind("promise", "Promise", (), ("promise", "promise_vague", "follow_up")),
    Kind("blame", "Blame or defence", (), ("blame_defensive", "dismissive")),
    Kind("hold", "Hold", ("hold",), shaded=True),
    Kind("silence", "Silence", ("silence",), shaded=True),
    Kind("transfer", "Transfer", ("transfer",), shaded=True),
    Kind("complaint", "Complaint", (), ("complaint", "anger", "earlier_contact"), on=False),
    Kind(
        "overlap",
        "Other overlap",
        ("terminal_overlap", "dual_start", "false_start", "overlap_other"),
        on=False,
    ),
    Kind("said", "Other", on=False),
)
_OF_EVENT = {name: kind for kind in KINDS for name in kind.events}
_OF_MOVE = {name: kind for kind in KINDS for name in kind.moves}
_OTHER = KINDS[-1]
_KNOWN = frozenset(kind.value for kind in EventType)
_LABELS = {
    "interruption": "Interruption",
    "pause_interruption": "Cut-off in a pause",
    "first_solution": "First solving act",
    "backchannel": "Sign of listening",
    "terminal_overlap": "Overlap at a change of turns",
    "dual_start": "Both start at once",
    "overlap_other": "Other overlap",
    "reflect_back": "Says it back",
    "empathy_formulaic": "Empathy by formula",
    "apology_specific": "Apology for what happened",
    "apology_bare": "Bare apology",
    "satisfaction_check": "Asks if it suits",
    "solution_offer": "Offers a solution",
    "options": "Offers a choice",
    "refusal": "Refuses",
    "explanation_of_why": "Explains why",
    "promise_vague": "Vague promise",
    "follow_up": "Agrees a follow-up",
    "blame_defensive": "Blame or defence",
    "earlier_contact": "Had been in touch before",
}


def moments(analysis: Analysis) -> list[dict[str, Any]]:
    """Return events and moves in order of time, as the page's script reads them.

    Returns
    -------
    list of dict
        ``kind``, ``label``, ``by``, ``start``, ``end``, ``sure`` (0 to 1 or None), ``unsure``; of an event
        also ``n`` (its number in the result, from 1), ``says`` (why, one sentence) and ``why`` (the numbers,
        as name and text); of a move ``quote``.
    """
    found = [*_events(analysis), *_moves(analysis)]
    return sorted(found, key=lambda one: (one["start"], one["end"]))


def kinds(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the kinds that occur, in the legend's order; event types of later versions come last."""
    there = {one["kind"]: one["label"] for one in found}
    known = [
        {"id": kind.id, "label": kind.label, "shaded": kind.shaded, "on": kind.on}
        for kind in KINDS
        if there.pop(kind.id, None) is not None
    ]
    return known + [
        {"id": name, "label": label, "shaded": False, "on": True} for name, label in there.items()
    ]


def _events(analysis: Analysis) -> Iterator[dict[str, Any]]:
    for n, event in enumerate(analysis.events, 1):
        confidence = (event.model_extra or {}).get("confidence")
        says, why = _explained(event)
        kind = _OF_EVENT.get(event.type)
        yield {
            "n": n,
            "kind": kind.id if kind else event.type,
            "label": _label(event.type),
            "by": event.by,
            "start": event.start_s,
            "end": event.end_s,
            "sure": confidence,
            "unsure": is_unsure(event),
            "says": says,
            "why": why,
        }
    vent = analysis.vent
    if vent and all(event.type != "vent" for event in analysis.events):
        yield {
            "kind": "vent",
            "label": "Vent",
            "by": "customer",
            "start": vent.start_s,
            "end": vent.end_s,
            "sure": vent.confidence,
            "unsure": vent.confidence < UNSURE_BELOW,
        }


def _moves(analysis: Analysis) -> Iterator[dict[str, Any]]:
    for turn in analysis.turns:
        for move in turn.moves:
            yield {
                "kind": _kind_of(move, turn),
                "label": _label(move.name),
                "by": turn.role,
                "start": move.span[0],
                "end": move.span[1],
                "sure": move.confidence,
                "unsure": move.confidence < UNSURE_BELOW,
                "quote": move.text,
            }


def _kind_of(move: MovePart, turn: TurnPart) -> str:
    """Return a move's kind; a question is one of the agent's, who is coached."""
    kind = _OF_MOVE.get(move.name, _OTHER)
    return _OTHER.id if kind.id == "question" and turn.role == "customer" else kind.id


@lru_cache(maxsize=256)
def _label(name: str) -> str:
    return _LABELS.get(name) or humanize(name)


def _explained(event: Event) -> tuple[str, list[tuple[str, str]]]:
    """Return why it is what it is: a sentence, and the numbers; nothing for types that are not known."""
    extra = event.model_extra or {}
    why = extra.get("why")
    if not isinstance(why, dict) or event.type not in _KNOWN or event.end_s <= event.start_s:
        return "", []
    floor_event = FloorEvent(
        EventType(event.type),
        Span(event.start_s, event.end_s),
        _role(event.by),
        _role(event.of),
        overlap_s=extra.get("overlap_s") or 0.0,
        floor_taken=bool(extra.get("floor_taken")),
        question=bool(extra.get("question")),
        confidence=extra.get("confidence", 1.0),
        why={name: float(value) for name, value in why.items() if value is not None},
    )
    numbers = [(number.meaning, _unit(number)) for number in explain.numbers(floor_event)]
    return explain.sentence(floor_event), numbers


def _unit(number: explain.Number) -> str:
    """Return a number as a coach reads it: what was weighed says for which side it spoke."""
    if number.unit == explain.LOG_ODDS:
        side = "for" if number.value > 0 else "against"
        return f"{number.text} {side} a cut-off"
    if number.name == "cut_off":
        return f"{number.value * 100:.0f} %"
    return number.text


def _role(role: str | None) -> Role | None:
    return Role(role) if role else None
