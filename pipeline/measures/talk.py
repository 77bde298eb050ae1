"""Talking, listening and silence: who had how much of the call (docs/measures.md, section 4)."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING

from pipeline.measures.value import MeasureValue
from pipeline.timeline import Role, Span, SpanSet, Timeline, Turn, TurnKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOBODY = "nobody speaks in this call"
_NOT_SEPARATED = "agent and customer are not told apart in this recording"


def talk_measures(timeline: Timeline) -> Mapping[str, MeasureValue]:
    """Return the measures of section 4 that need only speech and turns.

    Parameters
    ----------
    timeline : Timeline
        With agent and customer told apart; if all speech is `Role.OTHER` (a mono recording that was
        not diarized), what depends on the parties is undefined, with that reason.

    Returns
    -------
    mapping of str to MeasureValue
        Names and units as published.
    """
    measures: dict[str, MeasureValue] = {**_silence(timeline)}
    if timeline.speech[Role.OTHER] and not (timeline.speech[Role.AGENT] or timeline.speech[Role.CUSTOMER]):
        return {**{name: MeasureValue.undefined(_NOT_SEPARATED) for name in _PARTY_MEASURES}, **measures}
    measures |= _talk(timeline)
    measures |= _latency(timeline)
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


def answers(timeline: Timeline, by: Role) -> Iterator[tuple[Turn, Turn, float]]:
    """Yield ``(their turn, by's next turn, offset_s)`` wherever `by` speaks next.

    The offset is ``next start - last end`` (floor-transfer offset): negative when they overlap.
    """
    turns = [turn for turn in timeline.turns if turn.kind is TurnKind.TURN and turn.role is not Role.OTHER]
    for last, following in itertools.pairwise(turns):
        if last.role is not by and following.role is by:
            yield last, following, following.span.start_s - last.span.end_s


def _latency(timeline: Timeline) -> dict[str, MeasureValue]:
    """How long the agent takes to answer: median and 90th percentile of the offsets, overlaps as 0.

    The percentile is the nearest-rank one: the smallest offset that at least 90 % do not exceed.
    """
    found = list(answers(timeline, Role.AGENT))
    if not found:
        none = MeasureValue.undefined("the agent never answers a turn of the customer")
        return {"agent_latency_median_s": none, "agent_latency_p90_s": none}
    offsets = sorted(max(0.0, offset_s) for _, _, offset_s in found)
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
