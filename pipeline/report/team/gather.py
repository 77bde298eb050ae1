"""Calls taken in one by one, or in parts that are added up: sums per agent, team and week. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pipeline.report.team.call import FAIL, HEARD, PASS, CallNumbers, CallVent
from pipeline.report.team.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Key = TypeVar("Key")

EXAMPLES = 5
EXAMPLE_SURE = 0.8
"""An example must be at least this sure: nobody is shown a call that a person may judge otherwise."""


class Cell(NamedTuple):
    """What one tally is of; ``None``: not said of the call."""

    agent: str | None
    team: str | None
    week: date | None


class Example(NamedTuple):
    """A call chosen by a rule; examples sort by how well they fit it."""

    rank: tuple[float, ...]
    call_id: str
    agent: str | None
    confidence: float
    cut_in: int
    vent_ms: int
    lead_ms: int | None


@dataclass(slots=True)
class Gathered:
    """All that a team report is made from.

    Parameters
    ----------
    cells : dict of Cell to Tally
    versions, settings, warnings, recordings : Counter of str
        Calls by version of the program, by settings, by code of a warning, by SHA-256 of the recording.
    first, last : date or None
        Of recording.
    best, worst : dict of agent to list of Example
        At most `EXAMPLES` each, the best fitting first.
    """

    cells: dict[Cell, Tally] = field(default_factory=dict)
    versions: Counter[str] = field(default_factory=Counter)
    settings: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    recordings: Counter[str] = field(default_factory=Counter)
    first: date | None = None
    last: date | None = None
    best: dict[str | None, list[Example]] = field(default_factory=dict)
    worst: dict[str | None, list[Example]] = field(default_factory=dict)

    @classmethod
    def of(cls, calls: Iterable[CallNumbers]) -> Gathered:
        """Return the sums of some calls."""
        found = cls()
        for call in calls:
            found.add(call)
        return found

    def add(self, call: CallNumbers) -> None:
        """Take one call in."""
        cell = Cell(call.agent, call.team, monday(call.recorded_on) if call.recorded_on else None)
        self.cells.setdefault(cell, Tally()).add(call)
        self.versions[call.version] += 1
        self.settings[call.settings_sha256] += 1
        self.warnings.update(call.warnings)
        self.recordings[call.sha256] += bool(call.sha256)
        if call.recorded_on is not None:
            self._span(call.recorded_on, call.recorded_on)
        if call.roles_sure:
            self._consider(call)

    def update(self, other: Gathered) -> None:
        """Add another's sums to these."""
        for cell, tally in other.cells.items():
            self.cells.setdefault(cell, Tally()).update(tally)
        for name in ("versions", "settings", "warnings", "recordings"):
            getattr(self, name).update(getattr(other, name))
        if other.first is not None and other.last is not None:
            self._span(other.first, other.last)
        for mine, theirs in ((self.best, other.best), (self.worst, other.worst)):
            for agent, examples in theirs.items():
                _keep(mine, agent, *examples)

    def total(self, of: Callable[[Cell], bool] = lambda _: True) -> Tally:
        """Return the sum of the cells that `of` takes."""
        whole = Tally()
        for cell, tally in self.cells.items():
            if of(cell):
                whole.update(tally)
        return whole

    def by(self, key: Callable[[Cell], Key], *, leading: bool = False) -> dict[Key, Tally]:
        """Return the sums for each value of `key`; see `Tally.update`."""
        found: dict[Key, Tally] = {}
        for cell, tally in self.cells.items():
            found.setdefault(key(cell), Tally()).update(tally, leading=leading)
        return found

    def _span(self, first: date, last: date) -> None:
        self.first = first if self.first is None else min(self.first, first)
        self.last = last if self.last is None else max(self.last, last)

    def _consider(self, call: CallNumbers) -> None:
        """Take a call as an example, where its verdict is certain."""
        vent = call.vent
        if vent is None or not vent.is_sure or call.heard_confidence < EXAMPLE_SURE:
            return
        if (HEARD, PASS) in call.verdicts:
            _keep(self.best, call.agent, _example(call, vent, (-vent.length_ms,)))
        elif (HEARD, FAIL) in call.verdicts:
            rank = (-vent.by_agent.sure, vent.lead_ms if vent.lead_ms is not None else 0)
            _keep(self.worst, call.agent, _example(call, vent, rank))


def _example(call: CallNumbers, vent: CallVent, rank: tuple[float, ...]) -> Example:
    cut_in = vent.by_agent.sure
    return Example(rank, call.id, call.agent, call.heard_confidence, cut_in, vent.length_ms, vent.lead_ms)


def _keep(found: dict[str | None, list[Example]], agent: str | None, *examples: Example) -> None:
    kept = sorted((*found.get(agent, ()), *examples), key=_order)
    found[agent] = kept[:EXAMPLES]


def _order(example: Example) -> tuple[tuple[float, ...], str]:
    return example.rank, example.call_id


def chosen(found: dict[str | None, list[Example]], limit: int = EXAMPLES) -> list[Example]:
    """Return the best fitting examples, of each named agent one at most."""
    candidates = [one for agent, kept in found.items() for one in (kept[:1] if agent else kept)]
    return sorted(candidates, key=_order)[:limit]


def monday(day: date) -> date:
    """Return the first day of the week (ISO 8601)."""
    return day - timedelta(days=day.weekday())
