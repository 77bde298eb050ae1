"""The vent in one line that a coach understands. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.timeline import UNSURE_BELOW
from pipeline.timeline.plain import clock, duration

if TYPE_CHECKING:
    from pipeline.report.schema import Analysis, Event

_TIMES = {1: "once", 2: "twice"}
_ORDINALS = {1: "first", 2: "second", 3: "third"}


def vent_line(analysis: Analysis) -> str:
    """Return the line on the vent: how long, whether cut in on, when solving began; empty without a vent.

    Of several vents, the one that was worst heard out is told, and how many there are.
    """
    vents = vent_events(analysis)
    if not vents:
        return ""
    worst = max(vents, key=lambda vent: (_field(vent, "interruptions"), -(_lead(vent) or 0.0)))
    line = _line(analysis, worst, _among(vents, worst))
    verdict = analysis.verdicts.get("vent_before_solving")
    return f"{line} This is unsure." if verdict is not None and verdict.verdict == "unsure" else line


def vent_events(analysis: Analysis) -> list[Event]:
    """Return the vents of a result, in order."""
    return [event for event in analysis.events if event.type == "vent"]


def _among(vents: list[Event], one: Event) -> str:
    if len(vents) == 1:
        return ""
    place = next(k for k, vent in enumerate(vents, 1) if vent is one)
    return f" ({_ordinal(place)} of {len(vents)} vents, at {clock(one.start_s)})"


def _ordinal(number: int) -> str:
    if number in _ORDINALS:
        return _ORDINALS[number]
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _line(analysis: Analysis, vent: Event, among: str) -> str:
    length = duration(vent.end_s - vent.start_s)
    verdict = analysis.verdicts.get("vent_before_solving")
    kept = verdict is not None and verdict.verdict == "pass"
    return f"Vented {length}{among}, {_interrupted(analysis, vent)}; {_solving(vent, kept=kept)}."


def _interrupted(analysis: Analysis, vent: Event) -> str:
    count = _field(vent, "interruptions")
    if not count:
        return "not interrupted"
    inside = [
        event
        for event in analysis.events
        if event.type in ("interruption", "pause_interruption")
        and event.by == "agent"
        and vent.start_s <= event.start_s < vent.end_s + 1.0
    ]
    sure = sum(event.row.get("confidence", 1.0) >= UNSURE_BELOW for event in inside)
    times = _TIMES.get(count, f"{count} times")
    first = f", first at {clock(inside[0].start_s)}" if inside and count > 1 else ""
    at = f" at {clock(inside[0].start_s)}" if inside and count == 1 else ""
    return f"{'' if sure else 'perhaps '}interrupted {times}{at}{first}"


def _solving(vent: Event, *, kept: bool) -> str:
    """`kept`: heard to the end; what comes before it is then an ordinary change of turns."""
    lead_s = _lead(vent)
    if lead_s is None:
        return "you never began to solve"
    if abs(lead_s) < 0.05 or (kept and lead_s < 0):
        return "you began to solve as they finished"
    side = "after" if lead_s > 0 else "before"
    return f"you began to solve {duration(abs(lead_s))} {side} they had finished"


def _lead(vent: Event) -> float | None:
    value: Any = vent.row.get("lead_s")
    return None if value is None else float(value)


def _field(vent: Event, name: str) -> int:
    return int(vent.row.get(name) or 0)
