"""Making a report's figures from sums. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.report.team.call import HEARD, ItemName
from pipeline.report.team.figures import (
    Change,
    Changes,
    Figure,
    Group,
    Item,
    Person,
    Point,
    Team,
    TeamReport,
    TeamSettings,
    Vents,
)
from pipeline.report.team.gather import Cell, Gathered, chosen, monday
from pipeline.report.team.rates import (
    Interval,
    difference,
    event_interval,
    quantile,
    ratio_interval,
    share_ended,
    wilson,
)
from pipeline.report.team.tally import TALK_BINS, Outcomes, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MS_PER_HOUR = 3_600_000
POINTS_MAX = 13
"""A series of one agent has at most this many points: weeks are put together until it has."""
TEAM_POINTS_MAX = 53
QUANTILES = (0.25, 0.5, 0.75, 0.9)
BEFORE_WEEKS = 4
CHANGE_LEVEL = 0.99
"""The last week is compared in many rates at once, so that each must be surer than 95 %."""


def make_report(
    gathered: Gathered, names: Sequence[ItemName] = (), settings: TeamSettings | None = None
) -> TeamReport:
    """Make the figures.

    Parameters
    ----------
    gathered : Gathered
    names : sequence of ItemName
        How the keys of verdicts are called, and in which order; other keys are not reported.
    settings : TeamSettings, optional
    """
    settings = settings or TeamSettings()
    whole = gathered.total()
    weeks = _weeks(gathered)
    blocks, agent_blocks = _blocks(weeks, TEAM_POINTS_MAX), _blocks(weeks, POINTS_MAX)
    known = {key for key, _ in whole.outcomes}
    ordered = sorted(names, key=lambda one: (one.kind != "verdict", one.place, one.key))
    items = tuple(Item(one, rate_of(whole.outcome(one.key))) for one in ordered if one.key in known)
    return TeamReport(
        settings=settings,
        first=gathered.first,
        last=gathered.last,
        whole=group_of(whole),
        tally=whole,
        series=blocks.series(gathered.by(blocks.place, leading=True)),
        agent_series=agent_blocks.series(gathered.by(agent_blocks.place, leading=True)),
        block_weeks=blocks.each,
        changes=_changes(gathered, weeks, items),
        items=items,
        talk_bins=tuple(whole.talk_bins[k] for k in range(TALK_BINS)),
        vents=_vents(whole),
        agents=tuple(_people(gathered, agent_blocks, settings)),
        agent_block_weeks=agent_blocks.each,
        teams=tuple(_teams(gathered, items, settings)),
        best=tuple(chosen(gathered.best)),
        worst=tuple(chosen(gathered.worst)),
        notes={
            name: dict(sorted(counts.items()))
            for name, counts in (
                ("versions", gathered.versions),
                ("settings", gathered.settings),
                ("warnings", gathered.warnings),
            )
        },
        repeated=sum(count - 1 for count in gathered.recordings.values() if count > 1),
    )


def rate_of(outcomes: Outcomes) -> Figure:
    """Return a pass rate: of the decided calls, with Wilson's interval; the unsure ones stand beside it."""
    decided, open_ = outcomes.decided, outcomes.unsure
    possible = None
    if open_:
        every = decided + open_
        possible = Interval(outcomes.passed / every, (outcomes.passed + open_) / every)
    value = outcomes.passed / decided if decided else None
    counts = {name: float(count) for name, count in outcomes.to_dict().items()}
    return Figure(value, wilson(outcomes.passed, decided), possible, counts)


def group_of(tally: Tally) -> Group:
    """Return the three leading figures of a tally."""
    talk = Figure(
        tally.talk.ratio,
        ratio_interval(tally.talk),
        None,
        {
            "calls": float(tally.talk.calls),
            "agent_s": tally.talk.y / 1000,
            "both_s": tally.talk.x / 1000,
        },
    )
    events, hours = tally.events, tally.events.x / MS_PER_HOUR
    interval = event_interval(events)
    possible = None
    if tally.unsure_events and hours:
        possible = Interval(events.y / hours, (events.y + tally.unsure_events) / hours)
    interruptions = Figure(
        events.y / hours if hours else None,
        Interval(interval.low * MS_PER_HOUR, interval.high * MS_PER_HOUR) if interval else None,
        possible,
        {
            "calls": float(events.calls),
            "count": float(events.y),
            "unsure": float(tally.unsure_events),
            "customer_s": events.x / 1000,
        },
    )
    return Group(tally.calls, rate_of(tally.outcome(HEARD)), talk, interruptions)


# --- over time


def _weeks(gathered: Gathered) -> list[date]:
    """Return every Monday from the first week with a call to the last."""
    if gathered.first is None or gathered.last is None:
        return []
    at, found = monday(gathered.first), []
    while at <= gathered.last:
        found.append(at)
        at += timedelta(weeks=1)
    return found


def _blocks(weeks: Sequence[date], points_max: int) -> _Blocks:
    return _Blocks(weeks, max(1, -(-len(weeks) // points_max)))


@dataclass(frozen=True)
class _Blocks:
    """Weeks put together, so that the last block is a full one."""

    weeks: Sequence[date]
    each: int

    @property
    def count(self) -> int:
        return -(-len(self.weeks) // self.each)

    @property
    def start(self) -> date:
        return self.weeks[-1] - timedelta(weeks=self.each * self.count - 1)

    def place(self, cell: Cell) -> int | None:
        """Return the number of a cell's block; ``None`` if its calls have no date."""
        return None if cell.week is None else (cell.week - self.start).days // 7 // self.each

    def series(self, tallies: Mapping[int | None, Tally]) -> tuple[Point, ...]:
        """Return a point for each block, those without a call too."""
        found = []
        for k in range(self.count):
            first = self.start + timedelta(weeks=k * self.each)
            last = first + timedelta(weeks=self.each, days=-1)
            found.append(Point(first, last, group_of(tallies.get(k, Tally()))))
        return tuple(found)


def _changes(gathered: Gathered, weeks: Sequence[date], items: Sequence[Item]) -> Changes | None:
    if len(weeks) <= 1 or gathered.last is None:
        return None
    last = weeks[-1]
    earliest = last - timedelta(weeks=BEFORE_WEEKS)
    now = gathered.total(lambda cell: cell.week == last)
    before = gathered.total(lambda cell: cell.week is not None and earliest <= cell.week < last)
    found, compared, seen = [], 0, set()
    for item in items:
        name = item.name
        if name.kind == "checklist" or name.depth > 1:
            continue
        one, other = now.outcome(name.key), before.outcome(name.key)
        interval = difference((one.passed, one.decided), (other.passed, other.decided), CHANGE_LEVEL)
        # several checklists ask the same: compared once
        if interval is None or (one, other) in seen:
            continue
        seen.add((one, other))
        compared += 1
        if interval.low > 0 or interval.high < 0:
            found.append(Change(item, rate_of(one), rate_of(other), interval))
    if not compared:
        return None
    return Changes(last, gathered.last, now.calls, before.calls, compared, tuple(found))


# --- people and teams


def _people(gathered: Gathered, blocks: _Blocks, settings: TeamSettings) -> list[Person]:
    whole = gathered.by(lambda cell: cell.agent, leading=True)
    by_place = gathered.by(lambda cell: (cell.agent, blocks.place(cell)), leading=True)
    own: dict[str | None, dict[int | None, Tally]] = {}
    for (agent, place), tally in by_place.items():
        own.setdefault(agent, {})[place] = tally
    teams: dict[str | None, set[str]] = {}
    for cell in gathered.cells:
        teams.setdefault(cell.agent, set()).update([cell.team] if cell.team else [])
    found = []
    for name in sorted(whole, key=by_name):
        tally = whole[name]
        enough = tally.calls >= settings.min_calls and name is not None
        outcomes = tally.outcome(HEARD)
        found.append(
            Person(
                name,
                tuple(sorted(teams[name], key=by_name)),
                group_of(tally) if enough else None,
                blocks.series(own[name]) if enough and blocks.weeks else (),
                tally.calls,
                outcomes.decided,
                outcomes.unsure,
            )
        )
    return found


def _teams(gathered: Gathered, items: Sequence[Item], settings: TeamSettings) -> list[Team]:
    tallies = gathered.by(lambda cell: cell.team)
    agents: dict[str | None, set[str]] = {}
    for cell in gathered.cells:
        agents.setdefault(cell.team, set()).update([cell.agent] if cell.agent else [])
    if set(tallies) <= {None}:
        return []
    found = []
    for name in sorted(tallies, key=by_name):
        tally = tallies[name]
        enough = tally.calls >= settings.min_calls
        rates = {
            item.name.key: rate_of(tally.outcome(item.name.key))
            for item in items
            if enough and item.name.kind == "item" and item.name.depth == 1
        }
        found.append(Team(name, len(agents[name]), tally.calls, group_of(tally) if enough else None, rates))
    return found


def by_name(name: str | None) -> tuple[bool, str, str]:
    """Return what names are sorted by: the alphabet, "not named" last."""
    return name is None, (name or "").casefold(), name or ""


# --- vents


def _vents(tally: Tally) -> Vents:
    curve = share_ended(tally.vents_ended, tally.vents_cut)
    ends = {name: tally.vent_ends[name] for name in ("customer", "interruption", "solution", "hold")}
    return Vents(curve, {share: quantile(curve, share) for share in QUANTILES}, ends, tally.vents_unsure)
