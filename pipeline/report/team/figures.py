"""The team report's figures: every number that the page draws and ``--json`` gives. Pure.

Nothing here is an average of ratios: shares are counted calls, ratios are of sums, and what could not be
decided stands beside each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.measures import TalkTarget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from pipeline.report.team.call import ItemName
    from pipeline.report.team.gather import Example
    from pipeline.report.team.rates import (
        Interval,
    )
    from pipeline.report.team.tally import Tally

_MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class TeamSettings:
    """What the report is held to.

    Parameters
    ----------
    min_calls : int
        An agent or team with fewer calls gets no rate of their own, and stands in no comparison.
    target : TalkTarget
        The share of the talking that is aimed at; drawn as a band.
    """

    min_calls: int = 20
    target: TalkTarget = field(default_factory=TalkTarget)

    def __post_init__(self) -> None:
        if self.min_calls < 1:
            raise ValueError(f"at least 1 call is needed for a rate, not {self.min_calls}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it is made of.

    Parameters
    ----------
    value : float or None
        ``None``: there is nothing to make it from.
    interval : Interval or None
    possible : Interval or None
        Where the value would be if all that is unsure went one way or the other; ``None`` if nothing is.
    parts : dict of str to float
    """

    value: float | None
    interval: Interval | None
    possible: Interval | None
    parts: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "value": _rounded(self.value),
            "interval": _pair(self.interval),
            "possible": _pair(self.possible),
            **self.parts,
        }


@dataclass(frozen=True, slots=True)
class Group:
    """An agent, a team, a week, or all: the three leading figures.

    Parameters
    ----------
    calls : int
    heard : Figure
        Share of decided calls in which the customer was heard to the end before solving.
    talk : Figure
        The agents' share of the talking.
    interruptions : Figure
        Interruptions by agents per hour of the customers' speech.
    """

    calls: int
    heard: Figure
    talk: Figure
    interruptions: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "calls": self.calls,
            "heard_to_the_end": self.heard.to_dict(),
            "talk_ratio_agent": self.talk.to_dict(),
            "interruptions_per_hour": self.interruptions.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a series: some weeks, from a Monday to a Sunday."""

    first: date
    last: date
    group: Group

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), **self.group.to_dict()}


@dataclass(frozen=True, slots=True)
class Person:
    """An agent, or the calls that name none.

    Parameters
    ----------
    name : str or None
    teams : tuple of str
    group : Group or None
        ``None``: too few calls for a rate.
    series : tuple of Point
    calls, decided, unsure : int
        Calls; those in which it is decided, or unsure, whether the customer was heard to the end.
    """

    name: str | None
    teams: tuple[str, ...]
    group: Group | None
    series: tuple[Point, ...]
    calls: int
    decided: int
    unsure: int

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "name": self.name,
            "teams": list(self.teams),
            "calls": self.calls,
            "decided": self.decided,
            "unsure": self.unsure,
            "figures": self.group.to_dict() if self.group else None,
            "series": [one.to_dict() for one in self.series],
        }


@dataclass(frozen=True, slots=True)
class Team:
    """A team, or the calls that name none; see `Person`."""

    name: str | None
    agents: int
    calls: int
    group: Group | None
    items: dict[str, Figure]

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "name": self.name,
            "agents": self.agents,
            "calls": self.calls,
            "figures": self.group.to_dict() if self.group else None,
            "items": {key: one.to_dict() for key, one in self.items.items()},
        }


@dataclass(frozen=True, slots=True)
class Item:
    """A verdict on the call, a checklist, or one of its items, with its pass rate."""

    name: ItemName
    rate: Figure

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        name = self.name
        return {"key": name.key, "kind": name.kind, "title": name.title, **self.rate.to_dict()}


@dataclass(frozen=True, slots=True)
class Change:
    """A pass rate that moved by more than chance would: the last week against those before."""

    item: Item
    now: Figure
    before: Figure
    interval: Interval


@dataclass(frozen=True, slots=True)
class Changes:
    """The last week against the four before it.

    Parameters
    ----------
    first, last : date
        Of the last week: a Monday, and the last day with a call.
    calls, calls_before : int
    compared : int
        How many rates were compared.
    found : tuple of Change
    """

    first: date
    last: date
    calls: int
    calls_before: int
    compared: int
    found: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "week": [self.first.isoformat(), self.last.isoformat()],
            "calls": self.calls,
            "calls_before": self.calls_before,
            "compared": self.compared,
            "found": [
                {
                    "key": one.item.name.key,
                    "title": one.item.name.title,
                    "now": one.now.to_dict(),
                    "before": one.before.to_dict(),
                    "difference": _pair(one.interval),
                }
                for one in self.found
            ],
        }


@dataclass(frozen=True, slots=True)
class Vents:
    """How long customers complain when they are let.

    Parameters
    ----------
    curve : list of (ms, share)
        The share that has said it all by then (Kaplan–Meier).
    quantiles : dict of float to (int or None)
        ms by share; ``None``: longer than any that was heard to its end.
    ends : dict of str to int
        What ended them.
    unsure : int
        Vents that are not certain; they are in none of the above.
    """

    curve: list[tuple[int, float]]
    quantiles: dict[float, int | None]
    ends: dict[str, int]
    unsure: int

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines."""
        return {
            "ended_by": self.ends,
            "unsure": self.unsure,
            "percentiles_s": {f"{100 * q:g}": _seconds(ms) for q, ms in self.quantiles.items()},
            "said_it_all_by": [[ms / 1000, round(share, 6)] for ms, share in self.curve],
        }


@dataclass(frozen=True, slots=True)
class TeamReport:
    """All figures of a report."""

    settings: TeamSettings
    first: date | None
    last: date | None
    whole: Group
    tally: Tally
    series: tuple[Point, ...]
    agent_series: tuple[Point, ...]
    block_weeks: int
    changes: Changes | None
    items: tuple[Item, ...]
    talk_bins: tuple[int, ...]
    vents: Vents
    agents: tuple[Person, ...]
    agent_block_weeks: int
    teams: tuple[Team, ...]
    best: tuple[Example, ...]
    worst: tuple[Example, ...]
    notes: dict[str, dict[str, int]]
    repeated: int

    @property
    def duration_h(self) -> float:
        """Length of all calls."""
        return self.tally.duration_ms / _MS_PER_HOUR

    def to_dict(self) -> dict[str, Any]:
        """Return every number behind the page."""
        whole = self.tally
        return {
            "schema": "hearout.team/1",
            "min_calls": self.settings.min_calls,
            "talk_target": [round(self.settings.target.low, 6), round(self.settings.target.high, 6)],
            "recorded": [one.isoformat() if one else None for one in (self.first, self.last)],
            "calls": whole.calls,
            "apart": {
                "without_date": whole.calls - whole.dated,
                "roles_unsure": whole.roles_unsure,
                "talk_not_measured": whole.unmeasured,
                "same_recording_again": self.repeated,
            },
            "duration_h": round(self.duration_h, 6),
            "all": self.whole.to_dict(),
            "series": [one.to_dict() for one in self.series],
            "changes": self.changes.to_dict() if self.changes else None,
            "items": [one.to_dict() for one in self.items],
            "talk_distribution": list(self.talk_bins),
            "vents": self.vents.to_dict(),
            "teams": [one.to_dict() for one in self.teams],
            "agents": [one.to_dict() for one in self.agents],
            "examples": {"best": _examples(self.best), "worst": _examples(self.worst)},
            "notes": self.notes,
        }


def _examples(examples: Sequence[Example]) -> list[dict[str, Any]]:
    return [
        {
            "call": one.call_id,
            "confidence": one.confidence,
            "interruptions_in_vent": one.cut_in,
            "vent_s": one.vent_ms / 1000,
            "lead_s": _seconds(one.lead_ms),
        }
        for one in examples
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _pair(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(interval.low, 6), round(interval.high, 6)]


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
