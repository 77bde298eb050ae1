"""Talking, listening and silence: who had how much of the call (docs/measures.md, section 4)."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from pipeline.measures.value import MeasureValue
from pipeline.timeline import Role, Span, SpanSet, Timeline, Turn, TurnKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOBODY = "nobody speaks in this call"
_NOT_SEPARATED = "agent and customer are not told apart in this recording"


def talk_measures(timeline: Timeline, holds: SpanSet | None = None) -> Mapping[str, MeasureValue]:
    """Return the measures of section 4 that need only speech and turns.

    Parameters
    ----------
    timeline : Timeline
        With agent and customer told apart; if all speech is `Role.OTHER` (a mono recording that was
        not diarized), what depends on the parties is undefined, with that reason.
    holds : SpanSet, optional
        Where the line is on hold: nobody is slow to answer then.

    Returns
    -------
    mapping of str to MeasureValue
        Names and units as published.
    """
    measures: dict[str, MeasureValue] = {**_silence(timeline)}
    if timeline.speech[Role.OTHER] and not (timeline.speech[Role.AGENT] or timeline.speech[Role.CUSTOMER]):
        return {**{name: MeasureValue.undefined(_NOT_SEPARATED) for name in _PARTY_MEASURES}, **measures}
    measures |= _talk(timeline)
    measures |= _latency(timeline, holds)
    measures |= _longest_turns(timeline)
    measures |= {f"{role}_wpm": words_per_minute(timeline, role) for role in (Role.AGENT, Role.CUSTOMER)}
    measures |= _overlap(timeline)
    return measures


_PARTY_MEASURES = (
    "agent_talk_s",
    "customer_talk_s",
    "talk_ratio_agent",
    "talk_share_agent_of_call",
    "agent_latency_median_s",
    "agent_latency_p90_s",
    "longest_agent_turn_s",
    "longest_customer_turn_s",
    "agent_wpm",
    "customer_wpm",
    "overlap_s",
    "overlap_share",
)


def reported_speech(timeline: Timeline, role: Role) -> SpanSet:
    """Return a party's speech as it is reported: pauses shorter than ``speech_join_s`` bridged."""
    return timeline.reported[role]


def _talk(timeline: Timeline) -> dict[str, MeasureValue]:
    """Talk time and its two ratios.

    ``talk_ratio_agent = agent / (agent + customer)``; ``talk_share_agent_of_call = agent / call``.
    Both denominators are in use in the field, so both are given. Backchannels count as talk.
    """
    agent, customer = (reported_speech(timeline, role) for role in (Role.AGENT, Role.CUSTOMER))
    agent_s, customer_s = agent.duration_s, customer.duration_s
    ratio = MeasureValue.ratio(("agent_s", agent_s), ("both_s", agent_s + customer_s), _NOBODY)
    share = MeasureValue.ratio(
        ("agent_s", agent_s), ("call_s", timeline.duration_s), "the call has no length"
    )
    if ratio.value is None:
        share = MeasureValue.undefined(_NOBODY, **share.parts)
    return {
        "agent_talk_s": MeasureValue.total(agent),
        "customer_talk_s": MeasureValue.total(customer),
        "talk_ratio_agent": replace(ratio, spans=tuple(agent) if ratio.value is not None else ()),
        "talk_share_agent_of_call": share,
    }


def _silence(timeline: Timeline) -> dict[str, MeasureValue]:
    """Stretches in which nobody speaks for at least ``silence_min_s``.

    The part ``nobody_s`` holds all time without a voice, so that voices + nobody = call.
    """
    silences = timeline.silences
    longest = max(silences, key=lambda span: span.duration_s, default=None)
    longest_s = longest.duration_s if longest else 0.0
    return {
        "silence_s": MeasureValue.total(
            silences, nobody_s=timeline.nobody.duration_s, anybody_s=timeline.anybody.duration_s
        ),
        "silence_count": MeasureValue(len(silences), {"count": len(silences)}, tuple(silences)),
        "longest_silence_s": MeasureValue(longest_s, {"seconds": longest_s}, (longest,) if longest else ()),
    }


def answers(timeline: Timeline, by: Role, holds: SpanSet | None = None) -> Iterator[tuple[Turn, Turn, float]]:
    """Yield ``(their turn, by's turn, offset_s)`` wherever `by` answers the other party.

    The offset runs from the end of their turn to the start of `by`'s next; 0 where `by` is speaking then.
    There is none where they or anybody else have the next turn, or where the line is on hold before it.

    Parameters
    ----------
    timeline : Timeline
    by : Role
    holds : SpanSet, optional
        Holds of this timeline.
    """
    turns = [turn for turn in timeline.turns if turn.kind is TurnKind.TURN]
    starts = [turn.span.start_s for turn in turns]
    elsewhere = (timeline.speech[Role.OTHER], *([holds] if holds else []))
    running: Turn | None = None  # by's turn that reaches furthest, of those that start before a turn's end
    at = 0
    for last in sorted(
        (turn for turn in turns if turn.role is by.opposite), key=lambda turn: turn.span.end_s
    ):
        end_s = last.span.end_s
        following = bisect_left(starts, end_s)
        for turn in turns[at:following]:
            if turn.role is by and (running is None or turn.span.end_s > running.span.end_s):
                running = turn
        at = max(at, following)
        if running is not None and running.span.end_s > end_s:
            yield last, running, 0.0
        elif following < len(turns) and turns[following].role is by:
            answer = turns[following]
            waited = Span(end_s, answer.span.start_s) if answer.span.start_s > end_s else None
            if waited is None or not any(spans.overlap_s(waited) for spans in elsewhere):
                yield last, answer, answer.span.start_s - end_s


def _latency(timeline: Timeline, holds: SpanSet | None) -> dict[str, MeasureValue]:
    """How long the agent takes to answer: median and 90th percentile of the offsets, overlaps as 0.

    The percentile is the nearest-rank one: the smallest offset that at least 90 % do not exceed.
    """
    found = list(answers(timeline, Role.AGENT, holds))
    if not found:
        none = MeasureValue.undefined("the agent never answers a turn of the customer")
        return {"agent_latency_median_s": none, "agent_latency_p90_s": none}
    offsets = sorted(offset_s for _, _, offset_s in found)
    spans = tuple(
        Span(last.span.end_s, following.span.start_s) for last, following, offset_s in found if offset_s > 0
    )
    parts = {"answers": float(len(offsets)), "sum_s": math.fsum(offsets)}
    p90 = offsets[math.ceil(0.9 * len(offsets)) - 1]
    return {
        "agent_latency_median_s": MeasureValue(median(offsets), parts, spans),
        "agent_latency_p90_s": MeasureValue(p90, parts, spans),
    }


def _longest_turns(timeline: Timeline) -> dict[str, MeasureValue]:
    """The longest turn of each party, from its first sound to its last, pauses inside included."""
    measures = {}
    for role in (Role.AGENT, Role.CUSTOMER):
        longest = max(timeline.turns_of(role), key=lambda turn: turn.span.duration_s, default=None)
        measures[f"longest_{role}_turn_s"] = (
            MeasureValue(longest.span.duration_s, {"seconds": longest.span.duration_s}, (longest.span,))
            if longest
            else MeasureValue.undefined(f"the {role} has no turn")
        )
    return measures


def words_per_minute(timeline: Timeline, role: Role) -> MeasureValue:
    """Return ``words / speech minutes`` of one party."""
    words = sum(len(turn.words) for turn in timeline.turns if turn.role is role)
    minutes = reported_speech(timeline, role).duration_s / 60
    if words == 0:
        return MeasureValue.undefined(f"no recognised words of the {role}", words=0.0, minutes=minutes)
    return MeasureValue.ratio(("words", float(words)), ("minutes", minutes), f"the {role} never speaks")


def _overlap(timeline: Timeline) -> dict[str, MeasureValue]:
    """Time in which both are heard, and its share of the time in which anybody is."""
    both = timeline.overlap
    share = MeasureValue.ratio(
        ("overlap_s", both.duration_s), ("anybody_s", timeline.anybody.duration_s), _NOBODY
    )
    return {"overlap_s": MeasureValue.total(both), "overlap_share": replace(share, spans=tuple(both))}
