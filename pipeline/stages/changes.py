"""What a rescore changed of a call: its measures, its events, its verdicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.report.schema import Analysis
    from pipeline.stages.rescore import Rescored, StoredAnalysis


@dataclass(frozen=True)
class Changes:
    """What a rescore changed.

    Parameters
    ----------
    measures : mapping of str to (before, after)
        Those that differ.
    events_new, events_gone : tuple of mapping
        Events on one side only, told apart by type, party and times.
    verdicts : mapping of str to (before, after)
        Those that differ: on the call (``talk_ratio``), of checklists (``leap``) and of their main lines
        (``leap.listen``). What only one side was scored against is left out.
    """

    measures: Mapping[str, tuple[float | None, float | None]]
    events_new: tuple[Mapping[str, Any], ...]
    events_gone: tuple[Mapping[str, Any], ...]
    verdicts: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.measured or bool(self.verdicts)

    @property
    def measured(self) -> bool:
        """Whether a measure or an event changed."""
        return bool(self.measures or self.events_new or self.events_gone)


def find_changes(rescored: Rescored) -> Changes:
    """Compare measures, events and verdicts of a call before and after."""
    before, after = rescored.before.measures, rescored.after.measures
    names = [*after, *(name for name in before if name not in after)]
    measures = {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }
    old = [(_identity(event), event) for event in rescored.before.events]
    new = [(_identity(event.row), event.row) for event in rescored.after.events]
    known, found = {identity for identity, _ in old}, {identity for identity, _ in new}
    was, now = _verdicts(rescored.before), _verdicts(rescored.after)
    verdicts = {name: (was[name], now[name]) for name in was if name in now and was[name] != now[name]}
    return Changes(
        measures,
        tuple(event for identity, event in new if identity not in known),
        tuple(event for identity, event in old if identity not in found),
        verdicts,
    )


def _identity(event: Mapping[str, Any]) -> tuple[Any, ...]:
    return event.get("type"), event.get("by"), event.get("start_s"), event.get("end_s")


def _verdicts(result: StoredAnalysis | Analysis) -> dict[str, str]:
    found: dict[str, str] = {name: part.verdict for name, part in result.verdicts.items()}
    for checklist in result.checklists:
        found[checklist.name] = checklist.verdict
        found |= {f"{checklist.name}.{line.id}": line.verdict for line in checklist.items}
    return found
