"""Why the events of a result are what they are, for the page. Pure; nothing is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report import explain
from pipeline.timeline import UNSURE_BELOW, EventType
from pipeline.timeline.plain import percent

if TYPE_CHECKING:
    from pipeline.report.schema import Event

_FOR, _AGAINST = "%+.2f for a cut-off", "%+.2f against a cut-off"
_TYPES = {kind.value: kind for kind in EventType}


def explained(event: Event) -> tuple[str, list[tuple[str, str]]]:
    """Return why it is what it is: a sentence, and the numbers, each as name and text.

    Nothing for types that are not known, and for events without numbers.
    """
    row = event.row
    why, kind = row.get("why"), _TYPES.get(event.type)
    if not isinstance(why, dict) or kind is None or event.end_s <= event.start_s:
        return "", []
    if None in why.values():
        why = {name: value for name, value in why.items() if value is not None}
    by, of = explain.party(event.by), explain.party(event.of)
    overlap_s, taken = row.get("overlap_s") or 0.0, bool(row.get("floor_taken"))
    told = explain.Told(kind, by, of, overlap_s, taken, row.get("confidence", 1.0) >= UNSURE_BELOW, why)
    numbers = []
    for name, value in why.items():
        meaning, unit = explain.meaning(name, event.type, by, of)
        numbers.append((meaning, _text(name, value, unit)))
    return told.sentence, numbers


def _text(name: str, value: float, unit: str) -> str:
    """Return a number as a coach reads it: what was weighed says for which side it spoke."""
    if unit == explain.LOG_ODDS:
        return (_FOR if value > 0 else _AGAINST) % value
    return percent(value) if name == "cut_off" else explain.number_text(value, unit)
