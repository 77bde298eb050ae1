"""The coaching summary of one agent: two pages, three moments to play, one goal. Pure apart from drawing.

One agent and one coach read it together, so it says "you". Nothing in it is written by a model: the wording
is the checklist's own, the moments are chosen by rules that stand on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.report.team import charts
from pipeline.report.team import words as say
from pipeline.report.team.call import FAIL, PASS
from pipeline.report.team.make import rate_of
from pipeline.report.team.page import Surroundings, leading_figures, render
from pipeline.report.team.rates import difference, wilson
from pipeline.timeline.plain import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from markupsafe import Markup

    from pipeline.report.team.call import ItemName, Moment
    from pipeline.report.team.figures import Figure, Person, TeamReport
    from pipeline.report.team.tally import Tally

DECIDED_MIN = 5
"""A goal or a strength rests on at least this many decided calls."""
CRITICAL_MIN = 0.2
STRENGTHS = 3
MOMENTS = 3
_LEAD_S = 2.0
"""A moment is opened this long before it: what led to it belongs to it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a checklist says of one of its items, to a person.

    Parameters
    ----------
    strength, advice : str
        Behind "You …" and behind "One thing to work on: …"; empty: the item has none.
    critical : bool
        Whether a call without it fails as a whole.
    """

    strength: str = ""
    advice: str = ""
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands in one item.

    Parameters
    ----------
    name : ItemName
    wording : Wording
    rate : Figure
        The agent's.
    everybody : Figure
        That of all calls of the report, the agent's included.
    """

    name: ItemName
    wording: Wording
    rate: Figure
    everybody: Figure


@dataclass(frozen=True)
class Coaching:
    """What there is to say to one agent.

    Parameters
    ----------
    person : Person
    tally : Tally
    goal : Standing or None
        ``None``: nothing failed often enough.
    strengths : tuple of Standing
    moments : tuple of Moment
    """

    person: Person
    tally: Tally
    goal: Standing | None
    strengths: tuple[Standing, ...]
    moments: tuple[Moment, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it for machines; no word of what was said."""
        return {
            "schema": "hearout.coaching/1",
            "agent": self.person.to_dict(),
            "goal": _standing(self.goal) if self.goal else None,
            "strengths": [_standing(one) for one in self.strengths],
            "moments": [
                {"call": one.call_id, "verdict": one.outcome, "start_s": one.start_s, "end_s": one.end_s}
                for one in self.moments
            ],
        }


def find_coaching(
    report: TeamReport, person: Person, tally: Tally, wordings: Mapping[str, Wording]
) -> Coaching:
    """Choose the goal and the strengths of one agent.

    The goal is the item that surely fails most: the highest lower edge of the likely range of its failures.
    A critical item goes before, if it surely fails in `CRITICAL_MIN` of the calls.
    Strengths are those that surely pass most. What several checklists ask in the same words counts once.

    Parameters
    ----------
    report : TeamReport
    person : Person
    tally : Tally
        The sums of the agent's calls.
    wordings : mapping of str to Wording
        By key; an item without one goes by its title.
    """
    standings = [
        Standing(
            item.name,
            wordings.get(item.name.key, Wording()),
            rate_of(tally.outcome(item.name.key)),
            item.rate,
        )
        for item in report.items
        if item.name.kind == "item" and item.name.depth == 1
    ]
    asked = [one for one in standings if one.rate.parts["pass"] + one.rate.parts["fail"] >= DECIDED_MIN]
    weak = [one for one in _unique(asked, "advice") if one.rate.parts["fail"]]
    good = [one for one in _unique(asked, "strength") if one.rate.parts["pass"]]
    critical = [one for one in weak if one.wording.critical and _surely(one, FAIL) >= CRITICAL_MIN]
    goal = max(critical or weak, key=lambda one: _surely(one, FAIL), default=None)
    surely_good = sorted(good, key=lambda one: -_surely(one, PASS))
    strengths = [one for one in surely_good if goal is None or one.name.key != goal.name.key]
    return Coaching(
        person, tally, goal, tuple(one for one in strengths if _surely(one, PASS) >= 0.5)[:STRENGTHS]
    )


def choose_moments(moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """Choose three moments about the goal: one in which it succeeded first, then those in which it did not.

    The surest first, the latest among equals; of each call one.
    """
    ordered = sorted(moments, key=lambda one: (-round(one.confidence, 1), _age(one.recorded_on), one.call_id))
    passed = [one for one in ordered if one.outcome == PASS]
    failed = [one for one in ordered if one.outcome == FAIL]
    few = failed[: MOMENTS - 1] if passed else failed[:MOMENTS]
    return (*passed[: MOMENTS - len(few)], *few)


def summary_page(
    report: TeamReport,
    coaching: Coaching,
    around: Surroundings | None = None,
    *,
    transcript: bool = True,
    linked: bool = True,
) -> str:
    """Return the summary as HTML text: A4, two pages when printed.

    Parameters
    ----------
    report : TeamReport
    coaching : Coaching
    around : Surroundings, optional
    transcript : bool
        ``False``: without what was said.
    linked : bool
        Whether moments link to the calls' pages.
    """
    around, person = around or Surroundings(), coaching.person
    leading = leading_figures(report)
    context = {
        "report": report,
        "person": person,
        "coaching": coaching,
        "facts": [*person.teams, *around.chosen, say.counted(person.calls, "call"), *_dates(report)],
        "figures": [
            {
                "one": one,
                "mine": one.of(person.group),
                "all": one.of(report.whole),
                "strip": charts.strip(one.of(person.group), one.scale, one.of(report.whole).interval),
            }
            for one in leading
            if person.group
        ],
        "chart": _chart(report, person, leading[0]),
        "goal": _goal(coaching, report),
        "strengths": coaching.strengths,
        "moments": [_moment(one, around, transcript, linked) for one in coaching.moments],
        "strip": charts.strip,
        "shares": charts.share_scale(),
    }
    return render("agent.html.j2", "agent.css", f"Coaching summary – {person.name}", context)


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "key": one.name.key,
        "title": one.name.title,
        "agent": one.rate.to_dict(),
        "all": one.everybody.to_dict(),
    }


def _unique(standings: Sequence[Standing], wording: str) -> list[Standing]:
    found: dict[str, Standing] = {}
    for one in standings:
        found.setdefault(getattr(one.wording, wording) or one.name.key, one)
    return list(found.values())


def _surely(one: Standing, outcome: str) -> float:
    """Return the lower edge of the likely range of an outcome's share."""
    decided = round(one.rate.parts["pass"] + one.rate.parts["fail"])
    interval = wilson(round(one.rate.parts[outcome]), decided)
    return interval.low if interval else 0.0


def _age(when: date | None) -> int:
    return -when.toordinal() if when else 0


def _dates(report: TeamReport) -> list[str]:
    return [say.days(report.first, report.last)] if report.first else []


def _chart(report: TeamReport, person: Person, one: Any) -> Markup | str:
    if len(person.series) < 2:
        return ""
    told = f"Heard to the end over time, {len(person.series)} points, with all agents behind."
    return charts.trend(person.series, one.of, one.scale, told, behind=report.agent_series)


def _goal(coaching: Coaching, report: TeamReport) -> dict[str, Any] | None:
    one = coaching.goal
    if one is None:
        return None
    enough = coaching.person.group is not None
    return {
        "says": _sentence(one.wording.advice or one.name.title),
        "title": one.name.title,
        "standing": one,
        "enough": enough,
        "told": _tells(one.rate, report.settings.min_calls) if enough else "",
    }


def passes_to_tell(passed: int, decided: int, calls: int) -> int | None:
    """Return how many of the next `calls` must pass to be more than chance; ``None``: even all are not."""
    for k in range(calls + 1):
        gain = difference((k, calls), (passed, decided))
        if gain is not None and gain.low > 0:
            return k
    return None


def _tells(rate: Figure, calls: int) -> str:
    passed = round(rate.parts["pass"])
    needed = passes_to_tell(passed, passed + round(rate.parts["fail"]), calls)
    if needed is None:
        return f"The next {calls} decided calls are too few to tell a change from chance."
    return f"Of the next {calls} decided calls {needed} must pass before the change is more than chance."


def _moment(one: Moment, around: Surroundings, transcript: bool, linked: bool) -> dict[str, Any]:
    return {
        "call": one.call_id,
        "at": clock(one.start_s),
        "good": one.outcome == PASS,
        "day": say.day(one.recorded_on) if one.recorded_on else "",
        "link": around.link(one.call_id, max(0.0, one.start_s - _LEAD_S)) if linked else "",
        "text": one.text if transcript else "",
        "reason": one.reason if transcript else "",
    }


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
