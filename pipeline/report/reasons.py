"""Why the events of a result are what they are, for the page. Pure; nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report import explain
from pipeline.timeline import EventType, FloorEvent, Role, Span
from pipeline.timeline.plain import percent

if TYPE_CHECKING:
    from pipeline.report.schema import Event

_TYPES = {kind.value: kind for kind in EventType}
_ROLES = {role.value: role for role in Role}


def explained(event: Event) -> tuple[str, list[tuple[str, str]]]:
    """Return why it is what it is: a sentence, and the numbers, each as name and text.

    Nothing for types that are not known, and for events without numbers.
    """
    extra = event.row
    why, kind = extra.get("why"), _TYPES.get(event.type)
    if not isinstance(why, dict) or kind is None or event.end_s <= event.start_s:
        return "", []
    floor_event = FloorEvent(
        kind,
        Span(event.start_s, event.end_s),
        _ROLES[event.by] if event.by else None,
        _ROLES[event.of] if event.of else None,
        overlap_s=extra.get("overlap_s") or 0.0,
        floor_taken=bool(extra.get("floor_taken")),
        confidence=extra.get("confidence", 1.0),
        why={name: value for name, value in why.items() if value is not None},
    )
    numbers = [(number.meaning, _text(number)) for number in explain.numbers(floor_event)]
    return explain.sentence(floor_event), numbers


def _text(number: explain.Number) -> str:
    """Return a number as a coach reads it: what was weighed says for which side it spoke."""
    if number.unit == explain.LOG_ODDS:
        return f"{number.text} {'for' if number.value > 0 else 'against'} a cut-off"
    return percent(number.value) if number.name == "cut_off" else number.text
