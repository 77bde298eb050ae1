"""The team report as one self-contained HTML page: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline.report.team import charts
from pipeline.report.team import words as say
from pipeline.report.team.call import HEARD
from pipeline.report.team.gather import EXAMPLE_SURE
from pipeline.report.team.make import BEFORE_WEEKS, CHANGE_LEVEL, QUANTILES
from pipeline.report.team.notices import headline, notices
from pipeline.report.team.rates import Interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment
    from markupsafe import Markup

    from pipeline.report.team.figures import Figure, Group, Item, Person, Point, TeamReport
    from pipeline.report.team.gather import Example

PAGE = "timeline.html"


@dataclass(frozen=True)
class Surroundings:
    """What the page needs to know beside the figures.

    Parameters
    ----------
    title : str
        Name of the folder of results.
    folder : str
        Where the calls' folders are, seen from the page: ``""`` or a relative path with ``/`` at its end.
    chosen : tuple of str
        In words, which calls were asked for: "team Billing", "since 1 Aug 2026".
    failed : int
        Results that could not be used.
    moments : mapping of str to float
        Where to listen, in seconds, by call.
    """

    title: str = "hearout"
    folder: str = ""
    chosen: tuple[str, ...] = ()
    failed: int = 0
    moments: Mapping[str, float] = field(default_factory=dict)

    def link(self, call_id: str, start_s: float | None = None) -> str:
        """Return the address of a call's page, at a moment of it."""
        at = f"#t={start_s:.3f}" if start_s is not None else ""
        return f"{self.folder}{quote(call_id)}/{PAGE}{at}"


@dataclass(frozen=True)
class Leading:
    """One of the three leading figures: how to find it, to draw it and to say it."""

    key: str
    title: str
    about: str
    scale: charts.Scale
    rate: bool

    def of(self, group: Group) -> Figure:
        """Return the figure of a group."""
        found: Figure = getattr(group, self.key)
        return found

    def value(self, figure: Figure) -> str:
        """Say its value."""
        return self.scale.write(figure.value)

    def interval(self, figure: Figure) -> str:
        """Say its interval."""
        return say.percents(figure.interval) if self.rate else say.numbers(figure.interval)


def team_page(report: TeamReport, around: Surroundings | None = None) -> str:
    """Return the page as HTML text, to be written as UTF-8.

    Parameters
    ----------
    report : TeamReport
    around : Surroundings, optional
    """
    around = around or Surroundings()
    leading = leading_figures(report)
    context: dict[str, Any] = {
        "around": around,
        "report": report,
        "leading": leading,
        "facts": _facts(report, around),
        "headline": headline(report),
        "notices": notices(report, around.failed),
        "trends": [_trend(report, one) for one in leading],
        "checklists": _checklists(report),
        "histogram": _histogram(report, leading[1]),
        "vents": _vents(report),
        "people": [one for one in report.agents if one.name is not None],
        "unnamed": next((one for one in report.agents if one.name is None), None),
        "minis": {one.name: _mini(report, one, leading[0]) for one in report.agents if one.group},
        "funnel": _funnel(report),
        "strip": charts.strip,
        "shares": charts.share_scale(),
        "examples": _examples(report, around),
        "rules": {"sure": EXAMPLE_SURE, "weeks": BEFORE_WEEKS, "level": CHANGE_LEVEL},
    }
    return render("team.html.j2", "team.css", f"Team report – {around.title}", context)


def render(template: str, sheet: str, title: str, context: Mapping[str, Any]) -> str:
    """Return a page of this package with its style and a policy that allows nothing else."""
    style = _style(sheet)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    return _environment().get_template(template).render(title=title, style=style, policy=policy, **context)


# --- what is said


def leading_figures(report: TeamReport) -> tuple[Leading, ...]:
    """Return how the three leading figures are drawn and said, on scales that hold all of them."""
    rates = [
        edge
        for group in (report.whole, *(one.group for one in report.series))
        for edge in _edges(group.interruptions)
    ]
    people = [edge for one in report.agents if one.group for edge in _edges(one.group.interruptions)]
    target = report.settings.target
    band = Interval(target.low, target.high)
    return (
        Leading(
            "heard",
            say.HEARD_TITLE,
            "of the calls in which it could be decided",
            charts.share_scale(),
            True,
        ),
        Leading(
            "talk", "Agents’ share of the talking", "of all speech together", charts.share_scale(band), True
        ),
        Leading(
            "interruptions",
            "Interruptions by agents",
            "per hour of customers’ speech",
            charts.event_scale([*rates, *people]),
            False,
        ),
    )


def _edges(figure: Figure) -> list[float]:
    """Return a figure's value and, unless it is wild, its upper edge: one week of two calls sets no scale."""
    if figure.value is None:
        return []
    high = figure.interval.high if figure.interval else figure.value
    return [figure.value, min(high, 2.5 * figure.value)]


def _facts(report: TeamReport, around: Surroundings) -> list[str]:
    named = sum(one.name is not None for one in report.agents)
    teams = sum(one.name is not None for one in report.teams)
    return [
        *around.chosen,
        say.counted(report.whole.calls, "call"),
        say.counted(named, "agent"),
        *([say.counted(teams, "team")] if teams else []),
        say.days(report.first, report.last),
        f"{say.hours(report.duration_h)} of recordings",
    ]


# --- what is drawn


def _trend(report: TeamReport, one: Leading) -> dict[str, Any]:
    figure = one.of(report.whole)
    drawn: Markup | str = ""
    if len(report.series) > 1:
        told = f"{one.title} over time, {len(report.series)} points; the numbers are in the table below."
        drawn = charts.trend(report.series, one.of, one.scale, told)
    unsure = say.unsure_of(figure)
    return {"one": one, "figure": figure, "chart": drawn, "unsure": unsure}


def _mini(report: TeamReport, person: Person, one: Leading) -> Markup | str:
    if len(person.series) < 2:
        return ""
    everybody: Sequence[Point] = report.agent_series
    told = f"{person.name}: {one.title.lower()}, over time, with all agents behind."
    return charts.mini(person.series, everybody, one.of, one.scale, told)


def _checklists(report: TeamReport) -> list[dict[str, Any]]:
    """Return each checklist with its main and its finer items."""
    by_list: dict[str, list[Item]] = {}
    for item in report.items:
        if item.name.kind == "item":
            by_list.setdefault(item.name.checklist, []).append(item)
    return [
        {
            "whole": whole,
            "main": [one for one in by_list.get(whole.name.key, ()) if one.name.depth == 1],
            "finer": [one for one in by_list.get(whole.name.key, ()) if one.name.depth > 1],
        }
        for whole in report.items
        if whole.name.kind == "checklist"
    ]


def _histogram(report: TeamReport, one: Leading) -> Markup:
    calls, target = sum(report.talk_bins), report.settings.target
    edges = [k / len(report.talk_bins) for k in range(len(report.talk_bins))]
    above = sum(n for n, edge in zip(report.talk_bins, edges, strict=True) if edge >= target.high - 1e-9)
    told = (
        f"How {calls} calls spread over the agent’s share of the talking; {above} of them above the target."
    )
    return charts.histogram(report.talk_bins, one.scale, report.whole.talk, told)


def _vents(report: TeamReport) -> dict[str, Any]:
    vents = report.vents
    known = sum(vents.ends.values())
    longest = max((ms for ms, _ in vents.curve), default=0)
    return {
        "known": known,
        "unsure": vents.unsure,
        "chart": charts.vent_curve(vents, "Share of customers that have said it all, by time")
        if vents.curve
        else "",
        "rows": [(f"{share * 100:.0f}", say.length(vents.quantiles[share], longest)) for share in QUANTILES],
        "ends": [
            (say.ENDS[name], count, count / known if known else None) for name, count in vents.ends.items()
        ],
    }


def _funnel(report: TeamReport) -> dict[str, Any] | None:
    people = [one for one in report.agents if one.group is not None and one.decided]
    rate = report.whole.heard.value
    if len(people) < 3 or rate is None:
        return None
    inner, outer = (charts.outside(people, rate, level) for level in (0.95, 0.998))
    told = f"{len(people)} agents by the number of decided calls; {outer} outside the outer limits."
    return {
        "chart": charts.funnel(people, rate, told),
        "agents": len(people),
        "inner": inner,
        "outer": outer,
        "expected": len(people) * 0.05,
    }


def _examples(report: TeamReport, around: Surroundings) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "rule": rule,
            "calls": [
                {
                    "id": one.call_id,
                    "link": around.link(one.call_id, around.moments.get(one.call_id)),
                    "told": _told(one),
                }
                for one in examples
            ],
        }
        for title, rule, examples in (
            (
                "Heard to the end",
                "Passed for certain; the longest complaints first.",
                report.best,
            ),
            (
                "Cut short",
                "Failed for certain; most interruptions in the complaint first, then the earliest solving.",
                report.worst,
            ),
        )
    ]


def _told(one: Example) -> str:
    """Return what there is to hear, from numbers alone."""
    parts = [f"complaint of {say.length(one.vent_ms)}"]
    if one.cut_in:
        often = {1: "once", 2: "twice"}.get(one.cut_in, f"{one.cut_in} times")
        parts.append(f"the agent cut in {often}")
    if one.lead_ms is not None and one.lead_ms < 0:
        parts.append(f"solving began {say.length(-one.lead_ms)} before its end")
    return ", ".join(parts)


# --- the page's parts


@lru_cache
def _style(sheet: str) -> str:
    shared = files("pipeline.report") / "static" / "base.css"
    own = files("pipeline.report.team") / "static" / sheet
    return "\n".join(path.read_text(encoding="utf-8") for path in (shared, own))


@lru_cache
def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


@lru_cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pipeline.report.team"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["HEARD"] = HEARD
    names = (
        "percent",
        "percents",
        "number",
        "numbers",
        "count",
        "counted",
        "day",
        "days",
        "hours",
        "passed_of",
        "unsure_of",
    )
    environment.filters |= {name: getattr(say, name) for name in names}
    environment.filters["together"] = say.together
    return environment
