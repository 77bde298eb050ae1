"""What a report says first: its headline, and how far its figures can be trusted. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.report.team import words as say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.report.team.figures import TeamReport

MANY_UNSURE = 0.1
"""From this share on, undecided calls are more than a footnote."""


def headline(report: TeamReport) -> dict[str, str]:
    """Return the first sentence, and what must be said with it."""
    heard = report.whole.heard
    unsure = say.unsure_of(heard)
    more = f"{say.counted(unsure, 'more call')} could not be decided." if unsure else ""
    if heard.value is None:
        return {
            "title": "In no call could it be decided whether the customer was heard to the end.",
            "more": more,
        }
    decided = heard.parts["pass"] + heard.parts["fail"]
    title = (
        f"In {say.percent(heard.value)} of {say.counted(decided, 'call')} with a complaint, the customer was "
        "heard to the end before the agent began to solve."
    )
    edges = say.percents(heard.interval).replace("–", " to ")
    likely = f"With this many calls, chance alone could put it anywhere from {edges}."
    return {"title": title, "more": f"{likely} {more}".strip()}


def notices(report: TeamReport, failed: int = 0) -> list[str]:
    """Return what a reader must know before the figures; `failed` results could not be used."""
    return [*_few_or_unsure(report), *_left_out(report, failed), *_not_alike(report)]


def _few_or_unsure(report: TeamReport) -> Iterator[str]:
    few = sum(one.name is not None and one.group is None for one in report.agents)
    least = say.counted(report.settings.min_calls, "call")
    if few:
        yield (
            f"{say.counted(few, 'agent')} with fewer than {least}: no figure of their own and no comparison; "
            "their calls count in the figures of all."
        )
    heard = report.whole.heard
    unsure = say.unsure_of(heard)
    every = unsure + heard.parts["pass"] + heard.parts["fail"]
    if every and unsure / every >= MANY_UNSURE:
        yield (
            f"Undecided: {say.count(unsure)} of {say.counted(every, 'call')} with a complaint "
            f"({say.percent(unsure / every)}). Before resting anything on these figures, hear some of them."
        )


def _left_out(report: TeamReport, failed: int) -> Iterator[str]:
    whole = report.tally
    if failed:
        yield f"{say.counted(failed, 'result')} could not be read: in no figure here."
    for calls, why in (
        (
            whole.roles_unsure,
            "in which it is doubtful who is the agent: left out of talk, interruptions, vents and examples",
        ),
        (
            whole.unmeasured,
            "in which nobody speaks or the parties are not told apart: left out of talk and interruptions",
        ),
        (whole.calls - whole.dated, "without a date: not in what is shown over time"),
    ):
        if calls:
            yield f"{say.counted(calls, 'call')} {why}."


def _not_alike(report: TeamReport) -> Iterator[str]:
    if report.repeated:
        again = "recording that was analysed before under another name: its call counts twice"
        again_many = "recordings that were analysed before under other names: their calls count twice or more"
        yield f"{say.counted(report.repeated, again, again_many)}."
    for name, many in (("versions", "versions of hearout"), ("settings", "sets of settings")):
        if len(report.notes[name]) > 1:
            yield (
                f"The calls were judged by {len(report.notes[name])} {many}: differences between weeks or "
                "agents may come from that. “hearout rescore” judges all of them alike."
            )
