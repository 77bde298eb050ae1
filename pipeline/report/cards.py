"""What the page says around its two main verdicts: what to play, the numbers, the doubts. Pure.

The sentences of the headline are those of `headline`; nothing is computed that the result does not hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import headline as say
from pipeline.timeline.plain import clock, duration, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.measures import TalkTarget
    from pipeline.report.schema import Analysis, Event, Evidence, Pair, Vent, VerdictPart

TITLES = {"vent_before_solving": "Heard out before solving", "talk_ratio": "Talk ratio"}
AGREEMENT_DOUBT_BELOW = 0.75  # of the speech detectors; verdicts that need them are unsure below 0.5
_SPANS_SHOWN = 4
_CUTS = ("interruption", "pause_interruption")


@dataclass(frozen=True, slots=True)
class Play:
    """A button: what it plays, and where that is."""

    label: str
    span: Pair


@dataclass(frozen=True, slots=True)
class Card:
    """A verdict on the call with the numbers behind it.

    Parameters
    ----------
    title : str
    part : VerdictPart
    evidence : tuple of Evidence
        What to play; one moment is named once, also if it counts twice.
    numbers : tuple of (str, str)
        Name and value in words.
    flips : tuple of str
        What, measured a little differently, would turn it round.
    """

    title: str
    part: VerdictPart
    evidence: tuple[Evidence, ...]
    numbers: tuple[tuple[str, str], ...]
    flips: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A measure with the first places to hear it, and how many more there are."""

    figure: say.Figure
    spans: tuple[Pair, ...]
    more: int


def cards(analysis: Analysis, target: TalkTarget) -> dict[str, Card]:
    """Return a card per verdict of the result, by name; of an unknown one without numbers."""
    numbers = {"vent_before_solving": _vent_numbers, "talk_ratio": _talk_numbers}
    found = {}
    for name, part in analysis.verdicts.items():
        rows = tuple(numbers[name](analysis, target)) if name in numbers else ()
        sure = ("How sure", percent(part.confidence))
        flips = tuple(plain_flip(flip) for flip in part.would_flip)
        proof = tuple({(one.span[0], one.text): one for one in part.evidence}.values())
        found[name] = Card(TITLES.get(name) or say.humanize(name), part, proof, (*rows, sure), flips)
    return found


def plays(analysis: Analysis) -> list[Play]:
    """Return the moments that the headline speaks of: the vents, the first cut-in, when solving began."""
    vents = [event for event in analysis.events if event.type == "vent"]
    found = [
        Play("Vent" if len(vents) == 1 else f"Vent {k}", (vent.start_s, vent.end_s))
        for k, vent in enumerate(vents[:3], 1)
    ]
    if not vents and analysis.vent:
        found = [Play("Vent", (analysis.vent.start_s, analysis.vent.end_s))]
    cut = next((event for event in analysis.events if _is_cut(event)), None)
    if cut:
        found.append(Play("First interruption" if _count_cuts(analysis) > 1 else "Interruption", _span(cut)))
    from_s = vents[0].start_s if vents else 0.0  # an offer before the complaint is not its solution
    acts = (event for event in analysis.events if event.type == "first_solution")
    solving = next((event for event in acts if event.start_s >= from_s), None)
    if solving:
        found.append(Play("First solving act", _span(solving)))
    return found


def doubts(analysis: Analysis) -> list[say.Notice]:
    """Return what a reader must know about how far to trust the page: the machine's doubts, then warnings.

    Each is said once: a doubt stands for the warnings about the same thing.
    """
    found = list(_machine_doubts(analysis))
    said = {"role_unsure"} if say.roles_unsure(analysis) else set()
    return found + [notice for notice in say.notices(analysis) if notice.code not in said]


def plain_flip(text: str) -> str:
    """Return a flip of a verdict in words; one of unknown form as it is.

    ``edges of the agent +0.05 s`` is the agent's speech, 0.05 s longer at each end; ``floor.yield_s +20%``
    the threshold of that name, a fifth higher.
    """
    edges = re.fullmatch(r"edges of the (\w+) ([+-])([\d.]+ s)", text)
    if edges:
        longer = "longer" if edges[2] == "+" else "shorter"
        return f"each stretch of the {edges[1]}'s speech {edges[3]} {longer} at both ends"
    moved = re.fullmatch(r"edges ([+-])([\d.]+ s)", text)
    if moved:
        return f"the agent's speech {moved[2]} {'later' if moved[1] == '+' else 'earlier'}"
    threshold = re.fullmatch(r"([\w.]+) ([+-])\s?(\d+)\s?%", text)
    if threshold:
        return f"the threshold {threshold[1]} {threshold[3]} % {'higher' if threshold[2] == '+' else 'lower'}"
    return text


def figure_rows(analysis: Analysis) -> list[FigureRow]:
    """Return the key measures, each with places to hear it."""
    found = []
    for figure in say.figures(analysis):
        spans: tuple[Pair, ...] = (figure.span,) if figure.span else ()
        detail = analysis.measure_details.get(figure.name)
        if not spans and detail and figure.name.startswith(("interruptions", "hold")):
            spans = tuple(detail.spans)
        found.append(FigureRow(figure, spans[:_SPANS_SHOWN], max(0, len(spans) - _SPANS_SHOWN)))
    return found


def _machine_doubts(analysis: Analysis) -> Iterator[say.Notice]:
    if say.roles_unsure(analysis) and say.anybody_heard(analysis):
        sure = percent(min(analysis.roles.agent.confidence, analysis.roles.customer.confidence))
        why = analysis.roles.agent.why
        yield say.Notice(
            "role_unsure",
            f"Who is the agent is not certain ({sure} sure{': ' + why if why else ''}). If it is the other "
            "way round, so is everything here: hearout swap-roles turns it.",
            (),
        )
    if say.parties_known(analysis) and analysis.call.layout != "dual" and analysis.speech.agent:
        yield say.Notice(
            "one_channel",
            "Both parties are on one channel: where they speak at once, part of it may be lost, so "
            "interruptions are unsure at best.",
            (),
        )
    agreement = analysis.measures.get("speech_agreement")
    if agreement is not None and agreement < AGREEMENT_DOUBT_BELOW:
        detail = analysis.measure_details.get("speech_agreement")
        yield say.Notice(
            "speech_agreement",
            f"The speech detectors agree on {percent(agreement)} of the speech only: times of speech may be "
            "off, most of all here:",
            tuple(sorted(detail.spans, key=lambda span: span[0] - span[1])[:_SPANS_SHOWN]) if detail else (),
        )


def _vent_numbers(analysis: Analysis, target: TalkTarget) -> Iterator[tuple[str, str]]:
    vents = [event for event in analysis.events if event.type == "vent"]
    if len(vents) > 1:
        yield from (_vent_row(k, vent) for k, vent in enumerate(vents, 1))
    elif analysis.vent:
        yield from _one_vent(analysis, analysis.vent)


def _vent_row(number: int, vent: Event) -> tuple[str, str]:
    """Return one of several vents in a line; the measures of the result are those of the first."""
    cuts, lead_s = round(vent.row.get("interruptions") or 0), vent.row.get("lead_s")
    cut_in = {0: "no interruption", 1: "1 interruption"}.get(cuts, f"{cuts} interruptions")
    solving = "never solved" if lead_s is None else f"solving {_lead(lead_s)}"
    where = f"Vent {number}, {clock(vent.start_s)} to {clock(vent.end_s)}"
    return where, f"{duration(vent.end_s - vent.start_s)}, {cut_in}, {solving}"


def _one_vent(analysis: Analysis, vent: Vent) -> Iterator[tuple[str, str]]:
    measures = analysis.measures
    length = duration(vent.end_s - vent.start_s)
    yield "The complaint", f"{clock(vent.start_s)} to {clock(vent.end_s)}, {length}"
    yield "Customer's speech in it", duration(vent.spoken_s)
    if vent.uninterrupted_share is not None:
        yield "… of it free of interruptions", percent(vent.uninterrupted_share)
    counts = (
        ("interruptions_by_agent_in_vent", "Interruptions by the agent in it"),
        ("backchannels_by_agent_in_vent", "Signs of listening in it"),
    )
    for name, label in counts:
        count = measures.get(name)
        if count is not None:
            yield label, f"{count:.0f}"
    inside = measures.get("talk_ratio_agent_in_vent")
    if inside is not None:
        yield "Agent's share of the talking in it", percent(inside)
    if vent.first_solution_s is not None and vent.lead_s is not None:
        yield "First solving act", f"{clock(vent.first_solution_s)}, {_lead(vent.lead_s)}"
    asked = measures.get("clarifying_questions_before_solution")
    if asked is not None:
        yield "Clarifying questions before it", f"{asked:.0f}"


def _lead(lead_s: float) -> str:
    return f"{duration(abs(lead_s))} {'after its end' if lead_s >= 0 else 'before its end'}"


def _talk_numbers(analysis: Analysis, target: TalkTarget) -> Iterator[tuple[str, str]]:
    for name, label in (("before", "Before the first vent"), ("in", "During it"), ("after", "After it")):
        value = analysis.measures.get(f"talk_ratio_agent_{name}_vent")
        if value is not None:
            yield label, percent(value)
    yield "Passes up to", percent(target.high)


def _is_cut(event: Event) -> bool:
    return event.type in _CUTS and event.by == "agent"


def _count_cuts(analysis: Analysis) -> int:
    return sum(_is_cut(event) for event in analysis.events)


def _span(event: Event) -> Pair:
    return event.start_s, event.end_s
